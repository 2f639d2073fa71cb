"""Readers' patterns: RE2, which never backtracks, with a bound on how large one may become."""

from __future__ import annotations

import functools
import re
from typing import Protocol, cast

from bot.reading.text import clean, fold

MAX_PATTERN = 100
"""Characters."""
MAX_SUBJECT = 60_000
"""Bytes of a post that a pattern is run over."""

# In 256 KB the DFA of every pattern of at most 1,000 instructions reads a long post in a few milliseconds; with less
# it falls back to an automaton a hundred times slower.
_MEMORY = 1 << 18
_INSTRUCTIONS = 1_000

_FOREIGN = re.compile(r"[^\x00-\x7f]+")


class Compiled(Protocol):
    """What is used of a compiled pattern."""

    programsize: int

    def search(self, text: bytes) -> object | None:
        """Find the first match."""
        ...


def folded_pattern(source: str) -> str:
    """Fold what a pattern says in other than ASCII, as the text is folded; ASCII may be syntax and stays."""
    return _FOREIGN.sub(lambda match: "".join(map(_literal, fold(match[0]))), clean(source))


def _literal(character: str) -> str:
    return re.escape(character) if character.isascii() else character


def subject(text: str) -> bytes:
    """Give a text as patterns read it."""
    return text.encode()[:MAX_SUBJECT].decode(errors="ignore").encode()


def trouble(pattern: str) -> str | None:
    """Tell why a pattern cannot be used (a catalogue key), or None."""
    if len(pattern) > MAX_PATTERN:
        return "query_pattern_large"
    compiled = _compiled(pattern)
    return compiled if isinstance(compiled, str) else None


def found(pattern: str, text: bytes) -> bool:
    """Tell whether a pattern is found in a ``subject``; one that cannot be used is not."""
    compiled = _compiled(pattern)
    return not isinstance(compiled, str) and compiled.search(text) is not None


@functools.lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Compiled | str:
    import re2  # noqa: PLC0415 -- 3 MB that most bots never need: patterns are rare

    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    options.case_sensitive = False
    options.never_capture = True
    try:
        compiled = cast("Compiled", re2.compile(pattern, options))
    except re2.error as error:
        return "query_pattern_large" if "too large" in str(error) else "query_pattern"
    return "query_pattern_large" if compiled.programsize > _INSTRUCTIONS else compiled
