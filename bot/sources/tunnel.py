"""The way to blogs through a proxy, with the address check still on this side of it.

Behind a proxy the sockets that ``guard`` watches all lead to the proxy, so the check moves to where the proxy is told
whom to reach. A stranger's host is resolved and checked here, and the proxy is given the checked address, never the
name: a name that means something else there opens nothing. Only what the operator wrote goes to the proxy by name,
where it does not lead to an inner address from here: names may be blocked here, and that is what a proxy is for. See
docs/adr/0009.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler

from bot.sources.guard import BlockedAddressError, Network, may_connect, socket_factory

_SECONDS: Final = 10
_TRIED: Final = 3
"""Addresses of a host that the proxy is asked for."""
# A proxy's words for "whom you asked for is not there": SOCKS5 codes and HTTP statuses.
_ABSENT: Final = frozenset({3, 4, 5, 6, 502, 503, 504})


class TunnelError(OSError):
    """The proxy opened no way. ``absent`` says that it looked, and found nobody there."""

    def __init__(self, cause: str, *, absent: bool = False) -> None:
        super().__init__(cause)
        self.absent = absent


class Tunnel(aiohttp.TCPConnector):
    """Connects through a proxy: HTTP (CONNECT, for every port), SOCKS5 or SOCKS4.

    Addresses in ``allowed`` are reached without the proxy: they are the operator's own network. ``named`` has hosts
    go to the proxy by name; without it, as addresses that were checked here.
    """

    def __init__(self, proxy: str, allowed: tuple[Network, ...], *, named: bool, limit: int) -> None:
        resolver = _Lenient() if named else None
        super().__init__(resolver=resolver, socket_factory=socket_factory(allowed), limit=limit)
        self._proxy = proxy
        self._allowed = allowed
        self._named = named

    async def _wrap_create_connection(
        self,
        *args: Any,
        addr_infos: list[Any],
        req: aiohttp.ClientRequest,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 -- the base class's signature
        client_error: type[Exception] = aiohttp.ClientConnectorError,
        **kwargs: Any,
    ) -> Any:
        own = [info for info in addr_infos if _inside(info[4][0], self._allowed)]
        if own:
            return await super()._wrap_create_connection(
                *args, addr_infos=own, req=req, timeout=timeout, client_error=client_error, **kwargs
            )
        found, port = [info[4][0] for info in addr_infos], addr_infos[0][4][1]
        addr_infos.clear()  # all of them are tried here; the base class would come back with the rest
        try:
            through = await self._through(self._wanted(found, req.url.raw_host or ""), port)
            return await self._handed_over(through, *args, **kwargs)
        except ssl.SSLError as error:
            raise aiohttp.ClientConnectorSSLError(req.connection_key, error) from error
        except OSError as error:
            raise client_error(req.connection_key, error) from error

    def _wanted(self, found: list[str], name: str) -> list[str]:
        """Give what to ask the proxy for; raises BlockedAddressError where nothing may be reached."""
        numeric = [host for host in found if _is_numeric(host)]
        public = [host for host in numeric if may_connect(host)]
        if numeric and not public:
            raise BlockedAddressError
        if self._named:
            return [name]
        if not public:
            raise BlockedAddressError
        return sorted(public, key=lambda host: ":" in host)[:_TRIED]  # many proxies have IPv4 only

    async def _through(self, hosts: list[str], port: int) -> socket.socket:
        # Most bots have no proxy, and start without these.
        from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError  # noqa: PLC0415 -- see above
        from python_socks.async_.asyncio import Proxy  # noqa: PLC0415 -- see above

        why = "the proxy opens no way"
        for host in hosts:
            try:
                proxy = Proxy.from_url(self._proxy, rdns=True)
                return await proxy.connect(dest_host=host, dest_port=port, timeout=_SECONDS)
            except ProxyError as error:
                if error.error_code not in _ABSENT:
                    why = f"the proxy refuses (code {error.error_code})"
                    break
                why = ""
            except (ProxyConnectionError, ProxyTimeoutError, OSError, ValueError):
                why = "the proxy does not answer"
                break
        raise TunnelError(why or "the proxy finds nobody there", absent=not why)

    async def _handed_over(
        self, through: socket.socket, *args: Any, **kwargs: Any
    ) -> tuple[aiohttp.BaseConnector, ResponseHandler]:
        try:
            made: Any = await self._loop.create_connection(*args, **kwargs, sock=through)
        except BaseException:
            through.close()
            raise
        return made  # type: ignore[no-any-return]  # aiohttp does not say


class _Lenient(AbstractResolver):
    """Resolves where that can be done here, and leaves the name to the proxy where it cannot."""

    def __init__(self) -> None:
        self._resolver = aiohttp.DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        with suppress(OSError):
            return await self._resolver.resolve(host, port, family)
        return [ResolveResult(hostname=host, host=host, port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        await self._resolver.close()


def _is_numeric(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _inside(host: str, networks: tuple[Network, ...]) -> bool:
    return _is_numeric(host) and any(ip_address(host) in network for network in networks)
