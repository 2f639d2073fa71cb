"""Documents read in the test's own process, by the reader's own code: for what is only prepared, or about other things.

The process in which strangers' bytes are read takes a quarter of a second to start. Its bounds and its deaths have
tests of their own (``tests/integration/test_sources_worker.py``), and the program that a scene is about has it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar
from unittest.mock import patch

from bot import parts
from bot.preview import samples
from bot.sources import child
from bot.sources.document import Unreadable
from bot.sources.worker import Workers, _Worker

_Result = TypeVar("_Result")


class _Answer(_Worker):
    """What a process would have answered."""

    def __init__(self, frames: Sequence[bytes]) -> None:
        self._frames = iter(frames)

    async def _frame(self, limit: int) -> bytes:
        frame = next(self._frames)
        assert len(frame) <= limit
        return frame


class _Here(Workers):
    """Starts no process."""

    async def _do(
        self, request: bytes, body: bytes, read: Callable[[_Worker], Awaitable[_Result | Unreadable]]
    ) -> _Result | Unreadable:
        wish = json.loads(request)
        return await read(_Answer([child.draw(wish["formulas"])] if "formulas" in wish else child.read(body, wish)))


@contextlib.contextmanager
def reading_here() -> Iterator[None]:
    """Let commands that run in this process read here too."""
    with patch.object(parts, "Workers", _Here), patch.object(samples, "Workers", _Here):
        yield
