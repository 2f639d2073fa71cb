"""The pulse: sees that every loop goes round, says so, and ends the program where one does not.

Docker does not restart a container for being unhealthy, only for having ended: so a loop that stands still for good
ends the program, and ``restart: unless-stopped`` mends it. Beats are counted, not hours: a machine that slept finds
that much time has passed, and nothing wrong.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

import structlog

from bot import metrics
from bot.core.errors import IncomingError
from bot.core.ports import Clock
from bot.core.pulse import Pulse

log = structlog.get_logger()

BEAT: Final = 5.0
"""Seconds between two beats."""
LEAVE: Final = 30.0
"""Seconds in which a program that was told to stop has to have stopped: more than what is under way gets."""
_CHECKS: Final = 10
"""How often the watchdog looks within its patience."""


class StalledError(IncomingError):
    """A loop stands still; only a new process mends that."""


class Loop(Protocol):
    """A loop, seen from outside."""

    @property
    def pulse(self) -> Pulse:
        """What it showed of itself."""
        ...


class Heart:
    """Beats while the program runs. ``patience`` is for how many seconds a loop may stand still."""

    def __init__(self, loops: Mapping[str, Loop], beacon: Path, clock: Clock, patience: float) -> None:
        self._loops = loops
        self._beacon = beacon
        self._clock = clock
        self._most = max(2, round(patience / BEAT))
        self._strikes: dict[str, int] = {}
        self.beats = 0
        self.resting = False
        """Whether it beats no more: the program stops, and what is under way gets its seconds."""

    def alive(self, now: datetime) -> Mapping[str, bool]:
        """Tell of each loop whether it has lately done what it is for."""
        return {name: loop.pulse.alive(now) for name, loop in self._loops.items()}

    async def beat(self) -> None:
        """Beat until cancelled. Raises StalledError once a loop has stood still for too long."""
        try:
            while True:
                self._look(self._clock.now())
                self.beats += 1
                await self._rest()
        finally:
            self.resting = True

    async def _rest(self) -> None:
        began = asyncio.get_running_loop().time()
        await self._clock.sleep(BEAT)
        metrics.LAG.observe(max(0.0, asyncio.get_running_loop().time() - began - BEAT))

    def _look(self, now: datetime) -> None:
        if all(self.alive(now).values()):
            self._touch()
        for name, loop in self._loops.items():
            self._strikes[name] = 0 if loop.pulse.turning(now) else self._strikes.get(name, 0) + 1
            if self._strikes[name] >= self._most:
                msg = f"{name} stands still; ending, so that a restart mends it"
                raise StalledError(msg)

    def _touch(self) -> None:
        try:
            self._beacon.touch()
        except OSError as error:
            # A disk that takes no touch takes no commit either: the health check sees an old file, and that is right.
            log.warning("heart.beacon", error=error.strerror)


class Watchdog:
    """A thread that ends the process when the heart, and with it the whole event loop, stands still.

    Nothing within a stopped event loop can see that it has stopped.
    """

    def __init__(self, heart: Heart, patience: float, end: Callable[[str], None] | None = None) -> None:
        self._heart = heart
        self._pause = max(0.1, patience / _CHECKS)
        self._last = max(_CHECKS, round(LEAVE / self._pause))
        self._end = end or _exit
        self._stop = threading.Event()
        self._watched = threading.get_ident()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def __enter__(self) -> None:
        """Begin to watch the thread that this is called in."""
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        """Watch no longer."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        seen, still = -1, 0
        while not self._stop.wait(self._pause):
            still = still + 1 if self._heart.beats == seen else 0
            seen = self._heart.beats
            if still >= (self._last if self._heart.resting else _CHECKS):
                return self._end(self._where())
        return None

    def _where(self) -> str:
        frame = sys._current_frames().get(self._watched)  # noqa: SLF001 -- the documented way to another thread's stack
        frames = traceback.extract_stack(frame)[-3:] if frame is not None else []
        return " < ".join(f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in reversed(frames))


def _exit(where: str) -> None:
    log.error("heart.stalled", where=where)
    sys.stderr.write("incoming: the event loop stands still; ending, so that a restart mends it\n")
    sys.stderr.flush()
    # The event loop cannot be asked to stop: that is what is wrong with it. What was under way is settled at the start.
    os._exit(1)
