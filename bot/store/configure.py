"""The configuration's feeds, brought into the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog

from bot.config import Config
from bot.core.models import Feed
from bot.sections import address_key
from bot.store.chats import ChatWork

log = structlog.get_logger()


async def configure(work: ChatWork, config: Config, now: datetime) -> None:
    """Add the feeds that are new in the file (due at once), and move those whose address changed.

    A feed's key is its name, so a new address under an old name keeps what was seen; and a new name for an address
    that is watched keeps it too, and its readers.
    """
    await _rename(work, config)
    for spec in config.feeds:
        name = spec.name or spec.url
        feed = Feed(id=0, name=name, url=spec.url, kind=spec.kind, interval=spec.interval, next_check=now)
        await work.put_feed(feed, in_config=True)


async def retire(work: ChatWork, config: Config) -> None:
    """Pause the feeds that the configuration has no longer.

    Not for a command beside a bot that runs: a shell may lack the variables from which that one has its feeds.
    """
    await work.pause_missing([spec.name or spec.url for spec in config.feeds])


async def _rename(work: ChatWork, config: Config) -> None:
    """Give feeds the names that the file has for their addresses: whoever named them before, file or reader."""
    feeds = await work.all_feeds()
    named = {feed.name for feed in feeds}
    names = {spec.name or spec.url: address_key(spec.url) for spec in config.feeds}
    wanted = {key: name for name, key in names.items() if name not in named}
    renamed = set[int]()
    for feed, address in _addresses(feed for feed in feeds if feed.name not in names):
        if feed.id not in renamed and (name := wanted.pop(address_key(address), None)) is not None:
            renamed.add(feed.id)
            await work.rename_feed(feed.id, name)
            log.info("feed.renamed", feed=name, feed_id=feed.id, before=feed.name)


def _addresses(feeds: Iterable[Feed]) -> Sequence[tuple[Feed, str]]:
    """Give feeds with their addresses, those first that say most about which feed the file means.

    One that is paused comes back with its readers, as it would under its old name; one that is watched goes first.
    Where a reader's feed has been led counts for nothing: a stranger may have shown anything before it was.
    """
    asked = [(feed, feed.asked) for feed in feeds]
    led = [(feed, feed.url) for feed, _ in asked if feed.from_config]
    return sorted((*asked, *led), key=lambda each: not each[0].active)
