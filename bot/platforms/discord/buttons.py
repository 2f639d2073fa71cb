"""Choices as Discord's buttons and menus; pure.

A button's ``custom_id`` carries the command that it runs, so that it goes on working after a restart. Boxes to tick
become one menu in which several can be chosen: what it held before stands in the message, and the difference tells what
was ticked. Where only one of them can be ticked, the menu lets one be chosen, and that one counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from bot.core.models import Choice, Payload
from bot.platforms.discord.markdown import WEB, cut

RUN: Final = "run:"
"""What the ``custom_id`` of a button begins with; the target, ``|`` and the command follow."""
TICK: Final = "tick:"
"""What the ``custom_id`` of a menu of boxes begins with; the target, ``|`` and the menu's number follow."""
PICK: Final = "pick:"
"""The same of a menu of which one is chosen."""
MINE: Final = "@"
"""The target that is the direct messages of whoever presses; empty is the channel of the message, else a channel."""
ROWS: Final = 5
ROW: Final = 5
OPTIONS: Final = 25
_LABEL: Final = 80
_OPTION: Final = 100
_ADDRESS: Final = 512
"""UTF-16 units of a link button's address."""
_ID: Final = 100
_LINK, _GREY = 5, 2


def components(rows: Sequence[Sequence[Choice]], target: str = "") -> list[Payload]:
    """Draw rows of choices, at most five rows; a choice that Discord would refuse is left out.

    ``target`` is where their commands are meant for.
    """
    boxes = [choice for choice in chain.from_iterable(rows) if choice.on is not None and _fits(choice, target)]
    drawn = _menus(f"{TICK}{target}|", [box for box in boxes if not box.sole], sole=False)
    drawn += _menus(f"{PICK}{target}|", [box for box in boxes if box.sole], sole=True)
    for row in rows:
        buttons = [button for choice in row if choice.on is None and (button := _button(choice, target))]
        drawn += [_row(buttons[at : at + ROW]) for at in range(0, len(buttons), ROW)]
    return drawn[:ROWS]


def _fits(choice: Choice, target: str) -> bool:
    return bool(choice.label.strip()) and 1 <= len(choice.command) <= _ID - len(RUN) - len(target) - 1


def _menus(mark: str, boxes: Sequence[Choice], *, sole: bool) -> list[Payload]:
    starts = range(0, len(boxes), OPTIONS)
    return [_menu(f"{mark}{number}", boxes[at : at + OPTIONS], sole=sole) for number, at in enumerate(starts)]


def _menu(custom_id: str, boxes: Sequence[Choice], *, sole: bool) -> Payload:
    options = {box.command: box for box in boxes}
    return _row(
        [
            {
                "type": 3,
                "custom_id": custom_id,
                "min_values": 1 if sole else 0,
                "max_values": 1 if sole else len(options),
                "options": [
                    {"label": cut(box.label.strip(), _OPTION), "value": command, "default": bool(box.on)}
                    for command, box in options.items()
                ],
            }
        ]
    )


def _button(choice: Choice, target: str) -> Payload | None:
    label = cut(choice.label.strip(), _LABEL)
    if label and WEB.fullmatch(choice.url) and len(choice.url.encode("utf-16-le")) // 2 <= _ADDRESS:
        return {"type": 2, "style": _LINK, "label": label, "url": choice.url}
    if label and not choice.url and _fits(choice, target):
        return {"type": 2, "style": _GREY, "label": label, "custom_id": f"{RUN}{target}|{choice.command}"}
    return None


def _row(items: Iterable[Payload]) -> Payload:
    return {"type": 1, "components": list(items)}


def changed(options: Sequence[tuple[str, bool]], chosen: Iterable[str]) -> list[str]:
    """Give the commands of the boxes whose state is no longer what their menu shows: (command, ticked) pairs."""
    now = set(chosen)
    return [command for command, ticked in options if (command in now) is not ticked]
