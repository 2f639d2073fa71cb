"""A loop's pulse: when it last went round, and when it last did what it is for. Who looks at it brings the time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

SET_BACK: Final = timedelta(seconds=60)
"""A clock that says so much less than before was set; smaller steps are waited out."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a loop showed of itself. ``patience`` is how long it may show nothing and still be well."""

    patience: timedelta
    tried: datetime
    turned: datetime

    @classmethod
    def first(cls, now: datetime, patience: timedelta) -> Pulse:
        """Give the pulse of a loop that begins."""
        return cls(patience, now, now)

    def tries(self, now: datetime) -> Pulse:
        """Give the pulse once a turn begins."""
        return replace(self, tried=now)

    def turns(self, now: datetime) -> Pulse:
        """Give the pulse once a turn has done what it is for."""
        return replace(self, turned=now)

    def turning(self, now: datetime) -> bool:
        """Tell whether the loop goes round, be it that everything fails: one that does not is mended by a restart."""
        return now - self.tried < self.patience

    def alive(self, now: datetime) -> bool:
        """Tell whether it has lately done what it is for, with the database taking what it wrote."""
        return now - self.turned < self.patience

    def set_back(self, now: datetime) -> timedelta:
        """Tell by how much the clock was set back since the last turn; nothing where it was not, or hardly."""
        by = self.turned - now
        return by if by > SET_BACK else timedelta()
