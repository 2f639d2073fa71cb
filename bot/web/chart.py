"""Deliveries a day, drawn as SVG: bars, the days at the foot, and numbers that a pointer or a reader finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 760
HEIGHT: Final = 120
_GAP: Final = 0.28
_LABELS: Final = 6


@dataclass(frozen=True, slots=True)
class Day:
    """One day: what it is called, and how many deliveries were made and came to nothing."""

    name: str
    sent: int
    dead: int
    said: str
    """The numbers in words."""


def bars(days: Sequence[Day], title: str) -> str:
    """Draw the days in their order; empty where there are none.

    The names stand beside the drawing, which is stretched to its place: on a phone they keep their size.
    """
    if not days:
        return ""
    most = max(1, *(day.sent + day.dead for day in days))
    step = WIDTH / len(days)
    drawn = "".join(_day(day, number * step, step, most) for number, day in enumerate(days))
    return (
        f'<div class="chart"><small>{most}</small>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{escape(title)}">'
        f"{drawn}</svg><p>{_names(days)}</p></div>"
    )


def _names(days: Sequence[Day]) -> str:
    """Name the last day and, from there back, as many as there is room for; a phone has room for half of them."""
    every = -(-len(days) // _LABELS)
    backwards = range(len(days) - 1, -1, -every)
    return "".join(
        f'<span style="right:{100 * (len(days) - 1 - number) / len(days):.2f}%">{escape(days[number].name)}</span>'
        for number in backwards
    )


def _day(day: Day, x: float, step: float, most: int) -> str:
    width, left = step * (1 - _GAP), x + step * _GAP / 2
    pieces, y = [], float(HEIGHT)
    for kind, count in (("sent", day.sent), ("dead", day.dead)):
        if count:
            # A single delivery among thousands is still to be seen.
            height = max(1.5, count * HEIGHT / most)
            y -= height
            pieces.append(
                f'<rect class="{kind}" x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
            )
    return f"<g><title>{escape(day.said)}</title>{''.join(pieces)}</g>" if pieces else ""
