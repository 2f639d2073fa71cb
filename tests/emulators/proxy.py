"""A proxy on loopback, SOCKS5 and HTTP on one port: ``asked`` are the places that it was asked to reach."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Self
from urllib.parse import urlsplit


class Proxy:
    """The proxy. Everything goes to where the client says, or all of it ``to`` one place.

    ``refuses`` is what it answers instead: a SOCKS5 code or an HTTP status.
    """

    def __init__(self, *, to: tuple[str, int] | None = None, refuses: int = 0) -> None:
        self.asked: list[tuple[str, int]] = []
        self._to = to
        self._refuses = refuses
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """Give it as the configuration takes it."""
        assert self._server is not None
        return f"socks5://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def http(self) -> str:
        """Give it as the configuration takes it, spoken to in HTTP."""
        return self.address.replace("socks5", "http")

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._talk(reader, writer)
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readexactly(1)
        socks = first == b"\x05"
        head = b"" if socks else first + await reader.readuntil(b"\r\n\r\n")
        place = await self._socks(reader, writer) if socks else _named(head)
        self.asked.append(place)
        if self._refuses:
            writer.write(self._answer(first, self._refuses))
            await writer.drain()
            return
        there, back = await asyncio.open_connection(*(self._to or place))
        if socks or head.startswith(b"CONNECT"):
            writer.write(self._answer(first, 0))
        else:
            back.write(head)
        try:
            await asyncio.gather(_pour(reader, back), _pour(there, writer))
        finally:
            back.close()

    @staticmethod
    def _answer(first: bytes, code: int) -> bytes:
        if first == b"\x05":
            return bytes([5, code, 0, 1, 0, 0, 0, 0, 0, 0])
        return f"HTTP/1.1 {code or 200} Said\r\n\r\n".encode()

    @staticmethod
    async def _socks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
        (methods,) = await reader.readexactly(1)
        await reader.readexactly(methods)
        writer.write(b"\x05\x00")
        _, _, _, kind = await reader.readexactly(4)
        if kind == 1:
            host = socket.inet_ntoa(await reader.readexactly(4))
        else:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        (port,) = struct.unpack("!H", await reader.readexactly(2))
        return host, port


def _named(head: bytes) -> tuple[str, int]:
    """Read from an HTTP request to a proxy where it is to go: a tunnel's end, or the host of the address."""
    method, where, _ = head.split(None, 2)
    parts = urlsplit(f"//{where.decode()}" if method == b"CONNECT" else where.decode())
    return parts.hostname or "", parts.port or 80


async def _pour(source: asyncio.StreamReader, into: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        into.write(data)
        await into.drain()
    into.close()
