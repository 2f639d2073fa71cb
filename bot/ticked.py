"""Which topics a chat has ticked for which of its feeds, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

Ticked: TypeAlias = Mapping[str, Sequence[str]]
"""Names of topics by feed; none of them means all posts."""


def called(keys: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """Give topics by their names, in the order of their keys."""
    return [names.get(key, key) for key in sorted(keys)]


def differ(ticked: Ticked) -> bool:
    """Tell whether it is not the same for all feeds."""
    return len(set(map(tuple, ticked.values()))) > 1


def by_feed(ticked: Ticked) -> str:
    """Say what is ticked for which feed; once where all have the same, nothing where none has any."""
    if not differ(ticked):
        return ", ".join(next(iter(ticked.values()), ()))
    return "; ".join(f"{feed}: {', '.join(names) or 'all posts'}" for feed, names in ticked.items())


def change(before: Ticked, after: Ticked) -> str:
    """Say what is ticked now, and what it took the place of; nothing where nothing is."""
    if not (now := by_feed(after)):
        return ""
    replaced = f" (instead of {was})" if (was := by_feed(before)) and before != after else ""
    return f"; ticked now: {now}{replaced}"
