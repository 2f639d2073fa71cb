"""``incoming check``: what is wrong with config, database, tokens and feeds, and how to mend it."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot import i18n, surroundings, telling
from bot.advice import LEFT_BEHIND, NO_FEED, ONCE_A_DAY, ONLY_HERE, RARELY, counted
from bot.app import App, assemble
from bot.config import Config
from bot.core.counting import as_it_counts
from bot.core.errors import IncomingError, StoreError
from bot.core.incidents import Incident, Kind, Sign
from bot.core.models import Address, Chat, Failed, Feed, Fetched, FetchInfo, Look, PlaceKind
from bot.core.ports import Clock, Platform
from bot.core.schedule import DAY, MONTH, bare, held_until
from bot.log import clean
from bot.operators import Operators
from bot.parts import open_parts
from bot.platforms import CONSOLE, seat
from bot.sources.headers import http_date
from bot.store.configure import retire
from bot.store.soundness import damage
from bot.store.sqlite import Store
from bot.upkeep import accounts
from bot.watch.record import known_of

Say = Callable[[str], object]
GOOD: Final = "ok  "
BAD: Final = "BAD "
AT_ONCE: Final = 16
"""Feeds that are tried together."""
PLACES: Final = 200
"""Groups and channels whose permissions are looked at, the oldest: each is a question to its platform."""
UNSEEN: Final = "of the others, one that takes no post is named once that was tried"
CLOCK: Final = timedelta(minutes=3)
"""By how much this machine's clock may differ from a platform's before that is worth mending."""


async def check(config: Config, clock: Clock, say: Say) -> int:
    """Try everything that the bot needs; say a line each; give the number of findings."""
    findings = 0
    try:
        if wrong := await damage(config.database):
            raise StoreError(wrong)
        async with open_parts(config, clock) as parts:
            say(f"{GOOD} database {config.database}")
            async with assemble(parts) as app:
                running = surroundings.running(config)
                async with parts.store.begin() as work:
                    if not running:
                        await retire(work, config)
                    chats = await work.chats()
                    for said in await accounts.strangers(work, app.platforms.values()):
                        say(f"{BAD} {said}")
                        findings += 1
                # Threads share their place's rights; in a private chat there are none to lack.
                shared = [replace(chat.address, thread="") for chat in chats if chat.kind is not PlaceKind.PRIVATE]
                places = list(dict.fromkeys(shared))
                lacking: set[str] = set()
                findings += await _platforms(app, parts.operators, places[:PLACES], lacking, say)
                if len(places) > PLACES:
                    say(f"note rights: looked at in {PLACES} of {len(places)} groups and channels; {UNSEEN}")
                findings += await _misled(app, clock, say, running=running)
                async with parts.store.begin() as work:
                    feeds = await work.feeds()
                    code = await parts.operators.code(work, clock.now())
                    left_behind = await work.left_behind()
                    incidents = _met(await work.open_incidents(), await work.signs(clock.now()), clock.now())
                findings += await _feeds(app, parts.store, feeds, say)
                _paused(left_behind, say)
                new = [each for each in incidents if each.subject not in lacking]
                findings += _incidents(new, clock, say, running=running)
                findings += _surroundings(config, say)
                await _operator(app, code, say)
                _unreached(app, chats, say)
                await _empty(app, {chat.address.platform for chat in chats}, say)
    except IncomingError as error:
        say(f"{BAD} {error}")
        findings += 1
    say("all well" if not findings else f"{findings} to mend")
    return findings


async def _platforms(app: App, operators: Operators, places: Sequence[Address], lacking: set[str], say: Say) -> int:
    """Try each platform; ``lacking`` gets the places in which something is missing."""
    findings = 0
    if CONSOLE in app.platforms:
        say(f"note {ONLY_HERE}")
    for platform in app.platforms.values():
        try:
            say(f"{GOOD} {platform.name}: {await platform.probe()}")
        except IncomingError as error:
            say(f"{BAD} {platform.name}: {error}")
            findings += 1
        else:
            findings += await _reach(platform, [user for name, user in operators if name == platform.name], say)
            found = await _rights(platform, [place for place in places if place.platform == platform.name], say)
            lacking.update(found)
            findings += len(found)
    return findings


async def _misled(app: App, clock: Clock, say: Say, *, running: bool) -> int:
    """Name another program that takes the commands, and a clock of this machine that is wrong."""
    found = [f"{each.name}: {said}" for each in app.platforms.values() if (said := await each.astray(running=running))]
    found += list(_clock(app.platforms.values(), clock.now()))[:1]
    for said in found:
        say(f"{BAD} {said}")
    return len(found)


def _clock(platforms: Iterable[Platform], now: datetime) -> Iterator[str]:
    for platform in platforms:
        told = http_date(platform.told)
        if told is not None and abs(now - told) > CLOCK:
            minutes = round(abs(now - told).total_seconds() / 60)
            way = "ahead of" if now > told else "behind"
            yield (
                f"this machine's clock is {minutes} minutes {way} {platform.name}'s: digests, quiet hours and waits "
                "are off by as much; let it be set, such as by timedatectl set-ntp true"
            )


async def _rights(platform: Platform, places: Sequence[Address], say: Say) -> set[str]:
    """Name what is missing in the places that get posts; give those where something is."""
    lacking: set[str] = set()
    for place in places:
        try:
            names = await platform.lacks(place)
        except IncomingError as error:
            say(f"{BAD} {place}: {error}")
            lacking.add(str(place))
            continue
        if names:
            said = ", ".join(names)
            say(f"{BAD} {place}: the bot lacks {said}; grant it there, what is held goes out by itself")
            lacking.add(str(place))
    return lacking


def _met(known: Sequence[Incident], signs: Sequence[Sign], now: datetime) -> Sequence[Incident]:
    """Add what only the database shows: where the bot makes single passes, nobody goes round and finds it."""
    keys = {each.key for each in known}
    return [*known, *(Incident(0, sign.kind, sign.subject, sign.facts, now) for sign in signs if sign.key not in keys)]


def _incidents(wrong: Sequence[Incident], clock: Clock, say: Say, *, running: bool) -> int:
    """Name what the bot met, but for what was just tried; what a running bot meets on a platform counts."""
    words, now = i18n.load("en"), clock.now()
    tried = {Kind.FEED, Kind.ASLEEP, Kind.DISK} | (set() if running else {Kind.PLATFORM})
    told = [each for each in wrong if each.kind not in tried]
    for incident in told:
        say(f"{BAD} {clean(telling.line(incident, words, now))}")
    return len(told)


def _surroundings(config: Config, say: Say) -> int:
    found = list(surroundings.findings(config))
    for said in found:
        say(f"{BAD} {said}")
    return len(found)


async def _reach(platform: Platform, users: Sequence[str], say: Say) -> int:
    """Name the operators who would hear of no trouble."""
    findings = 0
    for user in users:
        try:
            await platform.reach(user)
        except IncomingError as error:
            say(f"{BAD} {platform.name}: operator {error}")
            findings += 1
    return findings


async def _feeds(app: App, store: Store, feeds: Sequence[Feed], say: Say) -> int:
    """Look at each feed, several together; the lines come in the feeds' order."""
    if not feeds:
        say(f"{BAD} {NO_FEED}")
        return 1
    room = asyncio.Semaphore(AT_ONCE)

    async def look_at(feed: Feed) -> Look | None:
        if app.watch.held(feed):
            return None
        async with room:
            look = await app.source.look(feed)
        if not isinstance(look, Fetched):
            return look
        async with store.begin() as work:
            return as_it_counts(feed, look, (await known_of(work, feed.id, look.sightings)).last)

    async with asyncio.TaskGroup() as group:
        looks = [group.create_task(look_at(feed)) for feed in feeds]
        return sum([_feed(feed, await look, say) for feed, look in zip(feeds, looks, strict=True)])


