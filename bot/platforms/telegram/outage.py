"""When Telegram's servers answer 5xx, messages one after the other: pure, so that it can be read and tested.

Such an answer does not say whether the message was sent, and Telegram cannot be asked: a message has a second try and
no third. In an outage of sending alone, when getMe is answered as ever, every chat would lose its next message within
seconds. So after two such answers in a row, with nothing accepted between them, messages go one at a time and ever more
seldom until one is accepted; and a message that has one try left does not go first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.core.models import Outcome, Sent, Uncertain

SERVER_ERROR: Final = "server_error"
FIRST: Final = 4.0
LONGEST: Final = 300.0
"""Seconds between two messages in an outage: doubled from the first to the longest."""
SPARED: Final = 60.0
LONGEST_SPARED: Final = 900.0
"""Seconds for which a last try waits after the latest error, if nothing is accepted before: after one, and in a row."""


class Outage:
    """What the last answers say of Telegram's servers."""

    def __init__(self) -> None:
        self._errors = 0
        self._pause = 0.0
        self._at: datetime | None = None
        self._probing = False

    @property
    def lasts(self) -> bool:
        """Tell whether errors are all that came lately."""
        return self._errors > 1

    def rest(self, now: datetime, *, last: bool) -> float:
        """Give the seconds that a message has to wait, 0 where it may go; ``last`` says that it has one try left."""
        if self._at is None:
            return 0.0
        pause = self._pause if not last else LONGEST_SPARED if self.lasts else SPARED
        left = (self._at + timedelta(seconds=pause) - now).total_seconds()
        # A clock that was set back prolongs no wait.
        return max(min(left, pause), FIRST if self._probing else 0.0)

    def begin(self) -> bool:
        """Count a message that goes out; tell whether others wait for what becomes of it."""
        self._probing = self.lasts
        return self._probing

    def end(self, result: Outcome | None, now: datetime, *, probe: bool) -> None:
        """Learn from what became of a message; None where nobody waited for that."""
        self._probing = self._probing and not probe
        if isinstance(result, Sent):
            self._errors, self._pause, self._at = 0, 0.0, None
        elif isinstance(result, Uncertain) and result.reason == SERVER_ERROR:
            self._errors, self._at = self._errors + 1, now
            if self.lasts:
                self._pause = min(2 * self._pause, LONGEST) if probe else max(self._pause, FIRST)
