"""Listing pages: cards by selectors or by how they repeat, next pages, and real pages beside their feeds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.keys import title_key
from bot.core.models import RECOGNISED, FeedKind, Selectors, Sighting
from bot.reading.text import plain
from bot.sources.document import Parsed, Unreadable
from bot.sources.feed import parse
from bot.sources.page import parse_page

HOME = "https://blog.example/"


def page(cards: str, *, head: str = "", tail: str = "") -> str:
    """Write a page with a menu, some cards and a sidebar."""
    return (
        f'<!doctype html><html lang="en"><head><title>A blog</title>{head}</head><body><header><nav><ul>'
        '<li><a href="/">Home</a></li><li><a href="/about/">About</a></li><li><a href="/tags/">Tags</a></li></ul></nav>'
        f'</header><main>{cards}</main><aside class="sidebar"><h3><a href="/popular-one/">Popular one</a></h3>'
        f'<h3><a href="/popular-two/">Popular two</a></h3><h3><a href="/popular-three/">Popular three</a></h3></aside>'
        f'{tail}<footer><a href="/imprint/">Imprint</a></footer></body></html>'
    )


def card(number: int) -> str:
    """Write a card as many themes do."""
    return (
        f'<article class="post post-{number}"><a href="/p/{number}/"><img src="/i/{number}.png"></a>'
        f'<h2 class="entry-title"><a href="/p/{number}/">Post number {number}</a></h2>'
        f'<div class="meta"><time datetime="2026-01-{number:02}T08:00:00+00:00">long ago</time> in '
        f'<a rel="tag" href="/tag/maths/">Maths</a></div><p>What post {number} says: \\(x_{number}\\).</p>'
        f'<a class="more" href="/p/{number}/">Read more</a></article>'
    )


def read(html: str, selectors: Selectors = RECOGNISED, url: str = HOME) -> Parsed:
    """Read a page that is one."""
    found = parse_page(html, url, selectors)
    assert isinstance(found, Parsed), found
    return found


def test_cards_are_recognised_with_all_they_say() -> None:
    """Title, link, excerpt without buttons, date, tags and picture come from each repeated card; menus do not."""
    found = read(page("".join(map(card, (3, 2, 1)))))
    assert [each.link for each in found.sightings] == [f"{HOME}p/{number}/" for number in (3, 2, 1)]
    first = found.sightings[0]
    assert first.title == "Post number 3"
    assert plain(first.doc) == "What post 3 says: x₃."
    assert first.published == datetime(2026, 1, 3, 8, tzinfo=UTC)
    assert first.tags == ("Maths",)
    assert first.image == f"{HOME}i/3.png"
    assert (found.title, found.language) == ("A blog", "en")


@pytest.mark.parametrize(
    "cards",
    [
        # A link laid over a card that has its title elsewhere.
        "".join(
            f'<article><header><h2>Post {n}</h2></header><p>Text {n}.</p>'
            f'<a aria-label="to it" href="/p/{n}/"></a></article>'
            for n in (3, 2, 1)
        ),
        # The whole card is the link, with a date before the title.
        "".join(
            f'<a class="card" href="/p/{n}/"><time>January 0{n} 2026</time><span>Post {n}</span></a>' for n in (3, 2, 1)
        ),
        # A bare list.
        "<ul>" + "".join(f'<li>2026-01-0{n} <a href="/p/{n}/">Post {n}</a></li>' for n in (3, 2, 1)) + "</ul>",
        # Headings with what follows them, and no elements around.
        "".join(f'<h3><a href="/p/{n}/">Post {n}</a></h3><p>Text {n}.</p>' for n in (3, 2, 1)),
        # A table.
        "<table>" + "".join(f'<tr><td>2026/1/{n}</td><td><a href="/p/{n}/">Post {n}</a></td></tr>' for n in (3, 2, 1))
        + "</table>",
    ],
)  # fmt: skip
def test_cards_of_many_shapes(cards: str) -> None:
    """However a theme builds its list, every post is found once, under its title."""
    found = read(page(cards))
    assert [(each.title, each.link) for each in found.sightings] == [(f"Post {n}", f"{HOME}p/{n}/") for n in (3, 2, 1)]


def test_selectors_lead_where_they_are_given() -> None:
    """An operator's selectors decide what is a card and what is in it, whatever else repeats."""
    rows = "".join(
        '<div class="row"><a href="/by/me">me</a>'
        f'<p class="t">Title {n}</p><p class="when">2026-02-0{n}</p><p class="x">Excerpt {n}</p>'
        f'<span class="k">Key {n}</span><a class="go" href="/r/{n}">go</a></div>'
        for n in (2, 1)
    )
    html = page("".join(map(card, (3, 2, 1))) + rows + '<a id="older" href="/older/">x</a>')
    given = Selectors(".row", ".t", "a.go", ".x", ".when", ".k", "#older")
    found = read(html, given)
    first = found.sightings[0]
    assert (first.title, first.link, plain(first.doc), first.tags) == ("Title 2", f"{HOME}r/2", "Excerpt 2", ("Key 2",))
    assert first.published == datetime(2026, 2, 2, tzinfo=UTC)
    assert found.next_page == f"{HOME}older/"


