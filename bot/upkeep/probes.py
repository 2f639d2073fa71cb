"""Whether the platforms answer: each is asked who we are, now and then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.core.errors import ConfigError, RivalError
from bot.core.incidents import Kind, Sign
from bot.core.ports import Platform
from bot.log import clean

log = structlog.get_logger()

PROBE: Final = timedelta(minutes=10)
"""How often a platform is asked who we are."""
SOON: Final = timedelta(seconds=30)
"""How soon again while one does not answer; steward's rounds are a minute apart, so that it is each round."""
FIRST: Final = timedelta(minutes=1)
"""How long after the start it is asked first: the start itself has asked."""
DOUBTS: Final = 2
"""So many probes in a row have to fail."""


class Probes:
    """What the last probes found, from ``now`` on."""

    def __init__(self, platforms: Mapping[str, Platform], now: datetime) -> None:
        self._platforms = platforms
        self._doubts: dict[str, int] = {}
        self._ill: dict[str, tuple[str, datetime]] = {}
        self._rivals: dict[str, bool] = {}
        self._probe_at = now + FIRST

    @property
    def causes(self) -> Mapping[str, str]:
        """Tell of each platform what is wrong with it; empty where nothing is."""
        return {name: self._ill[name][0] if name in self._ill else "" for name in self._platforms}

    def signs(self) -> Iterator[Sign]:
        """Give a sign for each platform that does not answer."""
        for name, (cause, since) in self._ill.items():
            facts = {"platform": name, "cause": cause, "since": since.isoformat()}
            yield Sign(Kind.PLATFORM, name, facts | ({"rival": "yes"} if self._rivals[name] else {}))

    async def look(self, now: datetime) -> None:
        """Ask each platform who we are, when it is time; one failure may be the network's mood, two are trouble."""
        if timedelta() < self._probe_at - now <= PROBE:
            # What is further off is a time that the clock said before it was set back.
            return
        for name, platform in self._platforms.items():
            try:
                await platform.probe()
            except ConfigError as error:
                self._fails(name, error, now)
            except Exception as error:  # noqa: BLE001 -- whatever answers in its place ends nobody's rounds
                self._fails(name, ConfigError(f"a fault while asking it: {type(error).__name__}"), now)
            else:
                self._answers(name)
        self._probe_at = now + (SOON if any(self._doubts.values()) else PROBE)

    def _fails(self, name: str, error: ConfigError, now: datetime) -> None:
        self._doubts[name] = self._doubts.get(name, 0) + 1
        if self._doubts[name] >= DOUBTS and name not in self._ill:
            self._ill[name] = (clean(str(error)), now)
            self._rivals[name] = isinstance(error, RivalError)
            log.warning("upkeep.platform", platform=name, cause=clean(str(error)))

    def _answers(self, name: str) -> None:
        self._doubts[name] = 0
        if self._ill.pop(name, None):
            log.info("upkeep.platform_over", platform=name)
