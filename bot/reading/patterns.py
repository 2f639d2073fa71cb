"""Regular expressions for what most posts do not have."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, AnyStr, cast

if TYPE_CHECKING:
    import regex

_METHODS = ("findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn")


def rare(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Give a pattern that is compiled when it is first used; its methods are all that it has.

    To compile one takes 0.1 to 2.5 ms, and an ordinary post needs few of them: to have them all at hand would take a
    reading process 20 ms at its start.
    """
    return cast("re.Pattern[AnyStr]", _Rare(lambda: re.compile(source, flags)))


def rich(source: str, flags: int = 0) -> regex.Pattern[str]:
    """Give a pattern that only ``regex`` knows, which comes with its first use as well. ``flags`` are those of re."""
    return cast("regex.Pattern[str]", _Rare(lambda: _compiled(source, flags)))


def _compiled(source: str, flags: int) -> regex.Pattern[str]:
    import regex  # noqa: PLC0415 -- 10 ms and 3 MB, and half as much again for the patterns of an excerpt

    return regex.compile(source, flags)


class _Rare:
    def __init__(self, compile_: Callable[[], Any]) -> None:
        self._compile = compile_

    def __getattr__(self, name: str) -> object:
        """Compile it at the first call. From then on its methods are found here, as fast as a pattern's own."""
        compiled = self._compile()
        self.__dict__.update({method: getattr(compiled, method) for method in _METHODS})
        found: object = getattr(compiled, name)
        return found
