"""Formulas written as Unicode text, with all commands at hand: loading this takes 5 ms."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.reading.tex.commands import COMMANDS
from bot.reading.tex.reader import Reader
from bot.reading.tex.rows import on_lines
from bot.reading.tex.symbols import SYMBOLS
from bot.reading.tex.tokens import Tokens

_NO_MACROS: Mapping[str, tuple[int, str]] = MappingProxyType({})


def to_unicode(tex: str, *, macros: Mapping[str, tuple[int, str]] = _NO_MACROS) -> str:
    r"""Write a formula as Unicode text; one line, or one for each row that ``\\`` ends.

    ``macros`` gives a command's number of arguments and its body, as ``definitions`` collects them; those which the
    formula defines itself come on top. No input raises; one of over some 2,500 characters is cut and ends with ``…``.
    """
    tokens = Tokens(tex, macros)
    rows = on_lines(Reader(tokens, COMMANDS).pieces())
    text = "\n".join(line for line in map(str.strip, rows.split("\n")) if line)
    return text + "…" if tokens.cut else text


def known(name: str) -> bool:
    """Tell whether there is a command of this name, without its backslash, that writes something."""
    return name in COMMANDS or name in SYMBOLS
