"""The gateway: interactions and news of servers come in; sending does not need it.

discord.py's client reconnects and resumes by itself. Where it gives up, as it does when the very first link fails, a
fresh one takes its place.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final

import aiohttp
import discord
import structlog
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket

from bot.core.models import Address
from bot.core.ports import Doors
from bot.platforms.discord import tree
from bot.platforms.discord.ground import Ground, Spot
from bot.platforms.discord.items import ITEMS
from bot.platforms.discord.rest import connector
from bot.platforms.discord.settings import DiscordSettings
from bot.platforms.discord.talk import Talk

log = structlog.get_logger()

# The library would warn at each start of what only voice needs.
discord.VoiceClient.warn_nacl = False
discord.VoiceClient.warn_dave = False

FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 300.0
"""Seconds before a fresh client, doubled each time."""
GOODBYE: Final = 3.0
"""Seconds for closing the links of a client."""
STEADY: Final = 60.0
"""Seconds after which a client counts as having worked."""


class _Tree(app_commands.CommandTree["Client"]):
    """The tree, whose failures are lines of our log."""

    async def on_error(self, interaction: Any, error: app_commands.AppCommandError, /) -> None:
        log.warning("discord.command_failed", command=str((interaction.data or {}).get("name"))[:32], error=str(error))


class Client(discord.Client):
    """discord.py's client with the least that we need: servers, no messages, no members, no caches of them."""

    def __init__(self, settings: DiscordSettings, talk: Talk, doors: Doors, connect: aiohttp.BaseConnector) -> None:
        proxy = settings.proxy.get_secret_value() if settings.proxy is not None else None
        super().__init__(
            intents=discord.Intents(guilds=True),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            connector=connect,
            proxy=proxy if proxy is not None and proxy.startswith("http") else None,
        )
        self.talk = talk
        self._doors = doors
        self.tree = _Tree(self, fallback_to_global=False)
        self._ground = Ground(self, doors)
        self.add_dynamic_items(*ITEMS)

    async def setup_hook(self) -> None:
        """Get ready, before the gateway is asked."""
        await tree.fill(self.tree, self.talk)
        try:
            await tree.register(self.tree, self._doors)
        except discord.DiscordException as error:
            # Those that are registered go on working; the next client tries again.
            log.warning("discord.commands_not_registered", error=str(error)[:300])

    async def close(self) -> None:
        """Close the links."""
        await self._ground.stop()
        await super().close()

    # -- news of servers ----------------------------------------------------------------------------------------------

    async def on_ready(self) -> None:
        """Compare all places with what is there."""
        log.info("discord.ready", servers=len(self.guilds))
        self._ground.look_again()

    async def on_guild_available(self, _: discord.Guild) -> None:
        """Compare again."""
        self._ground.look_again()

    async def on_guild_join(self, _: discord.Guild) -> None:
        """Compare again: what was held for its channels may go out."""
        self._ground.look_again()

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Close what was there."""
        await self._ground.gone([*guild.channels, *guild.threads], "kicked")

    async def on_guild_role_update(self, *_: discord.Role) -> None:
        """Compare again."""
        self._ground.look_again()

    async def on_guild_role_delete(self, _: discord.Role) -> None:
        """Compare again."""
        self._ground.look_again()

    async def on_member_update(self, *_: discord.Member) -> None:
        """Compare again: the only member that we are told of is the bot."""
        self._ground.look_again()

    async def on_guild_channel_update(self, _: discord.abc.GuildChannel, channel: discord.abc.GuildChannel) -> None:
        """Compare again; what is remembered of it, as whether it is for announcements, may be wrong now."""
        self.talk.changed(str(channel.id))
        self._ground.look_again()

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Close it."""
        spots: list[Spot] = [channel, *getattr(channel, "threads", ())]
        await self._ground.gone(spots, "channel_deleted")

    async def on_thread_update(self, *_: discord.Thread) -> None:
        """Compare again."""
        self._ground.look_again()

    async def on_thread_join(self, _: discord.Thread) -> None:
        """Compare again: a thread that was archived has come back."""
        self._ground.look_again()

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Close it."""
        await self._doors.closed(Address("discord", str(payload.thread_id)), "channel_deleted")


class Gateway:
    """Keeps one client alive."""

    def __init__(self, settings: DiscordSettings, talk: Talk, doors: Doors) -> None:
        self._settings = settings
        self._talk = talk
        self._doors = doors
        # The library has no other way of being led elsewhere.
        discord.http.Route.BASE = settings.api_base
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listen while the context is open. A fault that ends the listening ends whoever opened it."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.run(), name="discord-gateway")
            try:
                yield
            finally:
                while not task.done():
                    # Waiting with a time limit may swallow a cancellation that comes just as the wait ends.
                    task.cancel()
                    await asyncio.wait({task}, timeout=GOODBYE)

    async def run(self) -> None:
        """Listen until cancelled."""
        pause = FIRST_PAUSE
        while True:
            began = self._doors.clock.now()
            await self._once()
            lived = (self._doors.clock.now() - began).total_seconds()
            pause = FIRST_PAUSE if lived > STEADY else min(pause * 2, LONGEST_PAUSE)
            await self._doors.clock.sleep(pause)

    async def _once(self) -> None:
        """Run one client to its end, whatever that is."""
        token = self._settings.token.get_secret_value() if self._settings.token is not None else ""
        proxy = self._settings.proxy.get_secret_value() if self._settings.proxy is not None else None
        client = Client(self._settings, self._talk, self._doors, connector(proxy))
        try:
            await client.start(token)
        except discord.LoginFailure:
            log.warning("discord.bad_token", remedy="reset it on discord.com/developers (Bot, Reset Token)")
        except Exception as error:  # noqa: BLE001 -- the loop's edge: a fresh client begins anew
            log.warning("discord.gateway_lost", error=f"{type(error).__name__}: {error}"[:300])
        finally:
            await self._talk.finish()
            with contextlib.suppress(TimeoutError):
                # A link that is dead would be said goodbye to for half a minute.
                async with asyncio.timeout(GOODBYE):
                    await client.close()
