"""When a feed is asked for where it was first: the address that was found since shows none any more. Pure.

A permanent redirect to a place that is later given up, or a page whose feed moved, would else be followed for ever,
though the address that somebody wrote down leads on.
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


def back(feed: Feed, look: Failed, soon: datetime) -> Feed:
    """Send a feed back after a failed look that is counted in its trouble, if it is time to; else give it as it is.

    The address is due ``soon`` where the other one would never have been asked again. Its validators were another
    document's.
    """
    times = feed.trouble.count if feed.trouble else 0
    if feed.asked in {"", feed.url} or look.name not in _NOTHING_THERE or not (look.gone or times >= PATIENCE):
        return feed
    due = min(feed.next_check, soon) if look.gone else feed.next_check
    return replace(feed, url=feed.asked, validators=Validators(), body_hash=None, next_check=due)
