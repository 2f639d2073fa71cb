"""A Discord on loopback, REST and gateway, over real HTTP: in-process, or ``python -m tests.emulators.discord``.

In-process: ``async with Discord() as discord:`` listens on a free port; ``discord.world`` is the state,
``discord.people`` what people do, ``discord.base`` and ``discord.gateway`` the addresses for clients. As a script it
prints ``{"base": ..., "gateway": ..., "control": ...}`` on one line and runs until it is ended;
``POST /control/add_channel {"channel": "5"}`` calls the method of that name, ``GET /control/ledger`` gives the list of
that name (see CALLS and LISTS). ``POST /control/slash {"user": "7", "channel": "5", "name": "topics"}`` is a command,
whose own options stand under ``"options"``.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, Self

from aiohttp import web

from tests.emulators import discord_rules as rules
from tests.emulators.control import Control, broken, program, stay
from tests.emulators.discord_api import Api
from tests.emulators.discord_gateway import Gateway
from tests.emulators.discord_interactions import Interactions
from tests.emulators.discord_records import Fault, Request
from tests.emulators.discord_rules import Json, RefusedError
from tests.emulators.discord_world import World
from tests.emulators.serving import Serving

TOKEN = "Nzc3.emulator.token-of-no-worth"
CALLS = frozenset(
    ["add_guild", "remove_guild", "add_channel", "delete_channel", "update_channel", "set_role", "fault", "slash"]
)
LISTS = frozenset(["ledger", "requests", "commands"])
_FREE = ("/interactions/", "/webhooks/")
"""What counts against no global limit and takes no token."""


class Discord:
    """The server. ``rates`` are its limits, counted by ``clock`` (seconds); ``rates=None`` lets everything through."""

    def __init__(
        self,
        *,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        rates: rules.Rates | None = None,
        nonce_memory: float = 300.0,
        token: str = TOKEN,
    ) -> None:
        self.world = World(clock, nonce_memory=nonce_memory)
        self.people = Interactions(self.world)
        self.sockets = Gateway(self.world, token)
        self.token = token
        self.port = port
        self._api = Api(self.world, self.people)
        self._gate = rules.Gate(rates) if rates else None
        self._serving: Serving | None = None

    @property
    def base(self) -> str:
        """Give the address of the REST API."""
        return f"http://127.0.0.1:{self.port}/api/v10"

    @property
    def gateway(self) -> str:
        """Give the address of the gateway."""
        return f"ws://127.0.0.1:{self.port}/gateway"

    async def __aenter__(self) -> Self:
        """Listen; the port stays the same when the server is entered again."""
        app = web.Application()
        app.router.add_get("/gateway", self.sockets.serve)
        app.add_routes(Control(CALLS, LISTS, self.world, self.people).routes())
        app.router.add_route("*", "/api/v10/{path:.*}", self._rest)
        self._serving = await Serving.start(app, "127.0.0.1", self.port)
        self.port = self._serving.port
        self.sockets.address = self.gateway
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening and drop all links; the state is kept."""
        if self._serving is not None:
            await self.sockets.drop()
            await self._serving.stop()
            self._serving = None

    # -- REST ---------------------------------------------------------------------------------------------------------

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        path, arrived = "/" + request.match_info["path"], self.world.clock()
        body = await _body(request)
        fault = self.world.take_fault(request.method, path)
        if fault is not None and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        status, answer, headers = self._run(request, path, body, fault)
        cut = fault is not None and fault.kind in {"reset", "drop", "half"}
        shown = body if isinstance(body, dict) else {"list": body}
        self.world.requests.append(Request(arrived, request.method, path, 0 if cut else status, shown))
        return await _reply(request, fault, answer, status, headers)

    def _run(self, request: web.Request, path: str, body: Json, fault: Fault | None) -> tuple[int, Any, dict[str, str]]:
        headers: dict[str, str] = {}
        try:
            self._authorise(request, path)
            headers = self._admit(request.method, path)
            _refuse(fault)
            if fault is not None and fault.kind in {"reset", "ban"}:
                return 429, None, headers
            answer = self._api.run(request.method, path, body, dict(request.query))
        except RefusedError as refused:
            return refused.status, refused.body, headers | refused.headers
        if fault is not None and fault.kind == "late":
            return fault.status, {"message": "server error", "code": 0}, headers
        return 200 if answer is not None else 204, answer, headers

    def _authorise(self, request: web.Request, path: str) -> None:
        if not path.startswith(_FREE) and request.headers.get("Authorization") != f"Bot {self.token}":
            raise RefusedError(401, 0, "401: Unauthorized")

    def _admit(self, method: str, path: str) -> dict[str, str]:
        if self._gate is None or path.startswith(_FREE):
            return {}
        parts = path.split("/")
        counts = method == "POST" and parts[1] == "channels" and len(parts) == 4
        return self._gate.admit(f"{method} {'/'.join(parts[:3])}", self.world.clock(), counts=counts)


def _refuse(fault: Fault | None) -> None:
    if fault is not None and fault.kind == "answer":
        raise RefusedError(fault.status, fault.code, fault.message)


async def _body(request: web.Request) -> Any:
    """Read a body: JSON, or JSON with files, which come to stand in it by their names, in hex."""
    if request.content_type != "multipart/form-data":
        return json.loads(await request.read() or b"{}")
    parts = await request.post()
    files = {each.filename: each.file.read().hex() for each in parts.values() if isinstance(each, web.FileField)}
    told = parts["payload_json"]
    return json.loads(told if isinstance(told, str | bytes | bytearray) else b"") | {"files": files}


async def _reply(
    request: web.Request, fault: Fault | None, answer: Any, status: int, headers: dict[str, str]
) -> web.StreamResponse:
    kind = fault.kind if fault is not None else ""
    reply = await broken(request, kind, answer)
    if reply is not None:
        return reply
    if kind == "ban":
        return web.Response(text="<html>error code: 1015", status=429, content_type="text/html")
    if status == 204:
        return web.Response(status=204)
    # Discord names no charset, and its libraries compare the whole header.
    return web.Response(
        body=json.dumps(answer).encode(), status=status, headers={**headers, "Content-Type": "application/json"}
    )


async def _serve(port: int, token: str) -> None:
    async with Discord(port=port, token=token, rates=rules.Rates()) as server:
        control = f"http://127.0.0.1:{server.port}/control"
        await stay(base=server.base, gateway=server.gateway, control=control)


if __name__ == "__main__":
    program(_serve, TOKEN)
