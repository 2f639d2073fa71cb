"""Requests to Discord's REST API over aiohttp.

What a request may have done decides whether it may be repeated, so a failure says on which side of the line it fell:
``NotSentError`` (no byte of it was written) or ``BrokenError`` (it went out, and no proper answer came back). No error
carries an address or the token.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import aiohttp
from yarl import URL

from bot import __version__, mishap
from bot.core.ports import Clock
from bot.platforms.discord.allowance import Allowance, seconds_of
from bot.platforms.discord.settings import DiscordSettings
from bot.platforms.discord.written import written

Json: TypeAlias = dict[str, Any]

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 30.0
ANSWER_BYTES: Final = 16 * 1024 * 1024
"""More than a hundred messages of the largest size can take."""
AGENT: Final = f"DiscordBot (incoming, {__version__})"
_CONNECTIONS: Final = 64
_JSON: Final = "application/json"
_TIMEOUT: Final = aiohttp.ClientTimeout(total=CONNECT_SECONDS + READ_SECONDS, connect=CONNECT_SECONDS)
"""Not for each read: three timers a request, for what the one timer of the whole request ends soon enough."""
_PLAIN: Final = re.compile(r"[\w/@.-]+", re.ASCII)
"""A path in which nothing is to be escaped."""
REFUSALS: Final = 400
"""Statuses from here on refuse."""
_ID: Final = re.compile(r"\d{5,}")


class RestError(Exception):
    """A request without an answer. ``reason`` is a stable word."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds


class NotSentError(RestError):
    """The request never left; ``seconds`` is when it may be tried again, where that is known."""


class BrokenError(RestError):
    """The request left, and what became of it is unknown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Discord answered: a status and JSON (None where it was none)."""

    status: int
    data: Any = None
    seconds: float | None = None
    """How long it asks to wait (429)."""
    everywhere: bool = False
    """Whether that is meant for all requests."""

    @property
    def ok(self) -> bool:
        """Tell whether it was done."""
        return 200 <= self.status < 300  # noqa: PLR2004 -- HTTP's own numbers

    @property
    def code(self) -> int:
        """Give Discord's own number for what went wrong, 0 where there is none."""
        code = self.data.get("code") if isinstance(self.data, dict) else None
        return code if isinstance(code, int) else 0

    @property
    def said(self) -> str:
        """Give Discord's own words for what went wrong."""
        return str(self.data.get("message", ""))[:200] if isinstance(self.data, dict) else ""


class _Journey:
    """How far a request came."""

    __slots__ = ("written",)

    def __init__(self) -> None:
        self.written = False


_UNDER_WAY: Final[ContextVar[_Journey]] = ContextVar("discord_request")


class _Request(aiohttp.ClientRequest):
    """Notes that it is about to be written. aiohttp's own way to tell (tracing) costs a twentieth of a request."""

    async def send(self, conn: Any) -> aiohttp.ClientResponse:
        """Write the request."""
        _UNDER_WAY.get().written = True
        return await super().send(conn)


