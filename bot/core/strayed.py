"""Where a feed is asked for whose found address shows none any more. Pure.

A permanent redirect to a place that is later given up, or a page whose feed moved, would else be followed for ever,
though the address that somebody wrote down leads on. That one may be dead for years, though, and the found one only
away for a day: so both are tried in turn, until one shows a feed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.core.models import Failed, Feed, Validators
from bot.core.trouble import TroubleName

PATIENCE: Final = 3
"""Failures in a row that a found address is forgiven; one that says that it is gone is believed."""
_NOTHING_THERE: Final = frozenset(
    {
        TroubleName.DNS,
        TroubleName.REFUSED,
        TroubleName.TLS,
        TroubleName.NOT_FOUND,
        TroubleName.GONE,
        TroubleName.EMPTY,
        TroubleName.WEB_PAGE,
        TroubleName.NOT_A_FEED,
        TroubleName.NO_ENTRIES,
    }
)
"""What a server in trouble does not say, and one that has no such feed does."""


def turned(feed: Feed, look: Failed, left: str | None, soon: datetime) -> tuple[Feed, str | None]:
    """Send a feed to its other address after a failed look that is counted in its trouble, if it is time to.

    ``left`` is the address that it was sent away from last, if it was good for nothing but a while ago: give it as it
    is to be remembered. The other address is due ``soon`` where this one would never have been asked again. Its
    validators were another document's.
    """
    times = feed.trouble.count if feed.trouble else 0
    other = _other(feed, left)
    strays = look.name in _NOTHING_THERE and (look.gone or times >= PATIENCE)
    # The address that was asked for has no such credit: a host that is dead does not answer at all.
    if other is None or not (strays or feed.url == feed.asked):
        return feed, left
    due = min(feed.next_check, soon) if look.gone else feed.next_check
    sent = replace(feed, url=other, validators=Validators(), body_hash=None, next_check=due)
    # What is gone is not gone back to. That the asked one is, is known by its being remembered as the one left.
    return sent, feed.url if look.gone == (feed.url == feed.asked) else None


def _other(feed: Feed, left: str | None) -> str | None:
    """Give the address that a feed has besides the one that it is asked for at; None where that is none to go to."""
    if feed.url == feed.asked:
        return left
    # The same one without encryption would let whoever breaks that take it away.
    same = feed.url.partition("://")[2] == feed.asked.partition("://")[2]
    return None if same or left == feed.asked else feed.asked or None
