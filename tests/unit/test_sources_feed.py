"""Bytes to entries, in this process: what the reading process does with a document."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models import Sighting
from bot.reading.doc import Doc, Math, MathBlock, Paragraph
from bot.reading.text import plain
from bot.sources.document import Parsed, Unreadable, entry, head, read_entry, read_head
from bot.sources.excess import ENTRIES
from bot.sources.feed import parse

HOME = "https://blog.example.org"
URL = f"{HOME}/feed.xml"


def rss(items: str = "", channel: str = "", attributes: str = "") -> bytes:
    """Make an RSS document."""
    return f'<rss version="2.0" {attributes}><channel><title>Blog</title>{channel}{items}</channel></rss>'.encode()


def atom(entries: str = "", feed: str = "") -> bytes:
    """Make an Atom document."""
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title>{feed}{entries}</feed>'.encode()


def read(body: bytes, url: str = URL) -> Parsed:
    """Read what is a feed."""
    found = parse(body, "", url)
    assert isinstance(found, Parsed), found
    return found


def only(body: bytes, url: str = URL) -> Sighting:
    """Read a feed's only entry."""
    (sighting,) = read(body, url).sightings
    return sighting


def refused(body: bytes) -> Unreadable:
    """Read what is no feed."""
    found = parse(body, "", URL)
    assert isinstance(found, Unreadable), found
    return found


def test_an_rss_item() -> None:
    """Every field of an RSS 2.0 item finds its place."""
    item = """<item><title>从加噪看 Flow</title><link>/posts/1?utm_source=rss</link><guid isPermaLink="false">p-1</guid>
        <pubDate>Sat, 24 Jan 2026 09:30:00 +0800</pubDate><category>扩散模型</category><category>AI</category>
        <author>ann@example.org (Ann)</author><description>short</description>
        <content:encoded><![CDATA[<p>A longer text.</p><img src="a.png">]]></content:encoded></item>"""
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    found = only(rss(item, f"<link>{HOME}/</link><language>zh-CN</language>", space))
    assert (found.guid, found.link, found.title) == ("p-1", f"{HOME}/posts/1", "从加噪看 Flow")
    assert found.published == datetime(2026, 1, 24, 1, 30, tzinfo=UTC)
    assert (found.tags, found.authors, found.language) == (("扩散模型", "AI"), ("Ann",), "zh-CN")
    assert plain(found.doc).startswith("A longer text.")
    assert plain(found.summary) == "short"
    assert found.image == f"{HOME}/posts/a.png"


def test_an_atom_entry() -> None:
    """Every field of an Atom entry finds its place; its text is on the base that it names."""
    entries = """<entry><id>tag:example.org,2026:1</id>
        <title type="html">A &amp;lt;b&amp;gt; &lt;i&gt;tale&lt;/i&gt;</title>
        <link rel="replies" href="/1/comments"/><link href="/1"/><updated>2026-01-25T00:00:00Z</updated>
        <published>2026-01-24T00:00:00Z</published><category term="ml" label="Machine learning"/>
        <author><name>Ann</name></author><author><name>Ben</name></author>
        <content type="html" xml:base="https://cdn.example.org/x/">
        &lt;p&gt;See &lt;a href="y"&gt;this&lt;/a&gt;&lt;/p&gt;</content>
        <summary>short</summary></entry>"""
    found = only(atom(entries, f'<link rel="self" href="{URL}"/><link href="{HOME}/"/>'))
    assert (found.guid, found.link, found.title) == ("tag:example.org,2026:1", f"{HOME}/1", "A <b> tale")
    assert (found.published, found.updated) == (datetime(2026, 1, 24, tzinfo=UTC), datetime(2026, 1, 25, tzinfo=UTC))
    assert (found.tags, found.authors) == (("Machine learning",), ("Ann", "Ben"))
    assert "https://cdn.example.org/x/y" in str(found.doc)