class Rest:
    """Asks the API as the configured bot."""

    def __init__(self, settings: DiscordSettings, clock: Clock, allowance: Allowance | None = None) -> None:
        self._base: Final = str(URL(settings.api_base)).rstrip("/")
        token = settings.token.get_secret_value() if settings.token is not None else ""
        self._headers: Final = {"Authorization": f"Bot {token}", "User-Agent": AGENT}
        self._proxy: Final = settings.proxy.get_secret_value() if settings.proxy is not None else None
        self._http_proxy: Final = self._proxy if self._proxy is not None and self._proxy.startswith("http") else None
        self._clock = clock
        self._allowance = allowance or Allowance()
        self._open: aiohttp.ClientSession | None = None
        self.told = ""
        """The ``Date`` of the newest answer."""

    def __repr__(self) -> str:
        """Say nothing of the token."""
        return "Rest()"

    async def call(
        self, method: str, path: str, body: object = None, *, picture: tuple[str, bytes] | None = None
    ) -> Answer:
        """Make one request and give the answer, whatever its status. Raises NotSentError or BrokenError.

        ``body`` becomes JSON, or is JSON already where it is bytes.
        ``picture`` is a PNG to be uploaded with it, by the name under which the body speaks of it.
        """
        route = _route(method, path)
        await self._admit(route)
        status, headers, raw = await self._exchange(method, path, body, picture)
        self._allowance.learn(route, status, headers, self._clock.now())
        return _answer(status, headers, raw)

    async def answer(self, method: str, path: str, body: object = None) -> Answer:
        """Likewise for an interaction's answer: Discord counts those against no limit of the bot's."""
        return _answer(*await self._exchange(method, path, body))

    async def close(self) -> None:
        """Close the connections. A later call opens new ones."""
        if self._open is not None:
            await self._open.close()
            self._open = None

    async def _admit(self, route: str) -> None:
        now = self._clock.now()
        for reason, seconds in (
            ("breaker", self._allowance.tripped(now)),
            ("bucket", self._allowance.full(route, now)),
        ):
            if seconds > 0:
                raise NotSentError(reason, seconds)
        if (wait := self._allowance.book(now)) > 0:
            await self._clock.sleep(wait)

    async def _exchange(
        self, method: str, path: str, body: object, picture: tuple[str, bytes] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        journey = _Journey()
        _UNDER_WAY.set(journey)
        try:
            return await self._request(method, path, body, picture)
        except Exception as error:  # noqa: BLE001 -- whatever broke, what counts is whether the request had left
            kind = BrokenError if journey.written else NotSentError
            raise kind(mishap.reason(error)) from None

    async def _request(
        self, method: str, path: str, body: object, picture: tuple[str, bytes] | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        async with self._session().request(
            method,
            URL(self._base + path, encoded=_PLAIN.fullmatch(path) is not None),
            data=_data(body, picture),
            timeout=_TIMEOUT,
            proxy=self._http_proxy,
            allow_redirects=False,
        ) as response:
            self.told = response.headers.get("Date", "")
            return response.status, response.headers, await _whole(response.content)

    def _session(self) -> aiohttp.ClientSession:
        if self._open is None or self._open.closed:
            self._open = aiohttp.ClientSession(
                connector=connector(self._proxy),
                headers=self._headers,
                cookie_jar=aiohttp.DummyCookieJar(),
                request_class=_Request,
                trust_env=False,
            )
        return self._open


def connector(proxy: str | None) -> aiohttp.BaseConnector:
    """Make what opens connections, through a SOCKS proxy where there is one."""
    if proxy is not None and proxy.startswith("socks"):
        from aiohttp_socks import ProxyConnector  # noqa: PLC0415 -- half a megabyte that few need

        return ProxyConnector.from_url(proxy, rdns=True, limit=_CONNECTIONS)
    return aiohttp.TCPConnector(limit=_CONNECTIONS)


def _data(body: object, picture: tuple[str, bytes] | None) -> aiohttp.Payload | aiohttp.FormData | None:
    """Make of a body what is sent."""
    if body is None:
        return None
    text = body if isinstance(body, bytes) else written(body)
    return aiohttp.BytesPayload(text, content_type=_JSON) if picture is None else _parts(text, *picture)


def _parts(body: bytes, name: str, picture: bytes) -> aiohttp.FormData:
    """Write a body with a file, as Discord's documentation has it ("Uploading files")."""
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("payload_json", body.decode(), content_type="application/json")
    form.add_field("files[0]", picture, filename=name, content_type="image/png")
    return form


async def _whole(content: aiohttp.StreamReader) -> bytes:
    """Read an answer, as much of it at once as there is; raises ClientPayloadError where it is longer than any."""
    raw = bytearray(await content.readany())
    while not content.at_eof():
        raw += await content.readany()
        if len(raw) > ANSWER_BYTES:
            raise aiohttp.ClientPayloadError
    return bytes(raw)


def _route(method: str, path: str) -> str:
    """Name what shares a rate limit: the method and the path with its first id (the channel or server) alone."""
    head, _, tail = path.partition("?")[0].lstrip("/").partition("/")
    first, _, rest = tail.partition("/")
    return f"{method} {head}/{first}/{_ID.sub('*', rest)}"


def _answer(status: int, headers: Mapping[str, str], raw: bytes) -> Answer:
    try:
        data = json.loads(raw) if raw else None
    except ValueError:
        data = None
    if status < REFUSALS:
        return Answer(status, data)
    said = data.get("retry_after") if isinstance(data, dict) else None
    seconds = seconds_of(said if said is not None else headers.get("Retry-After", ""))
    # A refusal without Discord's own words comes from the network before it, and is meant for the address.
    everywhere = headers.get("X-Ratelimit-Global") == "true" or not isinstance(data, dict)
    return Answer(status, data, seconds, everywhere)
