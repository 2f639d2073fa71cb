"""The command line. Commands import what they need when they run, so that ``--help`` answers at once.

Exit codes: 0 fine, 1 a finding or failure, 2 wrong use. An error is one line that says what, where and how to mend it.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import io
import os
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import click

from bot import __version__, beginnings, lists
from bot.core.errors import IncomingError, UsageError
from bot.options import Seconds, complete, config_option, interrupted, is_bare, load, until_told

_FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="incoming")
def cli() -> None:
    """Your blog's new posts, by topic, in Telegram and Discord, with formulas that can be read."""


def main() -> None:
    """Run the command line, and turn errors into one line and an exit code."""
    gc.disable()  # until a command is loaded (``options.complete``): that makes half a million objects and loses none
    os.environ.setdefault("PTB_TIMEDELTA", "1")
    _open_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Formulas have letters that GBK, say, has not: rather a mark in their place than no post at all.
        sys.stdout.reconfigure(errors="replace")
    try:
        code = cli.main(prog_name="incoming", standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        code = error.exit_code
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        see = f"; see `{context.command_path} --help`" if context else ""
        click.echo(f"incoming: {error.format_message().rstrip('.')}{see}", err=True)
        code = error.exit_code
    except BrokenPipeError:
        _forget_output()  # the reader (`| head`) has seen enough
        code = 0
    except Exception as error:  # noqa: BLE001 -- the user's edge: a line, never a traceback
        code = _report(error)
    sys.exit(code if isinstance(code, int) else 0)


def _open_streams() -> None:
    """Put /dev/null where a stream is closed: the database must not get its number, and be printed into."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 -- open for the rest of the run


def _forget_output() -> None:
    """Let go of what is printed and not written yet: the interpreter would try once more at its end, and say so."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report(error: Exception) -> int:
    """Say an error in one line; give the exit code."""
    from bot.log import clean  # noqa: PLC0415 -- see above

    while isinstance(error, ExceptionGroup):
        # One of several tasks failed first; the others were told to stop.
        error = error.exceptions[0]
    if isinstance(error, IncomingError):
        click.echo(f"incoming: {clean(str(error))}", err=True)
        return error.exit_code
    if isinstance(error, OSError) and error.errno in _FULL:
        click.echo(f"incoming: what was to be written does not fit: {error.strerror}; make room, and again", err=True)
        _forget_output()
        return 1
    if isinstance(error, UnicodeEncodeError) and not all(map(_is_text, sys.argv)):
        click.echo("incoming: the command line is not UTF-8; write it so, or set LC_ALL=C.UTF-8", err=True)
        return UsageError.exit_code
    said = clean(f"{type(error).__name__}: {error}")
    click.echo(f"incoming: a fault of this program: {said}; please report it with the command that you gave", err=True)
    return 1


def _is_text(word: str) -> bool:
    """Tell whether an argument is text: bytes that are none come as halves of characters."""
    return not any("\ud800" <= each <= "\udfff" for each in word)


def _set_up_log() -> None:
    from bot import log  # noqa: PLC0415 -- see above

    log.set_up()


@cli.command()
@config_option
def run(path: Path | None) -> None:
    """Watch, answer and deliver, until SIGTERM."""
    from bot import advice, app, platforms  # noqa: PLC0415 -- see above
    from bot.clock import SystemClock  # noqa: PLC0415 -- see above

    config = load(path)
    _set_up_log()

    async def work(stop: asyncio.Event) -> None:
        async with app.open_app(config, SystemClock()) as opened:
            if is_bare(config, path) and not await opened.feeds():
                click.echo(f"incoming: {advice.NOTHING_HERE}", err=True)
            if platforms.CONSOLE in opened.platforms:
                click.echo(f"{advice.ONLY_HERE}; type /start or /help", err=True)
            await opened.run(stop)

    complete(until_told(work))


@cli.command()
@config_option
@click.option("--all", "every", is_flag=True, help="Look at every feed, not only at those that are due.")
@click.option(
    "--wait",
    default=300.0,
    show_default=True,
    type=Seconds(0, 86_400),
    help="Seconds to wait for the platforms' pacing.",
)
@click.pass_context
def once(context: click.Context, path: Path | None, wait: float, *, every: bool) -> None:
    """Answer, look and deliver once, and exit (for cron)."""
    from bot import advice, app  # noqa: PLC0415 -- see above
    from bot.clock import SystemClock  # noqa: PLC0415 -- see above
    from bot.log import clean  # noqa: PLC0415 -- see above

    config = load(path)
    bare = is_bare(config, path)
    if bare and not config.database.exists():
        raise UsageError(advice.NOTHING_HERE)
    _set_up_log()

    async def work() -> app.Pass:
        async with app.open_app(config, SystemClock()) as opened:
            return await opened.once(every=every, wait=wait)

    passed = complete(interrupted(work()))
    if bare and not passed.feeds:
        raise UsageError(advice.NOTHING_HERE)
    ill = [(feed.name, feed.trouble) for feed in passed.feeds if feed.trouble is not None]
    for name, trouble in ill:
        click.echo(f"incoming: {clean(f'{name}: {trouble.cause}')}", err=True)
    if sys.stdout.isatty():
        # Under cron silence is good news, and anything else a letter.
        click.echo(passed)
    if not passed.delivered:
        click.echo(f"incoming: not everything could be sent within {wait:.0f} s; run it again", err=True)
    elif passed.put_off:
        waiting = f"messages to {advice.counted(passed.put_off, 'chat')} did not get through"
        click.echo(f"incoming: {waiting}; a later pass tries them again", err=True)
    context.exit(1 if ill or not passed.delivered else 0)


@cli.command()
@config_option
@click.pass_context
def check(context: click.Context, path: Path | None) -> None:
    """Say what is wrong, and how to mend it. Looks at configuration, tokens, feeds and database."""
    from bot import advice  # noqa: PLC0415 -- see above
    from bot import check as checks  # noqa: PLC0415 -- see above
    from bot.clock import SystemClock  # noqa: PLC0415 -- see above

    config = load(path)
    if is_bare(config, path) and not config.database.parent.exists():
        # Where there is the folder, somebody has begun: what keeps it from being written is worth a finding.
        click.echo(f"{checks.BAD} {advice.NOTHING_HERE}")
        context.exit(1)
    findings = complete(checks.check(config, SystemClock(), click.echo))
    context.exit(1 if findings else 0)


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def backup(file: Path, path: Path | None) -> None:
    """Copy the database to FILE while the bot runs. The copy is checked before it counts."""
    from bot.store.backup import back_up  # noqa: PLC0415 -- see above

    there = file.parent.is_dir()
    size = back_up(load(path).database, file)
    new = "" if there else f"; the folder {file.parent} was made for it"
    click.echo(f"{file}: {size / 1e6:.1f} MB, checked{new}; to restore, stop the bot and copy it over the database")


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def export(file: Path, path: Path | None) -> None:
    """Write chats and feeds to FILE. It is JSON, or feeds alone as OPML where it ends in .opml."""
    from bot import transfer  # noqa: PLC0415 -- see above

    click.echo(complete(transfer.export(load(path), file)))


@cli.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--chat", help="Subscribe this chat, such as telegram:1001, to each feed of another bot's list.")
@config_option
def import_(file: Path, chat: str | None, path: Path | None) -> None:
    """Read FILE, of `export` or of another bot or reader. The latter as OPML, or as a backup of MonitoRSS."""
    from bot import transfer  # noqa: PLC0415 -- see above

    def progress(rows: Iterable[Any]) -> AbstractContextManager[Iterable[Any]]:
        return click.progressbar(list(rows), label="importing", file=sys.stderr)

    click.echo(complete(transfer.import_(load(path), file, chat, progress)))


for _command in (*beginnings.COMMANDS, *lists.COMMANDS):
    cli.add_command(_command)
