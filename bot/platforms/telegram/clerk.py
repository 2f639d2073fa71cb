"""Deals with one piece of news: a command is asked of the house and answered, a place opened, closed or moved."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

import structlog

from bot.commands.questions import LIFE
from bot.core.models import Address, Chat, PlaceKind, Reply
from bot.core.ports import Answer, Ask, Asker, Doors
from bot.platforms.telegram import says
from bot.platforms.telegram.account import Account
from bot.platforms.telegram.channels import Channels
from bot.platforms.telegram.news import Heard, Moved, News, Opened, Shut, Stale
from bot.platforms.telegram.replies import Replies
from bot.platforms.telegram.rights import Rights
from bot.platforms.telegram.updates import PICKS

log = structlog.get_logger()

PATIENCE: Final = 1.5
"""Seconds after which a pressed button stops waiting, though its answer is still being made."""
_ASKED: Final = 1_000
"""Chats of which it is remembered that they were asked something about another place, the latest ones."""
_SUBSCRIBES: Final = frozenset({"start", "subscribe", "sub", "topics"})


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Target:
    """What a command is about: the place where it was said, or another one that it names."""

    address: Address
    kind: PlaceKind
    title: str
    admin: bool
    elsewhere: bool = False
    speaks: str = ""
    """The language of who asks from elsewhere."""


class Clerk:
    """Serves one bot account."""

    def __init__(self, account: Account, rights: Rights, replies: Replies, doors: Doors, answer: Answer) -> None:
        self._account = account
        self._rights = rights
        self._replies = replies
        self._doors = doors
        self._answer = answer
        self._channels = Channels(rights, doors)
        self._asked: OrderedDict[str, tuple[str, datetime]] = OrderedDict()

    async def deal(self, update: int, news: News) -> None:
        """Do what a piece of news asks for."""
        match news:
            case Heard():
                await self._command(update, news)
            case Stale(address, kind, language, query):
                log.info("telegram.stale_button")
                chat = await self._doors.chat(address, kind, language)
                await self._replies.release(query, says.stale(chat), alert=True)
            case Shut(address, reason):
                await self._doors.closed(address, reason)
            case Opened():
                await self._opened(news)
            case Moved(old, new):
                await self._doors.moved("telegram", old, new)

    async def slow_down(self, update: int, heard: Heard, seconds: int) -> None:
        """Tell somebody that this was too fast: the answer to a command that nobody can type."""
        await self._command(update, replace(heard, name="rate-limited", args=str(seconds), called=True, target=""))

    # -- commands -----------------------------------------------------------------------------------------------------

    async def _command(self, update: int, heard: Heard) -> None:
        heard = self._resumed(heard)
        target = await self._target(heard)
        if target is None:
            return
        if target.elsewhere and (heard.name, heard.args) == ("latest", "there"):
            await self._sample(update, heard, target)
            return
        ask = self._ask(update, heard, target)
        reply, released = await self._answered(heard, ask)
        if reply is not None:
            self._note(heard, target, asks=reply.asks)
            reply = await self._completed(heard, target, ask, reply)
        arrived = await self._replies.give(heard, reply, released=released)
        if arrived and not heard.query:
            await self._proved(target, reply)
        # What is no command of ours is a post of the channel's own.
        if heard.kind is PlaceKind.CHANNEL and not heard.query and reply is not None:
            await self._replies.take_away(heard)

    def _resumed(self, heard: Heard) -> Heard:
        """Lead words to the place that their private chat was asked about last: they need not reply to the question."""
        place, until = self._asked.pop(heard.address.place, ("", None))
        waits = until is not None and self._doors.clock.now() < until
        return replace(heard, target=heard.target or place) if waits and not heard.name else heard

    def _note(self, heard: Heard, target: Target, *, asks: bool) -> None:
        if asks and target.elsewhere and heard.kind is PlaceKind.PRIVATE:
            self._asked[heard.address.place] = (target.address.place, self._doors.clock.now() + LIFE)
            if len(self._asked) > _ASKED:
                self._asked.popitem(last=False)

    async def _proved(self, target: Target, reply: Reply | None) -> None:
        """Open a place that counted as closed: an answer has just arrived there.

        Telegram does not tell when a whole group may write again.
        """
        if reply is not None and reply.chat is not None and reply.chat.closed and not target.elsewhere:
            await self._doors.opened(target.address)

    async def _completed(self, heard: Heard, target: Target, ask: Ask, reply: Reply) -> Reply:
        """Add to an answer what only Telegram knows."""
        if target.elsewhere:
            return says.about(await self._warned(ask, reply), target.address.place, target.title)
        if (heard.name, heard.args, heard.kind) == ("help", "", PlaceKind.PRIVATE):
            return says.with_channels(reply, reply.chat or await self._chat(heard))
        if heard.name == PICKS and heard.kind is PlaceKind.PRIVATE:
            rows = (*await self._channels.rows(heard.user), *reply.notice.choices)
            return replace(reply, notice=replace(reply.notice, choices=rows))
        return await self._warned(ask, reply)

    async def _sample(self, update: int, heard: Heard, target: Target) -> None:
        """Show the newest post in the channel itself, and tell the asker."""
        there = replace(heard, address=target.address, kind=target.kind, args="1", query="")
        reply = await self._answer(self._ask(update, there, replace(target, speaks="")))
        if reply is None or not reply.notice.title:
            # There is nothing to show: that is no business of the channel's readers.
            said = reply and says.about(reply, target.address.place, target.title)
            await self._replies.give(heard, said)
            return
        arrived = await self._replies.give(there, reply)
        await self._replies.give(heard, says.sampled(await self._chat(heard), target.title, arrived=arrived))

    async def _answered(self, heard: Heard, ask: Ask) -> tuple[Reply | None, bool]:
        """Ask the house; tell whether a pressed button was let go meanwhile, since the answer took long."""
        task = asyncio.create_task(_awaited(self._answer(ask)))
        try:
            late = bool(heard.query) and not await self._soon(task)
            if late:
                await self._replies.release(heard.query)
            return await task, late
        finally:
            task.cancel()

    async def _soon(self, task: asyncio.Task[Reply | None]) -> bool:
        timer = asyncio.create_task(_awaited(self._doors.clock.sleep(PATIENCE)))
        await asyncio.wait({task, timer}, return_when=asyncio.FIRST_COMPLETED)
        timer.cancel()
        return task.done()

    def _ask(self, update: int, heard: Heard, target: Target) -> Ask:
        return Ask(
            address=target.address,
            kind=target.kind,
            place_title=target.title,
            asker=Asker(heard.user, admin=target.admin, language=heard.language),
            name=heard.name,
            args=heard.args,
            now=self._doors.clock.now(),
            pressed=bool(heard.query),
            called=heard.called,
            speaks=target.speaks,
            update=update,
        )

    # -- whose business it is -----------------------------------------------------------------------------------------

    async def _target(self, heard: Heard) -> Target | None:
        """Find what a command is about, with the asker's rights there; None where that was already answered."""
        if heard.target:
            return await self._elsewhere(heard)
        here = Target(heard.address, heard.kind, heard.title, admin=heard.trusted)
        if heard.trusted or not self._needs_admin(heard):
            return here
        admin = await self._rights.admin(heard.address.place, heard.user)
        if admin is None and heard.query:
            await self._replies.release(heard.query, says.unverified(await self._chat(heard)), alert=True)
            return None
        return replace(here, admin=bool(admin))

    def _needs_admin(self, heard: Heard) -> bool:
        """Tell whether the asker's rights matter; what answers a question may change whatever was asked about."""
        here = Target(heard.address, heard.kind, heard.title, admin=False)
        return not heard.name or self._doors.needs_admin(self._ask(0, heard, here))

    async def _elsewhere(self, heard: Heard) -> Target | None:
        place = await self._rights.place(heard.target)
        if place is None:
            await self._replies.give(heard, says.no_such_place(await self._chat(heard), heard.target))
            return None
        if not await self._rights.admin(place.address.place, heard.user):
            await self._replies.give(heard, says.not_its_admin(await self._chat(heard), place.title))
            return None
        await self._channels.note(heard.user, place)
        speaks = (await self._chat(heard)).language
        return Target(place.address, place.kind, place.title, admin=True, elsewhere=True, speaks=speaks)

    async def _chat(self, heard: Heard) -> Chat:
        return await self._doors.chat(heard.address, heard.kind, heard.language)

    async def _warned(self, ask: Ask, reply: Reply) -> Reply:
        """Warn where a discussion group and its channel are both subscribed: each post would be there twice."""
        if ask.kind is PlaceKind.PRIVATE or ask.name not in _SUBSCRIBES or not ask.asker.admin:
            return reply
        if not await self._doors.subscribed(ask.address):
            return reply
        place = await self._rights.place(ask.address.place)
        linked = Address("telegram", place.linked) if place is not None and place.linked else None
        if linked is None or not await self._doors.subscribed(linked):
            return reply
        chat = reply.chat or await self._doors.chat(ask.address, ask.kind, "")
        other = await self._doors.chat(linked, PlaceKind.CHANNEL, "")
        return says.with_warning(reply, chat, other.title or linked.place)

    # -- places -------------------------------------------------------------------------------------------------------

    async def _opened(self, news: Opened) -> None:
        """Open a place; say hello, once, to a group that is new."""
        await self._doors.opened(news.address)
        if not news.user:
            return
        group = Heard(news.address, PlaceKind.GROUP, "", news.user, news.language, trusted=False, name="", args="")
        known = await self._doors.chat(news.address, PlaceKind.GROUP, news.language)
        if known.id:
            return
        place = await self._rights.place(news.address.place)
        reply = says.greeting(known, self._account.name, forum=place is not None and place.forum)
        if not await self._replies.give(group, reply):
            adder = replace(group, address=Address("telegram", news.user), kind=PlaceKind.PRIVATE)
            await self._replies.give(adder, replace(reply, chat=None))


async def _awaited(work: Awaitable[_T]) -> _T:
    """Make a coroutine of anything that can be awaited."""
    return await work
