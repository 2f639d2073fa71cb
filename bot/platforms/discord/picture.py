"""A message's display formulas as a picture under its embed; pure.

The words stay as they are, with the formulas in Unicode. The picture is no part of a payload, but drawn from
``formulas`` when it is sent: a payload stays small, and the same after a crash. The place of the post's own image is
the embed's corner then.
"""

from __future__ import annotations

from typing import Final

from bot.core.models import Notice, Payload
from bot.reading.displayed import displayed

FORMULAS: Final = "formulas"
"""What stands in a payload for the sender alone: the TeX of what is to be drawn."""
FILE: Final = "formulas.png"
_CLIENT_ERRORS: Final = range(400, 500)
_NOT_ABOUT_IT: Final = frozenset((401, 404, 429))
"""The token, the channel and the pace are no fault of a picture's."""


def wanting(notice: Notice, payload: Payload) -> Payload:
    """Ask for a notice's picture in the message that is to show it, if there is anything to draw."""
    formulas = displayed(notice.body)
    return payload | {FORMULAS: list(formulas)} if formulas and payload.get("embeds") else payload


def formulas_of(payload: Payload) -> list[str]:
    """Give what a payload wants to be drawn."""
    formulas = payload.get(FORMULAS)
    return list(map(str, formulas)) if isinstance(formulas, list) else []


def with_picture(payload: Payload) -> Payload:
    """Give a message that shows the file that is uploaded with it."""
    embeds = payload.get("embeds")
    embed = dict(embeds[0]) if isinstance(embeds, list) else {}
    corner = {"thumbnail": embed["image"]} if "image" in embed else {}
    shown = embed | corner | {"image": {"url": f"attachment://{FILE}"}}
    return payload | {"embeds": [shown], "attachments": [{"id": 0, "filename": FILE}]}


def at_fault(status: int) -> bool:
    """Tell whether a message that was refused so may be taken without its picture."""
    return status in _CLIENT_ERRORS and status not in _NOT_ABOUT_IT
