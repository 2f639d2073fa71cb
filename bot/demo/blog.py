"""The demo's blog: a few posts of our own with formulas and code, served as RSS on loopback."""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib import resources
from xml.sax.saxutils import escape

from aiohttp import web


@dataclass(frozen=True, slots=True)
class _Entry:
    title: str
    tags: tuple[str, ...]
    html: str


class SampleBlog:
    """A blog with a feed, on loopback."""

    def __init__(self, language: str) -> None:
        text = (resources.files("bot") / "data" / f"demo.{language}.toml").read_text(encoding="utf-8")
        data = tomllib.loads(text)
        self.title: str = data["title"]
        self.topic: str = data["topic"]
        self.word: str = data["word"]
        self.entries = [_Entry(post["title"], tuple(post["tags"]), post["html"]) for post in data["posts"]]
        self.published = 1
        self.address = ""

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[None]:
        """Answer on a free port while the context is open."""
        application = web.Application()
        application.router.add_get("/feed.xml", self._feed)
        application.router.add_get("/posts/{number}", self._page)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield
        finally:
            await runner.cleanup()

    async def _feed(self, request: web.Request) -> web.StreamResponse:
        state = f'"{self.published}"'
        if request.headers.get("If-None-Match") == state:
            return web.Response(status=304, headers={"ETag": state})
        newest = datetime.now(UTC).replace(microsecond=0)
        items = "".join(
            f"<item><title>{escape(entry.title)}</title><link>{self.link(number)}</link><guid>{self.link(number)}</guid>"
            f"<pubDate>{format_datetime(newest - timedelta(minutes=self.published - number))}</pubDate>"
            + "".join(f"<category>{escape(tag)}</category>" for tag in entry.tags)
            + f"<description>{escape(entry.html)}</description></item>"
            for number, entry in reversed(list(enumerate(self.entries[: self.published])))
        )
        body = (
            f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{escape(self.title)}</title>'
            f"<link>{self.address}/</link><description>demo</description>{items}</channel></rss>"
        )
        return web.Response(text=body, content_type="application/rss+xml", headers={"ETag": state})

    async def _page(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        if not number.isdigit() or int(number) >= self.published:
            raise web.HTTPNotFound
        entry = self.entries[int(number)]
        page = f"<!doctype html><meta charset=utf-8><title>{escape(entry.title)}</title><h1>{escape(entry.title)}</h1>"
        return web.Response(text=page + entry.html, content_type="text/html")

    def link(self, number: int) -> str:
        """Give a post's address."""
        return f"{self.address}/posts/{number}"
