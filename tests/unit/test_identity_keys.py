"""The keys by which a post is recognised."""

from __future__ import annotations

import re
import unicodedata
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.identity import keys_of, lookup
from bot.core.keys import canonical, folded, guid_key, letters, sketch, slug, text_of, title_key
from bot.core.models import Sighting
from bot.reading.doc import CodeBlock, Doc, Image, Link, Listing, Math, Paragraph, Text, paragraph

LONG = "Probability flow and score matching, told once more from the start and without a single stochastic integral."


@pytest.mark.parametrize(
    "link",
    [
        "https://blog.example/posts/a/",
        "http://blog.example/posts/a",
        "HTTPS://WWW.Blog.Example:443/posts/a/?utm_source=rss&fbclid=1",
        "https://user:pass@blog.example./posts/a/index.html#comments",
        "//blog.example/posts/%61",
    ],
)
def test_one_page_has_one_link(link: str) -> None:
    """Scheme, case, default port, user, tracking, fragment, index page and percent-encoding do not tell pages apart."""
    assert canonical(link) == "//blog.example/posts/a"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/x", "https://b.example/x"),
        ("https://a.example/x", "https://a.example/X"),
        ("https://a.example/?p=1", "https://a.example/?p=2"),
        ("https://a.example/#/one", "https://a.example/#/two"),
        ("https://a.example:8080/x", "https://a.example/x"),
    ],
)
def test_other_pages_have_other_links(one: str, other: str) -> None:
    """Host, path with its case, telling parameters, routes in fragments and ports do tell pages apart."""
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("link", [None, "", "https://a.example/", "mailto:a@a.example", "/relative", "http://[", "//"])
def test_what_names_no_page_is_no_key(link: str | None) -> None:
    """A front page, another scheme, a relative or a broken address recognise nothing."""
    assert canonical(link) is None


# fmt: off
_LINKS = st.lists(st.sampled_from([
    "http://", "https://", "HTTP://", "//", "www.", "a", "blog.example", "user@", ":80", ":8080", "/", "/index", "?p=1",
    "/index.html", "/default.php", ".", "%61", "%2F", "é", "_", "~x", "-y", "B", "?ref=x", "#c", "#/r", "\n", "[", " ",
]), max_size=8).map("".join)
_PIECES = st.lists(st.sampled_from([
    "a", "B", "7", "-", "_", ".", "~", "/", "index.", "default.", "html", "www.",
]), max_size=8).map("".join)
# fmt: on


@example("https://www.-x/a")
@example("https://www..x/a")
@example("https://www.www.x/a")
@given(_LINKS | st.builds("http{}://{}/{}".format, st.sampled_from(("", "s")), _PIECES, _PIECES))
def test_the_quick_way_to_a_links_key_is_the_thorough_one(link: str) -> None:
    """Of whatever pieces a link is made."""
    assert canonical(link) == folded(link)


def test_real_links_have_the_same_key_by_both_ways(real_feeds: Path) -> None:
    """And most of them take the quick one."""
    links = set[str]()
    for file in islice(sorted((real_feeds / "snapshots").iterdir()), 0, None, 4):
        links.update(re.findall(r"https?://[^\s\"'<>\]]+", file.read_text(encoding="utf-8", errors="replace")))
    assert len(links) > 1000
    assert [link for link in links if canonical(link) != folded(link)] == []


def test_a_guid_is_opaque_but_for_its_scheme() -> None:
    """Case and query of a guid count; http turns to https with its blog."""
    assert guid_key(" http://a.example/?p=3 ") == guid_key("https://a.example/?p=3")
    assert guid_key("tag:A") != guid_key("tag:a")
    assert guid_key("  ") is guid_key(None) is None


def test_titles_fold_their_typography() -> None:
    """Case, blanks, width and punctuation change with the engine; a title without letters stays as it is."""
    assert title_key("“Flow”  Matching：一") == title_key('"flow" matching: 一')
    assert title_key("…") != title_key("?")


def test_a_slug_survives_a_move() -> None:
    """The last piece of an address is the same under another host, scheme of dates or ending."""
    assert slug("//a.example/2019/05/Notes.html") == slug("//b.example/posts/notes") == "notes"
    assert slug("//a.example?p=3") == ""


def test_a_text_is_its_letters() -> None:
    """Text, code and formulas count in their order; pictures, addresses and typography do not."""
    blocks = (
        Paragraph((Text("See "), Link("https://a.example", (Text("this,"),)), Math("x_t"))),
        Listing(None, ((CodeBlock("Run()", "python"),),)),
        Image("https://a.example/p.png", "alt"),
    )
    assert text_of(Doc(blocks)) == "seethisxtrun"


MARKS = "".join(map(chr, range(0xFF01, 0xFF60))) + "ab9_ <=>'`~,é汉，。\u0300\u0338\u3099ｶﾞ①½…ſΣς"


@given(st.text(st.sampled_from(MARKS) | st.characters()))
def test_letters_are_what_is_left_of_the_compatible_form(text: str) -> None:
    """Whatever punctuation, and whatever joins with it: what takes it out first must not be seen."""
    assert letters(text) == re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def test_a_fingerprint_needs_some_text() -> None:
    """A protected post's notice or a teaser of a line has no fingerprint, but a gist."""
    short = keys_of(Sighting(doc=Doc((paragraph("This content is password protected."),))))
    assert short.print is None
    assert len(short.gist) == 64
    full = keys_of(Sighting(doc=Doc((paragraph(LONG),))))
    assert full.print == keys_of(Sighting(summary=Doc((paragraph(LONG.upper() + "!!"),)))).print
    assert full.print is not None


def test_a_sketch_that_came_along_is_used() -> None:
    """What the source sketched is not sketched again; what is no sketch is ignored."""
    doc = Doc((paragraph(LONG),))
    made = keys_of(Sighting(doc=doc))
    assert keys_of(Sighting(sketch=sketch(doc, Doc()))) == made
    assert keys_of(Sighting(doc=doc, sketch="x" * 5000)) == made


def test_lookup_names_every_key_once() -> None:
    """The store is asked for guids, links, fingerprints and titles, all short."""
    item = Sighting(
        guid="g" * 500, link="https://a.example/" + "字" * 300, title="T" * 900, doc=Doc((paragraph(LONG),))
    )
    pairs = lookup([item, item, Sighting(title="Other")])
    assert [kind for kind, _ in pairs] == ["guid", "link", "print", "title", "title"]
    assert all(0 < len(value) <= 200 for _, value in pairs)
