"""A Telegram Bot API server on loopback, over real HTTP: in-process, or ``python -m tests.emulators.telegram``.

In-process: ``async with Telegram() as telegram:`` listens on a free port; ``telegram.world`` is the state,
``telegram.base`` the ``api_base`` for clients. As a script it prints ``{"base": ..., "control": ...}`` on one line and
runs until it is ended; ``POST /control/say {"chat": 5, "user": 5, "text": "/start"}`` calls the world's method of that
name, ``GET /control/ledger`` gives the list of that name (see CALLS and LISTS).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, Self

from aiohttp import web

from tests.emulators import telegram_rules as rules
from tests.emulators.control import Control, broken, program, stay
from tests.emulators.serving import Serving
from tests.emulators.telegram_api import Api
from tests.emulators.telegram_courier import Courier
from tests.emulators.telegram_photo import received
from tests.emulators.telegram_rules import Json, RefusedError, refuse
from tests.emulators.telegram_world import Fault, Request, World

TOKEN = "777:TEST-token_of_the_emulator"
CALLS = frozenset(
    ["add_chat", "thread", "delete_thread", "say", "press", "callback", "member", "join", "kick", "migrate", "fault"]
)
LISTS = frozenset(["ledger", "requests", "answers", "updates"])
_NUMBERS = frozenset(["chat_id", "message_id", "message_thread_id", "user_id", "offset", "limit", "timeout"])


def _decode(name: str, value: Any) -> Any:
    """Read one parameter, which clients may send as JSON or as a form's string."""
    if isinstance(value, web.FileField):
        return received(value)
    if not isinstance(value, str):
        return value
    if name in _NUMBERS and not value.startswith("@"):
        return int(value)
    if value in {"true", "True", "false", "False"} and name not in {"text", "caption"}:
        return value.lower() == "true"
    return json.loads(value) if value[:1] in {"{", "["} and name not in {"text", "caption"} else value


async def _payload(request: web.Request) -> Json:
    raw: Any = await request.json() if request.content_type == "application/json" else dict(await request.post())
    try:
        return {name: _decode(name, value) for name, value in (raw | dict(request.query)).items()}
    except ValueError as error:
        refuse(f"can't parse parameters: {error}")


class Telegram:
    """The server. ``rates`` are its limits, counted by ``clock`` (seconds); ``rates=None`` lets everything through."""

    def __init__(
        self,
        *,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        rates: rules.Rates | None = None,
        token: str = TOKEN,
    ) -> None:
        self.world = World(clock)
        self.token = token
        self.port = port
        self.revoked = False
        self.courier = Courier(self.world)
        self._api = Api(self.world, rules.Gate(rates) if rates else None)
        self._serving: Serving | None = None

    @property
    def base(self) -> str:
        """Give the address that the token is appended to."""
        return f"http://127.0.0.1:{self.port}/bot"

    async def __aenter__(self) -> Self:
        """Listen; the port stays the same when the server is entered again."""
        app = web.Application()
        app.router.add_route("*", "/bot{token:[^/]*}/{method}", self._bot)
        app.add_routes(Control(CALLS, LISTS, self.world).routes())
        self._serving = await Serving.start(app, "127.0.0.1", self.port)
        self.port = self._serving.port
        self.courier.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening and drop all links; the state is kept."""
        await self.courier.stop()
        if self._serving is not None:
            await self._serving.stop()
            self._serving = None

    # -- the Bot API --------------------------------------------------------------------------------------------------

    async def _bot(self, request: web.Request) -> web.StreamResponse:
        arrived, method = self.world.clock(), request.match_info["method"]
        payload: Json = {}
        fault: Fault | None = None
        try:
            payload = await _payload(request)
            self._authorise(request.match_info["token"])
            fault = self.world.take_fault(method, payload.get("chat_id"), payload.get("message_thread_id"))
            if fault is not None and fault.kind == "delay":
                await asyncio.sleep(fault.seconds)
            answer, status = await self._run(method, payload, fault), 200
        except RefusedError as refused:
            answer, status = refused.body(), refused.code
        cut = fault is not None and fault.kind in {"reset", "drop", "half"}
        self._log(arrived, method, payload, 0 if cut else status)
        return await _reply(request, fault, answer, status)

    async def _run(self, method: str, payload: Json, fault: Fault | None) -> Json:
        if fault is not None and fault.kind == "answer":
            raise RefusedError(fault.code, fault.description, **fault.parameters)
        if fault is not None and fault.kind == "reset":
            return {}
        return {"ok": True, "result": await self._api.run(method, payload)}

    def _log(self, arrived: float, method: str, payload: Json, status: int) -> None:
        self.world.requests.append(Request(arrived, method, payload.get("chat_id"), status, payload))

    def _authorise(self, token: str) -> None:
        if token != self.token or self.revoked:
            raise RefusedError(401 if ":" in token else 404, "Unauthorized" if ":" in token else "Not Found")


async def _reply(request: web.Request, fault: Fault | None, answer: Json, status: int) -> web.StreamResponse:
    reply = await broken(request, fault.kind, answer) if fault is not None else None
    return web.json_response(answer, status=status) if reply is None else reply


async def _serve(port: int, token: str) -> None:
    async with Telegram(port=port, token=token, rates=rules.Rates()) as server:
        await stay(base=server.base, control=f"http://127.0.0.1:{server.port}/control")


if __name__ == "__main__":
    program(_serve, TOKEN)
