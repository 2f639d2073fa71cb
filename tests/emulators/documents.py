"""Feeds for tests, written by us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

START = datetime(2026, 1, 1, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry: ``html`` is its text, ``path`` its address on the blog, ``day`` when, counted from the first."""

    title: str
    html: str
    tags: tuple[str, ...] = ()
    path: str = "/post"
    day: int = 0


def rss(entries: Sequence[Entry], *, title: str = "A blog", base: str = "https://blog.example") -> bytes:
    """Write an RSS 2.0 document."""
    items = "".join(_item(entry, base) for entry in entries)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{escape(title)}</title>'
        f"<link>{base}/</link><description>words</description>{items}</channel></rss>"
    ).encode()


def _item(entry: Entry, base: str) -> str:
    address = f"{base}{entry.path}"
    return (
        f"<item><title>{escape(entry.title)}</title><link>{address}</link><guid>{address}</guid>"
        f"<pubDate>{format_datetime(START + timedelta(days=entry.day))}</pubDate>"
        + "".join(f"<category>{escape(tag)}</category>" for tag in entry.tags)
        + f"<description>{escape(entry.html)}</description></item>"
    )
