"""Keeps Telegram from turning a post's words into mentions and commands; pure.

Clients link ``@name`` and ``/word`` in any text by themselves, and no option turns that off. A word joiner (U+2060)
after the sign breaks the pattern and cannot be seen. Addresses and code are left alone: there it would do harm, and
clients link nothing inside them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Container
from dataclasses import replace
from itertools import pairwise
from typing import Final

from bot.reading.render import Flat

JOINER: Final = "\u2060"
_SIGN: Final = re.compile(
    r"(?:https?://|www\.)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+"  # an address, to be passed over
    r"|(?P<sign>(?<![A-Za-z0-9_])@(?=[A-Za-z0-9_])|(?<![\w/<>])/(?=[A-Za-z0-9_]))"
)

_NAME: Final = re.compile(r"[a-z0-9_]+")


def guarded(flat: Flat, own: Container[str] = ()) -> Flat:
    """Break mentions and commands outside code and addresses; spans and atoms keep their words.

    A line that begins with our ``own`` commands is a list of ours: there they may be tapped.
    """
    code = sorted((span.start, span.end) for span in flat.spans if span.style in ("code", "pre"))
    signs = (hit.end() for hit in _SIGN.finditer(flat.text) if hit["sign"] and not _ours(flat.text, hit.end(), own))
    ends = [end for end in signs if not _inside(code, end)]
    if not ends:
        return flat

    def moved(start: int, end: int) -> tuple[int, int]:
        return start + bisect_right(ends, start), end + bisect_left(ends, end)

    text = JOINER.join(flat.text[start:end] for start, end in pairwise((0, *ends, len(flat.text))))
    spans = (replace(span, start=at[0], end=at[1]) for span in flat.spans for at in [moved(span.start, span.end)])
    return Flat(text, tuple(spans), tuple(moved(start, end) for start, end in flat.atoms))


def _ours(text: str, end: int, own: Container[str]) -> bool:
    """Tell whether a sign belongs to one of our commands: on a line that begins with one, or has nothing else."""
    name = _NAME.match(text, end)
    if name is None or name[0] not in own:
        return False
    before = text[text.rfind("\n", 0, end) + 1 : end - 1]
    return all(word[:1] == "/" and word[1:] in own for word in before.split())


def _inside(ranges: list[tuple[int, int]], end: int) -> bool:
    """Tell whether the character before ``end`` is in one of the ranges, which are sorted and apart."""
    index = bisect_left(ranges, (end,)) - 1
    return index >= 0 and end <= ranges[index][1]
