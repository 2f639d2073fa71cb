"""Why a request to a platform failed, as a stable word: libraries' own messages may contain addresses, and tokens."""

from __future__ import annotations

from typing import Final

import aiohttp

_SOCKS: Final = frozenset({"aiohttp_socks", "python_socks"})
"""Libraries all of whose errors are the proxy's. They are told by name: few have them loaded, half a megabyte."""
_REASONS: Final[tuple[tuple[str, tuple[type[BaseException], ...]], ...]] = (
    ("proxy", (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError)),
    ("timeout", (TimeoutError,)),
    ("dns", (aiohttp.ClientConnectorDNSError,)),
    ("tls", (aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch)),
    ("connect", (aiohttp.ClientConnectorError,)),
    ("half_answer", (aiohttp.ClientPayloadError,)),
    ("reset", (OSError, aiohttp.ServerDisconnectedError)),
)
"""The first kind that fits: some are kinds of others further down."""


def reason(error: BaseException) -> str:
    """Name a failure by its kind alone."""
    if type(error).__module__.partition(".")[0] in _SOCKS:
        return "proxy"
    return next((name for name, kinds in _REASONS if isinstance(error, kinds)), "link")
