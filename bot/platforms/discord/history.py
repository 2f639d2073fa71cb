"""Reading back: whether a message that may have arrived is there (promise 1).

Discord remembers a nonce for minutes only. After that the channel's own history tells, by the post's link; a forum has
no nonces at all, so its threads are looked for. Who may not read the history gets an empty one without an error, so an
empty one is believed only where the right to read is there.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.core.models import Part, Payload
from bot.platforms.discord import rights
from bot.platforms.discord.channels import Channel, Channels

EARLIER: Final = timedelta(minutes=15)
"""How much before the first attempt reading begins: the clocks may differ."""
PAGE: Final = 100
PAGES: Final = 10
_DISCORD: Final = datetime(2015, 1, 1, tzinfo=UTC)
_ESCAPE: Final = re.compile(r"\\([^\sA-Za-z0-9])")

Json = dict[str, Any]


class UnreadableError(Exception):
    """It cannot be told whether the message is there."""


class History:
    """Looks for what the bot itself has sent."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels

    async def message(self, channel: Channel, part: Part) -> str | None:
        """Find a part's message and give its id; None if it is certainly not there.

        Raises UnreadableError, and RefusedError where Discord does not answer.
        """
        me, seen = str((await self._channels.me())["id"]), False
        async for message in self._since(channel.id, part.first_try):
            seen = True
            if str(message.get("author", {}).get("id")) == me and same(message, part.payload):
                return str(message["id"])
        if not seen and not await self._channels.rights_in(channel) & rights.HISTORY:
            raise UnreadableError
        return None

    async def _since(self, channel: str, first_try: datetime | None) -> AsyncIterator[Json]:
        """Give a channel's messages from a time on, the newest first, at most ten pages."""
        oldest, before = snowflake(first_try - EARLIER) if first_try is not None else 0, ""
        for _ in range(PAGES):
            query = f"limit={PAGE}" + (f"&before={before}" if before else "")
            page = await self._channels.ask("GET", f"/channels/{channel}/messages?{query}")
            for message in page:
                if int(message["id"]) < oldest:
                    return
                yield message
            if len(page) < PAGE:
                return
            before = str(page[-1]["id"])
        raise UnreadableError

    async def thread(self, forum: Channel, part: Part) -> str | None:
        """Find the thread that a part began in a forum, and give its id; None if it is certainly not there.

        Raises as ``message`` does.
        """
        if not await self._channels.rights_in(forum) & rights.HISTORY:
            raise UnreadableError
        name, oldest = thread_name(part.payload), 0
        if part.first_try is not None:
            oldest = snowflake(part.first_try - EARLIER)
        for thread in await self._own_threads(forum):
            if thread["name"] == name and int(thread["id"]) >= oldest and await self._begins(thread, part.payload):
                return str(thread["id"])
        return None

    async def newest_thread(self, forum: Channel) -> str | None:
        """Give the id of the thread that the bot began last in a forum. Raises RefusedError."""
        return max((str(thread["id"]) for thread in await self._own_threads(forum)), key=int, default=None)

    async def _own_threads(self, forum: Channel) -> list[Json]:
        me = str((await self._channels.me())["id"])
        active = await self._channels.ask("GET", f"/guilds/{forum.guild}/threads/active")
        archived = await self._channels.ask("GET", f"/channels/{forum.id}/threads/archived/public?limit={PAGE}")
        threads = [*active["threads"], *archived["threads"]]
        return [each for each in threads if str(each["parent_id"]) == forum.id and str(each.get("owner_id")) == me]

    async def _begins(self, thread: Json, payload: Payload) -> bool:
        """Tell whether a thread begins with this message, which has the thread's own id."""
        message = await self._channels.ask("GET", f"/channels/{thread['id']}/messages/{thread['id']}")
        return same(message, payload)


def same(message: Json, payload: Payload) -> bool:
    """Tell whether a message in a channel is the one that a payload asked for: by its link, else by its words."""
    there, here = _embed(message.get("embeds")), _embed(payload.get("embeds"))
    if here.get("url"):
        return _words(there, "url", "title") == _words(here, "url", "title")
    if here:
        return _words(there, "title", "description") == _words(here, "title", "description")
    return _squeezed(message.get("content")) == _squeezed(payload.get("content"))


def _embed(embeds: object) -> Json:
    return embeds[0] if isinstance(embeds, list) and embeds and isinstance(embeds[0], dict) else {}


def _words(embed: Json, *names: str) -> tuple[str, ...]:
    return tuple(_squeezed(embed.get(name)) for name in names)


def _squeezed(text: object) -> str:
    """Leave the white space out, which Discord trims."""
    return "".join(str(text or "").split()).rstrip("/")


def snowflake(when: datetime) -> int:
    """Give the smallest id of a time."""
    return max(0, int((when - _DISCORD) / timedelta(milliseconds=1))) << 22


def thread_name(payload: Payload) -> str:
    """Name a forum's thread after its first message: the title, in at most 100 characters."""
    title = str(_embed(payload.get("embeds")).get("title") or payload.get("content") or "…")
    lines = _ESCAPE.sub(r"\1", title).strip().splitlines()
    return (lines[0] if lines else "…")[:100]