def test_a_json_feed() -> None:
    """Every field of a JSON Feed item finds its place, also an id that is a number."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Blog",
        "home_page_url": f"{HOME}/",
        "language": "en",
        "authors": [{"name": "Ann"}],
        "items": [
            {
                "id": 7,
                "url": "/7",
                "title": "Seven <7>",
                "content_html": "<p>Hello <b>you</b>, at length</p>",
                "summary": "Hello",
                "image": "/7.png",
                "date_published": "2026-01-24T09:30:00+08:00",
                "tags": ["a", "a", 3, " b "],
            }
        ],
    }
    found = only(json.dumps(feed).encode())
    assert (found.guid, found.link, found.title) == ("7", f"{HOME}/7", "Seven <7>")
    assert (plain(found.doc), plain(found.summary)) == ("Hello you, at length", "Hello")
    assert found.published == datetime(2026, 1, 24, 1, 30, tzinfo=UTC)
    assert (found.tags, found.authors, found.image) == (("a", "b"), ("Ann",), f"{HOME}/7.png")


ITEM = f"<title>加噪 and noise</title><link>{HOME}/1</link><description>A short text.</description>"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


@pytest.mark.parametrize("kind", ["json", "rss"])
def test_what_cannot_be_seen_stands_in_no_title_tag_or_name(kind: str) -> None:
    """Control characters, direction overrides and heaps of marks would steer a terminal or turn a message round."""
    bad = "\u202eGood\x1b[2J\u200b\r\n title" + "\u0301" * 500 if kind == "json" else "\u202eGood\u200b[2J\n title"
    item = {"id": "1\u202e\x9b", "title": bad, "tags": [bad], "authors": [{"name": bad}]}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": bad, "items": [item]}
    text = f"<title>{bad}</title><category>{bad}</category><author>{bad}</author>"
    found = read(json.dumps(feed).encode() if kind == "json" else rss(f"<item><guid>1</guid>{text}</item>"))
    (post,) = found.sightings
    said = [*([found.title] if kind == "json" else ()), post.title, *post.tags, *post.authors]
    assert {each.rstrip("\u0301") for each in said if each} == {"Good[2J title"}
    assert max(map(len, said)) < 30
    assert post.guid == "1"


KINDS = {
    "RSS 0.90": f"""<rdf:RDF xmlns:rdf="{RDF}" xmlns="http://my.netscape.com/rdf/simple/0.9/">
        <channel><title>Blog</title><link>{HOME}/</link></channel><item>{ITEM}</item></rdf:RDF>""",
    "RSS 0.91": f"""<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"
        "http://my.netscape.com/publish/formats/rss-0.91.dtd">
        <rss version="0.91"><channel><title>Blog</title><link>{HOME}/</link><item>{ITEM}</item></channel></rss>""",
    "RSS 0.92": f"""<rss version="0.92"><channel><title>Blog</title><item>{ITEM}
        <category domain="http://tags.example/">ML</category></item></channel></rss>""",
    "RSS 0.93": f"""<rss version="0.93"><channel><title>Blog</title><item>{ITEM}
        <pubDate>Sat, 24 Jan 2026 09:30:00 +0800</pubDate></item></channel></rss>""",
    "RSS 0.94": f"""<rss version="0.94"><channel><title>Blog</title><item>{ITEM}
        <guid>{HOME}/1</guid><pubDate>Sat, 24 Jan 2026 09:30:00 +0800</pubDate></item></channel></rss>""",
    "RSS 1.0": f"""<rdf:RDF xmlns:rdf="{RDF}" xmlns="http://purl.org/rss/1.0/">
        <channel rdf:about="{HOME}/"><title>Blog</title><items><rdf:Seq><rdf:li resource="{HOME}/1"/></rdf:Seq></items>
        </channel><item rdf:about="{HOME}/1">{ITEM}</item></rdf:RDF>""",
    "RSS 2.0": f"""<rss version="2.0"><channel><title>Blog</title><item>{ITEM}</item></channel></rss>""",
    "Atom 0.3": f"""<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Blog</title><entry>
        <title>加噪 and noise</title><link rel="alternate" href="{HOME}/1"/><id>tag:e.example,2026:1</id>
        <issued>2026-01-24T01:30:00Z</issued><modified>2026-01-24T01:30:00Z</modified>
        <content type="text/html" mode="escaped">&lt;p&gt;A short text.&lt;/p&gt;</content></entry></feed>""",
    "Atom 1.0": f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title><entry><title>加噪 and noise</title>
        <link href="{HOME}/1"/><id>tag:e.example,2026:1</id><updated>2026-01-24T01:30:00Z</updated>
        <summary>A short text.</summary></entry></feed>""",
    "JSON Feed 1.0": f"""{{"version": "https://jsonfeed.org/version/1", "title": "Blog", "items": [{{"id": "1",
        "title": "加噪 and noise", "url": "{HOME}/1", "content_text": "A short text."}}]}}""",
    "JSON Feed 1.1": f"""{{"version": "https://jsonfeed.org/version/1.1", "title": "Blog", "items": [{{"id": "1",
        "title": "加噪 and noise", "url": "{HOME}/1", "content_html": "<p>A short text.</p>"}}]}}""",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_and_version_of_feed_is_read(kind: str) -> None:
    """Title, link and text of the post, and the blog's name; dates and categories where the version has them."""
    found = read(KINDS[kind].encode())
    assert found.title == "Blog"
    (post,) = found.sightings
    assert (post.title, post.link) == ("加噪 and noise", f"{HOME}/1")
    assert plain(post.doc or post.summary) == "A short text."
    dated = "2026-01-24T01:30" in KINDS[kind] or "pubDate" in KINDS[kind]
    assert post.published == (datetime(2026, 1, 24, 1, 30, tzinfo=UTC) if dated else None)
    assert post.tags == (("ML",) if "category" in KINDS[kind] else ())


