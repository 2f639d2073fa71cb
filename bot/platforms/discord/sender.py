"""Sends parts to Discord, each once.

A message carries its part's nonce: within Discord's memory for nonces the same request gives the same message. Later,
and in forums, what may have arrived is looked for before it is sent again. The gateway is not needed for any of it.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import Final

import structlog

from bot.core.models import Address, Gone, Outcome, Part, Payload, Rejected, Sent, Uncertain
from bot.core.ports import Artist, Clock
from bot.platforms.discord.channels import Channel, Channels, RefusedError
from bot.platforms.discord.draw import PUBLISH, TAG
from bot.platforms.discord.history import History, UnreadableError, thread_name
from bot.platforms.discord.outcomes import SERVER, UNKNOWN_MESSAGE, of_answer, of_error
from bot.platforms.discord.picture import FILE, at_fault, formulas_of, with_picture
from bot.platforms.discord.rest import Answer, Rest, RestError
from bot.platforms.discord.rights import ANNOUNCEMENTS
from bot.platforms.discord.written import Texts, bare, named
from bot.reading.text import fold

log = structlog.get_logger()

NONCE_MEMORY: Final = timedelta(minutes=2)
"""How long a nonce is trusted; Discord's documentation says "the past few minutes"."""
TAGS: Final = 5
"""A forum's thread takes no more."""
KEPT: Final = 1_000
UNCONFIRMED: Final = "unreadable_history"
"""It may be there, and the bot may not look."""


