"""Which entries of a document are posts that were never seen: the decision, pure.

Keys are evidence, not proof, so the store keeps every key that a post was ever seen under, and several posts may share
one: blogs reuse guids, links and titles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.keys import Keys, keys_of, lookup
from bot.core.models import KnownPost, Sighting

__all__ = ["Decision", "Keys", "decide", "keys_of", "lookup"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What one document means. An entry may stand in none of the tuples: a repetition, a draft that is waited for."""

    announce: tuple[Sighting, ...] = ()
    """New posts, in the order of delivery: to be stored and pushed."""
    held: tuple[Sighting, ...] = ()
    """Unknown entries suspected to be re-keyed old ones: to be stored, their deliveries held for the operator."""
    record: tuple[Sighting, ...] = ()
    """Posts to be stored and not pushed: a baseline, old entries that surface."""
    same: tuple[tuple[int, Sighting], ...] = ()
    """Stored posts seen again, by id: new keys are to be added, the content may have changed."""
    joined: tuple[int, ...] = ()
    """Those of ``same`` that another feed showed first and that are new on this one, in the order of delivery:
    to be pushed to this feed's chats that did not have them."""
    rekeyed: bool = False
    """Whether the feed is suspected of having changed its ids: the operator is told."""
    flood: bool = False
    """Whether more than max(3, 30 %) of the document are pushed at once: newest whole, the others in a summary."""


def decide(
    *,
    feed_baseline: bool,
    sightings: Sequence[Sighting],
    known: Sequence[KnownPost],
    now: datetime,
) -> Decision:
    """Decide about a document. ``feed_baseline`` tells whether the feed ever had a well-formed one before.

    ``known`` holds every stored post that shares a key of ``lookup(sightings)``, and all posts of the feed's last good
    document, each once. Never raises.
    """
    owners: dict[tuple[str, str], KnownPost] = {}
    for post in known:
        stored = (("guid", post.guids), ("link", post.links), ("print", post.prints))
        owners.update(((kind, value), post) for kind, values in stored for value in values)
    same: list[tuple[int, Sighting]] = []
    fresh: list[Sighting] = []
    joined: list[int] = []
    for sighting in sorted(sightings, key=lambda item: (item.published or now, -item.position)):
        keys = keys_of(sighting)
        pairs = (("guid", keys.guid), ("link", keys.link), ("print", keys.print))
        owner = next((owners[kind, value] for kind, value in pairs if value and (kind, value) in owners), None)
        if owner is None:
            fresh.append(sighting)
            continue
        same.append((owner.id, sighting))
        if not owner.here and feed_baseline:
            joined.append(owner.id)
    if not feed_baseline:
        return Decision(record=tuple(fresh), same=tuple(same))
    flood = len(fresh) + len(joined) > max(3, 0.3 * len(sightings))
    return Decision(announce=tuple(fresh), same=tuple(same), joined=tuple(joined), flood=flood)
