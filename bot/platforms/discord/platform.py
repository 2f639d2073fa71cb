"""Discord behind ``core.ports.Platform``."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from bot.clock import SystemClock
from bot.core.errors import ConfigError, SilentError
from bot.core.models import BELOW, Address, Chat, Gone, Notice, Outcome, Part, Payload, PlaceKind, Retry
from bot.core.ports import Answer, Doors, Limits, Window
from bot.platforms.discord.channels import PERSON, Channels, RefusedError
from bot.platforms.discord.draw import OPTIONS, draw, plainly
from bot.platforms.discord.picture import wanting
from bot.platforms.discord.rest import Rest
from bot.platforms.discord.rights import NAMES, NEEDED, VIEW, missing
from bot.platforms.discord.sender import Sender
from bot.platforms.discord.settings import DiscordSettings

PLACE: Final = (Window(5, 5.1),)
"""What Discord lets through to one channel; it tells so in each answer (``X-RateLimit-Limit``)."""


class Discord:
    """The platform. Without ``doors`` it can draw and probe, but not listen."""

    name = "discord"
    can_repeat = True
    options: tuple[str, ...] = OPTIONS
    images: tuple[str, ...] = (BELOW,)
    limits = Limits((Window(45, 1.02),), dict.fromkeys(PlaceKind, PLACE))

    def __init__(self, settings: DiscordSettings, doors: Doors | None = None) -> None:
        clock = doors.clock if doors is not None else SystemClock()
        self._settings = settings
        self._doors = doors
        self._rest = Rest(settings, clock)
        self._channels = Channels(self._rest)
        artist = doors.artist if doors is not None else None
        self.formulas: tuple[str, ...] = ("unicode", *(("picture",) if artist is not None else ()))
        self._sender = Sender(self._rest, self._channels, clock, artist)
        self._me = ""

    def render(self, notice: Notice, chat: Chat) -> tuple[Payload, ...]:
        """Write a notice as bodies of "create message"; pure."""
        *others, last = draw(notice, chat)
        return (*others, wanting(notice, last) if notice.title and chat.formulas == "picture" else last)

    def plainly(self, payload: Payload) -> Payload:
        """Give a message's words alone; pure."""
        return plainly(payload)

    async def send(self, part: Part) -> Outcome:
        """Make one request."""
        return await self._sender.send(part)

    @contextlib.asynccontextmanager
    async def listen(self, answer: Answer) -> AsyncIterator[None]:
        """Take commands while the context is open; the connections are closed after it."""
        from bot.platforms.discord.gateway import Gateway  # noqa: PLC0415 -- its library takes a second to load
        from bot.platforms.discord.talk import Talk  # noqa: PLC0415 -- see above

        if self._doors is None:
            msg = "a sketch of a platform does not listen"
            raise TypeError(msg)
        talk = Talk(self._rest, self._channels, self._sender, self._doors, answer)
        try:
            async with Gateway(self._settings, talk, self._doors).open():
                yield
        finally:
            await self.close()

    async def catch_up(self, answer: Answer) -> None:
        """Do nothing: Discord keeps no commands for a bot that is away."""

    async def invitation(self, code: str) -> str | None:
        """Give the line to type in a direct message to the bot."""
        return f"/start {code}"

    async def entrances(self) -> Sequence[tuple[str, str]]:
        """Give the link that adds the bot to a server; empty while Discord does not answer."""
        try:
            application = await self._channels.ask("GET", "/oauth2/applications/@me")
        except RefusedError:
            return ()
        scopes = f"scope=bot+applications.commands&permissions={NEEDED}"
        return (("server", f"https://discord.com/oauth2/authorize?client_id={application['id']}&{scopes}"),)

    @property
    def account(self) -> str:
        """Give the first of a token's three parts: the bot's user id, in base64 without its padding."""
        first, _, _ = (self._settings.token.get_secret_value() if self._settings.token else "").partition(".")
        with contextlib.suppress(ValueError):
            number = base64.b64decode(first + "=" * (-len(first) % 4), validate=True).decode("ascii")
            return number if number.isdecimal() else ""
        return ""

    @property
    def private_link(self) -> str:
        """Give where the bot's profile is, from which a direct message is opened; empty until Discord has told."""
        return f"https://discord.com/users/{self._me}" if self._me else ""

    def person(self, user: str) -> Address:
        """Give a user's direct messages; pure."""
        return Address(self.name, f"{PERSON}{user}")

    async def reach(self, user: str) -> None:
        """Make sure that a user's direct messages can be opened. Whether they take any shows with the first one."""
        try:
            await self._channels.find(self.person(user), fresh=True)
        except RefusedError as refused:
            # 400 is "Invalid Recipient(s)": a number that is nobody's, or a bot's.
            if isinstance(refused.outcome, Retry) and refused.outcome.reason != "status_400":
                msg = f"user {user}: {self._refusal(refused.outcome)}"
            else:
                msg = f"user {user} is none that this bot can write to; they must share a server with it"
            raise ConfigError(msg) from None

    async def lacks(self, address: Address) -> Sequence[str]:
        """Name the permissions that are missing in a channel, as Discord's settings call them; raises ConfigError."""
        try:
            channel = await self._channels.find(address, fresh=True)
            return missing(await self._channels.rights_in(channel), channel.kind) if channel.guild else ()
        except RefusedError as refused:
            if isinstance(refused.outcome, Gone) and refused.outcome.reason == "no_access":
                return (NAMES[VIEW],)
            reason = getattr(refused.outcome, "reason", "")
            msg = f"Discord does not show this channel ({reason}); subscribe another one, or remove it"
            raise ConfigError(msg) from None

    async def edit(self, ref: str, part: Part) -> Outcome:
        """Replace what was sent as ``ref``; one that is gone is refused."""
        return await self._sender.edit(ref, part.payload)

    async def probe(self) -> str:
        """Ask Discord who we are (``@name``); raises ConfigError, with the remedy, where it refuses."""
        try:
            me = await self._channels.ask("GET", "/users/@me")
        except RefusedError as refused:
            raise self._refusal(refused.outcome) from None
        self._me = str(me["id"])
        return f"@{me['username']}"

    @property
    def told(self) -> str:
        """Give the ``Date`` of Discord's newest answer; empty before the first."""
        return self._rest.told

    async def astray(self, *, running: bool) -> str:
        """Say nothing: Discord brings commands to every program that has the token."""
        del running
        return ""

    def _refusal(self, outcome: Outcome) -> ConfigError:
        """Give what is wrong, with its remedy."""
        reason = outcome.reason if isinstance(outcome, Retry) else type(outcome).__name__
        if reason == "bad_token":
            return ConfigError(
                "discord.token: Discord does not know this token; reset it on discord.com/developers (Bot, Reset Token)"
            )
        return SilentError(self._silent(reason))

    def _silent(self, reason: str) -> str:
        if reason == "proxy":
            return "discord.proxy does not answer; see whether it runs at that address"
        host = urlsplit(self._settings.api_base).hostname
        if reason == "tls":
            return f"{host} cannot prove who it is (tls); check this machine's clock, then what stands in between"
        return f"{host} does not answer ({reason}); check the network, or set discord.proxy (INCOMING_DISCORD__PROXY)"

    async def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        await self._rest.close()
