"""Who may see more than whether the bot is alive: whoever has the token or, where none is set, this machine alone."""

from __future__ import annotations

import base64
import hmac
import ipaddress
from typing import Final

from aiohttp import web

_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


def allowed(request: web.Request, token: str) -> bool:
    """Tell whether a request may see everything.

    With a token, only what brings it: as a bearer's, or as the password of a browser's login box. Without one, only
    requests from this machine for this machine: not through a proxy, and not under a name that somebody's page may
    have pointed here.
    """
    if token:
        return hmac.compare_digest(_given(request).encode(errors="surrogateescape"), token.encode())
    return (
        _loopback(request.remote)
        and _named_locally(request)
        and not any(name in request.headers for name in _FORWARDED)
    )


def _given(request: web.Request) -> str:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except ValueError:  # no base64, no text in it
        return ""


def _loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


def _named_locally(request: web.Request) -> bool:
    host = request.headers.get("Host", "")
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return name.lower() in _LOCAL


def refusal(token: str) -> web.Response:
    """Say how to get in."""
    if token:
        headers = {"WWW-Authenticate": 'Basic realm="Incoming", charset="UTF-8"'}
        return web.Response(status=401, text="the token of [web] is asked for, as a password\n", headers=headers)
    return web.Response(status=403, text="from this machine only; set [web] token to look from elsewhere\n")
