"""``/channels``: where posts go to channels, from a private chat with one of their admins."""

from __future__ import annotations

from bot.commands import status
from bot.commands.desk import Room
from bot.commands.say import button, reply
from bot.core.models import Address, Choice, PlaceKind, Reply
from bot.core.ports import Ask


def kept_under(address: Address) -> str:
    """Name the word under which the channels are remembered that somebody connected from their private chat."""
    return f"{address.platform}:channels:{address.place}"


def changes(ask: Ask) -> bool:
    """Tell whether only a channel's admin may ask this: what a channel gets is its own business."""
    return ask.kind is PlaceKind.CHANNEL


async def run(room: Room) -> Reply:
    """Privately: offer the platform's picker. About a channel: say what it gets, with everything to change that."""
    if room.ask.kind is PlaceKind.PRIVATE:
        pick = Choice(room.words("choose_channel"), "channels", picks="channel")
        return reply(room.words("channels_how"), choices=((pick,),))
    if room.ask.kind is PlaceKind.GROUP:
        return reply(room.words("channels_privately"))
    if not room.subscribed:
        return reply(room.words("channel_new"), choices=((button(room, "subscribe", "subscribe"),),))
    feeds = await status.feeds(room)
    return reply(
        *feeds,
        choices=(
            (button(room, "topics", "topics"), button(room, "change_filter", "filter")),
            (button(room, "settings", "settings"), button(room, "unsubscribe", "unsubscribe")),
            (button(room, "sample_me", "latest 1"), button(room, "sample_there", "latest there")),
        ),
    )