@pytest.mark.parametrize(
    ("tail", "url", "expected"),
    [
        ('<a rel="next" href="/page/2/">x</a>', HOME, "page/2/"),
        ('<nav class="pager"><a href="/page/2/">Older posts</a></nav>', HOME, "page/2/"),
        ('<nav><a href="/page/2/">下一页</a></nav>', HOME, "page/2/"),
        ('<nav><span>1</span> <a href="/page/2/">2</a> <a href="/page/9/">9</a></nav>', HOME, "page/2/"),
        ('<nav><a href="/page/1/">1</a> <a href="/page/3/">3</a></nav>', HOME + "page/2/", "page/3/"),
        ('<nav><a href="/?paged=2">2</a></nav>', HOME, "?paged=2"),
        ('<nav><a href="/page/1/">Newer posts</a></nav>', HOME + "page/2/", None),
        ('<a rel="next" href="https://elsewhere.example/page/2/">next</a>', HOME, None),
        ("", HOME, None),
    ],
)
def test_the_next_page(tail: str, url: str, expected: str | None) -> None:
    """A pager's next page is found by its relation, its words or its number, on the same host only."""
    assert read(page("".join(map(card, (2, 1))), tail=tail), url=url).next_page == (HOME + expected if expected else "")


def test_a_page_without_cards_is_trouble() -> None:
    """Nothing that repeats, or nothing that a selector finds, is a changed layout and never an empty blog."""
    for html, selectors in ((page("<p>We moved."), RECOGNISED), (page(card(1)), Selectors(card=".gone"))):
        found = parse_page(html, HOME, selectors)
        assert isinstance(found, Unreadable)
        assert found.name == "no_entries"


def test_known_cards_are_named_only() -> None:
    """Of a card whose HTML is known nothing is read but its place."""
    html = page("".join(map(card, (3, 2, 1))))
    names = [each.slice for each in read(html).sightings]
    found = parse_page(html, HOME, RECOGNISED, frozenset(names[1:]))
    assert isinstance(found, Parsed)
    assert [each.title for each in found.sightings] == ["Post number 3"]
    assert found.known == ((1, names[1]), (2, names[2]))


def test_the_kind_decides_what_a_page_is() -> None:
    """A page is read as a listing where that is wished; with "auto" only if it names no feed, with "feed" never."""
    plain_page = page("".join(map(card, (2, 1)))).encode()
    naming = page(card(2) + card(1), head='<link rel="alternate" type="application/rss+xml" href="/rss">').encode()
    answers = {
        (name, kind): isinstance(parse(body, "text/html", HOME, kind=kind), Parsed)
        for name, body in (("plain", plain_page), ("naming", naming))
        for kind in FeedKind
    }
    assert {key for key, listing in answers.items() if listing} == {
        ("plain", FeedKind.AUTO), ("plain", FeedKind.PAGE), ("naming", FeedKind.PAGE)
    }  # fmt: skip
    refused = parse(naming, "text/html", HOME, kind=FeedKind.AUTO)
    assert isinstance(refused, Unreadable)
    assert refused.feeds == (f"{HOME}rss",)


def test_real_pages_show_what_their_feeds_show(real_feeds: Path) -> None:
    """On the front pages of thirteen real blogs, of ten generators, the feed's posts are found with their titles."""
    wanted = found = titled = 0
    for folder in sorted((real_feeds / "pages").iterdir()):
        meta = json.loads((folder / "meta.json").read_text("utf-8"))
        site = ("https://blog.example" if meta["site"].startswith("/") else "") + meta["site"].rstrip("/") + "/"
        feed = parse((folder / "feed.xml").read_bytes(), "", site)
        listing = parse_page((folder / "index.html").read_text("utf-8", "replace"), site, RECOGNISED)
        assert isinstance(feed, Parsed)
        assert isinstance(listing, Parsed), folder.name
        cards = {_slug(each): each for each in listing.sightings}
        shown = [each for each in feed.sightings[:10] if _slug(each) in cards]
        wanted += meta["top10_feed_links_on_index"]
        found += len(shown)
        titled += sum(title_key(each.title) == title_key(cards[_slug(each)].title) for each in shown)
        assert listing.next_page or not meta["page2"], folder.name
    assert wanted > 100
    assert found >= 0.99 * wanted
    assert titled >= 0.99 * wanted


def _slug(sighting: Sighting) -> str:
    path = unquote(urlsplit(sighting.link or "").path).rstrip("/").removesuffix("/index.html").removesuffix(".html")
    return path.rpartition("/")[2].lower()


TAGS = st.sampled_from(["div", "a", "h2", "article", "ul", "li", "span", "p", "time", "table", "tr", "nav"])
PIECES = st.one_of(
    TAGS.map(lambda tag: f'<{tag} class="post-title date tag next" href="/p/1?page=2">'),
    TAGS.map(lambda tag: f"</{tag}>"),
    st.sampled_from(
        ["<a href='//['>", "<base href='http://['>", "2026-13-45", "next", "\\(x<y\\)", "<!--", "<![CDATA["]
    ),
    st.text(max_size=12),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=60))
def test_no_page_raises(pieces: list[str]) -> None:
    """Whatever a page is made of, reading it gives entries or a reason."""
    found = parse_page("<html><body>" + "".join(pieces), HOME, RECOGNISED)
    assert isinstance(found, Parsed | Unreadable)
