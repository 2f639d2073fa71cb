"""GET, politely and safely: one document from one address, or the reason why not.

Validators go back byte for byte; no cookies, no referrer; every hop's address is checked when the socket is opened;
one deadline covers everything. What came stays packed here: it is unpacked where that can be killed (``inflate``).
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from bot import __version__
from bot.core.models import Failed, FetchInfo, Validators
from bot.core.ports import Clock
from bot.core.trouble import TroubleName
from bot.sources import headers as said
from bot.sources.guard import BlockedAddressError, Network, networks, socket_factory
from bot.sources.hosts import Hosts
from bot.sources.packing import ACCEPTED, PLAIN, Packing, StrangePackingError, kind_of
from bot.sources.tunnel import Tunnel, TunnelError

_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.8"
_REDIRECTS = 5
_PERMANENT = frozenset({301, 308})
_TEMPORARY = frozenset({302, 303, 307})
_CONNECTIONS = 64
_BREATH = 1_048_576
"""After so many bytes the loop gets a turn, however fast the server is."""


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """How to fetch. ``deadline`` is seconds for a whole look, redirects included.

    ``max_bytes`` is what a document may have, both on the wire and after decompression.
    ``contact`` is a URL or an address where a server's operator can complain. ``allow_addresses`` are networks
    outside the public internet that the operator's own feeds may be in. ``proxy`` is an address (HTTP or
    SOCKS) through which everything but those networks is reached; it may carry a password.
    """

    contact: str = ""
    allow_addresses: tuple[str, ...] = ()
    deadline: float = 30.0
    max_bytes: int = 10_000_000
    proxy: str = field(default="", repr=False)

    @property
    def user_agent(self) -> str:
        """Name product, version and contact, so that nobody has to guess whom to talk to."""
        return f"Incoming/{__version__} (+{self.contact})" if self.contact else f"Incoming/{__version__} (feed reader)"


@dataclass(frozen=True, slots=True)
class Document:
    """A body as it came over the wire, and how it is packed; None for a 304. ``url`` is where it was finally found."""

    info: FetchInfo
    url: str
    content_type: str = ""
    body: bytes | None = None
    packing: Packing = PLAIN


class _StopError(Exception):
    """Carries a failure out of the depths; never leaves this module."""

    def __init__(self, name: TroubleName, cause: str, info: FetchInfo | None = None, *, gone: bool = False) -> None:
        super().__init__(cause)
        self.failed = Failed(name, cause, info or FetchInfo(), gone=gone)


class Client:
    """Fetches documents over two aiohttp sessions, so that no kept connection crosses the border between them.

    One session reaches the public internet only. The other one, for addresses that the operator wrote, reaches
    ``allow_addresses`` too. It must be made inside a running event loop, and closed.
    """

    def __init__(self, settings: FetchSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._hosts = Hosts(clock)
        self._public = self._session((), own=False)
        self._trusted = self._session(networks(settings.allow_addresses), own=True)

    def _connector(self, allowed: tuple[Network, ...], *, own: bool) -> aiohttp.BaseConnector:
        if self._settings.proxy:
            return Tunnel(self._settings.proxy, allowed, named=own, limit=_CONNECTIONS)
        return aiohttp.TCPConnector(socket_factory=socket_factory(allowed), limit=_CONNECTIONS)

    def _session(self, allowed: tuple[Network, ...], *, own: bool) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=self._connector(allowed, own=own),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={
                "User-Agent": self._settings.user_agent,
                "Accept": _ACCEPT,
                "Accept-Encoding": ACCEPTED,
            },
            auto_decompress=False,
            trust_env=False,
            requote_redirect_url=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._public.close()
        await self._trusted.close()

    async def get(self, address: str, validators: Validators, *, trusted: bool) -> Document | Failed:
        """Fetch a document. ``trusted`` says that the operator wrote the address. Only cancellation raises."""
        try:
            async with asyncio.timeout(None) as limit:
                return await self._follow(_parse(address, trusted=trusted), validators, limit, trusted=trusted)
        except _StopError as stop:
            return stop.failed
        except TimeoutError:
            return Failed(TroubleName.TIMEOUT, f"no complete answer in {self._settings.deadline:.0f} s")
        except StrangePackingError as error:
            return Failed(TroubleName.BROKEN_ANSWER, f"the answer cannot be unpacked: {error}")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return _explain(error)

    async def _follow(self, start: URL, validators: Validators, limit: asyncio.Timeout, *, trusted: bool) -> Document:
        url, moved, permanent = start, start, True
        now, left = asyncio.get_running_loop().time, self._settings.deadline
        for _ in range(_REDIRECTS + 1):
            own = trusted and url.origin() == start.origin()
            _check_port(url, trusted=own)
            async with self._hosts.turn(url):
                # Waiting for others costs no time of one's own; and who waits keeps no other host waiting.
                began = now()
                limit.reschedule(began + left)
                found = await self._hop(url, validators, str(moved) if moved != start else None, own=own)
                left -= now() - began
                limit.reschedule(None)
            if isinstance(found, Document):
                return found
            status, target = found
            # Only a prefix of permanent hops lasts, and none that gives encryption up.
            permanent = permanent and status in _PERMANENT and not (url.scheme > target.scheme)
            url = target
            moved = url if permanent else moved
        raise _StopError(TroubleName.REDIRECT_LOOP, f"more than {_REDIRECTS} redirects")

    async def _hop(
        self, url: URL, validators: Validators, moved: str | None, *, own: bool
    ) -> Document | tuple[int, URL]:
        """Make one request; give the document, or the status and the target of a redirect."""
        if held := self._hosts.rest(url):
            raise _StopError(TroubleName.RATE_LIMITED, "its host has asked to be left alone", held)
        session = self._trusted if own else self._public
        async with session.get(url, headers=_conditions(validators), allow_redirects=False) as answer:
            if answer.status in _PERMANENT | _TEMPORARY:
                return answer.status, _target(url, answer.headers)
            return await self._read(answer, url, validators, moved)

    async def _read(
        self, answer: aiohttp.ClientResponse, url: URL, validators: Validators, moved: str | None
    ) -> Document:
        now = self._clock.now()
        fresh = said.refreshed(validators, answer.headers) if answer.status == 304 else said.validators(answer.headers)  # noqa: PLR2004 -- HTTP's own number
        info = FetchInfo(
            status=answer.status,
            validators=fresh,
            max_age=said.max_age(answer.headers, now),
            retry_after=said.retry_after(answer.headers, now),
            url=moved,
        )
        if answer.status == 304 and validators != Validators():  # noqa: PLR2004 -- HTTP's own number
            return Document(info, str(url))
        if answer.status != 200:  # noqa: PLR2004 -- HTTP's own number
            if info.retry_after:
                self._hosts.hold(url, info.retry_after)
            raise _refusal(answer, info)
        packing = Packing(kind_of(answer.headers.get("Content-Encoding", "")), self._settings.max_bytes)
        return Document(info, str(url), answer.headers.get("Content-Type", ""), await self._body(answer), packing)

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes:
        limit = self._settings.max_bytes
        too_big = _StopError(TroubleName.TOO_BIG, f"more than {limit / 1e6:g} MB")
        if (answer.content_length or 0) > limit:
            raise too_big
        parts: list[bytes] = []
        size = breath = 0
        while chunk := await answer.content.readany():
            size += len(chunk)
            if size > limit:
                raise too_big
            parts.append(chunk)
            if size - breath > _BREATH:
                breath = size
                await asyncio.sleep(0)
        return b"".join(parts)


def _parse(address: str, *, trusted: bool) -> URL:
    """Read an address; raises _StopError for anything but http and https with a host."""
    address = address.partition("#")[0].strip()
    try:
        # What is plain ASCII already goes out as it was written: requoting breaks signed queries.
        url = URL(address, encoded=address.isascii() and " " not in address)
        usable = url.scheme in {"http", "https"} and bool(url.host) and url.port is not None
    except ValueError:
        usable = False
    if not usable:
        raise _StopError(TroubleName.BAD_URL, "not an http or https address")
    if url.user and not trusted:
        raise _StopError(TroubleName.BAD_URL, "an address with a user name in it")
    return url


def _check_port(url: URL, *, trusted: bool) -> None:
    if not trusted and url.port not in {80, 443}:
        raise _StopError(TroubleName.BLOCKED_PORT, f"port {url.port} is not one of the web's")


def _conditions(validators: Validators) -> dict[str, str]:
    named = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in named.items() if value}


def _target(url: URL, headers: Mapping[str, str]) -> URL:
    """Find where a redirect leads. Credentials in it are nobody's business and are left out."""
    location = headers.get("Location", "").encode("utf-8", "surrogateescape").decode("utf-8", "replace").strip()
    if not location:
        raise _StopError(TroubleName.REDIRECT_LOOP, "a redirect that names no target")
    try:
        joined = url.join(URL(location, encoded=location.isascii() and " " not in location))
        return _parse(str(joined.with_user(None)), trusted=False)
    except ValueError:
        raise _StopError(TroubleName.BAD_URL, "a redirect to no address at all") from None