def test_rdf_items_are_found_beside_their_channel() -> None:
    """RSS 1.0 keeps its items outside the channel."""
    body = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>B</title><link>{HOME}/</link></channel>
        <item rdf:about="{HOME}/1"><title>One</title><link>{HOME}/1</link><dc:date>2026-01-24T00:00:00Z</dc:date>
        <dc:subject>ML</dc:subject></item></rdf:RDF>"""
    found = only(body.encode())
    assert (found.title, found.link, found.tags) == ("One", f"{HOME}/1", ("ML",))
    assert found.published == datetime(2026, 1, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Plain &amp; simple", "Plain & simple"),
        ("&lt;b&gt;Bold&lt;/b&gt; move", "Bold move"),
        ("<![CDATA[Tom &amp; Jerry&#8217;s]]>", "Tom & Jerry’s"),
        ("std::vector&lt;int&gt;", "std::vector<int>"),
        ("If $x &lt; y$ then", "If x < y then"),
        (r"从 \(x_t\) 到 $O(n^2)$：注意力的 $\sqrt{d}$", "从 xₜ 到 O(n²)：注意力的 √d"),
        ("I earn $5 and you $6", "I earn $5 and you $6"),
        ("$HOME and $PATH in a shell", "$HOME and $PATH in a shell"),
        ("  two\n  lines ", "two lines"),
        ("x" * 2000, "x" * 500),
        ("", ""),
    ],
)
def test_titles_are_plain_text(title: str, expected: str) -> None:
    """Markup and entities in a title are resolved, what only looks like one stays, formulas can be read."""
    assert only(rss(f"<item><title>{title}</title><guid>1</guid></item>")).title == expected


def test_formulas_survive() -> None:
    """What stands in dollars reaches the Doc as a formula, also with a raw less-than sign inside."""
    doc = only(rss(r"<item><guid>1</guid><description><![CDATA[<p>设 $a<b$，\[x_1<y\]</p>]]></description></item>")).doc
    assert any(isinstance(block, MathBlock) for block in doc.blocks)
    lines = [block for block in doc.blocks if isinstance(block, Paragraph)]
    assert any(isinstance(inline, Math) for block in lines for inline in block.children)


def test_an_identifier_stays_as_it_is() -> None:
    """A relative identifier is no link to be resolved; one of absurd length is stood for by its hash."""
    assert only(atom("<entry><id>post-1</id><title>t</title></entry>")).guid == "post-1"
    long = only(rss(f"<item><guid>{'g' * 9000}</guid></item>")).guid
    assert long is not None
    assert len(long) < 100


def test_an_atom_identifier_is_no_link() -> None:
    """An Atom entry without a link has none, however its identifier looks; an RSS guid is a link by default."""
    assert only(atom(f"<entry><id>{HOME}/1</id><title>t</title></entry>")).link is None
    assert only(rss(f"<item><guid>{HOME}/1</guid></item>")).link == f"{HOME}/1"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "mailto:ann@example.org", "http://[bad", "x" * 3000])
def test_a_link_is_one_to_a_page(link: str) -> None:
    """Only http and https links of a sane length are links."""
    found = only(rss(f'<item><link>{link}</link><guid isPermaLink="false">1</guid></item>'))
    assert found.link is None or found.link.startswith("https://")


@pytest.mark.parametrize("date", ["", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "0000-00-00 00:00:00"])
def test_no_date_is_none(date: str) -> None:
    """A missing, nonsensical or zero date is no date."""
    assert only(rss(f"<item><guid>1</guid><pubDate>{date}</pubDate></item>")).published is None


def test_a_future_date_is_kept() -> None:
    """A date ahead is the blog's business: dates never decide what is new."""
    found = only(rss("<item><guid>1</guid><pubDate>Fri, 01 Jan 2049 00:00:00 GMT</pubDate></item>"))
    assert found.published == datetime(2049, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "extra",
    [
        '<media:content url="/i.png" medium="image"/>',
        '<media:thumbnail url="/i.png"/>',
        '<enclosure url="/i.png" type="image/png" length="9"/>',
        "<description>&lt;p&gt;x&lt;/p&gt;&lt;img src='/i.png'&gt;</description>",
    ],
)
def test_the_image_is_found_where_feeds_put_it(extra: str) -> None:
    """An entry's picture may be media, a thumbnail, an enclosure or the first one in its text."""
    body = rss(f"<item><guid>1</guid>{extra}</item>", f"<link>{HOME}/</link>")
    assert only(body).image == f"{HOME}/i.png"


