"""Named places where a test may have the process killed, to prove that nothing is lost or doubled there.

``INCOMING_FAILPOINT=NAME`` kills the process with SIGKILL when it comes by, ``NAME:3`` the third time. ``NAME:1:hang``
lets the whole event loop hang there instead.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Final

NAMES: Final = ("fetched", "decided", "committed", "chosen", "claimed", "requesting", "answered", "recorded")
"""In the order in which a post passes them: see ``watch`` and ``deliver``. An edit passes ``editing``, too."""

_name, _count, _how = [*os.environ.get("INCOMING_FAILPOINT", "").split(":"), "", ""][:3]
_left = int(_count or 1)


def reach(name: str) -> None:
    """Come by a named place."""
    global _left  # noqa: PLW0603 -- the process is the unit that is killed
    if name != _name:
        return
    _left -= 1
    if _left == 0 and _how == "hang":
        time.sleep(3600)
    elif _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
