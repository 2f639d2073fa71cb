"""What ``schedule`` remembers of a feed between looks, and how that is written down. Pure."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))
"""``json.dumps`` would make one each time."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """What is remembered of a feed: seconds and timestamps.

    ``last`` is when something new was seen, ``gap`` the usual time between posts, ``hold`` until when the server asked
    to be left alone; ``moved`` and ``times`` count redirects to one place; ``left`` is the address that was left last
    for want of a feed; ``again`` is when the document is to be read though it did not change; the rest are
    the feed's own wishes.
    """

    last: float | None = None
    gap: float | None = None
    hold: float | None = None
    moved: str | None = None
    times: int = 0
    left: str | None = None
    again: float | None = None
    ttl: float | None = None
    hours: tuple[int, ...] = ()
    days: tuple[int, ...] = ()


def _number(value: object) -> float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e11  # noqa: PLR2004 -- no date is so far
    return float(value) if usable else None  # type: ignore[arg-type]  # it is a number


def _numbers(value: object, below: int) -> tuple[int, ...]:
    items = value if isinstance(value, list) else []
    return tuple(item for item in items if isinstance(item, int) and 0 <= item < below)


@functools.lru_cache
def load(text: str) -> Tempo:
    """Read what ``dump`` wrote; anything else counts as nothing remembered. A look asks as it begins and as it ends."""
    try:
        stored: Any = json.loads(text)
    except ValueError:
        return Tempo()
    if not isinstance(stored, dict):
        return Tempo()
    moved, times, left = stored.get("moved"), stored.get("times"), stored.get("left")
    return Tempo(
        last=_number(stored.get("last")),
        gap=_number(stored.get("gap")),
        hold=_number(stored.get("hold")),
        moved=moved if isinstance(moved, str) else None,
        times=times if isinstance(times, int) else 0,
        left=left if isinstance(left, str) else None,
        again=_number(stored.get("again")),
        ttl=_number(stored.get("ttl")),
        hours=_numbers(stored.get("hours"), 24),
        days=_numbers(stored.get("days"), 7),
    )


def dump(pace: Tempo) -> str:
    """Write it as JSON, which nobody else reads."""
    values = [(name, getattr(pace, name)) for name in Tempo.__slots__]
    return f"{{{','.join([_pair(name, value) for name, value in values if value])}}}"


def _pair(name: str, value: object) -> str:
    # JSON's own form of most numbers: without an encoder it takes two thirds of the time.
    return f'"{name}":{value!r}' if type(value) is float and isfinite(value) else f'"{name}":{_ENCODER.encode(value)}'
