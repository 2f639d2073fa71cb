"""Feeds that break off, since a generator is still writing them: what is finished is read, the rest later."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.models import Sighting
from bot.sources.document import Parsed, Unreadable
from bot.sources.feed import parse

URL = "https://blog.example.org/feed.xml"
RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Blog</title><link>https://blog.example.org/</link>
<item><guid>a</guid><title>One</title>
<description><![CDATA[Of feeds: <item>x</item> and </channel></rss>]]></description></item>
<item><guid>b</guid><title>Two</title>
<!-- <item> --><description>&lt;p&gt;The second text.&lt;/p&gt;</description></item>
<item><guid>c</guid><title>Three</title><description>The third text.</description></item>
</channel></rss>
"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title>
<entry><id>a</id><title>One</title><content type="html">The first text.</content></entry>
<entry><id>b</id><title>Two</title><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Two.</p></div></content></entry>
</feed>
"""
PREFIXED = """<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>Blog</a:title>
<a:entry><a:id>a</a:id><a:title>One</a:title><a:summary>The first.</a:summary></a:entry>
<a:entry><a:id>b</a:id><a:title>Two</a:title><a:summary>The second.</a:summary></a:entry></a:feed>
"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="x"><title>Blog</title><items><rdf:Seq><rdf:li rdf:resource="a"/></rdf:Seq></items></channel>
<item rdf:about="https://blog.example.org/a"><title>One</title><description>The first text.</description></item>
<item rdf:about="https://blog.example.org/b"><title>Two</title><description>The second text.</description></item>
</rdf:RDF>
"""
FORMS = {
    "rss": RSS,
    "atom": ATOM,
    "prefixed": PREFIXED,
    "rdf": RDF,
    "damaged": RSS.replace("The third", "Fish & chips"),
}
ENDS = {"rss": "</item>\n", "atom": "</entry>\n", "prefixed": "</a:entry>", "rdf": "</item>", "damaged": "</item>\n"}


def read(document: str) -> Parsed:
    """Read what is a feed."""
    found = parse(document.encode(), "", URL)
    assert isinstance(found, Parsed), found
    return found


def said(found: Parsed) -> list[Sighting]:
    """Give the entries, whatever they are known by."""
    return [replace(each, slice="") for each in found.sightings]


def finished(document: str, end: str) -> int:
    """Count the entries that are whole: no entry of ours has its end in its text, but for the first one's CDATA."""
    return document.replace("<item>x</item>", "").count(end.strip())


@pytest.mark.parametrize("form", FORMS)
def test_wherever_a_document_ends_its_finished_entries_are_read_as_they_are(form: str) -> None:
    """Of the one that it ends in nothing is read; before there is a finished one, it says that it breaks off."""
    document, end = FORMS[form], ENDS[form]
    whole = said(read(document))
    assert not read(document).is_cut
    for at in range(document.index("Blog</") + 20, document.rindex("</") - 1, 3):
        count = finished(document[:at], end)
        if count:
            found = read(document[:at])
            assert (found.is_cut, said(found)) == (True, whole[:count]), document[:at]
        else:
            left = parse(document[:at].encode(), "", URL)
            assert isinstance(left, Unreadable)
            assert "breaks off" in left.cause


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("The third", "Fish & chips, the third"),
        ("The third", "The&nbsp;third"),
        ("The third", "The <!-- third"),
        ("The third", "The <![CDATA[third"),
        ("Two</title>", "Two"),
        ("</rss>\n", "</rss>\n<!-- made in 0.2 s -->"),
        ("</rss>\n", "</rss>\n<script>count(1 && 2)</script>"),
    ],
)
def test_a_damaged_document_that_is_closed_does_not_break_off(old: str, new: str) -> None:
    """All entries of a feed that is never well-formed are read, whatever is wrong with it."""
    found = read(RSS.replace(old, new))
    assert not found.is_cut
    assert [each.guid for each in found.sightings] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "body", [b"<channel><!-- a>", b"<channel><item>x</item><![CDATA[>", b"<rss><channel/><feed><!--"]
)
def test_what_cannot_be_closed_is_read_as_it_is(body: bytes) -> None:
    """A remark that never ends swallows whatever is put behind it: that is tried once."""
    assert isinstance(parse(body, "", URL), Unreadable | Parsed)
