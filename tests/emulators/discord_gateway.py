"""Discord's gateway: HELLO, IDENTIFY, READY, heartbeats, events, RESUME, and ways to break all that."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import zlib
from typing import Any

import aiohttp
from aiohttp import web

from tests.emulators.discord_rules import Json
from tests.emulators.discord_world import BOT, World, person

HEARTBEAT = 41.25


class _Line:
    """One socket: packs what is sent as the client asked (a zlib stream, or plain JSON)."""

    def __init__(self, socket: web.WebSocketResponse, compress: str) -> None:
        self.socket = socket
        self._packer = zlib.compressobj() if compress == "zlib-stream" else None

    async def send(self, op: int, data: Any = None, *, event: str | None = None, number: int | None = None) -> None:
        text = json.dumps({"op": op, "d": data, "t": event, "s": number})
        if self._packer is None:
            await self.socket.send_str(text)
        else:
            await self.socket.send_bytes(self._packer.compress(text.encode()) + self._packer.flush(zlib.Z_SYNC_FLUSH))


class Gateway:
    """Serves sockets. ``refusing`` closes each one before a word; ``identified`` counts the sessions."""

    def __init__(self, world: World, token: str) -> None:
        self.world = world
        self.token = token
        self.address = ""
        self.refusing = False
        self.identified: list[Json] = []
        self.resumed = 0
        self._sessions: dict[str, int] = {}
        self._ids = itertools.count(1)
        self._lines: set[_Line] = set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Talk to one client until the link ends."""
        if self.refusing:
            return web.Response(status=500)
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        line = _Line(socket, request.query.get("compress", ""))
        self._lines.add(line)
        sender: asyncio.Task[None] | None = None
        try:
            await line.send(10, {"heartbeat_interval": int(HEARTBEAT * 1000)})
            async for message in socket:
                if message.type != aiohttp.WSMsgType.TEXT:
                    break
                sender = await self._take(line, json.loads(message.data), sender)
        finally:
            self._lines.discard(line)
            if sender is not None:
                sender.cancel()
                with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                    await sender
        return socket

    async def _take(self, line: _Line, payload: Json, sender: asyncio.Task[None] | None) -> asyncio.Task[None] | None:
        data = payload["d"]
        if payload["op"] == 1:
            await line.send(11)
        elif payload["op"] in {2, 6} and data["token"].removeprefix("Bot ") != self.token:
            await line.socket.close(code=4004, message=b"Authentication failed.")
        elif payload["op"] == 2:
            return asyncio.create_task(self._identify(line, data))
        elif payload["op"] == 6 and data["session_id"] in self._sessions:
            self.resumed += 1
            return asyncio.create_task(self._resume(line, data))
        elif payload["op"] == 6:
            await line.send(9, data=False)
        return sender

    async def _identify(self, line: _Line, data: Json) -> None:
        self.identified.append(data)
        session, start = f"session{next(self._ids)}", len(self.world.events)
        self._sessions[session] = start
        guilds = [{"id": guild, "unavailable": True} for guild in self.world.guilds]
        ready = {
            "v": 10, "user": person(BOT, "incoming") | {"verified": True, "mfa_enabled": False, "email": None},
            "guilds": guilds, "session_id": session, "resume_gateway_url": self.address, "private_channels": [],
            "application": {"id": BOT, "flags": 0}, "shard": [0, 1],
        }  # fmt: skip
        await line.send(0, ready, event="READY", number=1)
        number = 1
        for guild in list(self.world.guilds.values()):
            number += 1
            await line.send(0, self.world.guild_shape(guild), event="GUILD_CREATE", number=number)
        self._sessions[session] = start - number
        await self._stream(line, start, number)

    async def _resume(self, line: _Line, data: Json) -> None:
        offset = self._sessions[data["session_id"]]
        number = int(data["seq"])
        at = max(0, number + offset)
        number = await self._backlog(line, at, number)
        await line.send(0, {}, event="RESUMED", number=number + 1)
        self._sessions[data["session_id"]] = len(self.world.events) - number - 1
        await self._stream(line, len(self.world.events), number + 1)

    async def _backlog(self, line: _Line, at: int, number: int) -> int:
        for event in self.world.events[at:]:
            number += 1
            await line.send(0, event["d"], event=event["t"], number=number)
        return number

    async def _stream(self, line: _Line, at: int, number: int) -> None:
        """Send events as they come."""
        while not line.socket.closed:
            emitted = self.world.emitted
            number = await self._backlog(line, at, number)
            at = len(self.world.events)
            await emitted.wait()

    # -- ways to break ------------------------------------------------------------------------------------------------

    async def drop(self, code: int = 1001) -> None:
        """Close all sockets."""
        for line in list(self._lines):
            await line.socket.close(code=code)

    async def cut(self) -> None:
        """Break all links without a farewell."""
        for line in list(self._lines):
            transport = line.socket._req.transport if line.socket._req is not None else None
            if transport is not None:
                transport.abort()

    async def ask_to_reconnect(self) -> None:
        """Tell all clients to come again (op 7)."""
        for line in list(self._lines):
            await line.send(7)

    async def invalidate(self) -> None:
        """Forget all sessions and say so (op 9)."""
        self._sessions.clear()
        for line in list(self._lines):
            await line.send(9, data=False)
