"""Why a request to a platform failed, as a stable word: libraries' own messages may contain addresses, and tokens."""

from __future__ import annotations

from typing import Final

import aiohttp
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

_PROXY_ERRORS: Final = (ProxyError, ProxyConnectionError, ProxyTimeoutError)
_REASONS: Final[tuple[tuple[str, tuple[type[BaseException], ...]], ...]] = (
    ("proxy", (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError, *_PROXY_ERRORS)),
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
    return next((name for name, kinds in _REASONS if isinstance(error, kinds)), "link")
