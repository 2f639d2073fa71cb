"""What a chat may ask, said once for all platforms.

``answer`` is the one door: a platform makes an ``Ask`` of what it was sent, the app lays out a ``Desk``, and a
``Reply`` comes back. ``needs_admin`` tells a platform, before that, whether it must find out the asker's rights.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from bot.commands import helping, questions
from bot.commands.arguments import MAX_ARGUMENTS
from bot.commands.command import Command, Right
from bot.commands.desk import Desk, Room, enter
from bot.commands.say import reply
from bot.commands.suggest import suggest
from bot.commands.table import TABLE, find, menu, nearest
from bot.core.models import Choice, PlaceKind, Reply
from bot.core.ports import Ask, Watcher

__all__ = ["TABLE", "Command", "Desk", "Right", "answer", "find", "menu", "needs_admin", "serve", "suggest"]


def needs_admin(ask: Ask) -> bool:
    """Tell whether only an admin may have this done, so that the asker's rights must be read first. Pure."""
    command = find(ask.name)
    if ask.kind is PlaceKind.PRIVATE:
        return False
    if command is None:
        # Plain words may answer a question; which one, only the store knows.
        return not ask.name
    return command.right is Right.ADMIN and command.changes(ask)


async def answer(ask: Ask, desk: Desk) -> Reply | None:
    """Do what is asked, inside the desk's transaction; None where a group should hear nothing.

    Whatever is wrong with the request is said in the reply; what raises here is a fault of ours.
    """
    if not ask.name:
        asked = await questions.answered(ask, desk.work)
        if asked is None:
            return await _plain_words(ask, desk)
        ask = asked
    command = find(ask.name)
    if command is None and ask.kind is not PlaceKind.PRIVATE and not ask.called:
        return None
    room = await enter(ask, desk)
    said = await _said(room, command)
    await questions.remember(ask, said, desk.work)
    return replace(said, chat=said.chat or room.chat)


async def _plain_words(ask: Ask, desk: Desk) -> Reply | None:
    """Say to who talks to the bot that it understands commands; a group's talk is none of its business."""
    if ask.kind is not PlaceKind.PRIVATE:
        return None
    room = await enter(ask, desk)
    return replace(reply(room.words("plain_words")), chat=room.chat)


async def _said(room: Room, command: Command | None) -> Reply:
    ask = room.ask
    if command is None:
        return helping.unknown(room, f"/{ask.name}", nearest(ask.name))
    if len(ask.args) > MAX_ARGUMENTS:
        return reply(room.words("too_long", n=MAX_ARGUMENTS))
    return _refusal(room, command) or await command.run(room)


def _refusal(room: Room, command: Command) -> Reply | None:
    ask = room.ask
    if command.right is Right.OPERATOR and not room.operator:
        return reply(room.words("private_only" if ask.asker.operator else "operators_only"))
    if not needs_admin(ask) or ask.asker.admin:
        return None
    if ask.pressed:
        # A message for every press would let any member fill the group with them.
        return reply(toast=room.words("not_admin_plain"))
    link = room.desk.private_link
    row = (Choice(room.words("subscribe_privately"), url=link),) if link else ()
    return reply(room.words("not_admin" if link else "not_admin_plain"), choices=(row,))


async def serve(ask: Ask, desk: Callable[[], AbstractAsyncContextManager[Desk]], watcher: Watcher) -> Reply | None:
    """Answer, in a transaction of its own; run the reply's errand after it, and answer again.

    A look may take a minute: no transaction is open meanwhile.
    """
    async with desk() as laid_out:
        said = await answer(ask, laid_out)
    if said is None or said.errand is None:
        return said
    await watcher.look_now(said.errand.feed_id)
    name, _, args = said.errand.then.partition(" ")
    async with desk() as laid_out:
        return await answer(replace(ask, name=name, args=args, pressed=True), laid_out)
