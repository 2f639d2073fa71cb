"""An HTTP server of a test that leaves nothing open behind it, whatever knocks while it closes."""

from __future__ import annotations

import asyncio
import socket

from aiohttp import web

# From the accepted socket to the handler that aiohttp knows of, asyncio takes a few turns of its loop.
_TURNS = 10


class Serving:
    """One application on one port of this machine."""

    def __init__(self, runner: web.AppRunner, door: socket.socket) -> None:
        self._runner = runner
        self._door = door

    @classmethod
    async def start(cls, app: web.Application, host: str, port: int) -> Serving:
        """Listen; port 0 takes a free one. Raise OSError where the port is taken."""
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        door = socket.create_server((host, port), backlog=128)
        await web.SockSite(runner, door).start()
        return cls(runner, door)

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._runner.addresses[0][1]
        return port

    async def stop(self) -> None:
        """Stop listening, and drop each link: also one that was accepted a moment ago, or whose peer reads no more.

        A server that closes between a link's acceptance and its handler's start leaves that link open: asyncio only
        says so in its debug mode. So nobody is let in any more first, who is in is shown to a seat, and all leave.
        """
        asyncio.get_running_loop().remove_reader(self._door)
        await _turns()
        server = self._runner.server
        links = [each.transport for each in server.connections] if server is not None else []
        await self._runner.cleanup()
        for link in links:
            if isinstance(link, asyncio.WriteTransport):
                link.abort()
        await _turns()


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)
