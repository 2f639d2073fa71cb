"""``/help``: a line a command, or one command with an example."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bot.commands.arguments import shown
from bot.commands.command import Command, Right
from bot.commands.desk import Room
from bot.commands.say import code, lines, reply, rule
from bot.core.models import Reply

_BLANK: Final = re.compile(r"\b[A-Z]{3,}\b")
"""What a reader has to put something in for."""


def overview(room: Room, table: Sequence[Command]) -> Reply:
    """List what this asker may use, the minor ones by name only."""
    shown = [each for each in table if not each.hidden and (each.right is not Right.OPERATOR or room.operator)]
    rows = [f"/{command.name} – {room.words(command.short)}" for command in shown if not command.minor]
    others = " ".join(f"/{command.name}" for command in shown if command.minor)
    return reply(lines(*rows), others, room.words("help_more"))


def one(room: Room, command: Command) -> Reply:
    """Explain a command."""
    usage = _BLANK.sub(lambda blank: room.words(f"usage_{blank.group().lower()}"), command.usage)
    return reply(
        lines((code(f"/{command.name} {usage}".strip()),), room.words(command.short)),
        rule(room) if command.filters else "",
        room.words(command.syntax) if command.syntax else "",
        room.words.phrase("help_example", example=code(room.words(command.example))),
    )


def unknown(room: Room, text: str, close: str | None) -> Reply:
    """Say that there is no such command, and which one may have been meant."""
    if close:
        return reply(room.words("unknown_command", x=shown(text), y=close))
    return reply(room.words("unknown_command_far", x=shown(text)))
