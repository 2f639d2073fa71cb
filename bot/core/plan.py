"""What an outcome means for the part that was sent: pure, so that promise 1 can be read and tested in one place.

- certainly not sent: tried again freely, later and later, until its chat has been held up for too long;
- perhaps sent: once more at most (a second uncertainty is ``dead: unconfirmed``, and the operator sees it), unless the
  platform itself recognises the repetition by its nonce: then for a day;
- refused for what it says: once more as plain text;
- refused for where it goes: the place is closed, or follows its new id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.core.models import Gone, Moved, Outcome, Part, PartState, Rejected, Retry, Sent, Uncertain

CHAT_HOLD: Final = timedelta(days=7)
"""How long a part that cannot be sent may hold up its chat, where the chat is the reason and not the whole platform."""
FIRST_DELAY: Final = 2.0
LONGEST_DELAY: Final = 3600.0
"""Seconds between attempts: doubled from the first to the longest."""
LONGEST_DOUBT: Final = 300.0
"""Seconds between attempts where a platform is out of reach, which holds up answers too, or recognises a part's nonce:
an outage's end is not waited for longer.
"""
LONGEST_ASKED: Final = 366 * 86_400.0
"""Seconds beyond which no platform is believed."""
REPEATS: Final = 240
"""How often an uncertain part is repeated there: with these delays for 20 to 24 hours, so that no outage loses it."""
BLIND_REPEATS: Final = 5
"""How often where it cannot be asked what arrived: more would only hold up the chat."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to record of one attempt. ``at`` is when the part may be tried again; ``ref`` what it became.

    ``hold`` is until when nothing may go to the whole platform; a part that waits ``alone`` holds up its chat, not its
    place. ``closed`` and ``moved`` are news of the place.
    """

    state: PartState
    reason: str = ""
    at: datetime | None = None
    ref: str | None = None
    plain: bool = False
    hold: datetime | None = None
    alone: bool = False
    closed: str = ""
    moved: str = ""
    uncertain: int = 0


def delay(attempts: int, *, jitter: float) -> float:
    """Give the seconds before the next attempt; ``jitter`` is 0 to 1, and adds up to a fifth."""
    return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(attempts, 16)) * (1 + jitter / 5)


def outage(attempts: int, *, jitter: float) -> float:
    """Give the seconds likewise where everybody waits, or where nothing is lost by asking again: fewer at the most."""
    return min(delay(attempts, jitter=jitter), LONGEST_DOUBT * (1 + jitter / 5))


def asked(seconds: float, *, jitter: float) -> float:
    """Give the seconds to wait where a platform names some: a floor, but no longer than there are days to count."""
    # A little more keeps clocks that differ from meeting at its edge.
    return min(seconds, LONGEST_ASKED) + 0.1 + jitter / 5


def after(outcome: Outcome, part: Part, now: datetime, *, can_repeat: bool, jitter: float = 0.0) -> Step:  # noqa: PLR0911 -- one return an outcome
    """Decide what becomes of a part after an attempt ended with ``outcome``."""
    match outcome:
        case Sent(ref):
            return Step(PartState.SENT, ref=ref, uncertain=part.uncertain)
        case Retry():
            return _retry(outcome, part, now, jitter)
        case Uncertain(reason, blind):
            most = (BLIND_REPEATS if blind else REPEATS) if can_repeat else 1
            return _uncertain(reason, part, now, most=most, jitter=jitter)
        case Gone(reason):
            return Step(PartState.PENDING, reason, at=now, closed=reason, uncertain=part.uncertain)
        case Moved(place):
            return Step(PartState.PENDING, "moved", at=now, moved=place, uncertain=part.uncertain)
        case Rejected(reason):
            if part.plain:
                return Step(PartState.DEAD, f"rejected: {reason}", uncertain=part.uncertain)
            return Step(PartState.PENDING, reason, at=now, plain=True, uncertain=part.uncertain)


def _retry(outcome: Retry, part: Part, now: datetime, jitter: float) -> Step:
    everybody = outcome.scope == "platform"
    own = (outage if everybody else delay)(part.attempts, jitter=jitter)
    at = now + timedelta(seconds=own if outcome.seconds is None else asked(outcome.seconds, jitter=jitter))
    hold = at if everybody else None
    if hold is None and at - (part.first_try or now) > CHAT_HOLD:
        return Step(PartState.DEAD, f"gave up: {outcome.reason}", uncertain=part.uncertain)
    alone = outcome.scope == "message"
    return Step(PartState.RETRY, outcome.reason, at=at, hold=hold, alone=alone, uncertain=part.uncertain)


def _uncertain(reason: str, part: Part, now: datetime, *, most: int, jitter: float) -> Step:
    if part.uncertain >= most:
        return Step(PartState.DEAD, "unconfirmed", uncertain=part.uncertain + 1)
    at = now + timedelta(seconds=outage(part.attempts, jitter=jitter))
    return Step(PartState.UNCERTAIN, reason, at=at, uncertain=part.uncertain + 1)
