"""A round a minute: what is wrong becomes incidents, and incidents are told to the operators; so is a week of none."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import structlog

from bot import telling
from bot.core.incidents import APART, Incident, Kind, News, Sign, compare, news, of_feeds
from bot.core.models import Address, Chat, Feed, Part, Payload, PlaceKind
from bot.core.ports import Clock, Platform, Words
from bot.log import clean
from bot.upkeep.hosts import Hosts
from bot.upkeep.probes import Probes

log = structlog.get_logger()

ROUND: Final = 60.0
"""Seconds between two rounds."""
LOW_DISK: Final = 64 * 1024 * 1024
"""Bytes below which the disk counts as full."""
WEEK: Final = timedelta(days=7)
_ROUND: Final = "round_at"
_TOLD: Final = "told_at"
_WELL: Final = "all_well_at"


class StewardWork(Protocol):
    """What a round reads and writes, inside a transaction."""

    async def feeds(self) -> Sequence[Feed]:
        """Give the watched feeds."""
        ...

    async def signs(self, now: datetime) -> Sequence[Sign]:
        """Find what the database itself shows to be wrong."""
        ...

    async def incidents(self, now: datetime) -> Sequence[Incident]:
        """Give the incidents that are open, those whose end is to be told, and those that were closed lately."""
        ...

    async def open_incident(self, sign: Sign, now: datetime) -> None:
        """Remember that something is wrong."""
        ...

    async def renew_incident(self, sign: Sign) -> None:
        """Bring up to date what is known of an incident, until it is told."""
        ...

    async def close_incident(self, incident_id: int, now: datetime) -> None:
        """Remember that it is over."""
        ...

    async def told_incident(self, incident_id: int, now: datetime, *, over: bool = False) -> None:
        """Remember that it, or its end, was told."""
        ...

    async def add_notice(self, chat_id: int, payloads: Sequence[Payload], now: datetime) -> None:
        """Put a notice into the outbox."""
        ...

    async def chat(self, address: Address) -> Chat | None:
        """Find a chat."""
        ...

    async def open_chat(
        self, address: Address, kind: PlaceKind, title: str, now: datetime, *, language: str, timezone: str
    ) -> Chat:
        """Find a chat or make it."""
        ...

    async def meta(self, key: str) -> str | None:
        """Read a remembered word."""
        ...

    async def set_meta(self, key: str, value: str | None) -> None:
        """Remember a word, or forget it."""
        ...


class Books(Protocol):
    """The store, as the steward sees it."""

    def begin(self) -> AbstractAsyncContextManager[StewardWork]:
        """Open a transaction."""
        ...


@dataclass(frozen=True, slots=True)
class Manner:
    """How operators are spoken to: who they are, in which language where their chat has none yet, and how often."""

    operators: Iterable[tuple[str, str]]
    words: Callable[[str], Words]
    language: str
    timezone: str
    all_well: bool = False


class Steward:
    """Looks after one bot. ``wake`` says that there is something to send."""

    def __init__(
        self,
        books: Books,
        platforms: Mapping[str, Platform],
        manner: Manner,
        folder: Path,
        clock: Clock,
        wake: Callable[[], None],
        copies: Callable[[], str] = str,
    ) -> None:
        self._books = books
        self._platforms = platforms
        self._manner = manner
        self._folder = folder
        self._clock = clock
        self._wake = wake
        self._copies = copies
        self._probes = Probes(platforms, clock.now())
        self._hosts = Hosts(platforms, manner.operators, manner.words)
        self.disk = ""
        """What is wrong with the disk; empty where nothing is."""

    @property
    def platforms(self) -> Mapping[str, str]:
        """Tell of each platform what is wrong with it; empty where nothing is."""
        return self._probes.causes

    async def run(self) -> None:
        """Make rounds until cancelled."""
        while True:
            await self.round()
            await self._clock.sleep(ROUND)

    async def round(self) -> None:
        """Look, remember, tell. A database that cannot be written is told without it, once."""
        now = self._clock.now()
        await self._probes.look(now)
        try:
            await self._remember(now)
            await self._tell(now)
        except Exception as error:  # noqa: BLE001 -- the loop's edge: whatever the disk does, there is a next round
            await self._unwritable(error)
            return
        if self.disk:
            self.disk = ""
            log.info("upkeep.disk_over")
            await self._say_at_once("incident_disk_over", folder=str(self._folder), time="")

    # -- looking ------------------------------------------------------------------------------------------------------

    def _signs(self) -> Iterable[Sign]:
        yield from self._probes.signs()
        free = shutil.disk_usage(self._folder).free
        if free < LOW_DISK:
            yield Sign(Kind.DISK, "low", {"folder": str(self._folder), "free": f"{free // 1_000_000} MB"})
        if wrong := self._copies():
            yield Sign(Kind.BACKUP, "daily", {"folder": str(self._folder), "cause": wrong})

    async def _remember(self, now: datetime) -> None:
        async with self._books.begin() as work:
            # A round that writes nothing would not see that the disk takes nothing.
            await work.set_meta(_ROUND, now.isoformat())
            signs = [*of_feeds(await work.feeds(), now), *await work.signs(now), *self._signs()]
            changes = compare(await work.incidents(now), signs)
            for sign in signs:
                await work.renew_incident(sign)
            for sign in changes.opened:
                await work.open_incident(sign, now)
                log.warning("incident.opened", kind=sign.kind.value, subject=sign.subject)
            for incident in changes.closed:
                await work.close_incident(incident.id, now)
                log.info("incident.closed", kind=incident.kind.value, subject=incident.subject)

    # -- telling ------------------------------------------------------------------------------------------------------

    async def _tell(self, now: datetime) -> None:
        """Tell what is new, in the commit that remembers that it was told."""
        async with self._books.begin() as work:
            found = news(await work.incidents(now), now)
            for incident in found.moot:
                await work.told_incident(incident.id, now, over=True)
            if await self._lately(work, _TOLD, APART, now):
                return
            told = await self._tell_each(work, found, now) if found.begun or found.over else ()
            told = (*told, *await self._hosts.tell(work, found, now))
            for incident in told:
                await work.told_incident(incident.id, now, over=incident.closed is not None)
            if told:
                await work.set_meta(_TOLD, now.isoformat())
                await work.set_meta(_WELL, now.isoformat())
                log.info("incident.told", kinds=telling.kinds(told))
            said = bool(told) or await self._all_well(work, now)
        if said:
            self._wake()

    async def _tell_each(self, work: StewardWork, found: News, now: datetime) -> Sequence[Incident]:
        """Tell each operator; give the incidents that somebody hears of. A platform's own trouble is told elsewhere."""
        told: dict[int, Incident] = {}
        for name, user in self._manner.operators:
            if name not in self._platforms:
                continue
            begun = tuple(each for each in found.begun if (each.kind, each.subject) != (Kind.PLATFORM, name))
            if not (begun or found.over):
                continue
            chat = await self._chat(work, name, user, now)
            if chat is None:
                continue
            notice = telling.written(News(begun, found.over), self._manner.words(chat.language), now)
            await work.add_notice(chat.id, self._platforms[name].render(notice, chat), now)
            told |= {each.id: each for each in (*begun, *found.over)}
        return tuple(told.values())

    async def _chat(self, work: StewardWork, name: str, user: str, now: datetime) -> Chat | None:
        """Give an operator's private chat, made where there is none; None where it is closed."""
        address = self._platforms[name].person(user)
        chat = await work.chat(address)
        if chat is not None:
            return None if chat.closed else chat
        language, timezone = self._manner.language, self._manner.timezone
        return await work.open_chat(address, PlaceKind.PRIVATE, "", now, language=language, timezone=timezone)

    async def _lately(self, work: StewardWork, key: str, span: timedelta, now: datetime) -> bool:
        kept = await work.meta(key)
        return kept is not None and timedelta() <= now - datetime.fromisoformat(kept) < span

    async def _all_well(self, work: StewardWork, now: datetime) -> bool:
        """Say once a week that nothing is wrong, the first week from the first round on; tell whether it was said."""
        if not self._manner.all_well or any(each.closed is None for each in await work.incidents(now)):
            return False
        begun = await work.meta(_WELL)
        if begun is not None and await self._lately(work, _WELL, WEEK, now):
            return False
        await work.set_meta(_WELL, now.isoformat())
        if begun is None:
            return False
        feeds = len(await work.feeds())
        for name, user in self._manner.operators:
            chat = await self._chat(work, name, user, now) if name in self._platforms else None
            if chat is not None:
                notice = telling.plain(self._manner.words(chat.language), "all_well", n=feeds)
                await work.add_notice(chat.id, self._platforms[name].render(notice, chat), now)
        return True

    # -- without the database -----------------------------------------------------------------------------------------

    async def _unwritable(self, error: Exception) -> None:
        # What it comes from, without what a command line would be told to do: the sentence has words of its own.
        cause = error.__cause__ or error
        said = clean(f"{type(cause).__name__}: {cause}")
        log.warning("upkeep.failed", error=said)
        if not self.disk:
            self.disk = said
            await self._say_at_once("incident_disk", folder=str(self._folder), cause=said)

    async def _say_at_once(self, key: str, **values: str) -> None:
        """Send a sentence to the operators past the outbox, which cannot be written: once, come what may of it."""
        words = self._manner.words(self._manner.language)
        for name, user in self._manner.operators:
            if (platform := self._platforms.get(name)) is None:
                continue
            address = platform.person(user)
            chat = Chat(0, address, PlaceKind.PRIVATE, 0, language=self._manner.language)
            try:
                for number, payload in enumerate(platform.render(telling.plain(words, key, **values), chat)):
                    outcome = await platform.send(Part(0, 0, number, f"disk-{number}", payload, address))
                    log.info("upkeep.said_at_once", platform=name, outcome=type(outcome).__name__)
            except Exception as error:  # noqa: BLE001 -- ended by it, the bot would say this again at each start
                log.warning("upkeep.said_to_nobody", platform=name, error=f"{type(error).__name__}: {error}")
