"""Discord's REST routes: each checks a request as Discord does and changes the world by it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.emulators import discord_rules as rules
from tests.emulators.discord_interactions import Interactions
from tests.emulators.discord_rules import Json, RefusedError
from tests.emulators.discord_world import BOT, Channel, World, person

ID = r"(\d+)"


class Api:
    """Runs requests against a world."""

    def __init__(self, world: World, interactions: Interactions) -> None:
        self.world = world
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Any]]] = [
            (method, re.compile(path), handler)
            for method, path, handler in (
                ("GET", r"/users/@me", self._me),
                ("POST", r"/users/@me/channels", self._direct),
                ("GET", r"/applications/@me|/oauth2/applications/@me", self._application),
                ("GET", r"/gateway/bot", self._gateway),
                ("GET", rf"/channels/{ID}", self._channel),
                ("POST", rf"/channels/{ID}/messages", self._send),
                ("GET", rf"/channels/{ID}/messages", self._history),
                ("GET", rf"/channels/{ID}/messages/{ID}", self._get),
                ("PATCH", rf"/channels/{ID}/messages/{ID}", self._edit),
                ("POST", rf"/channels/{ID}/messages/{ID}/crosspost", self._crosspost),
                ("POST", rf"/channels/{ID}/threads", self._begin),
                ("GET", rf"/channels/{ID}/threads/archived/public", self._archived),
                ("GET", rf"/guilds/{ID}", self._guild),
                ("GET", rf"/guilds/{ID}/members/{ID}", self._member),
                ("GET", rf"/guilds/{ID}/threads/active", self._active),
                ("PUT", rf"/applications/{ID}/commands", self._sync),
                ("GET", rf"/applications/{ID}/commands", self._commands),
                ("POST", rf"/interactions/{ID}/([^/]+)/callback", interactions.callback),
                ("POST", rf"/webhooks/{ID}/([^/]+)", interactions.follow),
                ("GET", rf"/webhooks/{ID}/([^/]+)/messages/@original", interactions.original),
                ("PATCH", rf"/webhooks/{ID}/([^/]+)/messages/([^/]+)", interactions.edit),
                ("DELETE", rf"/webhooks/{ID}/([^/]+)/messages/([^/]+)", interactions.delete),
            )
        ]

    def run(self, method: str, path: str, body: Json, query: dict[str, str]) -> Any:
        """Run a request and give its JSON, or raise RefusedError."""
        for verb, pattern, handler in self._routes:
            hit = pattern.fullmatch(path) if verb == method else None
            if hit is not None:
                return handler(*(each for each in hit.groups() if each is not None), body=body, query=query)
        raise RefusedError(404, 0, "404: Not Found")

    # -- who and where ------------------------------------------------------------------------------------------------

    def _me(self, **_: Any) -> Json:
        return person(BOT, "incoming") | {"verified": True, "mfa_enabled": False, "locale": "en-US", "flags": 0}

    def _application(self, **_: Any) -> Json:
        shape = {"description": "", "icon": None, "verify_key": "0", "bot_require_code_grant": False}
        return shape | {"id": BOT, "name": "incoming", "bot_public": True, "flags": 0, "owner": person("1")}

    def _gateway(self, **_: Any) -> Json:
        limits = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        return {"url": "ws://127.0.0.1", "shards": 1, "session_start_limit": limits}

    def _direct(self, *, body: Json, **_: Any) -> Json:
        return self.world.direct(str(body["recipient_id"])).shape()

    def _channel(self, number: str, **_: Any) -> Json:
        return self.world.channel(number).shape()

    def _guild(self, number: str, **_: Any) -> Json:
        guild = self.world.guilds.get(number)
        if guild is None:
            raise RefusedError(403, 50001, "Missing Access")
        return self.world.guild_shape(guild)

    def _member(self, number: str, user: str, **_: Any) -> Json:
        self._guild(number)
        return self.world.member_shape(self.world.guilds[number], user)

    # -- messages -----------------------------------------------------------------------------------------------------

    def _send(self, number: str, *, body: Json, **_: Any) -> Json:
        channel = self.world.channel(number)
        self._may_send(channel, body)
        rules.check_message(body)
        again = self._remembered(number, body)
        if again is not None:
            return again
        made = self.world.message(number, body)
        channel.archived = False
        if body.get("enforce_nonce") and "nonce" in body:
            self.world.nonces[body["nonce"]] = (self.world.clock(), number, made["id"])
        return made | ({"nonce": body["nonce"]} if "nonce" in body else {})

    def _remembered(self, number: str, body: Json) -> Json | None:
        """Find the message that a nonce stands for, while it is remembered."""
        if not body.get("enforce_nonce") or body.get("nonce") not in self.world.nonces:
            return None
        at, channel, message = self.world.nonces[body["nonce"]]
        if channel != number or self.world.clock() - at > self.world.nonce_memory:
            return None
        found = self.world.messages.get((channel, message))
        if found is None:
            raise RefusedError(404, 10008, "Unknown Message")
        return found | {"nonce": body["nonce"]}

    def _may_send(self, channel: Channel, body: Json) -> None:
        if channel.recipient in self.world.closed_dms and channel.type == rules.DM:
            raise RefusedError(403, 50007, "Cannot send messages to this user")
        if channel.type == rules.FORUM:
            raise RefusedError(400, 50008, "Cannot send messages in a non-text channel")
        if channel.locked:
            raise RefusedError(403, 160005, "Thread is locked")
        needed = rules.IN_THREADS if channel.type == rules.THREAD else rules.SEND
        needed |= rules.EMBED if body.get("embeds") else 0
        needed |= rules.ATTACH if body.get("files") else 0
        if needed & ~self.world.permissions(channel, BOT):
            raise RefusedError(403, 50013, "Missing Permissions")

    def _history(self, number: str, *, query: dict[str, str], **_: Any) -> list[Json]:
        channel = self.world.channel(number)
        if not self.world.permissions(channel, BOT) & rules.HISTORY:
            return []
        before = int(query.get("before", str(1 << 63)))
        mine = [
            each for (where, _), each in self.world.messages.items() if where == number and int(each["id"]) < before
        ]
        newest = sorted(mine, key=lambda each: int(each["id"]), reverse=True)
        return newest[: int(query.get("limit", "50"))]

    def _get(self, number: str, message: str, **_: Any) -> Json:
        self.world.channel(number)
        found = self.world.messages.get((number, message))
        if found is None:
            raise RefusedError(404, 10008, "Unknown Message")
        return found

    def _edit(self, number: str, message: str, *, body: Json, **_: Any) -> Json:
        found = self._get(number, message)
        if found["author"]["id"] != BOT:
            raise RefusedError(403, 50005, "Cannot edit a message authored by another user")
        merged = found | {name: value for name, value in body.items() if name in found}
        rules.check_message(merged | {"files": body.get("files") or {}})
        found |= merged
        self.world.record("edit", found, body)
        return found

    def _crosspost(self, number: str, message: str, **_: Any) -> Json:
        found = self._get(number, message)
        if self.world.channel(number).type != rules.ANNOUNCEMENTS:
            raise RefusedError(400, 50024, "Cannot execute action on this channel type")
        found["flags"] |= 1
        self.world.record("crosspost", found, {})
        return found

    # -- forums -------------------------------------------------------------------------------------------------------

    def _begin(self, number: str, *, body: Json, **_: Any) -> Json:
        forum = self.world.channel(number)
        if forum.type != rules.FORUM:
            raise RefusedError(400, 50024, "Cannot execute action on this channel type")
        if (rules.SEND | rules.EMBED) & ~self.world.permissions(forum, BOT):
            raise RefusedError(403, 50013, "Missing Permissions")
        tags, known = body.get("applied_tags", []), {tag["id"] for tag in forum.tags}
        if not 1 <= rules.units(str(body.get("name", ""))) <= 100 or len(tags) > 5 or not set(tags) <= known:
            rules.refuse("name", "a name of 1 to 100, at most five tags of the forum's own")
        if forum.flags & (1 << 4) and not tags:
            raise RefusedError(400, 40067, "A tag is required to create a forum post in this channel")
        rules.check_message(body["message"] | {"files": body.get("files") or {}})
        made = self.world.message("0", body["message"], kind="thread")
        thread = made["channel_id"] = made["id"]
        self.world.messages[thread, thread] = self.world.messages.pop(("0", thread))
        self.world.ledger.pop()
        self.world.record("thread", made, body)
        channel = self.world.add_channel(
            thread, rules.THREAD, name=body["name"], parent=number, owner=BOT, applied=tags, guild=forum.guild
        )
        return channel.shape() | {"message": made}

    def _active(self, number: str, **_: Any) -> Json:
        mine = [each for each in self.world.channels.values() if each.guild == number and each.type == rules.THREAD]
        return {"threads": [each.shape() for each in mine if not each.archived], "members": []}

    def _archived(self, number: str, **_: Any) -> Json:
        forum = self.world.channel(number)
        if not self.world.permissions(forum, BOT) & rules.HISTORY:
            raise RefusedError(403, 50013, "Missing Permissions")
        mine = [each for each in self.world.channels.values() if each.parent == number and each.archived]
        return {"threads": [each.shape() for each in mine], "members": [], "has_more": False}

    # -- commands -----------------------------------------------------------------------------------------------------

    def _sync(self, _application: str, *, body: Any, **_: Any) -> list[Json]:
        rules.check_commands(body)
        world = self.world
        world.syncs += 1
        world.commands = [
            {
                "default_permission": True,
                "description": "",
                "version": "1",
                "application_id": BOT,
                "type": 1,
                "default_member_permissions": None,
            }
            | each
            | {"id": world.snowflake()}
            for each in body
        ]
        return world.commands

    def _commands(self, _application: str, **_: Any) -> list[Json]:
        return self.world.commands
