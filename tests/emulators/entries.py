"""Entries of an honest blog, and looks at its feed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from bot.core.identity import Decision
from bot.core.keys import sketch
from bot.core.models import Sighting
from bot.reading.doc import Doc, paragraph
from tests.emulators.posts import Posts

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
WORDS = [
    "flow",
    "matching",
    "score",
    "noise",
    "kernel",
    "lemma",
    "bound",
    "token",
    "loss",
    "扩散",
    "模型",
    "流",
    "匹配",
    "采样",
]


@cache
def text(number: int, words: int = 80) -> str:
    """Write a text of its own for a number."""
    own = random.Random(number)
    return " ".join(own.choice(WORDS) + str(own.randrange(30)) for _ in range(words))


@cache
def post(number: int, *, dated: bool = True) -> Sighting:
    """Make the entry of an honest blog's post: the higher the number, the newer it is."""
    made = Sighting(
        guid=f"tag:blog.example,2026:{number}",
        link=f"https://blog.example/posts/{number}-note/",
        title=f"Note {number} on {WORDS[number % len(WORDS)]}",
        doc=Doc((paragraph(text(number)),)),
        published=NOW - timedelta(days=400 - number, seconds=number) if dated else None,
    )
    return replace(made, sketch=sketch(made.doc, made.summary))


def document(numbers: list[int], *, dated: bool = True) -> list[Sighting]:
    """Make a document, newest at the top."""
    return placed([post(number, dated=dated) for number in sorted(numbers, reverse=True)])


def placed(sightings: list[Sighting]) -> list[Sighting]:
    """Give the entries their places from the top."""
    return [replace(item, position=place) for place, item in enumerate(sightings)]


def silent(decision: Decision) -> bool:
    """Tell whether nothing is pushed or held."""
    return not (decision.announce or decision.held or decision.joined or decision.flood or decision.rekeyed)


def doc(words: str) -> Doc:
    """Make a text of one paragraph."""
    return Doc((paragraph(words),))


def after(before: Sequence[Sighting], *looks: Sequence[Sighting]) -> Decision:
    """Give the decision about the last of some documents, the first of which is the baseline."""
    posts = Posts()
    posts.look(placed(list(before)), NOW)
    decision = Decision()
    for number, look in enumerate(looks, 1):
        decision = posts.look(placed(list(look)), NOW + timedelta(hours=number))
    return decision


def titles(sightings: Sequence[Sighting]) -> list[str]:
    """Name entries."""
    return [item.title for item in sightings]


OLD = document(list(range(1, 11)))
NEW = replace(post(50), title="A new post")