class Sender:
    """Makes the requests that a part needs; one more where its picture is refused.

    Without an ``artist`` formulas are text.
    """

    def __init__(self, rest: Rest, channels: Channels, clock: Clock, artist: Artist | None = None) -> None:
        self._rest = rest
        self._channels = channels
        self._clock = clock
        self._artist = artist
        self._history = History(channels)
        self._texts = Texts()
        self._threads: OrderedDict[int, str] = OrderedDict()

    async def send(self, part: Part) -> Outcome:
        """Make one part's request, unless it turns out to be there already."""
        try:
            channel = await self._channels.find(part.address)
            outcome = await (self._in_forum(part, channel) if channel.forum else self._once(part, channel))
        except RefusedError as refused:
            outcome = refused.outcome
        except UnreadableError:
            outcome = Uncertain(UNCONFIRMED, blind=True)
        if isinstance(outcome, (Gone, Rejected)):
            self._channels.forget(part.address.place)
        return outcome

    async def _once(self, part: Part, channel: Channel) -> Outcome:
        """Send a message into a channel, unless it may be there and is."""
        if self._forgotten(part) and (found := await self._history.message(channel, part)) is not None:
            return Sent(f"{channel.id}/{found}")
        outcome = await self.post(channel.id, part.payload, part.nonce)
        if isinstance(outcome, Sent) and part.payload.get(PUBLISH) and channel.kind == ANNOUNCEMENTS:
            return await self._publish(outcome)
        return outcome

    async def _publish(self, sent: Sent) -> Outcome:
        """Publish a message to the servers that follow its channel. One that is published stays so."""
        channel, _, number = sent.ref.partition("/")
        try:
            answer = await self._rest.call("POST", f"/channels/{channel}/messages/{number}/crosspost")
        except RestError as error:
            return Uncertain(error.reason)
        if answer.status >= SERVER:
            # The same nonce finds the message again, and it is published then.
            return Uncertain(f"server_error_{answer.status}")
        if not answer.ok:
            log.info("discord.not_published", code=answer.code, said=answer.said)
        return sent

    async def edit(self, ref: str, payload: Payload) -> Outcome:
        """Replace a message; one that is gone is refused."""
        channel, _, number = ref.partition("/")
        if not number:
            return Rejected(ref)
        kept = {name: value for name, value in payload.items() if name != "flags"}
        whole: Payload = {"content": "", "embeds": [], "components": [], "attachments": []} | kept
        try:
            answer = await self._show("PATCH", f"/channels/{channel}/messages/{number}", whole)
        except RestError as error:
            return of_error(error)
        return Rejected("deleted") if answer.code == UNKNOWN_MESSAGE else of_answer(answer, ref)

    def _forgotten(self, part: Part) -> bool:
        """Tell whether a part may have arrived so long ago that its nonce may be forgotten."""
        if not part.uncertain:
            return False
        return part.first_try is None or self._clock.now() - part.first_try > NONCE_MEMORY

    async def post(self, channel: str, payload: Payload, nonce: str = "") -> Outcome:
        """Create a message; with a nonce, unless Discord remembers that it has one of that nonce."""
        try:
            answer = await self._show("POST", f"/channels/{channel}/messages", payload, nonce=nonce)
        except RestError as error:
            return of_error(error)
        number = answer.data.get("id") if isinstance(answer.data, dict) else None
        return of_answer(answer, f"{channel}/{number}" if number else "")

    async def _show(
        self, method: str, path: str, payload: Payload, *, around: Payload | None = None, nonce: str = ""
    ) -> Answer:
        """Make a request that shows a message, ``around`` which there may be more. Raises RestError.

        Its picture goes with it if it can be drawn; where the two are refused together, the message goes alone.
        """
        formulas = formulas_of(payload)
        picture = await self._artist.draw(formulas) if formulas and self._artist is not None else None
        if picture is not None:
            body = _within(around, with_picture(bare(payload)), nonce)
            answer = await self._rest.call(method, path, body, picture=(FILE, picture))
            if not at_fault(answer.status):
                return answer
            log.info("discord.stepped_down", code=answer.code, said=answer.said)
        if nonce and around is None:
            return await self._rest.call(method, path, self._texts.of(payload, nonce))
        return await self._rest.call(method, path, _within(around, bare(payload), nonce))

    # -- forums -------------------------------------------------------------------------------------------------------

    async def _in_forum(self, part: Part, forum: Channel) -> Outcome:
        """Begin a thread with a message's first part; the others follow in it."""
        if part.number:
            thread = self._threads.get(part.message_id) or await self._history.newest_thread(forum)
            if thread is None:
                return Rejected("the thread is not there")
            return await self._once(part, await self._channels.find(Address(part.address.platform, thread)))
        found = await self._history.thread(forum, part) if part.uncertain else None
        if found is not None:
            return self._begun(part, found)
        return await self._begin(part, await self._channels.find(part.address, fresh=True))

    async def _begin(self, part: Part, forum: Channel) -> Outcome:
        body: Payload = {"name": thread_name(part.payload)}
        if tags := tags_of(part.payload, forum):
            body["applied_tags"] = tags
        try:
            answer = await self._show("POST", f"/channels/{forum.id}/threads", part.payload, around=body)
        except RestError as error:
            return of_error(error)
        thread = str(answer.data.get("id") or "") if isinstance(answer.data, dict) else ""
        return self._begun(part, thread) if answer.ok and thread else of_answer(answer)

    def _begun(self, part: Part, thread: str) -> Sent:
        self._threads[part.message_id] = thread
        if len(self._threads) > KEPT:
            self._threads.popitem(last=False)
        return Sent(f"{thread}/{thread}")


def tags_of(payload: Payload, forum: Channel) -> list[str]:
    """Choose a forum's tags that are called like the post's topics; where one is required, the first if none is."""
    embeds = payload.get("embeds")
    shown = embeds[0].get("footer", {}).get("text", "") if isinstance(embeds, list) and embeds else ""
    topics = {fold(name) for name in shown.split(" · ")}
    tags = [number for name, number in forum.tags if fold(name) in topics][:TAGS]
    if tags:
        return tags
    usual = fold(str(payload.get(TAG, "")))
    named = [number for name, number in forum.tags if fold(name) == usual]
    return named or [number for _, number in forum.tags[:1] if forum.needs_tag]


def _within(around: Payload | None, message: Payload, nonce: str) -> Payload:
    """Put a message into what surrounds it; only one that stands alone may have a nonce."""
    if around is not None:
        return around | {"message": message}
    return message | named(nonce) if nonce else message
