"""What a running container weighs: the memory of all its processes, init included, as the kernel counts it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tests.image.engine import docker

# The list of processes is made before `cat` is one, and the shell leaves itself out.
_ROLLUPS: Final = 'for p in /proc/[0-9]*; do [ "$p" = "/proc/$$" ] || cat "$p/smaps_rollup"; done; true'
_LINE: Final = re.compile(r"^(Rss|Pss): +(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes: resident, and proportional, which shares a page among those that use it; and how many processes."""

    resident: int
    proportional: int
    processes: int


def weigh(name: str) -> Weight:
    """Weigh a container by its name."""
    found = _LINE.findall(docker("exec", name, "sh", "-c", _ROLLUPS))
    resident, proportional = ([int(size) * 1024 for kind, size in found if kind == each] for each in ("Rss", "Pss"))
    return Weight(sum(resident), sum(proportional), len(resident))
