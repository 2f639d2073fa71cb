"""The plain way to read a feed, where a feed of the usual kind is odd in one thing: it says the same, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.emulators.generators import GENERATORS
from tests.emulators.oddities import ATTRIBUTES, BEFORE, DATES, ODD_DATES, ODD_NAMESPACES, ODD_TEXTS
from tests.emulators.twoways import both_ways

LEAF = re.compile(r"<([\w:-]+)([^<>]*)(?<!/)>((?:<!\[CDATA\[.*?\]\]>|[^<])*)</\1>")
ITEM = "<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'><channel><item>{}</item></channel></rss>"
AUTHOR = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><author>{}</author></entry></feed>"
ODD = (
    ITEM.format("<link>/</link>" + "<enclosure url='/a' type='a/b'/>" * 99 + "<enclosure url='/1' type='image/png'/>"),
    ITEM.format("<title>2</title><media:thumbnail>https://blog.example/2.png</media:thumbnail>"),
    ITEM.format("<guid isPermaLink='TRUE'>https://blog.example/3</guid>"),
    ITEM.format("".join(f"<category>{number}</category>" for number in range(5000))),
    AUTHOR.format("<name>\u200b</name><email>ann@blog.example</email>"),
    AUTHOR.format("Ann"),
    AUTHOR.format("<name>Ann</name></author><author><email>bob@blog.example</email>"),
    "<feed xmlns='http://purl.org/atom/ns#' version='0.3'><entry><title>4</title></entry></feed>",
    "<channel><item><title>5</title></item></channel>",
    "<rss version='2.0'><item><title>6</title></item></rss>",
    "\n".encode("utf-16-le").decode("latin-1") + "<rss version='2.0'/>".encode("utf-16-le").decode("latin-1"),
)


def variants(document: str) -> Iterator[str]:
    """Change one thing each time: a text, an attribute, how often an element stands there, what stands around."""
    for leaf in LEAF.finditer(document):
        before, (name, attributes, text), after = document[: leaf.start()], leaf.groups(), document[leaf.end() :]
        dated = "date" in name.lower() or name in {"published", "updated"}
        for other in (*ODD_TEXTS, *((*DATES, *ODD_DATES) if dated else ())):
            yield f"{before}<{name}{attributes}>{other}</{name}>{after}"
        for more in ATTRIBUTES:
            yield f"{before}<{name}{attributes}{more}>{text}</{name}>{after}"
            if attributes:
                yield f"{before}<{name}{more}>{text}</{name}>{after}"
        yield before + after
        yield f"{before}{leaf[0]}{leaf[0]}{after}"
        yield f"{before}{leaf[0]}<{name}>words</{name}>{after}"
    for namespace in ODD_NAMESPACES:
        yield re.sub(r"(?<=<rss)|(?<=<feed)", namespace, document, count=1)
    for start in BEFORE:
        yield start + document.lstrip()


@pytest.mark.parametrize("name", GENERATORS)
def test_a_feed_that_is_odd_in_one_thing(name: str) -> None:
    """What the usual generators write, with one thing changed at a time."""
    different = [each for each in variants(GENERATORS[name]) if not _same(each.encode())]
    assert different == []


@pytest.mark.parametrize("number", range(len(ODD)))
def test_what_has_a_rule_of_its_own(number: int) -> None:
    """What is plain but for more than one thing."""
    assert _same(ODD[number].encode())


def _same(document: bytes) -> bool:
    both = both_ways(document)
    return both.plain == both.other
