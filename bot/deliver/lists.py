"""A list of posts, written out: as few requests as hold it, and which of them names which delivery."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from bot import i18n, times
from bot.core import timing
from bot.core.models import Chat, Choice, Notice, Payload, Verdict
from bot.core.notice import Item, Section, by_topic, of_digest, of_summary
from bot.core.outgoing import Cause
from bot.core.ports import Carried, Judge, ListBid, Platform, Wanted, Words

Unit = TypeVar("Unit")

NO_VERDICT: Final = Verdict(passes=True)


@dataclass(frozen=True, slots=True)
class Chapter:
    """What a list is made of: its cause, the deliveries with their posts; ``size`` is a whole flood's."""

    cause: Cause
    entries: tuple[tuple[Wanted, Item], ...]
    size: int = 0

    @property
    def items(self) -> tuple[Item, ...]:
        """The posts."""
        return tuple(item for _, item in self.entries)


Page = tuple[Notice, tuple[Item, ...]]


class ListWriter:
    """Writes one platform's lists."""

    def __init__(self, platform: Platform, judge: Judge) -> None:
        self._platform = platform
        self._judge = judge

    def bid(self, chat: Chat, chapter: Chapter, now: datetime) -> ListBid:
        """Write a list out. Raises ValueError where nothing came of it."""
        words = i18n.load(chat.language)
        pages = self._pages(chat, chapter, words, now)
        last = pages[-1][0]
        pages[-1] = (replace(last, choices=((_button(chapter, words),),)), pages[-1][1])
        payloads: list[Payload] = []
        named: dict[int, int] = {}
        for notice, items in pages:
            payloads += self._platform.render(notice, chat)
            named |= {item.post.id: len(payloads) - 1 for item in items}
        if not payloads:
            msg = "nothing to send"
            raise ValueError(msg)
        carried = tuple(
            Carried(wanted.delivery_id, wanted.filter_id, item.verdict or NO_VERDICT, named[item.post.id])
            for wanted, item in chapter.entries
        )
        nonces = tuple(_nonce(self._platform.name, carried, number) for number in range(len(payloads)))
        return ListBid(chat, chapter.cause.kind, carried, tuple(payloads), nonces)

    def _pages(self, chat: Chat, chapter: Chapter, words: Words, now: datetime) -> list[Page]:
        title = _title(chat, chapter, words, now)

        def fits(notice: Notice) -> bool:
            return len(self._platform.render(notice, chat)) <= 1

        if chapter.cause in {Cause.DIGEST, Cause.QUIET}:
            return _digest_pages(title, by_topic(chapter.items, self._judge, chat.language), words, fits)
        return _summary_pages(title, _lead(chapter, words), chapter.items, words, fits)


def _digest_pages(title: str, sections: Sequence[Section], words: Words, fits: Callable[[Notice], bool]) -> list[Page]:
    """Divide between topics; a topic's posts only where they alone are too many for one request."""
    headed = any(section.topic for section in sections)

    def write(some: Sequence[Section], *, first: bool) -> Notice:
        return of_digest(title if first else "", some, words=words, headed=headed)

    def pieces(section: Section) -> list[Section]:
        runs = _filled(section.items, lambda some, _: fits(write([Section(section.topic, tuple(some))], first=True)))
        return [Section(section.topic, tuple(items)) for items in runs]

    small = [part for section in sections for part in pieces(section)]
    pages = _filled(small, lambda some, at: fits(write(some, first=at == 0)))
    return [
        (write(page, first=number == 0), tuple(item for section in page for item in section.items))
        for number, page in enumerate(pages)
    ]


def _summary_pages(
    title: str, lead: str, items: Sequence[Item], words: Words, fits: Callable[[Notice], bool]
) -> list[Page]:
    def write(some: Sequence[Item], at: int) -> Notice:
        posts = [item.post for item in some]
        first = at == 0
        return of_summary(title if first else "", lead if first else "", posts, words=words, start=at + 1)

    pages, at = [], 0
    for page in _filled(items, lambda some, start: fits(write(some, start))):
        pages.append((write(page, at), tuple(page)))
        at += len(page)
    return pages


def _filled(units: Sequence[Unit], fits: Callable[[Sequence[Unit], int], bool]) -> list[Sequence[Unit]]:
    """Divide units into runs, each as long as fits, at least one; ``fits`` is asked with the run and its beginning."""
    runs: list[Sequence[Unit]] = []
    at = 0
    while at < len(units):
        low, high = 1, len(units) - at
        while low < high:
            middle = (low + high + 1) // 2
            if fits(units[at : at + middle], at):
                low = middle
            else:
                high = middle - 1
        runs.append(units[at : at + low])
        at += low
    return runs


# -- the words --------------------------------------------------------------------------------------------------------


def _title(chat: Chat, chapter: Chapter, words: Words, now: datetime) -> str:
    count = len(chapter.entries)
    match chapter.cause:
        case Cause.DIGEST:
            return _digest_title(chat, chapter, words, now)
        case Cause.QUIET:
            return words("list_quiet", n=count)
        case Cause.PAUSE:
            return words("list_pause", n=count)
        case Cause.CAP:
            return words("list_cap", n=count)
        case Cause.FLOOD:
            return _flood_title(chapter, words)
        case Cause.BACKLOG:
            return words("list_backlog", n=count)


def _flood_title(chapter: Chapter, words: Words) -> str:
    count, blog = max(chapter.size, len(chapter.entries) + 1), chapter.entries[0][0].source
    return words("list_flood_of", n=count, blog=blog) if blog else words("list_flood", n=count)


def _digest_title(chat: Chat, chapter: Chapter, words: Words, now: datetime) -> str:
    here = times.zone(chat.timezone)
    earliest = min(item.post.first_seen for item in chapter.items)
    first, last = timing.period(chat.digest, here, now, earliest)
    count = len(chapter.entries)
    if chat.digest is None or chat.digest.weekday is None:
        return words("list_daily", n=count, day=times.day(chat.language, last, today=last))
    return words("list_weekly", n=count, days=times.days(chat.language, first, last))


def _lead(chapter: Chapter, words: Words) -> str:
    if chapter.cause is Cause.FLOOD:
        return words("lead_flood", n=len(chapter.entries))
    return words("lead_backlog") if chapter.cause is Cause.BACKLOG else ""


def _button(chapter: Chapter, words: Words) -> Choice:
    ids = [item.post.id for item in chapter.items]
    whole = f"resume send {min(ids)}-{max(ids)}"
    match chapter.cause:
        case Cause.DIGEST:
            return Choice(words("change_digest"), "digest")
        case Cause.QUIET:
            return Choice(words("settings"), "settings")
        case Cause.FLOOD:
            return Choice(words("all_of_them", n=len(ids)), whole)
        case _:
            return Choice(words("send_them"), whole)


def _nonce(platform: str, carried: Sequence[Carried], number: int) -> str:
    """Name a list's part, the same at every attempt: 24 ASCII characters (Discord takes 25)."""
    seed = f"{platform}:list:{[each.delivery_id for each in carried]}:{number}".encode()
    return hashlib.blake2b(seed, digest_size=12).hexdigest()