def _feed(feed: Feed, look: Look | None, say: Say) -> int:
    """Say what a look at a feed came to, None where its server wants rest; give the number of findings."""
    name = clean(feed.name)
    if look is None:
        until = held_until(feed)
        say(f"note feed {name}: not asked, since its server wants rest until {until:%Y-%m-%d %H:%M %Z}")
        return 0
    if isinstance(look, Failed):
        say(f"{BAD} feed {name}: {look.cause}; {i18n.load('en')(f'remedy_{look.name}')}")
        return 1
    say(f"{GOOD} feed {name}")
    if not feed.interval and (late := _late(look.info)):
        say(f"note feed {name}: {late}")
    return 0


def _paused(readers: Mapping[str, int], say: Say) -> None:
    for name, n in readers.items():
        said = LEFT_BEHIND.format(chats=counted(n, "chat"), reads="read" if n > 1 else "reads")
        say(f"note feed {clean(name)}: {said}")


def _late(info: FetchInfo) -> str:
    """Say why posts of a blog come late, though all is well."""
    if bare(info):
        return ONCE_A_DAY
    rest = min(info.max_age or 0.0, MONTH)
    return RARELY.format(days=math.ceil(rest / DAY)) if rest > DAY else ""


async def _operator(app: App, code: str, say: Say) -> None:
    if code:
        for platform in app.platforms.values():
            invitation = await platform.invitation(code)
            if invitation is not None:
                say(f"note no operator yet; to become one within 24 hours, {seat(platform.name, invitation)}")


def _unreached(app: App, chats: Iterable[Chat], say: Say) -> None:
    """Name the chats whose platform is switched off: that may be meant, or a token that was lost."""
    open_ = Counter(chat.address.platform for chat in chats if not chat.closed)
    for platform, number in open_.items():
        if platform not in app.platforms:
            say(f"note {platform}: nothing goes to its open chats, which are {number}: no token is set")


async def _empty(app: App, used: Container[str], say: Say) -> None:
    """Say how the first chat comes in, where there is none yet: a bot that nobody added is well, and sends nothing."""
    for platform in app.platforms.values():
        for what, link in await platform.entrances() if platform.name not in used else ():
            say(f"note no chat on {platform.name} yet; {what}: {link}")
