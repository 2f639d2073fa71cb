"""Whether a formula may be drawn as a picture: what is sent as TeX may, less what the drawing has no form for; pure."""

from __future__ import annotations

import re
from typing import Final

from bot.reading.patterns import rare
from bot.reading.tex.check import checked

MAX_NESTING: Final = 7
"""Groups within groups: the time to lay a formula out doubles with each, and few legible ones have more."""
_BRACE: Final = re.compile(r"\\(?:left|right|begin|end)(?![A-Za-z])|\\.|[{}]", re.DOTALL)
_STEPS: Final = {"{": 1, "}": -1, "\\left": 1, "\\right": -1, "\\begin": 1, "\\end": -1}
_COMMAND: Final = re.compile(r"\\(?:boxed|hline|LaTeX|TeX|KaTeX)(?![A-Za-z])")
"""Lines that are no part of a letter, and names that would lose their shape."""
_IDEOGRAM: Final = rare("[\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef\U0001f000-\U0010ffff]")
"""Writing that no mathematical font has."""


def drawable(tex: str) -> str | None:
    r"""Give a formula in the TeX to draw it by, or None where it stays Unicode.

    It passes ``checked``, nests at most seven deep and holds no Chinese, Japanese, Korean or emoji. No input raises.
    """
    text = checked(tex)
    if text is None or _COMMAND.search(text) or _IDEOGRAM.search(text) or _nesting(text) > MAX_NESTING:
        return None
    return text


def _nesting(text: str) -> int:
    depth = deepest = 0
    for mark in _BRACE.findall(text):
        depth += _STEPS.get(mark, 0)
        deepest = max(deepest, depth)
    return deepest
