"""Memory that nothing uses any more, given back to the system.

The C library keeps what was freed, in case it is wanted again: tens of megabytes after a dictionary was loaded for a
moment or a large document read. A bot that mostly waits does not want it again.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc


def give_back() -> None:
    """Collect what is lost and give free pages back; some milliseconds. Does nothing where the C library cannot."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
