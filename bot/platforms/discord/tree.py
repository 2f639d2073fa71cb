"""The application commands, made of the table of commands, and registered where that changed."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Coroutine
from typing import Any, Final

import discord
import structlog
from discord import app_commands

from bot.commands import TABLE, Command, Right
from bot.commands.why import NO_POST
from bot.core.ports import Doors
from bot.platforms.discord import languages, rights
from bot.platforms.discord.surface import Option, options_of
from bot.platforms.discord.talk import Talk
from bot.platforms.discord.target import Elsewhere, Interaction

log = structlog.get_logger()

_EVERYWHERE: Final = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
_PRIVATELY: Final = app_commands.AppCommandContext(guild=False, dm_channel=True, private_channel=False)
_BOTH: Final = app_commands.AppInstallationType(guild=True, user=True)


class _Where(app_commands.Transformer):
    """A channel as an option: what Discord tells of it, with the asker's permissions there."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        return [discord.ChannelType(kind) for kind in sorted(rights.TEXT | rights.FORUMS)]

    async def transform(self, interaction: Interaction, value: Any, /) -> Elsewhere:
        del interaction
        found: Elsewhere = value
        return found


_TYPES: Final[dict[str, Any]] = {
    "words": str | None,
    "number": app_commands.Range[int, 1, 10] | None,
    "yes": bool | None,
    "channel": app_commands.Transform[Elsewhere, _Where] | None,
}


class _Translator(app_commands.Translator):
    """Names and descriptions out of our catalogues."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        del context
        key = str(string.extras.get("key", ""))
        if not key:
            return None
        if string.extras["named"]:
            return languages.named(key, string.message, locale.value)
        return languages.said(key, locale.value) if locale.value in languages.CLIENTS else None


def _name(key: str, name: str) -> app_commands.locale_str:
    return app_commands.locale_str(name, key=key, named=True)


def _about(key: str) -> app_commands.locale_str:
    return app_commands.locale_str(languages.said(key), key=key, named=False)


async def fill(tree: app_commands.CommandTree[Any], talk: Talk) -> None:
    """Put every command into a tree."""
    await tree.set_translator(_Translator())
    for row in TABLE:
        if not row.hidden:
            tree.add_command(_command(row, talk))
    if any(row.name == "why" for row in TABLE):
        tree.add_command(_why(talk))


def _command(row: Command, talk: Talk) -> app_commands.Command[Any, ..., None]:
    options = options_of(row.name, row.usage)

    async def run(interaction: Interaction, **given: Any) -> None:
        await talk.command(interaction, row.name, given)

    # The library reads the options from here.
    run.__signature__ = _signature(options)  # type: ignore[attr-defined]  # unknown to mypy
    app_commands.describe(**{option.name: _about(f"about_{option.name}") for option in options})(run)
    app_commands.rename(**{option.name: _name(f"option_{option.name}", option.name) for option in options})(run)
    for option in options:
        if option.choices:
            listed = [app_commands.Choice(name=value, value=value) for value in option.choices]
            app_commands.choices(**{option.name: listed})(run)
    command: app_commands.Command[Any, ..., None] = app_commands.Command(
        name=_name(f"name_{row.name}", row.name),
        description=_about(row.short),
        callback=run,
        allowed_contexts=_PRIVATELY if row.right is Right.OPERATOR else _EVERYWHERE,
        allowed_installs=_BOTH,
    )
    for option in options:
        if option.suggests:
            command.autocomplete(option.name)(_offer(option, talk))
    return command


def _signature(options: tuple[Option, ...]) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter("interaction", kind, annotation=discord.Interaction)]
    for option in sorted(options, key=lambda each: not each.required):
        if option.required:
            parameters.append(inspect.Parameter(option.name, kind, annotation=str))
        else:
            parameters.append(inspect.Parameter(option.name, kind, annotation=_TYPES[option.type], default=None))
    return inspect.Signature(parameters)


def _offer(
    option: Option, talk: Talk
) -> Callable[[Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]:
    async def offer(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        given = dict(iter(interaction.namespace))
        found = await talk.offer(interaction, given, option.suggests, current)
        return [app_commands.Choice(name=shown[:100] or value, value=value[:100]) for shown, value in found[:25]]

    return offer


def _why(talk: Talk) -> app_commands.ContextMenu:
    """Make the entry of a message's own menu that asks why it came."""

    async def why(interaction: Interaction, message: discord.Message) -> None:
        link = next((embed.url for embed in message.embeds if embed.url), NO_POST)
        await talk.command(interaction, "why", {"link": link})

    return app_commands.ContextMenu(
        name=_about("why_this_post"), callback=why, allowed_contexts=_EVERYWHERE, allowed_installs=_BOTH
    )


async def register(tree: app_commands.CommandTree[Any], doors: Doors) -> None:
    """Register the commands, unless they are as they were when that was done last."""
    translator = tree.translator
    commands = tree.get_commands(type=discord.AppCommandType.chat_input) + tree.get_commands(
        type=discord.AppCommandType.message
    )
    payload = [
        await command.get_translated_payload(tree, translator) if translator else command.to_dict(tree)
        for command in commands
    ]
    seal = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
    key = f"discord_commands_{tree.client.application_id}"
    if await doors.recall(key) == seal:
        return
    await tree.sync()
    await doors.remember(key, seal)
    log.info("discord.commands_registered", commands=len(payload))
