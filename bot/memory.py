"""Memory that nothing uses any more: when it is looked for, and given back to the system.

The C library keeps what was freed, in case it is wanted again: tens of megabytes after a dictionary was loaded for a
moment or a large document read. A bot that mostly waits does not want it again.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
from typing import Final

YOUNG: Final = 10_000
"""New objects after which lost circles are looked for: a few megabytes at most. Two hundred requests under way have
more new objects than Python's 700 at any time: to go through them over and over was a seventh of a message's cost."""


def give_back() -> None:
    """Collect what is lost and give free pages back; some milliseconds. Does nothing where the C library cannot."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def settle() -> None:
    """Take what is there for good out of the search for lost circles, and search less often from now on."""
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
