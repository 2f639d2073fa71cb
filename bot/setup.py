"""``incoming init``: asks for language, time zone, blog and tokens, tests each, and writes the configuration."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

import click

from bot import i18n, machine, platforms
from bot.app import App, assemble
from bot.config import Config, load, nearest_zone
from bot.core.errors import ConfigError, IncomingError, SilentError, UsageError
from bot.core.models import Failed, Feed, Look
from bot.core.ports import Clock, Words
from bot.core.schedule import bare
from bot.log import clean
from bot.parts import open_parts
from bot.sections import is_web, reveal


@dataclass(frozen=True, slots=True)
class Answers:
    """What was given as options; None is asked for."""

    blog: str | None
    tokens: Mapping[str, str]
    """The tokens by their platforms; where there is none at all, they are asked for."""
    language: str | None
    timezone: str | None = None


# An address without its scheme: a host that has a dot or a port, and maybe a path.
_HOST: Final = re.compile(r"(?=[^/?]*[.:])[^\s/:@?#.][^\s/:@?#]*(?::\d{1,5})?(?:[/?]\S*)?")
# What an error does not repeat, nor a name server is asked for: a token of Telegram's or Discord's form.
_SECRET: Final = re.compile(r"[0-9]+:[0-9]*[A-Za-z_-][\w-]*|[\w-]{18,}\.[\w-]{4,}\.[\w-]{20,}")
_PLACES: Final = {"group": "init_group", "channel": "init_channel", "server": "init_server"}
"""What a bot is added to, and the words for it."""


def init(answers: Answers, output: Path, clock: Clock, *, force: bool, option: str = "") -> None:
    """Ask, test each answer, write. ``option`` is how other commands are told of the file.

    Raises UsageError where a file is in the way, ConfigError where a test fails.
    """
    here = machine.language(os.environ)
    words = i18n.load(answers.language or here or "en")
    if output.exists() and not force:
        raise UsageError(words("init_there", file=str(output)))
    language = answers.language or _ask_language(words, here or "zh")
    words = i18n.load(language)
    zone = _zone(answers, words)
    blog = _settled(answers.blog, lambda: _ask(words, words("init_blog")), lambda blog: _try_blog(blog, words, clock))
    tokens: dict[str, str] = {}
    greeted: dict[str, str] = {}
    for name in answers.tokens or platforms.NAMES:
        ask = partial(_ask_token, name, words)
        test = partial(_try_token, name, words=words, clock=clock, greeted=greeted)
        if token := _settled(answers.tokens.get(name), ask, test):
            tokens[name] = token
    invitations = asyncio.run(_invitations(greeted, words, clock))
    _write(output, _text(blog, tokens, language, zone), words)
    click.echo(words("init_wrote", file=str(output)))
    for line in invitations:
        click.echo(line)
    click.echo(words("init_next", option=option))


def _zone(answers: Answers, words: Words) -> str:
    """Settle the time zone. A script that gives its answers as options gets the machine's, without a question."""
    proposed = machine.timezone(os.environ) or ("UTC" if words.language == "en" else "Asia/Shanghai")
    given = answers.timezone
    if given is None and answers.language is not None and not sys.stdin.isatty():
        given = proposed
        click.echo(words("init_zone_taken", zone=proposed))
    return _settled(
        given,
        lambda: _ask(words, words("init_timezone"), default=proposed),
        lambda zone: _try_zone(zone, words),
    )


def _settled(given: str | None, ask: Callable[[], str], test: Callable[[str], Coroutine[Any, Any, str]]) -> str:
    """Give an answer as the test that it passes returns it; whoever sits at a terminal is asked until one does.

    An option is final, and so is a line through a pipe: the next one answers another question, and may be a secret.
    """
    while True:
        answer = given if given is not None else ask()
        try:
            return asyncio.run(test(answer))
        except IncomingError as error:
            if given is not None or not sys.stdin.isatty():
                raise
            click.echo(clean(str(error)), err=True)


def _ask_language(words: Words, proposed: str) -> str:
    """Ask for the language. Through a pipe, raises ConfigError where it is none, and does not try the next line."""
    choices = click.Choice(i18n.LANGUAGES)

    def read(text: str) -> str:
        try:
            return str(choices.convert(text, None, None))
        except click.BadParameter:
            if sys.stdin.isatty():
                raise
            raise ConfigError(words("init_no_language", languages=", ".join(i18n.LANGUAGES))) from None

    return _ask(words, "Language / 语言", type=choices, value_proc=read, default=proposed)


def _ask_token(name: str, words: Words) -> str:
    """Ask for a token; a terminal does not show what is typed."""
    source = str(platforms.load(name).Settings.model_fields["token"].description)
    question = words("init_token", platform=name.capitalize(), source=source)
    return _ask(words, question, default="", show_default=False, hide_input=sys.stdin.isatty())


def _ask(words: Words, question: str, **options: Any) -> str:
    """Ask one question. Raises UsageError where the input ends before the answer; Ctrl-C stays what it is."""
    if not sys.stdin.isatty():
        # An empty line is an answer there: else the next question's would be taken for this one's.
        options = {"default": "", "show_default": False} | options
    try:
        return str(click.prompt(question, **options)).strip()
    except click.Abort as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise
        click.echo()
        raise UsageError(words("init_too_early")) from error


