"""A blog's web server on loopback: it logs every request's headers as they came, and answers as it is told.

    async with Blog() as blog:
        blog.publish("/feed.xml", body)                      # with an ETag, honoured
        blog.script("/feed.xml", Answer(429), Answer(200))   # one answer a request, the last one for ever

``blog.url("/feed.xml")`` is its address; ``blog.requests`` lists what was asked. It needs no outside network.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web

from tests.emulators.serving import Serving


@dataclass(frozen=True, slots=True)
class Answer:
    """One scripted answer. ``delay`` is seconds before it; ``raw`` replaces everything, bytes on the wire."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    raw: bytes | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as it came: ``headers`` are the raw pairs, in their order."""

    method: str
    path: str
    headers: tuple[tuple[bytes, bytes], ...]

    def header(self, name: str) -> bytes | None:
        """Give a header's value, None where it was not sent."""
        return next((value for key, value in self.headers if key.decode().lower() == name.lower()), None)


@dataclass
class Blog:
    """The server. ``together`` is the largest number of requests that were ever answered at the same time."""

    host: str = "127.0.0.1"
    port: int = 0
    requests: list[Asked] = field(default_factory=list)
    together: int = 0
    _now: int = 0
    _scripts: dict[str, list[Answer]] = field(default_factory=dict)
    _pages: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    _serving: Serving | None = None

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._serving = await Serving.start(application, self.host, self.port)
        self.port = self._serving.port
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._serving is not None:
            await self._serving.stop()
            self._serving = None

    def url(self, path: str = "/feed.xml", *, host: str = "") -> str:
        """Give the address of a path; ``host`` may be another name for this machine."""
        return f"http://{host or self.host}:{self.port}{path}"

    def publish(self, path: str, body: bytes, content_type: str = "application/xml") -> None:
        """Serve a document from now on, with an ETag of its bytes; whoever sends that back gets a 304."""
        self._scripts.pop(path, None)
        self._pages[path] = (body, content_type)

    def script(self, path: str, *answers: Answer) -> None:
        """Give these answers, one for each request; the last one stays."""
        self._scripts[path] = list(answers)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(Asked(request.method, request.path_qs, tuple(request.raw_headers)))
        self._now += 1
        self.together = max(self.together, self._now)
        try:
            script = self._scripts.get(request.path)
            if script:
                return await self._scripted(request, script.pop(0) if len(script) > 1 else script[0])
            return self._published(request)
        finally:
            self._now -= 1

    async def _scripted(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        await asyncio.sleep(answer.delay)
        if answer.raw is not None:
            if request.transport is not None:
                request.transport.write(answer.raw)
                request.transport.close()
            raise asyncio.CancelledError
        response = web.Response(status=answer.status, body=answer.body)
        for name, value in answer.headers:
            response.headers.add(name, value)
        return response

    def _published(self, request: web.Request) -> web.Response:
        if request.path not in self._pages:
            return web.Response(status=404, text="nothing here")
        body, content_type = self._pages[request.path]
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, headers={"ETag": etag, "Content-Type": content_type})
