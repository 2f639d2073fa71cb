from __future__ import annotations

import json
from typing import Any

import pytest

from bot.core.errors import SourceError
from bot.sources.monitorss import is_backup, read
from bot.sources.opml import MAX_FEEDS, Outline

NEWS = "500000000000000002"
FIRST, SECOND, THIRD = "https://one.example/feed", "https://two.example/rss.xml?a=1", "https://three.example/atom"


def _feed(url: str, title: str, channel: str) -> dict[str, Any]:
    """Give a feed with what MonitoRSS's bot keeps of one."""
    return {
        "_id": f"5f0000000000000000000{len(title):03}",
        "title": title,
        "url": url,
        "guild": "600000000000000001",
        "channel": channel,
        "embeds": [],
        "addedAt": "2020-05-17T10:00:00.000Z",
        "ncomparisons": [],
        "pcomparisons": [],
        "filters": {"title": ["loss"]},
        "rfilters": {},
        "regexOps": {},
        "version": "6.14.0",
    }


FEEDS = [
    _feed(FIRST, "First  blog\n", NEWS),
    _feed(THIRD, "Of another channel", "500000000000000009"),
    _feed(SECOND, "二号博客", NEWS) | {"disabled": "Exceeded feed limit"},
    _feed(FIRST, "Once more", NEWS),
    _feed("javascript:alert(1)", "Bad", NEWS),
]
# Both put it out with two blanks: the bot without a version of the file, the panel with one.
BACKUP = json.dumps(
    {"profile": None, "feeds": FEEDS, "filteredFormats": [], "subscribers": [], "backupVersion": "1"}, indent=2
)


def test_a_backup_is_told_from_other_json() -> None:
    """By the parts that it always has."""
    assert is_backup(json.loads(BACKUP))
    ours = {"format": "incoming", "version": 1, "feeds": [], "chats": []}
    others: list[object] = [[], "feeds", None, 1, {"feeds": []}, ours]
    assert [each for each in others if is_backup(each)] == []


def test_feeds_of_a_channel_or_of_all() -> None:
    """Each web address once, by its first title; a channel without feeds there gets everything."""
    first, second = Outline(FIRST, "First blog"), Outline(SECOND, "二号博客")
    third = Outline(THIRD, "Of another channel")
    backup = json.loads(BACKUP)
    assert read(backup, NEWS) == (first, second)
    assert read(backup, "1") == read(backup) == (first, third, second)


@pytest.mark.parametrize("feeds", [None, {}, "x", [{}] * (MAX_FEEDS + 1)])
def test_what_is_unreasonable_is_refused(feeds: object) -> None:
    """With its reason: no list, or one without end."""
    with pytest.raises(SourceError, match="no backup of MonitoRSS"):
        read({"feeds": feeds})


@pytest.mark.parametrize("feed", [None, 1, [], {}, {"url": 1, "title": {}}, {"url": "https://[", "title": "x"}])
def test_a_damaged_feed_is_passed_over(feed: object) -> None:
    """The others come in."""
    assert read({"feeds": [feed, {"url": FIRST, "channel": []}]}) == (Outline(FIRST),)
