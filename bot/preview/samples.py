"""``incoming preview``: what the newest posts of a source would look like, and which topics they match."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot import i18n, platforms
from bot.config import Config
from bot.core import notice
from bot.core.errors import SourceError
from bot.core.keys import keys_of
from bot.core.models import Address, Chat, Failed, Feed, Fetched, Filter, NotModified, PlaceKind, Post, Sighting
from bot.core.ports import Clock, Platform
from bot.platforms.console.draw import safe
from bot.preview import terminal
from bot.reading.text import plain
from bot.sections import reveal
from bot.sources.client import FetchSettings
from bot.sources.document import Unreadable
from bot.sources.http import HttpSource
from bot.sources.worker import Workers
from bot.topics.match import Matcher

MOST_BYTES: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One post as it would be pushed: ``messages`` in the platform's own terms, ``shown`` as a reader sees it."""

    post: Post
    id: str
    """As the feed writes it; of an entry without one, its first key."""
    keys: dict[str, str]
    topics: tuple[tuple[str, str, str], ...]
    """(name, the word by which it matched, by tag or text)."""
    messages: tuple[dict[str, object], ...]
    shown: str

    def as_json(self) -> dict[str, object]:
        """Give it as ``--json`` prints it."""
        post = self.post
        return {
            "id": self.id,
            "keys": self.keys,
            "title": post.title,
            "link": post.link,
            "published": post.published.isoformat() if post.published else None,
            "topics": [name for name, _, _ in self.topics],
            "text": plain(post.doc or post.summary),
            "messages": list(self.messages),
        }


async def preview(
    config: Config, clock: Clock, source: str, *, platform: str, limit: int, length: int | None
) -> Sequence[Sample]:
    """Read a URL or file and write its newest posts, at most ``limit``. Raises SourceError where it cannot be read."""
    (samples,) = (await previews(config, clock, source, names=(platform,), limit=limit, length=length)).values()
    return samples


async def previews(
    config: Config, clock: Clock, source: str, *, names: Sequence[str], limit: int, length: int | None
) -> dict[str, Sequence[Sample]]:
    """Read a URL or file once and write its newest posts for each of several platforms, by its name."""
    newest = _newest(await _sightings(config, clock, source), limit)
    matcher = Matcher([topic.spec() for topic in config.topics])
    samples: dict[str, Sequence[Sample]] = {}
    for name in names:
        room, chat = platforms.load(name).sketch(), _chat(config, name, length)
        samples[name] = [
            _sample(number, sighting, chat, matcher, room, clock.now()) for number, sighting in enumerate(newest, 1)
        ]
    return samples


async def read_posts(config: Config, clock: Clock, source: str, limit: int) -> Sequence[Post]:
    """Read a URL or file; give its newest posts, at most ``limit``. Raises SourceError where it cannot be read."""
    sightings = await _sightings(config, clock, source)
    return [_post(number, each, clock.now()) for number, each in enumerate(_newest(sightings, limit), 1)]


def _newest(sightings: Sequence[Sighting], limit: int) -> Sequence[Sighting]:
    dated = sorted(sightings, key=lambda each: (each.published or datetime.min.replace(tzinfo=UTC), -each.position))
    return dated[-limit:][::-1]


async def _sightings(config: Config, clock: Clock, source: str) -> Sequence[Sighting]:
    async with Workers() as workers:
        if "://" not in source:
            parsed = await workers.parse(_read(Path(source)))
            if isinstance(parsed, Unreadable):
                raise SourceError(_said(source, parsed.name, parsed.cause))
            return parsed.sightings
        allowed = tuple(map(str, config.fetch.allow_addresses))
        proxy = reveal(config.fetch.proxy)
        settings = FetchSettings(contact=config.fetch.contact, allow_addresses=allowed, proxy=proxy)
        async with HttpSource(workers, clock, settings) as http:
            look = await http.look(Feed(id=0, name=source, url=source))
    match look:
        case Fetched():
            return look.sightings
        case Failed():
            raise SourceError(_said(source, look.name, look.cause))
        case NotModified():
            return ()


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            msg = f"{path} is larger than {MOST_BYTES // 1_000_000} MB; a feed should hold the newest posts only"
            raise SourceError(msg)
        return path.read_bytes()
    except OSError as error:
        msg = f"{path}: {error.strerror}; name a readable file, a URL with http:// or https://, or a watched feed"
        raise SourceError(msg) from error


def _said(source: str, name: str, cause: str) -> str:
    return f"{source}: {cause}; {i18n.load('en')(f'remedy_{name}')}"


def _chat(config: Config, platform: str, length: int | None) -> Chat:
    chat = Chat(0, Address(platform, "0"), PlaceKind.PRIVATE, 0, language=config.language, timezone=config.timezone)
    return (
        chat
        if length is None
        else Chat(0, chat.address, chat.kind, 0, language=chat.language, timezone=chat.timezone, length=length)
    )


def _post(number: int, sighting: Sighting, now: datetime) -> Post:
    return Post(
        id=number,
        seq=number,
        title=sighting.title,
        link=sighting.link,
        doc=sighting.doc,
        summary=sighting.summary,
        published=sighting.published,
        first_seen=now,
        tags=sighting.tags,
        authors=sighting.authors,
        image=sighting.image,
    )


def _sample(number: int, sighting: Sighting, chat: Chat, matcher: Matcher, room: Platform, now: datetime) -> Sample:
    post = _post(number, sighting, now)
    said = notice.of_post(post, chat, None, words=i18n.load(chat.language), judge=matcher, now=now)
    keys = keys_of(sighting)
    pairs = (("guid", keys.guid), ("link", keys.link), ("print", keys.print))
    messages = room.render(said, chat)
    shown = "\n".join(str(payload["text"]) for payload in messages) if room.name == platforms.CONSOLE else ""
    topics = matcher.topics(post)
    hits = {hit.topic: hit for hit in matcher.judge(post, Filter(0, tuple(topic.key for topic in topics))).hits}
    return Sample(
        post,
        sighting.guid or keys.link or keys.print or "",
        {kind: value for kind, value in pairs if value},
        tuple((each.name(chat.language), hits[each.key].word, hits[each.key].by) for each in topics),
        messages,
        shown or terminal.shown(messages),
    )


def written(samples: Sequence[Sample], *, as_json: bool) -> str:
    """Write samples for the terminal, or as JSON."""
    if as_json:
        return json.dumps([sample.as_json() for sample in samples], ensure_ascii=False, indent=1)
    return "\n\n".join(_shown(sample) for sample in samples)


def _shown(sample: Sample) -> str:
    why = ", ".join(f"{name} ({by}: {word})" if word else name for name, word, by in sample.topics)
    return f"{sample.shown}\n  topics: {safe(why) or '-'}"
