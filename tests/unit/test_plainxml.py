"""The plain way to read a feed: it says what feedparser says, or nothing. Real feeds, and what generators write."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.sources.charset import UndecodableError, decode
from bot.sources.slices import cut
from bot.sources.xmlfeed import _bare
from tests.emulators.generator import Blog
from tests.emulators.generators import GENERATORS
from tests.emulators.twoways import URL, both_ways


@pytest.mark.parametrize("name", GENERATORS)
def test_what_generators_write_is_plain(name: str) -> None:
    """What the usual ones write is read the plain way, and as feedparser reads it."""
    both = both_ways(GENERATORS[name].encode())
    assert both.plain is not None
    assert both.plain == both.other
    (entry,) = both.plain.sightings
    assert both.plain.title in {"Notes – a blog", "札记", "Notes"}
    assert both.plain.home.startswith("https://blog.example")
    assert all((entry.title, entry.guid, entry.link, entry.doc))
    assert entry.published in {datetime(2026, 1, 2, 20, tzinfo=UTC), datetime(2026, 1, 3, 4, tzinfo=UTC)}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("form", ["rss", "atom"])
def test_made_up_blogs_are_plain(form: str, seed: int) -> None:
    """Whatever habits they have."""
    habits = ("link", "tag", "number", "title"), ("own", "updated", ""), ("full", "short", "none", "framed")
    guid, dates, words = (each[seed % len(each)] for each in habits)
    blog = Blog(seed=seed, form=form, guid=guid, dates=dates, words=words)
    blog.publish(4)
    blog.edit(2, updated=blog.now)
    both = both_ways(_bare(blog.build()[0]))
    assert both.plain is not None
    assert both.plain == both.other


def document_of(file: Path) -> bytes | None:
    """Give a file as it is read; None for what is no text."""
    try:
        return _bare(decode(file.read_bytes(), "").lstrip("\ufeff \t\r\n\0").encode("utf-8", "replace"))
    except UndecodableError:
        return None


def parts_of(document: bytes, step: int) -> list[bytes]:
    """Give a feed with a single entry each time; nothing for what cannot be cut."""
    sliced = cut(document, URL)
    names = frozenset(sliced.hashes) if sliced else frozenset()
    return [sliced.without(names - {name})[0] for name in sliced.hashes[::step]] if sliced else []


@pytest.mark.parametrize("share", range(4))
def test_real_feeds_are_read_alike(share: int, real_feeds: Path) -> None:
    """Whole, and each entry on its own as the reading process gets it; most are plain."""
    files = sorted((real_feeds / "snapshots").iterdir())[share::4]
    read = list[bool]()
    for file in files:
        document = document_of(file) or b""
        for each in (*parts_of(document, 1), *([document] if len(document) < 100_000 else [])):
            both = both_ways(each)
            assert both.plain == both.other, file.name
            read.append(both.plain is not None)
    assert sum(read) > 0.6 * len(read) > 10


def test_a_history_is_read_alike(real_feeds: Path) -> None:
    """The entries of some states of each history."""
    for folder in sorted((real_feeds / "history").iterdir()):
        for state in sorted(folder.glob("0*"))[::60]:
            for each in parts_of(document_of(state) or b"", 9):
                both = both_ways(each)
                assert both.plain == both.other, state


def test_the_suite_of_another_reader_is_read_alike(shared: Path) -> None:
    """Each of its documents is about something unusual."""
    files = sorted((shared / "suites" / "gofeed" / "testdata").rglob("*.xml"))
    if not files:
        pytest.skip("no suite: ../shared/suites/gofeed is not there")
    read = list[bool]()
    for file in files:
        both = both_ways(document_of(file) or b"")
        assert both.plain == both.other, file.name
        read.append(both.plain is not None)
    assert any(read)
