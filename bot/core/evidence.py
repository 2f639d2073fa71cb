"""Which entry of a document is which stored post: evidence weighed from the surest kind to the weakest, pure.

A key alone proves nothing. Blogs change all guids with their engine, put one permalink on every entry, reuse a page
for another post, bump dates and retitle; each rule below names the practice that it answers to.
"""

from __future__ import annotations

from collections import Counter

from bot.core.case import COPIED, EDITED, TWIN, Case
from bot.core.entry import ZONES
from bot.core.keys import title_key

SEVERAL = 2
"""Unknown entries that may be a change of ids: a single one is a post."""
_COMPARED = 10_000
"""Pairs of texts compared at most: honest documents have a handful of entries left at that point."""


def recognise(case: Case) -> None:
    """Settle what is sure: an edit keeps a key and either title, date or most of the text."""
    case.settle(lambda its, entry, post: entry.guid in post.guids and its.unchanged(entry, post))
    case.settle(
        lambda its, entry, post: (
            its.key(entry, post) and its.unchanged(entry, post) and not its.only_neighbours(entry, post)
        )
    )
    # Permalinks that are configured wrongly put one address on every entry: there the text goes first.
    case.settle(lambda its, entry, post: its.key(entry, post) and its.crowded(entry) and its.text(entry, post, TWIN))
    case.settle(lambda its, entry, post: its.key(entry, post) and its.date(entry, post))
    case.settle(
        lambda its, entry, post: (
            its.key(entry, post) and its.title(entry, post) and not its.only_neighbours(entry, post)
        )
    )
    # A post under new keys, or a second time in the document: a copy left behind by a rename or by two categories.
    case.settle(
        lambda its, entry, post: (
            its.title(entry, post)
            and its.text(entry, post, EDITED if its.key(entry, post) else TWIN)
            and its.telling(entry, post)
            and not its.reissued(entry, post)
        ),
        shared=True,
    )
    case.settle(Case.alone)
    # Two posts that swapped their addresses are told apart by what they are called and dated.
    case.settle(lambda its, entry, post: its.taken(entry) and its.title(entry, post) and its.date(entry, post))
    case.settle(lambda its, entry, post: its.sole(entry, post) and not its.another(entry, post))


def trace(case: Case) -> None:
    """Settle posts whose own keys are gone: a new slug, a new engine or host changes guid and link together."""
    case.settle(
        lambda its, entry, post: (
            its.title(entry, post)
            and its.text(entry, post, EDITED)
            and its.telling(entry, post)
            and not its.reissued(entry, post)
        )
    )
    case.settle(lambda its, entry, post: its.title(entry, post) and its.date(entry, post))
    # A periodical repeats title and slug, under a later date; a server that changes its time zone shifts all dates.
    case.settle(
        lambda its, entry, post: (
            its.title(entry, post)
            and its.path(entry, post)
            and not its.later(entry, post, ZONES)
            and not its.only_neighbours(entry, post)
        )
    )
    # Through another feed the title may be dressed up ("Blog: title"); one text alone may be boilerplate.
    case.settle(
        lambda its, entry, post: (
            its.text(entry, post, 1) and (its.date(entry, post) or its.path(entry, post)) and not post.here
        )
    )
    _trace_renamed(case, COPIED)
    _trace_redone(case)


def _trace_redone(case: Case) -> None:
    """Settle the one post that vanished, where an entry bears its very second; a bare day or hour tells nothing."""
    gone = case.gone()
    if len(gone) != 1 or (day := gone[0].published) is None or (day.minute, day.second) == (0, 0):
        return
    for entry in case.unknown():
        if case.date(entry, gone[0]):
            case.claim(entry, gone[0])
            return


def rekeyed(case: Case) -> bool:
    """Tell whether half of the last document's posts have lost their keys, be it that most were found by their texts.

    What says nothing but its title is among the others then, and would be announced.
    """
    if len(case.unknown()) < SEVERAL:
        return False
    kept = {post.id for entry, post in case.owner.items() if entry.unread is not None or case.key(entry, post)}
    return 0 < len(case.last) <= 2 * sum(post.id not in kept for post in case.last)


def trace_rekeyed(case: Case) -> None:
    """Settle more boldly, where half of the feed seems to have changed its ids: by a title alone, by half of a text."""
    left = Counter(entry.title for entry in case.unknown())
    lost = {title_key(post.title) for post in case.gone()}
    # One periodical among posts that push the window out is none of that.
    most = 2 * sum(left[title] for title in lost if title) > left.total()
    case.settle(
        lambda its, entry, post: (
            its.title(entry, post)
            and post.in_last
            and left[entry.title] == 1
            and (most or not its.next_issue(entry, post))
        )
    )
    _trace_renamed(case, EDITED)


def _trace_renamed(case: Case, least: float) -> None:
    """Settle posts that were renamed: other keys, other title, the same text as one that vanished.

    A text that also resembles a post that stands there still is a template (an episode's standing description).
    """
    if len(case.unknown()) * len(case.last) > _COMPARED:
        return
    for entry in case.unknown():
        # What is gone is looked at first: that is little, and most often none of it is alike.
        alike = [post for post in case.gone() if case.text(entry, post, least)]
        if len(alike) == 1 and entry.print and sum(case.text(entry, post, least) for post in case.last) == 1:
            case.claim(entry, alike[0])
