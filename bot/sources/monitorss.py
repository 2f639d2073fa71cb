"""A Discord server's feeds, as MonitoRSS backs them up: by its bot's ``backup`` command, or in its former panel.

The file is JSON (MonitoRSS, src/structs/GuildData.js and the panel's ``createBackup``): ``feeds``, each with ``title``,
``url`` and ``channel``, beside ``filteredFormats`` and ``subscribers``, by which it is known. How its messages looked
stays behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core.errors import SourceError
from bot.sources.opml import MAX_FEEDS, Outline, outline

_PARTS = {"feeds", "filteredFormats", "subscribers"}


def is_backup(found: object) -> bool:
    """Tell whether a JSON document is such a backup."""
    return isinstance(found, Mapping) and found.keys() >= _PARTS


def read(backup: Mapping[str, Any], channel: str = "") -> tuple[Outline, ...]:
    """Read a backup's feeds, each address once, in their order: a channel's own where it has some, else all of them.

    Raises SourceError that says what is wrong.
    """
    feeds = backup["feeds"]
    if not isinstance(feeds, list) or len(feeds) > MAX_FEEDS:
        msg = "it is no backup of MonitoRSS, or an unreasonable one"
        raise SourceError(msg)
    rows = [each for each in feeds if isinstance(each, Mapping)]
    rows = [each for each in rows if each.get("channel") == channel] or rows
    found: dict[str, Outline] = {}
    for each in rows:
        if (feed := outline(_text(each, "url"), _text(each, "title"))) is not None:
            found.setdefault(feed.url, feed)
    return tuple(found.values())


def _text(feed: Mapping[str, Any], key: str) -> str:
    value = feed.get(key)
    return value if isinstance(value, str) else ""
