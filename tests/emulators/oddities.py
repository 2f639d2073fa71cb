"""What may stand in a feed in XML, usual and odd, and dice that make feeds of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

TEXTS = (
    "words", "词", "é", " a  b\n", "Q&amp;A", "&lt;b&gt;bold&lt;/b&gt;", "<![CDATA[<p>$x$ &amp; y</p>]]>", "&#8217;",
    "x<!-- comment -->y", "x<?php echo ?>y", "A <![CDATA[]]>", "https://blog.example/1", "/1", "60",
)  # fmt: skip
ODD_TEXTS = (
    "", " ", "Ã©", "&#150;", "&#x96;", "\u0096", "a &amp;amp; b", "&lt;3", "<b>bold</b>", "ann@blog.test (Ann)",
    "ann@blog.test (\u200b)", "ann@blog.test", "Ann (ann@blog.test)", "ann@blog.museum (Ann)",
    "ann@blog.test (Ann (B))", "mailto:ann@blog.test (Ann)", "ann@blog.co (A) b@c.de (B)",
    "https:////blog.example/1", "https://blog.example/?a=1&amp;b;=2", "https://blog.example/?a=1&amp;amp;b=2", "\u200b",
    "\u3000词\u00a0", "&undeclared;", "<![CDATA[<link uri='tag:1'>https://blog.example/]]>", "<dc:creator/>", "]]&gt;",
)  # fmt: skip
DATES = ("Sat, 03 Jan 2026 04:00:00 +0800", "3 Oct 2025 04:00:00 GMT", "2026-01-03T04:00:00.5Z", "2026-01-03")
ODD_DATES = (
    "Mon, 01 Jan 0001 00:00:00 +0000", "Thurs, 30 May 2019 00:00:00 UTC", "Sat, 31 Feb 2026 04:00:00 GMT", "2026",
    "Sat, 3 Jan 26 04:00 EST", "2026年1月3日", "2026-01-03T24:00:00Z", "2026-01-03T04:00:60Z", "2026-01-03 04:00:00",
    "2026-01-03T04:00:00+25:00", "sat, 03 jan 2026 04:00:00 +0800", "Sat, 03 Jan 2026 04:00:00 +9999", "9999-99-99",
    "Sat, 03 Jan 2026 04:00:00 -0030", "2026-01-03T04:00:00-00:30", "2026-01-03T04:00", "20260103", "２０２６-01-03",
)  # fmt: skip
NAMESPACES = (
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"'
    ' xmlns:thr="http://purl.org/syndication/thread/1.0"'
)
ATOM = ' xmlns:atom="http://www.w3.org/2005/Atom"'
ODD_NAMESPACES = (
    ' xmlns:c="http://purl.org/dc/elements/1.1/"', ' xmlns:dc="http://purl.org/rss/1.0/modules/content/"',
    ' xmlns:thr="http://purl.org/rss/1.0/"', ' xmlns:atom="http://www.w3.org/2005/atom"', ' xmlns:sy="urn:other"',
    ' xmlns:slash="http://my.netscape.com/rdf/simple/0.9/"', ' xmlns:media="http://backend.userland.com/rss2"',
)  # fmt: skip
ATTRIBUTES = (
    ' xml:lang="fr"', ' xml:base="https://other.example/"', ' lang="fr"', ' base="/b/"', ' type="xhtml"',
    ' href="https://other.example/2"', ' url="https://other.example/3"', ' uri="tag:4"', ' rel="alternate"', ' src="x"',
    ' mode="base64"', ' type="application/octet-stream"', ' isPermaLink="false"', ' ispermalink="false"', ' term="t"',
    ' isPermaLink="TRUE"', ' xmlns="http://www.w3.org/1999/xhtml"', ' dc:type="html"', ' type=""', ' lastmod="2026"',
    ' xml:base="https://other.example?"', ' xml:base="HTTP://other.example/"', ' xml:base="https:///other.example"',
    ' type="HTML"', ' xml:base="http://[::1/"',
)  # fmt: skip
TYPES = ("", ' type="text"', ' type="html"')
LINKS = (
    ' href="https://blog.example/1"', ' rel="self" href="/feed"', ' rel="ALTERNATE" type="Text/HTML" href="/2"',
    ' rel="enclosure" type="image/png" href="https://blog.example/1.png" length="1"', ' href=""', ' rel="hub" href="h"',
    ' rel="alternate" type="application/json" href="/3"', ' rel="self" type="" href="/4"', ' rel="" href="/5"', "",
)  # fmt: skip
PICTURES = (
    ' url="https://blog.example/1.png" medium="image"',
    ' url="" type="image/png"',
    ' url="/2" type="IMAGE/gif"',
)

VERSIONS = (
    ' version="0.91"',
    ' version="2.1"',
    "",
    ' version="2.0" xml:lang="fr"',
    ' Version="2.0"',
    ' version=" 2.0"',
)
BEFORE = (
    "<!-- words -->", '\n<?xml-stylesheet href="a"?>', '<?xml-stylesheet href="a>b"?>', "<!-- <!DOCTYPE rss> -->",
    "<!DOCTYPE rss>", "<!--\n<!ENTITY -->", "<!--\n<!DOCTYPE -->",
    "<?xml version='1.0' encoding='latin1'?>", "<!-- <rss> -->", "x",
    "\n<!-- <?xml encoding='gbk'?> -->\n", "<!DOCTYPE rss [<!ENTITY undeclared 'declared'>]>", "\ufeff",
)  # fmt: skip

RSS_HEAD = (
    "title", "link", "description", "language", "ttl", "generator", "docs", "copyright", "managingEditor", "category",
    "lastBuildDate", "pubDate", "webMaster", "atom:link", "image",
)  # fmt: skip
RSS_ITEM = (
    "title", "link", "guid", "description", "content:encoded", "pubDate", "dc:date", "author", "dc:creator", "category",
    "dc:subject", "enclosure", "media:content", "media:thumbnail", "comments", "slash:comments",
)  # fmt: skip
ATOM_HEAD = ("title", "subtitle", "link", "id", "updated", "generator", "author", "rights", "icon", "logo", "category")
ATOM_ENTRY = (
    "title", "link", "id", "published", "updated", "summary", "content", "author", "category", "rights", "thr:total",
    "media:thumbnail", "media:content",
)  # fmt: skip
ODD_NAMES = (
    "source", "image", "textInput", "dc:title", "dc:description", "dc:language", "media:title", "media:group", "body",
    "itunes:image", "summary", "description", "content", "id", "guid", "atom:updated", "atom:id", "published",
    "issued", "modified", "Title", "contributor", "tags", "keywords", "fullitem", "svg", "div", "item", "name", "url",
    "dc:contributor", "dc:publisher", "media:keywords", "link", "skipDays", "atom:title", "language", "expirationDate",
    "created",
)  # fmt: skip


DATED = frozenset({"pubDate", "dc:date", "published", "updated", "lastBuildDate"})
EMPTY = frozenset({"enclosure", "media:content", "media:thumbnail", "atom:link"})
FILES = (' url="https://blog.example/1.png" type="image/png" length="1"', ' url="/2" type="Image/GIF"', ' type="x"')
GIVEN = {
    "guid": ("", ' isPermaLink="false"', ' isPermaLink="true"', ' isPermaLink="TRUE"'),
    "enclosure": FILES,
    "media:content": PICTURES,
    "media:thumbnail": PICTURES,
    "atom:link": LINKS,
}
GIVEN_IN_ATOM = {
    **GIVEN,
    **dict.fromkeys(("title", "summary", "content", "subtitle", "rights"), TYPES),
    "content": (*TYPES, ' type="html" xml:base="https://other.example/1/"', ' xml:base="/2"'),
    "link": LINKS,
    "category": (' term="t"', ' term="t" label="词"', ' term="" label=""', ' scheme="s"', ""),
    "generator": ("", ' uri="g" version="1"'),
}


class Dice(Random):
    """Chance that is usual forty-nine times of fifty: many a document is plain, many another so but for one thing."""

    def usually(self, usual: Sequence[str], odd: Sequence[str]) -> str:
        """Choose."""
        return self.choice(odd if self.randrange(50) == 7 else usual)

    def element(self, name: str, given_in: Mapping[str, Sequence[str]]) -> str:
        """Make one element."""
        is_atom = given_in is GIVEN_IN_ATOM
        attributes = self.usually(given_in.get(name, ("",)), ATTRIBUTES)
        if name == ("author" if is_atom else "image"):
            text = self.elements(("name", "email", "uri") if is_atom else ("url", "title", "link", "width"), {})
        elif name in EMPTY or (is_atom and name in {"link", "category"}):
            text = self.usually(("",), TEXTS)
        else:
            text = self.usually(DATES, ODD_DATES) if name in DATED else self.usually(TEXTS, ODD_TEXTS)
        return f"<{name}{attributes}>{text}</{name}>"

    def elements(self, names: Sequence[str], given_in: Mapping[str, Sequence[str]]) -> str:
        """Make what stands in an element, in any order."""
        chosen = [
            self.usually(names, ODD_NAMES) if self.randrange(3) else self.choice(names)
            for _ in range(self.randrange(9))
        ]
        if self.randrange(8):
            chosen = list(dict.fromkeys(chosen))
        return "\n".join(self.element(name, given_in) for name in chosen)

    def document(self) -> bytes:
        """Make a feed of two entries."""
        is_atom = self.random() < 0.5
        head, entry, given_in = (ATOM_HEAD, ATOM_ENTRY, GIVEN_IN_ATOM) if is_atom else (RSS_HEAD, RSS_ITEM, GIVEN)
        names, before = self.usually(("", ATOM), ODD_NAMESPACES), self.usually(("", "\n"), BEFORE)
        around = "entry" if is_atom else "item"
        entries = "".join(f"<{around}>{self.elements(entry, given_in)}</{around}>" for _ in range(2))
        body = self.elements(head, given_in) + entries + self.usually(("", self.elements(head, given_in)), TEXTS)
        if is_atom:
            root = self.usually(("", ' xml:lang="zh_CN"'), ATTRIBUTES)
            return f'{before}<feed xmlns="http://www.w3.org/2005/Atom"{NAMESPACES}{names}{root}>{body}</feed>'.encode()
        root = self.usually((' version="2.0"',), VERSIONS)
        return f"{before}<rss{root}{NAMESPACES}{names or ATOM}><channel>{body}</channel></rss>".encode()

    def date(self) -> str:
        """Make a date."""
        year, month, day, hour, minute, second = map(self.randrange, (2300, 13, 32, 25, 61, 61))
        zone = self.choice(
            ("Z", "GMT", "UTC", "EST", "", f"{self.choice('+-')}{self.randrange(26):02}00", "-0030", "+08:00")
        )
        clock = f"{hour:02}:{minute:02}:{second:02}"
        name = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Sept")[month]
        written = (
            f"{self.choice(('Tue, ', 'Sat, ', 'sat, ', ''))}{day}{self.choice(' -')}{name} {year:04} {clock} {zone}"
        )
        return self.choice((written, f"{year:04}-{month:02}-{day:02}T{clock}{self.choice(('', '.25'))}{zone}"))
