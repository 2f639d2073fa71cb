"""Identity against made-up pasts, one practice of blogs each: no real post missed, nothing else announced.

The oracle is the script of each past. Every document is written, parsed and decided as in earnest, once with a clock
that goes with the blog and once long after, as when a whole past is lived through in an afternoon.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from bot.core.models import Sighting
from bot.sources import fields
from tests.emulators.generator import Blog
from tests.emulators.histories import Reader
from tests.emulators.pasts import Past, stray
from tests.emulators.posts import Posts
from tests.emulators.repeating_pasts import PASTS
from tests.emulators.sketches import Sketches

AFTERWARDS = datetime(2026, 11, 1, tzinfo=UTC)
SKETCHES = Sketches()
FORMS = ("rss", "atom", "json", "rdf")
WORDS = ("full", "short", "framed", "restless")


@pytest.fixture(autouse=True, scope="module")
def _texts_are_read_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fields, "document", cache(fields.document))
        yield


@dataclass(frozen=True, slots=True)
class Seen:
    """One look: what the document shows, the posts that are new in it, and when that was."""

    sightings: tuple[Sighting, ...]
    numbers: list[int]
    new: list[int]
    at: datetime


def looks(tell: Past, blog: Blog) -> Iterator[Seen]:
    """Let a past go by."""
    reader, newest = Reader(SKETCHES), None
    for _ in tell(blog):
        body, numbers = blog.build()
        new = {number for number in numbers if newest is not None and number > newest}
        newest = max([newest or 0, *numbers])
        yield Seen(tuple(reader.read(body)), numbers, sorted(new), blog.now)


def wrong(seen: Sequence[Seen], *, afterwards: bool) -> list[str]:
    """Decide about each look; say where anything but the new posts was announced."""
    posts, found = Posts(), []
    for step, look in enumerate(seen, 1):
        now = AFTERWARDS + timedelta(minutes=step) if afterwards else look.at + timedelta(minutes=5)
        decision = posts.look(look.sightings, now)
        announced = sorted(look.numbers[each.position] for each in decision.announce)
        held = [look.numbers[each.position] for each in decision.held]
        if announced != look.new or held:
            found.append(f"look {step}: announced {announced}, held {held}, new are {look.new}")
    return found


@pytest.mark.parametrize("name", PASTS)
def test_each_practice(name: str) -> None:
    """Each practice of blogs, in one of the formats and manners of writing: exactly the new posts are announced."""
    number = list(PASTS).index(name)
    blog = Blog(seed=number, form=FORMS[number % 4], words=WORDS[number // 4 % 4])
    seen = list(looks(PASTS[name], blog))
    assert any(look.new for look in seen)
    assert wrong(seen, afterwards=False) == wrong(seen, afterwards=True) == []


@pytest.mark.parametrize("seed", range(8))
def test_practices_mixed(seed: int) -> None:
    """Posts, edits and changes of the generator in any order, one or two at a time."""
    seen = list(looks(stray, Blog(seed=seed)))
    assert wrong(seen, afterwards=False) == wrong(seen, afterwards=True) == []
