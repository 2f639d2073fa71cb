"""The real past of blogs' feeds, and bots that live through it; runs in processes of its own, since it takes CPU.

The oracle beside the states says for each what had to be announced (``new``), what may be (``ambiguous``; of entries
that share an ``either``, exactly one) and, by silence, what must not be.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bot.core import keys
from bot.core.identity import Decision, decide, keys_of
from bot.core.models import KnownPost, Sighting
from bot.reading.doc import Doc
from bot.sources import fields
from bot.sources.document import Parsed
from bot.sources.feed import parse
from tests.emulators.posts import Decide, Posts
from tests.emulators.sketches import Sketches
from tests.emulators.sparing import Sparing

# -- reading: only slices of a document that were never seen are parsed, each once ------------------------------------

_SLICE = re.compile(rb"<(item|entry)[\s>].*?</\1>", re.DOTALL)
_SOURCE = re.compile(rb"<source>.*?</source>", re.DOTALL)
"""What an aggregator says of the feed that an entry is from; nothing in a Sighting is read from it."""
_UPDATED = re.compile(rb"<updated>[^<]*</updated>")
"""What generators stamp on all entries at each build; beside a date of publication, nobody recognises a post by it."""
_URL = "https://blog.example/feed"


class Reader:
    """Reads the states of a feed, without keeping the texts themselves."""

    def __init__(self, sketches: Sketches | None = None) -> None:
        self._known: dict[bytes, Sighting] = {}
        self._sketches = sketches or Sketches()

    def read(self, body: bytes) -> list[Sighting]:
        """Give what a document shows; one that is no feed shows nothing."""
        slices = list(_SLICE.finditer(body))
        if not slices:
            return self._parsed(body)
        names = [_name(each.group()) for each in slices]
        unread = {name: each.group() for name, each in zip(names, slices, strict=True) if name not in self._known}
        framed = body[: slices[0].start()] + b"".join(unread.values()) + body[slices[-1].end() :]
        self._known.update(zip(unread, self._parsed(framed), strict=True) if unread else ())
        return [replace(self._known[name], position=place) for place, name in enumerate(names)]

    def _parsed(self, body: bytes) -> list[Sighting]:
        parsed = parse(body, "application/octet-stream", _URL)
        if not isinstance(parsed, Parsed):
            return []
        return [replace(self._sketches.add(item), doc=Doc(), summary=Doc()) for item in parsed.sightings]


def _name(entry: bytes) -> bytes:
    told = _SOURCE.sub(b"", entry)
    return hashlib.sha256(_UPDATED.sub(b"", told) if b"<published>" in told else told).digest()


# -- the harness ------------------------------------------------------------------------------------------------------

Finding = tuple[str, int, str]
"""Blog, state, title."""


@dataclass
class Score:
    """What a bot did with one or more histories."""

    new: int = 0
    pushed: int = 0
    missed: list[Finding] = field(default_factory=list)
    wrong: list[Finding] = field(default_factory=list)
    held: list[Finding] = field(default_factory=list)
    floods: list[tuple[str, int]] = field(default_factory=list)
    """The states in which a real batch of more than max(3, 30 %) came."""
    braked: list[tuple[str, int]] = field(default_factory=list)
    """The states in which the bot saw a flood."""
    quick: int = 0
    """Documents that were decided by their columns alone."""

    def __add__(self, other: Score) -> Score:
        """Add two histories up."""
        return Score(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def keyed_on(kind: str) -> Decide:
    """Make a bot that believes in one key alone, as most do."""

    def naive(
        *, feed_baseline: bool, sightings: Sequence[Sighting], known: Sequence[KnownPost], now: datetime
    ) -> Decision:
        owners = {key: post.id for post in known for key in (post.guids if kind == "guid" else post.links)}
        keyed = [(getattr(keys_of(item), kind), item) for item in reversed(sightings)]
        same = tuple((owners[key], item) for key, item in keyed if key in owners)
        rest = tuple({key: item for key, item in keyed if key not in owners}.values())
        return Decision(announce=rest, same=same) if feed_baseline else Decision(record=rest, same=same)

    return naive


def late(*, feed_baseline: bool, sightings: Sequence[Sighting], known: Sequence[KnownPost], now: datetime) -> Decision:
    """Be our bot, living through the past long after: all dates are old."""
    return decide(feed_baseline=feed_baseline, sightings=sightings, known=known, now=now + timedelta(days=7300))


BOTS: dict[str, Decide] = {"ours": decide, "late": late, "guid": keyed_on("guid"), "link": keyed_on("link")}


def live(folder: Path) -> dict[str, Score]:
    """Let every bot live through one history."""
    # Generators touch each entry's dates at each build and leave its text alone, so a text is read once; and so is an
    # address or a title, which stand in state after state and are looked at by each bot.
    with patch.object(fields, "document", cache(fields.document)):
        reader = Reader()
        documents = [reader.read(path.read_bytes()) for path in sorted(folder.glob("0*"))]
    with patch.multiple(keys, _split=cache(keys._split), letters=cache(keys.letters)):
        found = {name: _live(folder, documents, bot) for name, bot in BOTS.items()}
        sparing = Sparing()
        return found | {"sparing": replace(_live(folder, documents, sparing), quick=sparing.quick)}


def _live(folder: Path, documents: Sequence[Sequence[Sighting]], bot: Decide) -> Score:
    oracle = {state["n"]: state for state in json.loads((folder / "oracle.json").read_text("utf-8"))["states"]}
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    dates = {state["n"]: datetime.fromisoformat(state["committed_at"]) for state in meta["states"]}
    posts, score, either = Posts(bot), Score(), Counter[str]()
    for number, sightings in enumerate(documents, 1):
        decision = posts.look(sightings, dates[number])
        if number > 1:
            _judge(score, (folder.name, number), oracle[number], sightings, decision, either)
    score.wrong += [(folder.name, 0, f"{key}: {times} times") for key, times in either.items() if times != 1]
    return score


def _judge(
    score: Score,
    at: tuple[str, int],
    truth: dict[str, Any],
    sightings: Sequence[Sighting],
    decision: Decision,
    either: Counter[str],
) -> None:
    """Hold one decision against the oracle."""
    assert sightings or not truth["entries"], f"{at} was not read"
    counted = truth["entries"] == len(sightings)

    def found(expected: dict[str, Any]) -> Sighting | None:
        # Of a malformed document the oracle's parser saw less than ours, so that its numbers do not fit.
        for item in decision.announce:
            if item.position == expected["index"] if counted else item.title == expected["title"]:
                return item
        return None

    for each in truth["ambiguous"]:
        if "either" in each:
            either[each["either"]] += found(each) is not None
    allowed = [found(each) for each in (*truth["new"], *truth["ambiguous"])]
    score.new += len(truth["new"])
    score.pushed += len(decision.announce)
    score.missed += [(*at, each["title"]) for each in truth["new"] if found(each) is None]
    score.wrong += [(*at, item.title) for item in decision.announce if item not in allowed]
    score.held += [(*at, item.title) for item in decision.held]
    score.floods += [at] if len(truth["new"]) > max(3, 0.3 * len(sightings)) else []
    score.braked += [at] if decision.flood else []