def test_the_feeds_wishes() -> None:
    """The ttl comes as seconds; skipped hours and days as numbers, Monday being 0."""
    wishes = "<ttl>90</ttl><skipHours><hour>0</hour><hour>24</hour><hour>7</hour></skipHours>"
    found = read(rss("<item><guid>1</guid></item>", wishes + "<skipDays><day>Sunday</day></skipDays>"))
    assert (found.ttl, found.skip_hours, found.skip_days) == (5400.0, frozenset({0, 7}), frozenset({6}))
    assert read(rss()).ttl is None
    assert read(rss("", f"<ttl>{'9' * 5000}</ttl>")).ttl == 999_999 * 60.0


def test_a_feed_without_entries_is_a_feed() -> None:
    """An empty blog is well-formed."""
    assert read(rss()) == Parsed(title="Blog")
    assert read(b'{"version": "https://jsonfeed.org/version/1", "title": "Blog", "items": []}') == Parsed(title="Blog")


def test_undeclared_prefixes_are_understood() -> None:
    """A feed that uses dc: and content: without declaring them is read as it was meant."""
    item = "<item><guid>1</guid><dc:creator>Ann</dc:creator><content:encoded>text &amp; more</content:encoded></item>"
    found = only(rss(item))
    assert (found.authors, plain(found.doc)) == (("Ann",), "text & more")


@pytest.mark.parametrize(
    "damage",
    ["\x0b", "&nbsp;", "&unknown;", "<br>", "& "],
    ids=["control", "entity", "unknown entity", "open tag", "bare ampersand"],
)
def test_damaged_xml_is_read_as_far_as_it_goes(damage: str) -> None:
    """Common mistakes in XML cost neither the entry nor its neighbours."""
    items = f"<item><guid>1</guid><title>a{damage}b</title></item><item><guid>2</guid><title>c</title></item>"
    assert [sighting.guid for sighting in read(rss(items)).sightings] == ["1", "2"]


@pytest.mark.parametrize(
    "left",
    [
        b"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>x</title><entry><title>broken",
        b"<rss version='2.0'><channel><item",
        b"<rss version='2.0'><channel><title>Blog</title>",
    ],
)
def test_a_feed_that_breaks_off_before_any_entry_is_not_an_empty_one(left: bytes) -> None:
    """Half a document says so, where a blog without posts is well."""
    found = parse(left)
    assert isinstance(found, Unreadable)
    assert "breaks off" in found.cause
    assert parse(b"<rss version='2.0'><channel><title>Blog</title></channel></rss>") == Parsed(title="Blog")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a&#55357;&#56832;b", "a\N{GRINNING FACE}b"),
        ("a&#xD83D;&#xde00;", "a\N{GRINNING FACE}"),
        ("a&#55357;b", "a\ufffdb"),
    ],
)
def test_half_characters_are_put_together(written: str, read: str) -> None:
    """Programs that think in UTF-16 write emoji as two references; a half that is alone spoils no feed."""
    found = parse(
        f"<rss version='2.0'><channel><title>T</title><item><title>{written}</title></item></channel></rss>".encode()
    )
    assert isinstance(found, Parsed)
    assert found.sightings[0].title == read


def test_a_fault_of_the_parser_is_a_refusal() -> None:
    """A document that is damaged in the very way that the library stumbles over is refused like any other."""
    body = (
        b"<item><rss version='2.0'><channel><item><category</item>>x</category><category>y</category></item></channel>"
    )
    assert isinstance(parse(body), Unreadable)


