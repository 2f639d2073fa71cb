"""Discord's side of things: servers, channels, people, messages, interactions, faults, and the ledger."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.emulators import discord_rules as rules
from tests.emulators.discord_records import Entry, Fault, Request
from tests.emulators.discord_rules import Json, RefusedError

BOT = "777000000000000777"
"""The bot's user id, and its application's."""
GUILD = "900000000000000001"
EPOCH = 1_420_070_400.0


@dataclass
class Channel:
    """A channel, a thread (``parent`` is where), or a person's direct messages (``recipient``)."""

    id: str
    type: int = rules.TEXT
    name: str = "general"
    guild: str = GUILD
    parent: str = ""
    owner: str = ""
    recipient: str = ""
    overwrites: list[Json] = field(default_factory=list)
    tags: list[Json] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    flags: int = 0
    archived: bool = False
    locked: bool = False

    def shape(self) -> Json:
        """Write it as a channel object."""
        base: Json = {"id": self.id, "type": self.type, "name": self.name, "flags": self.flags}
        if self.type == rules.DM:
            return base | {"recipients": [person(self.recipient)], "last_message_id": None}
        base |= {"guild_id": self.guild, "parent_id": self.parent or None, "position": 0, "nsfw": False}
        if self.type == rules.THREAD:
            state = {"archived": self.archived, "locked": self.locked, "auto_archive_duration": 4320}
            base |= {"owner_id": self.owner or "1", "message_count": 0, "member_count": 1, "applied_tags": self.applied}
            return base | {"thread_metadata": state | {"archive_timestamp": "2026-01-01T00:00:00+00:00"}}
        return base | {"permission_overwrites": self.overwrites, "available_tags": self.tags, "topic": None}


@dataclass
class Guild:
    """A server. ``roles`` are role objects, ``members`` the role ids that people have."""

    id: str = GUILD
    name: str = "Server"
    owner: str = "1"
    locale: str = "zh-CN"
    roles: dict[str, int] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)


def person(user: str, name: str = "") -> Json:
    """Write a user object."""
    shown = name or f"user{user}"
    return {
        "id": user, "username": shown, "discriminator": "0", "global_name": shown, "avatar": None, "bot": user == BOT,
        "public_flags": 0,
    }  # fmt: skip


