"""What whoever started an emulator as a program may do to it over HTTP, and how an emulator's answers break."""

from __future__ import annotations

import argparse
import asyncio
import inspect
import json
import socket
import struct
from collections.abc import Callable, Coroutine
from dataclasses import asdict, is_dataclass
from typing import Any

from aiohttp import web


class Control:
    """``POST /control/say`` calls the deed of that name, ``GET /control/ledger`` gives the list of that name."""

    def __init__(self, deeds: frozenset[str], lists: frozenset[str], *who: object) -> None:
        self._deeds = deeds
        self._lists = lists
        self._who = who

    def routes(self) -> list[web.RouteDef]:
        """Give what the application serves."""
        return [web.post("/control/{name}", self._do), web.get("/control/{name}", self._list)]

    async def _do(self, request: web.Request) -> web.Response:
        deed = self._named(request.match_info["name"], self._deeds)
        return web.json_response(_plain(_done(deed, await request.json())))

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response(_plain(self._named(request.match_info["name"], self._lists)))

    def _named(self, name: str, allowed: frozenset[str]) -> Any:
        if name not in allowed:
            raise web.HTTPNotFound
        return next(getattr(each, name) for each in self._who if hasattr(each, name))


def _done(deed: Callable[..., Any], given: dict[str, Any]) -> Any:
    """Call a deed by its parameters' names; ``options`` holds what else it takes, such as a command's options."""
    parameters = inspect.signature(deed).parameters
    more = given.pop("options", {}) if "options" in parameters else {}
    first = [given.pop(name) for name, one in parameters.items() if one.kind is one.POSITIONAL_ONLY]
    return deed(*first, **given, **more)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


async def broken(request: web.Request, kind: str, answer: Any) -> web.StreamResponse | None:
    """Break an answer: ``reset`` and ``drop`` cut the link, ``half`` in the middle of it, ``garbage`` is none.

    Give None where the kind is something else. A reset link is given too: what is answered on it is lost.
    """
    if kind in {"reset", "drop"}:
        _reset(request)
    if kind == "half":
        return await _half(request, answer)
    if kind == "garbage":
        return web.Response(text="<html>surprise", content_type="text/html")
    return None


def _reset(request: web.Request) -> None:
    """Break the link with a TCP reset: no farewell, no reply."""
    transport = request.transport
    if transport is not None:
        link = transport.get_extra_info("socket")
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


async def _half(request: web.Request, answer: Any) -> web.StreamResponse:
    body = json.dumps(answer).encode()
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    _reset(request)
    return response


def program(serve: Callable[[int, str], Coroutine[Any, Any, None]], token: str) -> None:
    """Run an emulator as a program until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=token)
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.token))


async def stay(**where: str) -> None:
    """Tell whoever started it where it listens, as a line of JSON, and go on for ever."""
    print(json.dumps(where), flush=True)  # noqa: T201 -- for whoever started it
    await asyncio.Event().wait()