# -- the tests --------------------------------------------------------------------------------------------------------


def _check_secret(answer: str, words: Words) -> None:
    """Raise ConfigError where an answer is a token that slid into another question, without repeating it."""
    if _SECRET.search(answer):
        raise ConfigError(words("init_misplaced"))


async def _try_zone(name: str, words: Words) -> str:
    """Look a time zone up. Raises ConfigError where there is none of that name."""
    _check_secret(name, words)
    near = nearest_zone(name)
    if near != name:
        raise ConfigError(words("init_no_zone", zone=name, near=near or "Asia/Shanghai"))
    return name


async def _try_blog(blog: str, words: Words, clock: Clock) -> str:
    """Look at the blog; give its whole address, as people leave ``https://`` out.

    Raises ConfigError where no posts are found, or where the configuration would not take it.
    """
    if not is_web(blog):
        _check_secret(blog, words)
    bare_host = _HOST.fullmatch(blog) is not None
    if not bare_host and not is_web(blog):
        raise ConfigError(words("init_no_address", x=blog or "''"))
    looks: dict[str, Look] = {}
    async with _scratch({}, clock) as app:
        for url in (f"https://{blog}", f"http://{blog}") if bare_host else (blog,):
            looks[url] = await app.source.look(Feed(id=0, name=url, url=url))
            if not isinstance(looks[url], Failed):
                break
    # Of two failures the one tells more that a server answered with.
    blog, look = max(looks.items(), key=lambda each: (not isinstance(each[1], Failed), each[1].info.status > 0))
    if isinstance(look, Failed):
        # The cause knows more, in English alone.
        cause = look.cause if words.language == "en" else words(f"trouble_{look.name}")
        raise ConfigError(words("init_unread", blog=blog, cause=cause, remedy=i18n.remedy(words, look.name)))
    click.echo(f"ok   {clean(getattr(look, 'title', '') or blog)}")
    if bare(look.info):
        click.echo(words("init_once_a_day"))
    return blog


async def _try_token(name: str, token: str, *, words: Words, clock: Clock, greeted: dict[str, str]) -> str:
    """Ask a platform whose token it is, unless there is none; those that it knows are ``greeted``.

    Raises ConfigError where it knows nobody by it, or where it does not answer, unless somebody at a terminal wants the
    token to be written all the same.
    """
    if not token:
        return token
    known = platforms.load(name).Settings.model_fields["token"]
    shape = cast("Mapping[str, str]", known.json_schema_extra)
    if not re.fullmatch(shape["form"], token):
        told = {"platform": name.capitalize(), "source": str(known.description), "example": shape["example"]}
        raise ConfigError(words("init_no_token", **told))
    try:
        async with _scratch({name: token}, clock) as app:
            click.echo(f"ok   {name}: {await app.platforms[name].probe()}")
    except SilentError as error:
        if not sys.stdin.isatty():
            raise
        click.echo(clean(str(error)), err=True)
        if not click.confirm(words("init_untried", platform=name.capitalize()), default=True):
            raise ConfigError(words("init_again")) from None
    else:
        greeted[name] = token
    return token


async def _invitations(tokens: Mapping[str, str], words: Words, clock: Clock) -> list[str]:
    """Give what to do first in a chat."""
    said: list[str] = []
    async with _scratch(tokens, clock) as app:
        for name in tokens:
            platform = app.platforms[name]
            await platform.probe()
            for what, link in await platform.entrances():
                if link != platform.private_link:
                    place = words(_PLACES.get(what, what))
                    said.append(words("init_add", place=place, platform=name.capitalize(), link=link))
            if platform.private_link:
                said.append(words("init_open", link=platform.private_link))
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


def _text(blog: str, tokens: Mapping[str, str], language: str, zone: str) -> str:
    lines = [
        f"language = {_quoted(language)}",
        f"timezone = {_quoted(zone)}",
        "",
        "[[feeds]]",
        f"url = {_quoted(blog)}",
    ]
    given = _config({})
    if allowed := given.fetch.allow_addresses:
        # Given by the environment, and the blog was found with it: the next start may have another environment.
        lines += ["", "[fetch]", f"allow_addresses = [{', '.join(_quoted(str(network)) for network in allowed)}]"]
    for name, token in tokens.items():
        lines += ["", f"[{name}]", f"token = {_quoted(token)}"]
        if proxy := reveal(given.platform(name).proxy):
            lines.append(f"proxy = {_quoted(proxy)}")
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    """Write a text for TOML, which knows JSON's escapes, but no halves of characters."""
    return json.dumps(text, ensure_ascii=False)


def _write(path: Path, text: str, words: Words) -> None:
    """Write a file that its owner alone can read, from the first byte on."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(handle, 0o600)
            file.write(text)
    except OSError as error:
        raise ConfigError(words("init_unwritten", file=str(path), cause=str(error.strerror))) from error
