"""The configuration's feeds, brought into the database."""

from __future__ import annotations

from datetime import datetime

from bot.config import Config
from bot.core.models import Feed
from bot.store.chats import ChatWork


async def configure(work: ChatWork, config: Config, now: datetime) -> None:
    """Add the feeds that are new in the file (due at once), move those whose address changed, pause those that went.

    A feed's key is its name, so a new address under an old name keeps what was seen.
    """
    for spec in config.feeds:
        name = spec.name or spec.url
        feed = Feed(id=0, name=name, url=spec.url, kind=spec.kind, interval=spec.interval, next_check=now)
        await work.put_feed(feed, in_config=True)
    await work.pause_missing([spec.name or spec.url for spec in config.feeds])
