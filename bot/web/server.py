"""The HTTP server: ``/healthz``, ``/readyz``, ``/metrics`` and the status page. It answers GET and HEAD alone."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import structlog
from aiohttp import web

from bot.core.errors import ConfigError
from bot.core.ports import Clock
from bot.sections import WebSection, reveal
from bot.web.access import allowed, refusal
from bot.web.health import Facts, Vitals, readiness
from bot.web.numbers import Numbers

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Page = Callable[[], Awaitable[str]]
"""Writes the status page."""

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Server": "incoming",
}
_PROMETHEUS: Final = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}


class Site:
    """What is answered."""

    def __init__(self, settings: WebSection, vitals: Vitals, facts: Facts, page: Page, clock: Clock) -> None:
        self._token = reveal(settings.token)
        self._vitals = vitals
        self._facts = facts
        self._page = page
        self._clock = clock
        self._numbers = Numbers(facts, vitals, clock.now())

    def app(self) -> web.Application:
        """Make the application."""
        app = web.Application(middlewares=[self._around], client_max_size=1024)
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/readyz", self.readyz)
        app.router.add_get("/metrics", self.metrics)
        app.router.add_get("/", self.status)
        return app

    @web.middleware
    async def _around(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = web.Response(status=error.status, text=f"{error.reason}\n")
        except Exception as error:  # noqa: BLE001 -- the edge: one request's fault is nobody else's
            log.warning("web.failed", path=request.path[:80], error=f"{type(error).__name__}: {error}")
            response = web.Response(status=500, text="a fault; the log says more\n")
        response.headers.update(_HEADERS)
        return response

    async def healthz(self, _request: web.Request) -> web.Response:
        """Tell whether every loop does what it is for; nothing more, so that anybody may ask."""
        well = all(self._vitals.loops(self._clock.now()).values())
        return web.Response(text="ok\n") if well else web.Response(status=503, text="stalled\n")

    async def readyz(self, request: web.Request) -> web.Response:
        """Tell whether posts can flow; what is in the way only to those who may see it."""
        found = readiness(self._vitals, await self._facts.feeds(), self._clock.now())
        status = 200 if found.ready else 503
        if not allowed(request, self._token):
            return web.Response(status=status, text="ready\n" if found.ready else "not ready\n")
        return web.json_response(found.written(), status=status, dumps=lambda value: json.dumps(value, indent=1) + "\n")

    async def metrics(self, request: web.Request) -> web.Response:
        """Give the numbers."""
        if not allowed(request, self._token):
            return refusal(self._token)
        return web.Response(body=await self._numbers.page(self._clock.now()), headers=_PROMETHEUS)

    async def status(self, request: web.Request) -> web.Response:
        """Give the status page."""
        if not allowed(request, self._token):
            return refusal(self._token)
        return web.Response(text=await self._page(), content_type="text/html")


@contextlib.asynccontextmanager
async def serve(settings: WebSection, site: Site) -> AsyncIterator[str]:
    """Answer while the context is open; give the address. Raises ConfigError where the port cannot be had."""
    runner = web.AppRunner(site.app(), access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        server = web.TCPSite(runner, settings.host, settings.port)
        try:
            await server.start()
        except OSError as error:
            msg = (
                f"web: {settings.host} port {settings.port} cannot be had: {error.strerror}; choose another [web] port"
            )
            raise ConfigError(msg) from error
        log.info("web.started", host=settings.host, port=settings.port)
        yield server.name
    finally:
        await runner.cleanup()
