"""A made-up blog and the generator that writes its feed, in four formats and with all the habits that blogs have."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from typing import Any, Final

BEGIN: Final = datetime(2019, 3, 4, 9, 17, 23, tzinfo=UTC)
_ENGLISH: Final = [
    "posterior",
    "sampler",
    "gradient",
    "lattice",
    "operator",
    "compiler",
    "kernel",
    "proof",
    "cache",
    "token",
    "river",
    "garden",
    "parser",
    "index",
    "branch",
    "margin",
    "measure",
    "policy",
    "reward",
    "signal",
    "filter",
    "spectrum",
    "tensor",
    "graph",
    "stack",
    "shader",
    "thread",
    "queue",
    "fiber",
    "module",
]
_CHINESE: Final = [
    "扩散",
    "模型",
    "采样",
    "噪声",
    "梯度",
    "编译",
    "内核",
    "证明",
    "缓存",
    "索引",
    "策略",
    "奖励",
    "信号",
    "谱",
    "张量",
    "图",
    "栈",
    "线程",
    "队列",
    "测度",
]


@dataclass(frozen=True, slots=True)
class Post:
    """A post as its author has it now."""

    number: int
    """Counts from 1, the order of publishing; 0 is what was never meant to be shown."""
    title: str
    slug: str
    date: datetime
    text: tuple[str, ...]
    tags: tuple[str, ...] = ()
    updated: datetime | None = None


def _path(post: Post) -> str:
    return f"/posts/{post.slug}/"


@dataclass
class Blog:
    """A blog and the generator that writes its feed. Whoever tells a past changes the fields."""

    seed: int = 0
    form: str = "rss"
    window: int = 10
    base: str = "https://blog.example"
    path: Callable[[Post], str] = _path
    guid: str = "link"
    """``link``, ``tag``, ``number``, ``build`` (another one each time), ``title``, ``place``, ``one`` or nothing."""
    dates: str = "own"
    """``own``, ``day``, ``build``, ``updated`` or nothing."""
    order: str = "date"
    """``date``, ``rising``, ``updated`` or ``number``."""
    pin: int | None = None
    """The number of a post that stands above all others."""
    words: str = "full"
    """``full``, ``short``, ``none``, ``framed`` (a footer under each) or ``restless`` (something in each changes)."""
    now: datetime = BEGIN
    posts: list[Post] = field(default_factory=list)
    builds: int = 0

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def publish(self, many: int = 1, *, days: float = 3.3, **changes: Any) -> None:
        """Write some posts, days apart."""
        for _ in range(many):
            self.now += timedelta(days=days, seconds=self._dice.randrange(9000))
            self.posts.append(replace(self._write(), **changes))

    def _write(self) -> Post:
        number = max((post.number for post in self.posts), default=0) + 1
        words = _CHINESE if self.seed % 2 else _ENGLISH
        title = f"{self._dice.choice(words)} {self._dice.choice(words)} {self._dice.choice(words)} {number}"
        text = tuple(" ".join(self._dice.choices(words, k=30)) + f" {number}." for _ in range(4))
        slug = "-".join(self._dice.choices(_ENGLISH, k=3)) + f"-{number}"
        return Post(number, title, slug, self.now, text, tuple(self._dice.sample(words, 2)))

    def edit(self, number: int, **changes: Any) -> None:
        """Change a post."""
        self.posts = [replace(post, **changes) if post.number == number else post for post in self.posts]

    def shown(self) -> list[Post]:
        """Give the posts that the feed shows, in its order."""
        window = sorted(self.posts, key=self._rank, reverse=True)[: self.window]
        return window[::-1] if self.order == "rising" else window

    def _rank(self, post: Post) -> tuple[bool, int, datetime]:
        number = post.number if self.order == "number" else 0
        return (post.number == self.pin, number, (self.order == "updated" and post.updated) or post.date)

    def build(self) -> tuple[bytes, list[int]]:
        """Write the feed; give the number of the post at each place, too."""
        self.builds += 1
        shown = self.shown()
        write = {"rss": self._rss, "atom": self._atom, "json": self._json, "rdf": self._rdf}[self.form]
        return write(shown), [post.number for post in shown]

    # -- what stands in an entry --------------------------------------------------------------------------------------

    def link(self, post: Post) -> str:
        """Give a post's address."""
        return self.base + self.path(post)

    def _guid(self, post: Post, place: int) -> str:
        made = {
            "link": self.link(post),
            "tag": f"tag:blog.example,2019:{post.slug}",
            "number": f"{post.number}",
            "build": sha256(f"{self.builds} {post.number}".encode()).hexdigest(),
            "title": post.title,
            "place": f"item{place}",
            "one": "{id}",
        }
        return made.get(self.guid, "")

    def _date(self, post: Post) -> datetime | None:
        made = {
            "own": post.date,
            "day": post.date.replace(hour=0, minute=0, second=0),
            "build": self.now,
            "updated": post.updated or post.date,
        }
        return made.get(self.dates)

    def _html(self, post: Post) -> str:
        paragraphs = [f"<p>{escape(each)}</p>" for each in post.text]
        match self.words:
            case "none":
                return ""
            case "short":
                return f"<p>{escape(post.text[0][:120])}…</p>" if post.text else ""
            case "framed":
                return (
                    "".join(paragraphs) + "<hr><p>The author of this blog may be reached by letter. Reprint freely.</p>"
                )
            case "restless":
                return f"<p>Read {self.builds * 7} times, built at {self.now:%F %T}</p>" + "".join(paragraphs)
            case _:
                return "".join(paragraphs)

    # -- dialects -----------------------------------------------------------------------------------------------------

    def _rss(self, shown: list[Post]) -> bytes:
        items = "".join(self._rss_item(post, place) for place, post in enumerate(shown))
        return (
            f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>B</title><link>{self.base}/"
            f"</link><lastBuildDate>{format_datetime(self.now)}</lastBuildDate>{items}</channel></rss>"
        ).encode()

    def _rss_item(self, post: Post, place: int) -> str:
        guid, date = self._guid(post, place), self._date(post)
        return (
            f"<item><title>{escape(post.title)}</title><link>{escape(self.link(post))}</link>"
            + (f"<guid isPermaLink='false'>{escape(guid)}</guid>" if guid else "")
            + (f"<pubDate>{format_datetime(date)}</pubDate>" if date else "")
            + "".join(f"<category>{escape(tag)}</category>" for tag in post.tags)
            + f"<description>{escape(self._html(post))}</description></item>"
        )

    def _rdf(self, shown: list[Post]) -> bytes:
        items = "".join(
            f"<item rdf:about='{escape(self.link(post))}'><title>{escape(post.title)}</title>"
            f"<link>{escape(self.link(post))}</link><description>{escape(self._html(post))}</description>"
            + (f"<dc:date>{date.isoformat()}</dc:date>" if (date := self._date(post)) else "")
            + "</item>"
            for post in shown
        )
        return (
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
            f"xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>B</title><link>{self.base}/</link></channel>"
            f"{items}</rdf:RDF>"
        ).encode()

    def _atom(self, shown: list[Post]) -> bytes:
        entries = "".join(self._atom_entry(post, place) for place, post in enumerate(shown))
        return (
            f"<feed xmlns='http://www.w3.org/2005/Atom'><title>B</title><id>{self.base}/</id>"
            f"<link href='{self.base}/'/><updated>{self.now.isoformat()}</updated>{entries}</feed>"
        ).encode()

    def _atom_entry(self, post: Post, place: int) -> str:
        guid, date = self._guid(post, place), self._date(post)
        return (
            f"<entry><title>{escape(post.title)}</title><link href='{escape(self.link(post))}'/>"
            + (f"<id>{escape(guid)}</id>" if guid else "")
            + (f"<published>{date.isoformat()}</published>" if date else "")
            + (f"<updated>{(post.updated or date).isoformat()}</updated>" if date else "")
            + "".join(f"<category term='{escape(tag)}'/>" for tag in post.tags)
            + f"<content type='html'>{escape(self._html(post))}</content></entry>"
        )

    def _json(self, shown: list[Post]) -> bytes:
        items = [
            {
                "id": self._guid(post, place),
                "url": self.link(post),
                "title": post.title,
                "content_html": self._html(post),
                "tags": post.tags,
                **({"date_published": date.isoformat()} if (date := self._date(post)) else {}),
            }
            for place, post in enumerate(shown)
        ]
        return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "B", "items": items}).encode()