_NAMED = {
    401: TroubleName.UNAUTHORIZED,
    402: TroubleName.UNAUTHORIZED,
    403: TroubleName.FORBIDDEN,
    404: TroubleName.NOT_FOUND,
    407: TroubleName.UNAUTHORIZED,
    410: TroubleName.GONE,
    429: TroubleName.RATE_LIMITED,
    451: TroubleName.FORBIDDEN,
}
_CLASSES = {4: TroubleName.CLIENT_ERROR, 5: TroubleName.SERVER_ERROR}


def _refusal(answer: aiohttp.ClientResponse, info: FetchInfo) -> _StopError:
    status = answer.status
    name = _NAMED.get(status) or _CLASSES.get(status // 100, TroubleName.BAD_STATUS)
    reason = " ".join((answer.reason or "").split())[:60]
    # A refusal's validators belong to the refusal: what is known of the document stays as it was.
    kept = FetchInfo(status, Validators(), info.max_age, info.retry_after, None)
    return _StopError(name, f"HTTP {status} {reason}".rstrip(), kept, gone=name is TroubleName.GONE)


def _explain(error: Exception) -> Failed:
    """Name what went wrong below HTTP, without any address in the words."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    match cause, error:
        case BlockedAddressError(), _:
            why = TroubleName.BLOCKED_ADDRESS, "the address is not on the public internet"
        case TunnelError() as tunnel, _:
            why = TroubleName.REFUSED if tunnel.absent else TroubleName.PROXY, str(tunnel)
        case (socket.gaierror(), _) | (_, aiohttp.ClientConnectorDNSError()):
            why = TroubleName.DNS, "the host name has no address"
        case (ssl.SSLError(), _) | (_, aiohttp.ClientSSLError()):
            why = TroubleName.TLS, _tls(error)
        case OSError(), aiohttp.ClientConnectorError():
            why = TroubleName.REFUSED, f"no connection: {cause.strerror or type(cause).__name__}"
        case _, aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError() | OSError():
            why = TroubleName.DISCONNECTED, "the connection broke before the answer was complete"
        case _, aiohttp.InvalidURL():
            why = TroubleName.BAD_URL, "not an address that can be fetched"
        case _:
            why = TroubleName.BROKEN_ANSWER, f"not a proper HTTP answer ({type(error).__name__})"
    return Failed(*why)


def _tls(error: Exception) -> str:
    inner = getattr(error, "certificate_error", None) or getattr(error, "os_error", error)
    detail = getattr(inner, "verify_message", "") or getattr(inner, "reason", "") or type(inner).__name__
    return f"TLS failed: {detail}"
