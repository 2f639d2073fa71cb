"""``/stop``: everything off, and the chat's rows deleted where that is wanted; ``/privacy``: what is kept."""

from __future__ import annotations

from bot.commands.channels import kept_under
from bot.commands.desk import Room
from bot.commands.say import button, fits, lines, reply
from bot.core.models import PlaceKind, Reply
from bot.reading.text import fold

_DELETE = frozenset(("delete", "删除"))


async def stop(room: Room) -> Reply:
    """End all subscriptions; or delete what is kept of the chat."""
    if fold(room.ask.args).strip() in _DELETE:
        return await _delete(room)
    if not room.chat.id:
        return reply(room.words("stopped_nothing"))
    feeds = (*room.subscribed, *room.resting)
    for feed in feeds:
        await room.work.unsubscribe(room.chat.id, feed.id, room.ask.now)
    undo = f"subscribe undo {' '.join(f'#{feed.id}' for feed in feeds)}"
    first = button(room, "undo", undo) if feeds and fits(undo) else None
    row = [*([first] if first else []), button(room, "delete_data", "stop delete")]
    return reply(room.words("stopped"), choices=(row,))


async def _delete(room: Room) -> Reply:
    connected = kept_under(room.ask.address)
    if not room.chat.id and await room.work.meta(connected) is None:
        return reply(room.words("stopped_nothing"))
    await room.work.set_meta(connected, None)
    await room.work.forget_asked(room.ask.address)
    await room.work.forget_chat(room.chat.id)
    if room.ask.kind is PlaceKind.PRIVATE:
        await room.work.forget_user(room.ask.address.platform, room.ask.asker.id)
    return reply(room.words("deleted"))


async def privacy(room: Room) -> Reply:
    """Say what is kept, for how long, and how it goes."""
    words = room.words
    kept = (words("privacy_chat"), words("privacy_sent"), words("privacy_asked"))
    listed = lines(*(f"• {each}" for each in kept))
    return reply(words("privacy_lead"), listed, words("privacy_not"), words("privacy_how"))


async def slow_down(room: Room) -> Reply:
    """Say when the next command may come, to a chat that sends them too fast."""
    seconds = room.ask.args.strip()
    return reply(room.words("rate_limited", n=int(seconds) if seconds.isdigit() else 60))
