"""Which looks count as good ones though something was read, and which do not; pure."""

from __future__ import annotations

from collections.abc import Collection

from bot.core.models import Failed, Feed, Fetched
from bot.core.trouble import TroubleName


def as_it_counts(feed: Feed, look: Fetched, last: Collection[int]) -> Fetched | Failed:
    """Give a look, or the failure that it is. ``last`` are the posts of the last good document, of which some is read.

    No entries where there were many is no news. A baseline is what was seen whole: what stands behind the place where
    a document breaks off would be news at the next look.
    """
    if not look.sightings and last:
        return Failed(TroubleName.NO_ENTRIES, "no entries where there were some before", look.info)
    if look.is_cut and not feed.baseline:
        return Failed(
            TroubleName.BROKEN_ANSWER, "it breaks off in the middle, as if it were still being written", look.info
        )
    return look