def test_only_the_first_thousand_entries_are_read() -> None:
    """A document of any length costs no more than its first thousand entries, and its end stays well-formed."""
    items = "".join(f"<item><guid>{number}</guid></item>" for number in range(ENTRIES + 500))
    found = read(rss(items)).sightings
    assert (len(found), found[-1].guid, found[-1].position) == (ENTRIES, str(ENTRIES - 1), ENTRIES - 1)


@pytest.mark.parametrize(
    ("body", "name", "word"),
    [
        (b"", "empty", "empty"),
        (b" \r\n\t\xef\xbb\xbf", "empty", "empty"),
        (b"\xff\xfe", "empty", "empty"),
        (b"<!DOCTYPE html><title>x</title>", "web_page", "names no feed"),
        (b"<!-- hi --><html><body>403</body></html>", "web_page", "web page"),
        (b"%PDF-1.7\xff\xfe\x00\x00", "not_a_feed", "PDF"),
        (b"\x89PNG\r\n\x1a\n\xff\x00", "not_a_feed", "picture"),
        (b"just some words", "not_a_feed", "just some words"),
        (b"<svg><path/></svg>", "not_a_feed", "<svg>"),
        (b'{"a": 1}', "not_a_feed", "JSON"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": [', "not_a_feed", "damaged"),
        (b"[" * 100_000, "not_a_feed", "damaged"),
        (b"\xff\xfd\xfc\x81\x82\x00\x01" * 99, "bad_encoding", "encoding"),
    ],
)
def test_what_is_no_feed_says_what_it_is(body: bytes, name: str, word: str) -> None:
    """E18: the failure has a name, and its cause tells the operator what came instead."""
    found = refused(body)
    assert found.name == name
    assert word in found.cause
    assert "\n" not in found.cause


def test_a_page_names_its_feeds() -> None:
    """A web page's own feed link stands in the cause, absolute, so that it can be copied."""
    page = b"""<!doctype html><head><link rel=stylesheet href=x.css>
        <link type='application/atom+xml' rel='alternate home' href='/atom.xml?a=1&amp;b=2'></head>"""
    assert f"{HOME}/atom.xml?a=1&b=2" in refused(page).cause


def test_the_way_back_loses_nothing() -> None:
    """A head and its entries, written as JSON and read again, are the same."""
    item = "<item><guid>1</guid><title>t</title><description>&lt;p&gt;$x$&lt;/p&gt;</description></item>"
    found = read(rss(item, "<ttl>5</ttl><skipDays><day>Monday</day></skipDays>"))
    again = read_head(json.loads(json.dumps(head(found))))
    assert isinstance(again, Parsed)
    assert (again.ttl, again.skip_days, again.title) == (found.ttl, found.skip_days, found.title)
    assert tuple(read_entry(json.loads(entry(each))) for each in found.sightings) == found.sightings
    known = Parsed(known=((1, "a1"), (2, "b2"), (7, "a1")))
    assert read_head(json.loads(json.dumps(head(known)))) == known
    failed = refused(b"")
    assert read_head(json.loads(json.dumps(head(failed)))) == failed


@pytest.mark.parametrize("known", [1, None, [], {}, 0.5])
def test_a_head_of_other_values_is_plain_all_the_same(known: object) -> None:
    """A process that talks nonsense about what was known is not more than that."""
    found = read_head({"head": {"known": known, "skip_hours": [], "skip_days": []}})
    assert isinstance(found, Parsed)
    assert all(isinstance(name, str) for _, name in found.known)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = "id url external_url title content_html content_text summary image date_published tags authors attachments"


@given(st.lists(st.dictionaries(st.sampled_from(NAMES.split()), json_values, max_size=6), max_size=4))
def test_any_json_is_read_or_refused(items: list[dict[str, object]]) -> None:
    """Whatever types stand in a JSON Feed's fields, the answer is a value."""
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": None, "items": items}).encode()
    assert isinstance(parse(body, "", URL), Parsed)


PIECES = [
    "<rss>",
    "<feed>",
    "<item>",
    "</item>",
    "<title>",
    "<![CDATA[",
    "]]>",
    "<link href='",
    "&#x0;",
    "<guid>",
    "$",
    "<",
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=20).map("".join), st.text(max_size=9))
def test_any_text_is_read_or_refused(text: str, url: str) -> None:
    """Whatever stands in a document, the answer is a value whose texts are Docs."""
    found = parse(("<rss version='2.0'><channel>" + text).encode("utf-8", "replace"), "", url)
    if isinstance(found, Parsed):
        assert all(isinstance(sighting.doc, Doc) for sighting in found.sightings)
