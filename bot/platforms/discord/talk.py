"""From an interaction to a request, and from its reply back to whoever asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import discord
import structlog

from bot import i18n
from bot.core.models import Chat, Choice, Gone, Notice, Payload, PlaceKind, Reply
from bot.core.ports import Answer, Ask, Asker, Doors, Words
from bot.platforms.discord.answering import Answering, with_toast
from bot.platforms.discord.buttons import changed
from bot.platforms.discord.channels import Channels, RefusedError
from bot.platforms.discord.draw import draw
from bot.platforms.discord.options import unfit
from bot.platforms.discord.rest import Rest
from bot.platforms.discord.rights import WORDS
from bot.platforms.discord.sender import Sender
from bot.platforms.discord.surface import Value, line
from bot.platforms.discord.target import Interaction, Target, elsewhere, here, in_direct_messages, marked, mine
from bot.reading.doc import Doc, paragraph

log = structlog.get_logger()

PATIENCE: Final = 1.0
"""Seconds before more time is asked for: Discord gives three."""
LATE: Final = 2.0
"""Seconds of age from which an interaction must prove that somebody still waits, before anything is done."""
SHOW: Final = "show"
"""What a button's command begins with that puts the answer of the rest where everybody sees it."""
FAREWELL: Final = 3.0
"""Seconds that answers under way get when the bot stops."""
_OPENS: Final = frozenset(("subscribe", "topics"))
"""Commands that can be done in direct messages instead, with the same arguments."""
_FITS: Final = 60
_SHOWN: Final = 200


