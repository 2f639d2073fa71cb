"""What some work costs, counted: a number that is the same on every machine, however busy it is."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from types import FrameType


class Calls:
    """How many functions were called, Python's and C's."""

    def __init__(self) -> None:
        self.count = 0

    def note(self, _frame: FrameType, event: str, _value: object) -> None:
        """Take what the interpreter reports."""
        self.count += event in {"call", "c_call"}


@contextlib.contextmanager
def counted() -> Iterator[Calls]:
    """Count what this thread calls within."""
    calls, before = Calls(), sys.getprofile()
    sys.setprofile(calls.note)
    try:
        yield calls
    finally:
        sys.setprofile(before)
