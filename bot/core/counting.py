"""Which looks count as good ones though something was read, and which do not; pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from bot.core.models import Failed, Feed, Fetched
from bot.core.trouble import TroubleName

_OFTEN: Final = 3
"""Looks in trouble after which a document that breaks off is taken as it is."""


def as_it_counts(feed: Feed, look: Fetched, last: Collection[int]) -> Fetched | Failed:
    """Give a look, or the failure that it is. ``last`` are the posts of the last good document, of which some is read.

    No entries where there were many is no news. A baseline is what was seen whole: what stands behind the place where
    a document breaks off would be news at the next look. But one that still does so after a few looks always does.
    """
    if not look.sightings and last:
        return Failed(TroubleName.NO_ENTRIES, "no entries where there were some before", look.info)
    if look.is_cut and not feed.baseline and not (feed.trouble is not None and feed.trouble.count >= _OFTEN):
        return Failed(
            TroubleName.BROKEN_ANSWER, "it breaks off in the middle, as if it were still being written", look.info
        )
    return look