class Talk:
    """Everything that people ask for."""

    def __init__(self, rest: Rest, channels: Channels, sender: Sender, doors: Doors, answer: Answer) -> None:
        self._rest = rest
        self._channels = channels
        self._sender = sender
        self._doors = doors
        self._answer = answer
        self._tasks: set[asyncio.Task[Any]] = set()

    # -- what comes in ------------------------------------------------------------------------------------------------

    async def command(self, interaction: Interaction, name: str, given: Mapping[str, Any]) -> None:
        """Do a command that was sent with these options."""
        words = _words(interaction)
        target = _target(interaction, given)
        answering = Answering(self._rest, interaction, hidden=_hidden(interaction, given))
        if target is None:
            await answering.give(draw(_note(words("unknown_channel")), _guest(interaction)))
            return
        values: dict[str, Value | None] = {key: given[key] for key in given if key != "channel"}
        ask = self._ask(interaction, target, name, line(name, values))
        await self._do(interaction, target, [ask], answering)

    async def press(self, interaction: Interaction, mark: str, commands: Sequence[str]) -> None:
        """Do what a button or some boxes of a message say."""
        target = marked(interaction, mark)
        answering = Answering(self._rest, interaction, hidden=not in_direct_messages(interaction))
        if target is None:
            await answering.give(draw(_note(_words(interaction)("not_admin_plain")), _guest(interaction)))
            return
        if not commands:
            await answering.wait()
            return
        asks = [self._pressed(interaction, target, command) for command in commands]
        await self._do(interaction, target, asks, answering)

    async def tick(
        self, interaction: Interaction, mark: str, options: Sequence[tuple[str, bool]], chosen: Sequence[str]
    ) -> None:
        """Do what changed in a menu of boxes."""
        await self.press(interaction, mark, changed(options, chosen))

    async def offer(
        self, interaction: Interaction, given: Mapping[str, Any], what: str, typed: str
    ) -> list[tuple[str, str]]:
        """Suggest feeds or topics for what is being typed."""
        target = mine(interaction) if given.get("private") else here(interaction)
        return list(await self._doors.suggest(self._ask(interaction, target, what, typed), what))

    # -- requests -----------------------------------------------------------------------------------------------------

    def _ask(self, interaction: Interaction, target: Target, name: str, args: str) -> Ask:
        language = str(interaction.locale)
        return Ask(
            address=target.address,
            kind=target.kind,
            place_title=target.title,
            asker=Asker(str(interaction.user.id), admin=target.admin, language=language),
            name=name,
            args=args,
            now=self._doors.clock.now(),
            called=True,
            speaks="" if target.private else i18n.nearest(language),
        )

    def _pressed(self, interaction: Interaction, target: Target, command: str) -> Ask:
        name, _, args = command.partition(" ")
        return replace(self._ask(interaction, target, name, args.strip()), pressed=True)

    async def _do(self, interaction: Interaction, target: Target, asks: Sequence[Ask], answering: Answering) -> None:
        """Answer in time. What comes late is done only if somebody still waits for it."""
        age = (self._doors.clock.now() - interaction.created_at).total_seconds()
        waited = age > LATE
        if waited and not await answering.wait():
            return
        work = asyncio.create_task(self._replies(interaction, target, asks), name=f"discord-{interaction.id}")
        self._tasks.add(work)
        work.add_done_callback(self._tasks.discard)
        if not waited:
            done = asyncio.Event()
            work.add_done_callback(lambda _: done.set())
            if not await self._doors.clock.wait(done, PATIENCE):
                await answering.wait()
        payloads, edits = await work
        await answering.give(payloads, edits=edits)

    async def _replies(
        self, interaction: Interaction, target: Target, asks: Sequence[Ask]
    ) -> tuple[Sequence[Payload], bool]:
        """Do one request after the other; the last answer is the one that is shown. Tell whether it replaces."""
        shown: Sequence[Payload] = ()
        edits = False
        for ask in asks:
            if self._refused(ask):
                shown = _drawn(interaction, mine(interaction), self._refusal(interaction, ask))
                continue
            reply = await self._reply(interaction, target, ask) or Reply(Notice(Doc()))
            shown, edits = _drawn(interaction, target, reply), reply.edits
        return shown, edits

    async def _reply(self, interaction: Interaction, target: Target, ask: Ask) -> Reply | None:
        if ask.pressed and ask.name == SHOW:
            return await self._shown(interaction, target, ask)
        if ask.name == "settings" and (wrong := _unfit(interaction, target, ask.args)):
            return Reply(_note(wrong))
        reply = await self._answer(ask)
        if reply is None or ask.name != "subscribe":
            return reply
        return await self._subscribed(interaction, target, reply)

    async def _shown(self, interaction: Interaction, target: Target, ask: Ask) -> Reply:
        """Put a command's answer where the chat is, for everybody, as a sample of what will arrive there."""
        words = _words(interaction)
        if not target.admin:
            return Reply(_note(words("not_admin_plain")))
        name, _, args = ask.args.partition(" ")
        asked = replace(ask, name=name, args=args)
        reply = await self._answer(replace(asked, speaks=""))
        if reply is not None and not reply.notice.title:
            # There is nothing to show: that is no business of the channel's readers.
            return await self._answer(asked) or reply
        return Reply(_note(words("sample_sent" if await self._put(target, reply) else "sample_failed")))

    def _refused(self, ask: Ask) -> bool:
        return not ask.asker.admin and not ask.pressed and self._doors.needs_admin(ask)

    def _refusal(self, interaction: Interaction, ask: Ask) -> Reply:
        """Say that only admins may, and offer the same in the asker's direct messages."""
        words = _words(interaction)
        command = f"{ask.name} {ask.args}".strip() if ask.name in _OPENS else "subscribe"
        choice = Choice(words("send_to_dms"), command if len(command.encode()) <= _FITS else "subscribe")
        return Reply(Notice(Doc((paragraph(words("not_admin")),)), choices=((choice,),)))

    # -- after subscribing --------------------------------------------------------------------------------------------

    async def _subscribed(self, interaction: Interaction, target: Target, reply: Reply) -> Reply:
        """Add what a new subscriber must know: that messages arrive, or which permissions are missing."""
        words = _words(interaction)
        if target.private:
            return reply if in_direct_messages(interaction) else await self._by_dm(target, reply, words)
        notice = reply.notice
        if target.missing:
            rights = words("comma").join(words(WORDS[name]) for name in target.missing)
            said = words("missing_right", place=target.title, right=rights)
            return replace(reply, notice=replace(notice, body=Doc((*notice.body.blocks, paragraph(said)))))
        sample = Choice(words("send_sample"), f"{SHOW} latest 1")
        return replace(reply, notice=replace(notice, choices=(*notice.choices, (sample,))))

    async def _by_dm(self, target: Target, reply: Reply, words: Words) -> Reply:
        """Confirm a personal subscription where its posts will arrive: only that shows whether they can."""
        if await self._put(target, reply):
            return Reply(_note(words("dms_sent")))
        return Reply(_note(words("dms_closed")))

    async def _put(self, target: Target, reply: Reply | None) -> bool:
        """Post a reply as a message of its own; tell whether it is there."""
        if reply is None:
            return False
        await self._doors.pace(target.address, target.kind)
        try:
            channel = await self._channels.find(target.address)
        except RefusedError as refused:
            log.info("discord.not_put", place=str(target.address), outcome=type(refused.outcome).__name__)
            return False
        chat = reply.chat or Chat(0, target.address, target.kind, 0)
        outcome = None
        for payload in draw(reply.notice, chat):
            outcome = await self._sender.post(channel.id, payload)
        if isinstance(outcome, Gone):
            await self._doors.closed(target.address, outcome.reason)
        return outcome is not None and not isinstance(outcome, Gone)

    def changed(self, channel: str) -> None:
        """Forget what Discord told of a channel."""
        self._channels.forget(channel)

    async def finish(self) -> None:
        """Let answers under way end, for a few seconds."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=FAREWELL)
            for task in late:
                task.cancel()


def _drawn(interaction: Interaction, target: Target, reply: Reply) -> Sequence[Payload]:
    notice = reply.notice
    if reply.toast and not (notice.title or notice.body or notice.choices):
        return draw(_note(reply.toast), _guest(interaction))
    chat = reply.chat or _guest(interaction)
    # A title above an embed is for direct messages that ring.
    first, *rest = draw(notice, replace(chat, kind=PlaceKind.GROUP), target.mark)
    return [with_toast(first, reply.toast) if reply.toast else first, *rest]


def _target(interaction: Interaction, given: Mapping[str, Any]) -> Target | None:
    if given.get("private"):
        return mine(interaction)
    channel = given.get("channel")
    return elsewhere(interaction, channel) if channel is not None else here(interaction)


def _unfit(interaction: Interaction, target: Target, args: str) -> str:
    """Say what is wrong with a setting that only Discord has; empty where nothing is."""
    guild = interaction.guild
    spot = guild.get_channel(int(target.address.place)) if guild is not None and not target.private else None
    tags = [tag.name for tag in spot.available_tags] if isinstance(spot, discord.ForumChannel) else None
    wrong = unfit(args, {str(role.id) for role in guild.roles} if guild is not None else (), tags)
    return _words(interaction)(wrong[0], x=wrong[1][:_SHOWN]) if wrong else ""


def _hidden(interaction: Interaction, given: Mapping[str, Any]) -> bool:
    return not given.get("share") and not in_direct_messages(interaction)


def _words(interaction: Interaction) -> Words:
    return i18n.load(str(interaction.locale))


def _note(text: str) -> Notice:
    return Notice(Doc((paragraph(text),)))


def _guest(interaction: Interaction) -> Chat:
    """Make the settings that an answer is drawn by: the defaults, in the asker's language."""
    target = mine(interaction)
    return Chat(0, target.address, target.kind, 0, language=i18n.nearest(str(interaction.locale)))
