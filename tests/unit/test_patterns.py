"""Patterns that wait for their first use."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from unittest.mock import patch

import bot
from bot.reading.patterns import _Rare, rare


def test_a_rare_pattern_is_compiled_once_and_when_it_is_used() -> None:
    """Nobody pays for a pattern that is only defined; whoever uses it twice pays once."""
    with patch.object(re, "compile", wraps=re.compile) as compiled:
        word = rare(r"(w)ord", re.IGNORECASE)
        assert not compiled.called
        found = word.search("A WORD")
        assert found is not None
        assert (found[1], found.span(), word.sub("", "words")) == ("W", (2, 6), "s")
        compiled.assert_called_once_with(r"(w)ord", re.IGNORECASE)


def test_bytes_are_searched_as_well() -> None:
    """A pattern of bytes finds bytes, from a place on where one is given."""
    mark = rare(rb"<(\w+)>")
    assert [match[1] for match in mark.finditer(b"<a><b>", 1)] == [b"b"]
    assert mark.fullmatch(b"<a>") is not None
    assert mark.match(b" <a>") is None


def test_every_rare_pattern_can_be_compiled() -> None:
    """A mistake in one would show only when a post comes that needs it."""
    patterns = list(_patterns())
    assert len(patterns) > 40
    for pattern in patterns:
        assert callable(pattern.search)


def _patterns() -> Iterator[_Rare]:
    for found in pkgutil.walk_packages(bot.__path__, "bot."):
        if found.name.startswith(("bot.reading.", "bot.core.", "bot.topics.", "bot.sources.")):
            for value in vars(importlib.import_module(found.name)).values():
                yield from (each for each in (value if isinstance(value, tuple) else (value,)) if type(each) is _Rare)
