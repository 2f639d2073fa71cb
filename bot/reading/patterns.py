"""Regular expressions for what most posts do not have."""

from __future__ import annotations

import re
from typing import AnyStr, cast

_METHODS = ("findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn")


def rare(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Give a pattern that is compiled when it is first used; its methods are all that it has.

    To compile one takes 0.1 to 2.5 ms, and an ordinary post needs few of them: to have them all at hand would take a
    reading process 20 ms at its start.
    """
    return cast("re.Pattern[AnyStr]", _Rare(source, flags))


class _Rare:
    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source, self._flags = source, flags

    def __getattr__(self, name: str) -> object:
        """Compile it at the first call. From then on its methods are found here, as fast as a pattern's own."""
        compiled = re.compile(self._source, self._flags)
        self.__dict__.update({method: getattr(compiled, method) for method in _METHODS})
        found: object = getattr(compiled, name)
        return found
