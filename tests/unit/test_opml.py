from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import SourceError
from bot.sources.opml import MAX_FEEDS, Outline, outline, read, write

# As RSS-to-Telegram-Bot's /export writes it: indented, the user's name for it in `text`, the feed's own in `title`.
RSSTT = """<?xml version="1.0" encoding="utf-8"?>
<opml version="2.0">
 <head>
  <title>
   Export of a bot
  </title>
  <ownerName>
   A bot
  </ownerName>
  <dateCreated>
   Tue, 20 Jan 2026 12:00:00 UTC
  </dateCreated>
 </head>
 <body>
  <outline text="mine" title="First blog" type="rss" xmlUrl="https://one.example/feed"/>
  <outline text="二号博客" title="二号博客" type="rss" xmlUrl="https://two.example/rss.xml?a=1&amp;b=2"/>
 </body>
</opml>
"""
# Before it had names for subscriptions: no type, no title.
OLDER = '<opml version="2.0"><head/><body><outline text="二号博客" xmlUrl="https://two.example/"/></body></opml>'
# As made by hand from MonitoRSS's panel, which writes no OPML: in folders that stand for server and channel.
FOLDERS = """<?xml version="1.0" encoding="utf-8"?>
<opml version="1.0"><head><title>Feeds</title></head><body>
<outline text="My server" title="My server">
  <outline text="#news"><outline type="rss" title="One" text="One" xmlUrl="https://one.example/feed" htmlUrl="https://one.example"/></outline>
  <outline type="rss" title="Bad" xmlUrl="javascript:alert(1)"/>
  <outline type="rss" title="Twice" xmlurl="https://one.example/feed"/>
</outline></body></opml>"""


def test_lists_of_other_bots_are_read() -> None:
    """Flat or in folders, in either writing of the attribute; each address once, and web addresses alone."""
    assert read(RSSTT.encode()) == (
        Outline("https://one.example/feed", "First blog"),
        Outline("https://two.example/rss.xml?a=1&b=2", "二号博客"),
    )
    assert read(OLDER.encode()) == (Outline("https://two.example/", "二号博客"),)
    assert read(FOLDERS.encode()) == (Outline("https://one.example/feed", "One"),)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<opml>",
        b"<html><body/></html>",
        b'<!DOCTYPE opml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><opml><body>&b;</body></opml>',
        b'<!DOCTYPE opml SYSTEM "file:///etc/passwd"><opml/>',
        b"<opml>" + b"<outline>" * 100 + b"</outline>" * 100 + b"</opml>",
        b"<opml>" + b" " * (10 * 1024 * 1024) + b"</opml>",
        b"<opml>"
        + b"".join(b'<outline xmlUrl="https://%d.example/"/>' % number for number in range(MAX_FEEDS + 2))
        + b"</opml>",
    ],
)
def test_what_is_no_reasonable_list_is_refused(body: bytes) -> None:
    """Damaged, something else, with entities, too deep, too large, too long: one sentence, and nothing else happens."""
    with pytest.raises(SourceError, match=r"^it "):
        read(body)


@given(st.lists(st.builds(Outline, st.sampled_from(["https://a.example/", "http://b.example/x?y=<&>"]), st.text())))
@settings(max_examples=50)
def test_what_is_written_is_read_again(outlines: list[Outline]) -> None:
    """Whatever titles hold, the list is well-formed and has each address."""
    text = write(outlines)
    assert {each.url for each in read(text.encode("utf-8", "replace"))} == {each.url for each in outlines}


def test_a_strangers_list_steers_no_terminal() -> None:
    """Titles lose what cannot be seen, as posts' do; an address with a control or direction character is none."""
    url = "https://one.example/feed"
    assert outline(url, "\u202eFirst\x9b\u200b blog") == Outline(url, "First blog")
    for bad in ("\x1b[2J", "\n", "\x9b", "\u202e"):
        assert outline(f"{url}{bad}x", "First blog") is None
