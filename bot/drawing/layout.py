"""Formulas one below the other on one white picture, so that they can be read on dark grounds too."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from bot.drawing.raster import Sheet
from bot.drawing.typeset import Formula, typeset

MARGIN: Final = 32
GAP: Final = 36
NARROWEST: Final = 800
"""Pixels: a narrower picture squeezes the text that stands with it into a column."""
WIDEST: Final = 1600
"""A wider formula is too small to read on a phone, where Unicode goes over several lines instead."""
HIGHEST: Final = 2400
FLATTEST: Final = 5
"""The most that a picture is wider than high: chats crop flatter ones."""


def picture(formulas: Iterable[str]) -> bytes | None:
    """Draw formulas as a PNG of at most ``WIDEST`` × ``HIGHEST`` pixels; leave out what cannot be drawn well.

    None says that nothing is left. Only MemoryError is raised.
    """
    chosen, height = [], 2.0 * MARGIN - GAP
    for tex in formulas:
        formula = _laid_out(tex)
        if formula is not None and height + formula.height + GAP <= HIGHEST:
            chosen.append(formula)
            height += formula.height + GAP
    return _drawn(chosen, math.ceil(height)) if chosen else None


def _laid_out(tex: str) -> Formula | None:
    try:
        formula = typeset(tex)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever the libraries stumble over: that formula stays text
        return None
    return formula if formula.width + 2 * MARGIN <= WIDEST else None


def _drawn(formulas: list[Formula], needed: int) -> bytes:
    width = max(NARROWEST, math.ceil(max(formula.width for formula in formulas)) + 2 * MARGIN)
    height = max(needed, math.ceil(width / FLATTEST))
    sheet = Sheet(width, height)
    top = MARGIN + (height - needed) // 2
    for formula in formulas:
        for shape in formula.at((width - formula.width) / 2, top):
            sheet.fill(shape)
        top += math.ceil(formula.height) + GAP
    return sheet.png()