class World:
    """The state, and what people do in it. ``clock`` gives seconds; ids and nonces are counted by it."""

    def __init__(self, clock: Callable[[], float], *, nonce_memory: float = 300.0) -> None:
        self.clock = clock
        self.nonce_memory = nonce_memory
        self.guilds: dict[str, Guild] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[tuple[str, str], Json] = {}
        self.nonces: dict[str, tuple[float, str, str]] = {}
        self.ledger: list[Entry] = []
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.commands: list[Json] = []
        self.syncs = 0
        self.closed_dms: set[str] = set()
        self.events: list[Json] = []
        self.emitted = asyncio.Event()
        self._counter = itertools.count()
        self.add_guild()

    def snowflake(self) -> str:
        """Make an id of the clock's time."""
        return str((int((self.clock() - EPOCH) * 1000) << 22) + next(self._counter) % 4096)

    def emit(self, kind: str, data: Json) -> None:
        """Send an event through the gateway, now or when it is resumed."""
        self.events.append({"t": kind, "d": data})
        self.emitted.set()
        self.emitted = asyncio.Event()

    # -- servers and channels -----------------------------------------------------------------------------------------

    def add_guild(self, guild: str = GUILD, **given: Any) -> Guild:
        """Let the bot into a server."""
        made = Guild(guild, **given)
        made.roles.setdefault(guild, rules.EVERYONE)
        made.members.setdefault(BOT, [])
        self.guilds[guild] = made
        self.emit("GUILD_CREATE", self.guild_shape(made))
        return made

    def remove_guild(self, guild: str = GUILD) -> None:
        """Throw the bot out of a server."""
        del self.guilds[guild]
        self.emit("GUILD_DELETE", {"id": guild})

    def guild_shape(self, guild: Guild) -> Json:
        """Write a guild object, as GUILD_CREATE has it."""
        mine = [channel for channel in self.channels.values() if channel.guild == guild.id and channel.type != rules.DM]
        return {
            "id": guild.id,
            "name": guild.name,
            "owner_id": guild.owner,
            "preferred_locale": guild.locale,
            "roles": [self.role_shape(guild, role) for role in guild.roles],
            "channels": [each.shape() for each in mine if each.type != rules.THREAD],
            "threads": [each.shape() for each in mine if each.type == rules.THREAD and not each.archived],
            "members": [self.member_shape(guild, BOT)],
            "member_count": 2, "features": [], "emojis": [], "stickers": [], "large": False, "unavailable": False,
            "joined_at": "2026-01-01T00:00:00+00:00", "voice_states": [], "presences": [], "stage_instances": [],
            "guild_scheduled_events": [], "soundboard_sounds": [], "afk_timeout": 60, "verification_level": 0,
            "default_message_notifications": 0, "explicit_content_filter": 0, "mfa_level": 0, "premium_tier": 0,
            "nsfw_level": 0, "system_channel_flags": 0, "premium_progress_bar_enabled": False,
        }  # fmt: skip

    def role_shape(self, guild: Guild, role: str) -> Json:
        """Write a role object."""
        return {
            "id": role, "name": "@everyone" if role == guild.id else f"role{role}", "color": 0, "hoist": False,
            "position": 0 if role == guild.id else 1, "permissions": str(guild.roles[role]), "managed": False,
            "mentionable": False, "flags": 0, "colors": {"primary_color": 0},
        }  # fmt: skip

    def member_shape(self, guild: Guild, user: str) -> Json:
        """Write a member object."""
        return {
            "user": person(user), "roles": guild.members.get(user, []), "joined_at": "2026-01-01T00:00:00+00:00",
            "deaf": False, "mute": False, "flags": 0, "nick": None, "avatar": None,
        }  # fmt: skip

    def add_channel(self, channel: str, type: int = rules.TEXT, **given: Any) -> Channel:  # noqa: A002 - Discord's word
        """Make a channel or thread."""
        made = self.channels[channel] = Channel(channel, type, **given)
        self.emit("THREAD_CREATE" if type == rules.THREAD else "CHANNEL_CREATE", made.shape())
        return made

    def delete_channel(self, channel: str) -> None:
        """Delete a channel or thread."""
        gone = self.channels.pop(channel)
        self.emit("THREAD_DELETE" if gone.type == rules.THREAD else "CHANNEL_DELETE", gone.shape())

    def update_channel(self, channel: str, **changes: Any) -> None:
        """Change a channel or thread: ``overwrites``, ``archived``, ``locked``."""
        target = self.channels[channel]
        for name, value in changes.items():
            setattr(target, name, value)
        self.emit("THREAD_UPDATE" if target.type == rules.THREAD else "CHANNEL_UPDATE", target.shape())

    def set_role(self, permissions: int, role: str = GUILD, guild: str = GUILD) -> None:
        """Change what a role (by default everyone) may do."""
        target = self.guilds[guild]
        new = role not in target.roles
        target.roles[role] = permissions
        shape = {"guild_id": guild, "role": self.role_shape(target, role)}
        self.emit("GUILD_ROLE_CREATE" if new else "GUILD_ROLE_UPDATE", shape)

    def direct(self, user: str) -> Channel:
        """Give the channel of a person's direct messages."""
        found = next((each for each in self.channels.values() if each.recipient == user), None)
        if found is None:
            number = self.snowflake()
            found = self.channels[number] = Channel(number, rules.DM, "", guild="", recipient=user)
        return found

    def permissions(self, channel: Channel, user: str) -> int:
        """Work out what somebody may do in a channel."""
        if channel.type == rules.DM:
            return rules.ALL
        if channel.guild not in self.guilds:
            return 0
        guild = self.guilds[channel.guild]
        mine = [guild.id, *guild.members.get(user, [])]
        has = 0
        for role in mine:
            has |= guild.roles[role]
        if user == guild.owner or has & rules.ADMINISTRATOR:
            return rules.ALL
        source = self.channels[channel.parent] if channel.type == rules.THREAD else channel
        for group in ([guild.id], mine[1:], [user]):
            fitting = [each for each in source.overwrites if each["id"] in group]
            for each in fitting:
                has &= ~int(each["deny"])
            for each in fitting:
                has |= int(each["allow"])
        return has if has & rules.VIEW else 0

    def channel(self, number: str) -> Channel:
        """Find a channel, or refuse as Discord does for one that is not there or out of sight."""
        found = self.channels.get(number)
        if found is None:
            raise RefusedError(404, 10003, "Unknown Channel")
        if found.guild and (found.guild not in self.guilds or not self.permissions(found, BOT)):
            raise RefusedError(403, 50001, "Missing Access")
        return found

    # -- messages -----------------------------------------------------------------------------------------------------

    def message(self, channel: str, body: Json, *, author: str = BOT, kind: str = "create") -> Json:
        """Make and keep a message; what the bot writes goes into the ledger."""
        number = self.snowflake()
        made: Json = {
            "id": number, "channel_id": channel, "author": person(author), "content": body.get("content") or "",
            "embeds": body.get("embeds") or [], "components": body.get("components") or [],
            "attachments": body.get("attachments") or [],
            "timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": None, "tts": False, "mention_everyone": False,
            "mentions": [], "mention_roles": [], "pinned": False, "type": 0, "flags": body.get("flags", 0),
        }  # fmt: skip
        self.messages[channel, number] = made
        if author == BOT:
            self.record(kind, made, body)
        return made

    def record(self, kind: str, message: Json, body: Json) -> None:
        """Write an accepted effect into the ledger."""
        entry = Entry(
            time=self.clock(),
            kind=kind,
            channel=message["channel_id"],
            message_id=message["id"],
            content=message["content"],
            embeds=tuple(message["embeds"]),
            components=tuple(message["components"]),
            flags=message["flags"],
            pinged=tuple(rules.pinged(body)),
            payload=body,
        )
        self.ledger.append(entry)

    # -- faults -------------------------------------------------------------------------------------------------------

    def fault(self, kind: str, **given: Any) -> Fault:
        """Script a fault."""
        self.faults.append(Fault(kind, **given))
        return self.faults[-1]

    def take_fault(self, method: str, path: str) -> Fault | None:
        """Find the fault for a request and count it down."""
        for fault in self.faults:
            if fault.fits(method, path):
                fault.times -= 1
                return fault
        return None
