"""Documents with more entries than are read: what is new is read at whichever end it stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.sources.document import Parsed
from bot.sources.excess import ENTRIES
from bot.sources.feed import parse

START = datetime(2020, 1, 1, tzinfo=UTC)
MORE = ENTRIES + 250
Make = Callable[[list[int]], bytes]


def _when(number: int) -> datetime:
    return START + timedelta(days=number)


def _rss(numbers: list[int], end: str = "</channel></rss>") -> bytes:
    items = "".join(
        f"<item><guid>{number}</guid><pubDate>{format_datetime(_when(number))}</pubDate><title>T{number}</title></item>"
        for number in numbers
    )
    return f"<rss version='2.0'><channel><title>Blog</title>{items}{end}".encode()


def _damaged(numbers: list[int]) -> bytes:
    return _rss(numbers, "<oops></channel></rss>")


def _atom(numbers: list[int]) -> bytes:
    entries = "".join(
        f"<entry><id>{number}</id><updated>{_when(number).isoformat()}</updated><title>T{number}</title></entry>"
        for number in numbers
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Blog</title>{entries}</feed>".encode()


def _json(numbers: list[int]) -> bytes:
    items = [{"id": str(number), "date_published": _when(number).isoformat()} | {"title": "T"} for number in numbers]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Blog", "items": items}).encode()


def seen(document: bytes, known: frozenset[str] = frozenset()) -> Parsed:
    """Read a document."""
    found = parse(document, url="https://blog.example/feed", known=known)
    assert isinstance(found, Parsed)
    return found


@pytest.mark.parametrize("make", [_rss, _damaged, _atom, _json])
@pytest.mark.parametrize("rising", [False, True])
def test_the_newest_thousand_are_read(make: Make, *, rising: bool) -> None:
    """Wherever a blog adds its posts, also where the newest one stands alone at the other end, as a pinned one does."""
    numbers = [*range(MORE)] if rising else [*range(MORE)][::-1]
    kept = numbers[-ENTRIES:] if rising else numbers[:ENTRIES]
    assert [each.guid for each in seen(make(numbers)).sightings] == [str(number) for number in kept]
    pinned = [MORE + 1, *numbers] if rising else [*numbers, MORE + 1]
    assert str(MORE - 1) in {each.guid for each in seen(make(pinned)).sightings}


@pytest.mark.parametrize("make", [_rss, _atom, _json])
def test_a_new_one_below_more_than_a_thousand_is_read_alone(make: Make) -> None:
    """The slices of the others are known; the one that made room for it is not missed."""
    before = seen(make([*range(MORE)]))
    after = seen(make([*range(MORE + 1)]), frozenset(each.slice for each in before.sightings))
    assert [each.guid for each in after.sightings] == [str(MORE)]
    assert len(after.known) == ENTRIES - 1


def test_undated_ones_are_read_from_the_top() -> None:
    """As every generator lists them that says nothing of time."""
    items = "".join(f"<item><guid>{number}</guid></item>" for number in range(MORE))
    document = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()
    assert [each.guid for each in seen(document).sightings] == [str(number) for number in range(ENTRIES)]


def test_when_posts_were_touched_does_not_tell_which_end_is_new() -> None:
    """Saving all posts again, the newest first, makes the oldest one the last that was changed."""
    entries = "".join(
        f"<entry><id>{number}</id><updated>{_when(2 * MORE - number).isoformat()}</updated>"
        f"<published>{_when(number).isoformat()}</published><title>T{number}</title></entry>"
        for number in reversed(range(MORE))
    )
    found = seen(f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Blog</title>{entries}</feed>".encode())
    assert found.sightings[0].guid == str(MORE - 1)
