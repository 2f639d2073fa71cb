"""Interactions: what people type, choose and press, and what the bot answers in time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.emulators import discord_rules as rules
from tests.emulators.discord_rules import Json, RefusedError
from tests.emulators.discord_world import BOT, Channel, World, person

DEADLINE = 3.0
"""Seconds in which an interaction must be answered."""
TOKEN_LIFE = 900.0


@dataclass
class Interaction:
    """One interaction and what became of it. ``kind`` is the type of its first answer, 0 before that."""

    id: str
    time: float
    user: str
    channel: str
    data: Json
    kind: int = 0
    answered: float = 0.0
    answers: list[Json] = field(default_factory=list)
    suggestions: list[Json] = field(default_factory=list)
    source: Json | None = None

    @property
    def shown(self) -> Json | None:
        """Give the message that the person sees last, if there is any."""
        return self.answers[-1] if self.answers else None


class Interactions:
    """Makes interactions and takes their answers."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.all: dict[str, Interaction] = {}

    # -- what people do -----------------------------------------------------------------------------------------------

    def slash(self, user: str, channel: str, name: str, /, *, locale: str = "zh-CN", **options: Any) -> Interaction:
        """Let somebody send a command that is registered."""
        command = next(each for each in self.world.commands if each["name"] == name)
        given = [self._option(command, key, value) for key, value in options.items()]
        data: Json = {"id": command["id"], "name": name, "type": 1, "options": given}
        targets = [str(each["value"]) for each in given if each["type"] == 7]
        if targets:
            data["resolved"] = {"channels": {each: self._partial(each, user) for each in targets}}
        return self._send(2, user, channel, data, locale)

    def context(self, user: str, channel: str, name: str, message: Json, *, locale: str = "zh-CN") -> Interaction:
        """Let somebody choose an entry of a message's own menu."""
        command = next(each for each in self.world.commands if each["name"] == name)
        resolved = {"messages": {message["id"]: message}}
        data = {"id": command["id"], "name": name, "type": 3, "target_id": message["id"], "resolved": resolved}
        return self._send(2, user, channel, data, locale)

    def type(self, user: str, channel: str, name: str, option: str, text: str, /, **others: Any) -> Interaction:
        """Let somebody type into an option that suggests."""
        command = next(each for each in self.world.commands if each["name"] == name)
        given = [self._option(command, key, value) for key, value in others.items()]
        given.append(self._option(command, option, text) | {"focused": True})
        return self._send(4, user, channel, {"id": command["id"], "name": name, "type": 1, "options": given}, "zh-CN")

    def press(self, user: str, message: Json, button: str, *, locale: str = "zh-CN") -> Interaction:
        """Let somebody press a button, named by its label or its ``custom_id``."""
        items = [item for row in message["components"] for item in row["components"]]
        hit = next(item for item in items if button in {item.get("label"), item.get("custom_id")})
        data = {"custom_id": hit["custom_id"], "component_type": 2}
        return self._send(3, user, message["channel_id"], data, locale, message)

    def choose(self, user: str, message: Json, *labels: str, menu: int = 0, locale: str = "zh-CN") -> Interaction:
        """Let somebody choose these options, and no others, in a menu."""
        menus = [item for row in message["components"] for item in row["components"] if item["type"] == 3]
        values = [each["value"] for each in menus[menu]["options"] if each["label"] in labels]
        data = {"custom_id": menus[menu]["custom_id"], "component_type": 3, "values": values}
        return self._send(3, user, message["channel_id"], data, locale, message)

    def _option(self, command: Json, name: str, value: Any) -> Json:
        known = next(each for each in command.get("options", []) if each["name"] == name)
        return {"name": name, "type": known["type"], "value": value}

    def _partial(self, channel: str, user: str) -> Json:
        found = self.world.channels[channel]
        return found.shape() | {"permissions": str(self.world.permissions(found, user))}

    def _send(
        self, kind: int, user: str, channel: str, data: Json, locale: str, message: Json | None = None
    ) -> Interaction:
        place = self.world.channels[channel]
        made = Interaction(self.world.snowflake(), self.world.clock(), user, channel, data, source=message)
        self.all[made.id] = made
        event: Json = {
            "id": made.id, "application_id": BOT, "type": kind, "data": data, "token": f"token-{made.id}", "version": 1,
            "channel_id": channel, "channel": place.shape(), "locale": locale, "entitlements": [],
            "app_permissions": str(self.world.permissions(place, BOT)), "attachment_size_limit": 10_000_000,
        }  # fmt: skip
        event |= {"message": message} if message is not None else {}
        self.world.emit("INTERACTION_CREATE", event | self._where(place, user))
        return made

    def _where(self, place: Channel, user: str) -> Json:
        if place.type == rules.DM:
            return {"user": person(user), "context": 1, "authorizing_integration_owners": {"1": user}}
        guild = self.world.guilds.get(place.guild)
        if guild is None:
            # A server that the bot is not in: the person brought it along.
            member = {"user": person(user), "roles": [], "permissions": "0", "joined_at": "2026-01-01T00:00:00+00:00"}
            shape = {"id": place.guild, "locale": "en-US", "features": []}
            owners = {"authorizing_integration_owners": {"1": user}, "context": 0}
            return {
                "guild_id": place.guild,
                "guild": shape,
                "guild_locale": "en-US",
                "member": member | {"flags": 0},
            } | owners
        member = self.world.member_shape(guild, user) | {"permissions": str(self.world.permissions(place, user))}
        return {
            "guild_id": guild.id, "guild": {"id": guild.id, "locale": guild.locale, "features": []}, "member": member,
            "guild_locale": guild.locale, "context": 0, "authorizing_integration_owners": {"0": guild.id},
        }  # fmt: skip

    # -- what the bot answers -----------------------------------------------------------------------------------------

    def callback(self, number: str, token: str, *, body: Json, **_: Any) -> Json:
        """Take the first answer."""
        found = self.all.get(number)
        if found is None or token != f"token-{number}" or self.world.clock() - found.time > DEADLINE:
            raise RefusedError(404, 10062, "Unknown interaction")
        if found.kind:
            raise RefusedError(400, 40060, "Interaction has already been acknowledged.")
        data = body.get("data") or {}
        self._check(body["type"], data)
        found.kind, found.answered = body["type"], self.world.clock()
        resource: Json = {"type": found.kind}
        if found.kind == 8:
            found.suggestions = data["choices"]
        elif found.kind == 4:
            resource["message"] = self._answer(found, data)
        elif found.kind == 7 and found.source is not None:
            resource["message"] = self._update(found, data)
        elif found.kind == 5:
            found.data["deferred_flags"] = data.get("flags", 0)
        shape = {
            "id": number,
            "type": 2,
            "response_message_loading": found.kind == 5,
            "response_message_ephemeral": False,
        }
        return {"interaction": shape, "resource": resource}

    def _check(self, kind: int, data: Json) -> None:
        if kind == 8:
            rules.check_suggestions(data["choices"])
        elif kind == 4:
            rules.check_message(data)
        elif kind == 7:
            rules.check_components(data.get("components") or [])

    def _answer(self, found: Interaction, data: Json) -> Json:
        message = self.world.message(found.channel, data, kind="answer")
        found.answers.append(message)
        return message

    def _update(self, found: Interaction, data: Json) -> Json:
        assert found.source is not None
        found.source |= {
            name: value if value is not None else [] for name, value in data.items() if name in found.source
        }
        if isinstance(found.source["content"], list):
            found.source["content"] = ""
        found.answers.append(found.source)
        self.world.record("answer", found.source, data)
        return found.source

    def _by_token(self, token: str) -> Interaction:
        found = self.all.get(token.removeprefix("token-"))
        if found is None or not found.kind or self.world.clock() - found.time > TOKEN_LIFE:
            raise RefusedError(404, 10015, "Unknown Webhook")
        return found

    def follow(self, _application: str, token: str, *, body: Json, **_: Any) -> Json:
        """Take a later answer; the first one after a deferral takes its place and its visibility."""
        found = self._by_token(token)
        rules.check_message(body)
        flags = body.get("flags", 0) | (found.data.pop("deferred_flags", 0) if not found.answers else 0)
        return self._answer(found, body | {"flags": flags})

    def original(self, _application: str, token: str, **_: Any) -> Json:
        """Give the first answer's message."""
        found = self._by_token(token)
        message = found.source if found.kind in {6, 7} else found.answers[0] if found.answers else None
        if message is None:
            raise RefusedError(404, 10008, "Unknown Message")
        return message

    def edit(self, _application: str, token: str, message: str, *, body: Json, **_: Any) -> Json:
        """Replace an answer; ``@original`` after a deferral is the answer."""
        found = self._by_token(token)
        if message == "@original" and found.kind == 5 and not found.answers:
            rules.check_message(body)
            return self._answer(found, body | {"flags": body.get("flags", 0) | found.data.get("deferred_flags", 0)})
        if message == "@original" and found.kind in {6, 7}:
            rules.check_components(body.get("components") or [])
            return self._update(found, body)
        target = found.answers[0] if message == "@original" else next(e for e in found.answers if e["id"] == message)
        target |= {name: value for name, value in body.items() if name in target}
        rules.check_message(target)
        self.world.record("answer", target, body)
        return target

    def delete(self, _application: str, token: str, message: str, **_: Any) -> None:
        """Take an answer away."""
        found = self._by_token(token)
        found.answers = [each for each in found.answers if each["id"] != message and message != "@original"]
