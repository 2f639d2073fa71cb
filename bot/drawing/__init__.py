"""Formulas as pictures, without a TeX installation: drawn in the processes that can be killed, nowhere else.

Importing this costs nothing; the libraries come with the first formula.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

__all__ = ["available", "picture"]


def available() -> bool:
    """Tell whether the libraries are installed."""
    return all(find_spec(name) is not None for name in ("ziamath", "latex2mathml"))


def picture(formulas: Iterable[str]) -> bytes | None:
    """Draw formulas, checked before, as one PNG; None where none can be drawn. Only MemoryError is raised.

    Call this only where it can be killed: what it takes is not bounded here.
    """
    from bot.drawing.layout import picture as draw  # noqa: PLC0415 - takes 0.1 s and 20 MB to load

    return draw(formulas)
