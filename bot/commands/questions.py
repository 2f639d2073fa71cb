"""What a chat was asked: the asker's next words are the argument that was missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.commands.arguments import parse
from bot.core.models import Reply
from bot.core.ports import Ask, Work

LIFE = timedelta(minutes=10)
"""How long an answer is awaited."""
_OF_FEEDS = frozenset(("filter", "search"))
"""Questions that may be about one feed: what answers is about the same one."""


async def answered(ask: Ask, work: Work) -> Ask | None:
    """Make of plain words the command that they answer; None where nothing was asked."""
    command = await work.asked(ask.address, ask.asker.id, ask.now)
    if command is None:
        return None
    name, _, before = command.partition(" ")
    return replace(ask, name=name, args=f"{before} {ask.args}".strip())


async def remember(ask: Ask, said: Reply, work: Work) -> None:
    """Await an answer where a question is asked; any other command ends the waiting."""
    if said.asks:
        await work.ask(ask.address, ask.asker.id, _command(ask), ask.now + LIFE, ask.now)
    else:
        await work.asked(ask.address, ask.asker.id, ask.now)


def _command(ask: Ask) -> str:
    """Give the line that an answer is added to."""
    feed = parse(ask.args, pressed=ask.pressed).feed if ask.name in _OF_FEEDS else None
    return ask.name if feed is None else f'{ask.name} feed:"{feed}"'
