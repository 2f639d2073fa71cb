"""What the bot may do in a channel, worked out as Discord's documentation of permissions says; pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

Json = dict[str, Any]

VIEW: Final = 1 << 10
SEND: Final = 1 << 11
EMBED: Final = 1 << 14
ATTACH: Final = 1 << 15
HISTORY: Final = 1 << 16
IN_THREADS: Final = 1 << 38
_ADMINISTRATOR: Final = 1 << 3
_EVERYTHING: Final = (1 << 60) - 1

NAMES: Final = {
    VIEW: "View Channel",
    SEND: "Send Messages",
    IN_THREADS: "Send Messages in Threads",
    EMBED: "Embed Links",
    ATTACH: "Attach Files",
    HISTORY: "Read Message History",
}
"""What the bot needs, by the names that Discord's settings show. Without files formulas are Unicode, that is all."""
WORDS: Final = {
    "View Channel": "discord_view_channel",
    "Send Messages": "discord_send_messages",
    "Create Posts": "discord_create_posts",
    "Send Messages in Threads": "discord_send_in_threads",
    "Embed Links": "discord_embed_links",
    "Read Message History": "discord_read_history",
}
"""The catalogues' keys for what ``missing`` names: the names that Discord's settings show in the reader's language."""
NEEDED: Final = sum(NAMES)
"""The permissions that an invite asks for."""

THREADS: Final = frozenset((10, 11, 12))
FORUMS: Final = frozenset((15, 16))
"""Forum and media channels: each message there begins a thread."""
TEXT: Final = frozenset((0, 2, 5, 13)) | THREADS
ANNOUNCEMENTS: Final = 5


def needed_in(kind: int) -> int:
    """Give the permissions that a channel of this type takes."""
    if kind in THREADS:
        return VIEW | IN_THREADS | EMBED | HISTORY
    if kind in FORUMS:
        return VIEW | SEND | IN_THREADS | EMBED | HISTORY
    return VIEW | SEND | EMBED | HISTORY


def missing(has: int, kind: int) -> tuple[str, ...]:
    """Name the permissions that are missing in a channel of this type. A forum's "Send Messages" is "Create Posts"."""
    names = NAMES | ({SEND: "Create Posts"} if kind in FORUMS else {})
    return tuple(name for bit, name in names.items() if needed_in(kind) & bit & ~has)


def permissions(guild: Json, member: Json, overwrites: Iterable[Json]) -> int:
    """Work out a member's permissions in a channel from the API's objects."""
    user, everyone = str(member.get("user", {}).get("id", "")), str(guild.get("id", ""))
    roles = {everyone, *map(str, member.get("roles", ()))}
    if str(guild.get("owner_id", "")) == user:
        return _EVERYTHING
    has = 0
    for role in guild.get("roles", ()):
        if str(role["id"]) in roles:
            has |= int(role["permissions"])
    if has & _ADMINISTRATOR:
        return _EVERYTHING
    return _overwritten(has, list(overwrites), everyone, roles - {everyone}, user)


def _overwritten(has: int, overwrites: list[Json], everyone: str, roles: set[str], user: str) -> int:
    for group in ({everyone}, roles, {user}):
        mine = [each for each in overwrites if str(each["id"]) in group]
        for each in mine:
            has &= ~int(each["deny"])
        for each in mine:
            has |= int(each["allow"])
    return has if has & VIEW else 0
