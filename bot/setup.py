"""``incoming init``: asks for blog, tokens and language, tests each, and writes the configuration."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from bot import i18n, platforms
from bot.advice import ONCE_A_DAY
from bot.app import App, assemble
from bot.config import Config, load
from bot.core.errors import ConfigError, IncomingError, UsageError
from bot.core.models import Failed, Feed
from bot.core.ports import Clock
from bot.core.schedule import bare
from bot.log import clean
from bot.parts import open_parts
from bot.sections import is_web


@dataclass(frozen=True, slots=True)
class Answers:
    """What was given as options; None is asked for."""

    blog: str | None
    tokens: Mapping[str, str]
    """The tokens by their platforms; where there is none at all, they are asked for."""
    language: str | None


def init(answers: Answers, output: Path, clock: Clock, *, force: bool) -> None:
    """Ask, test each answer, write. Raises UsageError where a file is in the way, ConfigError where a test fails."""
    if output.exists() and not force:
        msg = f"{output}: is there already; name another file with --output, or write over it with --force"
        raise UsageError(msg)
    language = answers.language or _ask("Language / 语言", type=click.Choice(["zh", "zh-TW", "en"]), default="zh")
    blog = _settled(
        answers.blog,
        lambda: _ask("Address of the blog's feed (RSS, Atom or JSON), or of the blog"),
        lambda blog: _try_blog(blog, clock),
    )
    tokens: dict[str, str] = {}
    for name in answers.tokens or platforms.NAMES:
        token = _settled(answers.tokens.get(name), partial(_ask_token, name), partial(_try_token, name, clock=clock))
        if token:
            tokens[name] = token
    invitations = asyncio.run(_invitations(tokens, clock))
    _write(output, _text(blog, tokens, language))
    click.echo(f"wrote {output} (readable by you alone)")
    for line in invitations:
        click.echo(line)
    click.echo("next: `incoming check`, then `incoming run`")


def _settled(given: str | None, ask: Callable[[], str], test: Callable[[str], Coroutine[Any, Any, None]]) -> str:
    """Give an answer that passes its test; whoever sits at a terminal is asked again until one does."""
    while True:
        answer = given if given is not None else ask()
        try:
            asyncio.run(test(answer))
        except IncomingError as error:
            if given is not None or not sys.stdin.isatty():
                raise
            click.echo(clean(str(error)), err=True)
        else:
            return answer


def _ask_token(name: str) -> str:
    """Ask for a token; a terminal does not show what is typed."""
    source = platforms.load(name).Settings.model_fields["token"].description
    question = f"{source} (empty: none yet)"
    return _ask(question, default="", show_default=False, hide_input=sys.stdin.isatty())


def _ask(question: str, **options: Any) -> str:
    """Ask one question. Raises UsageError where the input ends before the answer; Ctrl-C stays what it is."""
    try:
        return str(click.prompt(question, **options)).strip()
    except click.Abort as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise
        click.echo()
        msg = (
            "the answers ended too early, nothing was written; give them all, or as options: see `incoming init --help`"
        )
        raise UsageError(msg) from error


# -- the tests --------------------------------------------------------------------------------------------------------


async def _try_blog(blog: str, clock: Clock) -> None:
    """Look at the blog. Raises ConfigError where no posts are found, or where the configuration would not take it."""
    if not is_web(blog):
        msg = f"{blog}: is no web address; it must begin with http:// or https://"
        raise ConfigError(msg)
    async with _scratch({}, clock) as app:
        look = await app.source.look(Feed(id=0, name=blog, url=blog))
    if isinstance(look, Failed):
        msg = f"{blog}: {look.cause}; {i18n.load('en')(f'remedy_{look.name}')}"
        raise ConfigError(msg)
    click.echo(f"ok   {clean(getattr(look, 'title', '') or blog)}")
    if bare(look.info):
        click.echo(f"note {ONCE_A_DAY}")


async def _try_token(name: str, token: str, *, clock: Clock) -> None:
    """Ask a platform whose token it is, unless there is none. Raises ConfigError where it knows nobody by it."""
    if token:
        async with _scratch({name: token}, clock) as app:
            click.echo(f"ok   {name}: {await app.platforms[name].probe()}")


async def _invitations(tokens: Mapping[str, str], clock: Clock) -> list[str]:
    """Give what to do first in a chat."""
    said: list[str] = []
    async with _scratch(tokens, clock) as app:
        for name in tokens:
            platform = app.platforms[name]
            await platform.probe()
            others = [(what, link) for what, link in await platform.entrances() if link != platform.private_link]
            said += [f"add the bot to a {what} on {name}: {link}" for what, link in others]
            if platform.private_link:
                said.append(f"open {platform.private_link} and write /start to it")
    return said


def _config(tokens: Mapping[str, str]) -> Config:
    values: Mapping[str, Any] = {name: {"token": token} for name, token in tokens.items()}
    return load(None, {name: platforms.load(name).Settings for name in platforms.NAMES}, given=values)


@contextlib.asynccontextmanager
async def _scratch(tokens: Mapping[str, str], clock: Clock) -> AsyncIterator[App]:
    """Open the parts, with these platforms, on a database that is thrown away."""
    config = _config(tokens)
    with tempfile.TemporaryDirectory() as folder:
        scratch = config.model_copy(update={"database": Path(folder) / "init.db"})
        async with open_parts(scratch, clock) as parts, assemble(parts) as app:
            yield app


def _text(blog: str, tokens: Mapping[str, str], language: str) -> str:
    lines = [f"language = {json.dumps(language)}", "", "[[feeds]]", f"url = {json.dumps(blog)}"]
    if allowed := _config({}).fetch.allow_addresses:
        # Given by the environment, and the blog was found with it: the next start may have another environment.
        lines += ["", "[fetch]", f"allow_addresses = {json.dumps([str(network) for network in allowed])}"]
    for name, token in tokens.items():
        lines += ["", f"[{name}]", f"token = {json.dumps(token)}"]
    return "\n".join([*lines, ""])


def _write(path: Path, text: str) -> None:
    """Write a file that its owner alone can read, from the first byte on."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(handle, 0o600)
            file.write(text)
    except OSError as error:
        msg = f"{path}: cannot be written: {error.strerror}; name another file with --output"
        raise ConfigError(msg) from error
