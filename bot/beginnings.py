"""``incoming preview``, ``demo``, ``init``: what is tried before there is a bot, and what makes one."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Final

import click

from bot.core.errors import UsageError
from bot.options import DEFAULT, Seconds, complete, config_option, json_option, load, until_told


@click.command()
@click.argument("source")
@config_option
@click.option("--platform", type=click.Choice(["telegram", "discord", "console"]), default="console", show_default=True)
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 1000), help="Posts at most.")
@click.option("--length", default="480", show_default=True, help="Columns of excerpt, or `full`.")
@click.option("--language", type=click.Choice(["zh", "zh-TW", "en"]), help="Else the configuration's, or the locale's.")
@click.option(
    "--html", "output", type=click.Path(path_type=Path, dir_okay=False), help="Write a page for all platforms."
)
@json_option
def preview(
    source: str,
    path: Path | None,
    platform: str,
    limit: int,
    length: str,
    language: str | None,
    output: Path | None,
    *,
    as_json: bool,
) -> None:
    """Show how the newest posts of SOURCE would look. It is a URL, a file or a watched feed; topics are named."""
    from bot import ledger, machine  # noqa: PLC0415 -- so that --help answers at once
    from bot import preview as previews  # noqa: PLC0415 -- so that --help answers at once
    from bot.clock import SystemClock  # noqa: PLC0415 -- so that --help answers at once

    columns = -1 if length == "full" else int(length) if length.isdecimal() else None
    if columns is None:
        msg = f"--length: {length} is no number of columns; give one, or `full`"
        raise UsageError(msg)
    config, clock = load(path), SystemClock()
    if "language" not in config.model_fields_set:
        language = language or machine.language(os.environ)
    if language:
        config = config.model_copy(update={"language": language})
    address = complete(ledger.address_of(config, source))
    if output is not None:
        names = tuple(previews.ROOMS)
        drawn = complete(previews.previews(config, clock, address, names=names, limit=limit, length=columns))
        previews.save(drawn, source, config.language, output)
        click.echo(f"wrote {output}", err=as_json)
        if not as_json:
            return
    samples = complete(previews.preview(config, clock, address, platform=platform, limit=limit, length=columns))
    if not samples and not as_json:
        click.echo(f"{source}: there are no posts in it", err=True)
        return
    click.echo(previews.written(samples, as_json=as_json))


@click.command()
@click.option("--for", "seconds", type=Seconds(1, 3600), help="Play the scripted conversation, then exit.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Else the locale's, where it names one.")
def demo(seconds: float | None, language: str | None) -> None:
    """Show the main job on this machine. A sample blog and a console chat; no token, no network."""
    from bot import machine  # noqa: PLC0415 -- so that --help answers at once
    from bot.demo import run as play  # noqa: PLC0415 -- so that --help answers at once

    language = language or ("en" if machine.language(os.environ) == "en" else "zh")
    complete(until_told(lambda stop: play(stop, seconds=seconds, language=language)))


@click.command()
@click.option("--blog", "--feed", "blog", help="Address of the blog's feed, or of the blog.")
@click.option("--telegram-token", help="From @BotFather, after /newbot.")
@click.option("--discord-token", help="From discord.com/developers: Bot, Reset Token.")
@click.option("--language", type=click.Choice(["zh", "zh-TW", "en"]))
@click.option("--timezone", help="Of chats that choose none: an IANA name, such as Europe/Berlin.")
@click.option("--output", type=click.Path(path_type=Path), default=DEFAULT, show_default=True)
@click.option("--force", is_flag=True, help="Write over a file that exists.")
def init(
    blog: str | None,
    telegram_token: str | None,
    discord_token: str | None,
    language: str | None,
    timezone: str | None,
    output: Path,
    *,
    force: bool,
) -> None:
    """Ask what is needed, and write config.toml. Language, time zone, blog and tokens; each is tested."""
    from bot import setup  # noqa: PLC0415 -- so that --help answers at once
    from bot.clock import SystemClock  # noqa: PLC0415 -- so that --help answers at once

    given = {"telegram": telegram_token, "discord": discord_token}
    tokens = {name: token for name, token in given.items() if token is not None}
    answers = setup.Answers(blog, tokens, language, timezone)
    option = "" if output == DEFAULT else f" --config {shlex.quote(str(output))}"
    setup.init(answers, output, SystemClock(), force=force, option=option)


COMMANDS: Final[tuple[click.Command, ...]] = (preview, demo, init)
