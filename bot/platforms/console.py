"""The console: a chat in the terminal from which the program runs, for trying things without a token.

Notifications stand between two lines, so that one can tell where each begins and ends. Buttons are numbered lines;
typing the number presses the button.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import itertools
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Final, TextIO

from pydantic import BaseModel, ConfigDict

from bot.clock import SystemClock
from bot.core.models import Address, Chat, Choice, Gone, Notice, Outcome, Part, Payload, PlaceKind, Sent
from bot.core.notice import GEAR
from bot.core.ports import Answer, Ask, Asker, Clock, Doors, Limits
from bot.i18n import day, zone
from bot.reading.doc import Doc, bold, paragraph
from bot.reading.render import Dialect, Style, flatten, markup

HERE: Final = Address("console", "me")
"""The one chat that there is."""
WIDTH: Final = 64
"""Columns of the lines around a notification."""
_LONGEST: Final = 8192
"""Characters of a line that are read; the rest of a longer one is dropped."""

_STYLES: Final[frozenset[Style]] = frozenset(("bold", "italic", "underline", "strike", "code", "pre", "quote", "link"))
PLAIN: Final = Dialect(
    name="console", unit="columns", styles=_STYLES, table=WIDTH, wrappers={"link": ("", " <{value}>")}, quote="> "
)
"""What a file or a pipe gets."""
TERMINAL: Final = replace(
    PLAIN,
    wrappers={
        **PLAIN.wrappers,
        "bold": ("\x1b[1m", "\x1b[22m"),
        "italic": ("\x1b[3m", "\x1b[23m"),
        "underline": ("\x1b[4m", "\x1b[24m"),
        "strike": ("\x1b[9m", "\x1b[29m"),
    },
)
"""What a terminal gets: the same, with ANSI's bold, italic, underline and strike."""

# A blog's text must not steer the terminal: what is no character becomes a mark that can be seen.
_CONTROLS: Final = dict.fromkeys((*range(10), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F)), "\ufffd")


# -- what is shown ----------------------------------------------------------------------------------------------------


def draw(notice: Notice, chat: Chat, dialect: Dialect) -> Payload:
    """Write a notice as one text, and list the commands of its numbered buttons; pure."""
    shown = [_marked(notice.body, dialect), *_buttons(notice)]
    if notice.title:
        shown = list(_framed(notice, chat, dialect, shown))
    return {"method": "print", "text": "\n".join(filter(None, shown)), "commands": _commands(notice)}


def _framed(notice: Notice, chat: Chat, dialect: Dialect, shown: list[str]) -> Iterator[str]:
    """Put a notification between lines: title, where it is from, topics; then the text, the buttons and the link."""
    yield "━" * WIDTH
    yield _marked(Doc((paragraph(bold(" ".join(notice.title.split()))),)), dialect)
    when = notice.date.astimezone(zone(chat.timezone)).date() if notice.date else None
    said = day(chat.language, when, today=date.min) if when else ""
    yield safe(" · ".join(filter(None, (notice.source, said))))
    yield safe(" ".join(f"#{name}" for name in notice.topics))
    yield "─" * WIDTH
    yield from shown
    if notice.link and all(choice.url != notice.link for row in notice.choices for choice in row):
        yield safe(notice.link)
    yield "━" * WIDTH


def _marked(doc: Doc, dialect: Dialect) -> str:
    flat = flatten(doc, dialect)
    spans = tuple(replace(span, value=safe(span.value)) for span in flat.spans)
    return markup(replace(flat, text=safe(flat.text), spans=spans), dialect)


def safe(text: str) -> str:
    """Make what is no character visible, so that a blog's text cannot steer the terminal."""
    return text.translate(_CONTROLS)


def _choices(notice: Notice) -> Iterator[Choice]:
    """Give the buttons; the gear would take the numbers of the last answer's with every post that comes."""
    return (choice for row in notice.choices for choice in row if choice.label != GEAR)


def _commands(notice: Notice) -> list[str]:
    return [choice.command for choice in _choices(notice) if not choice.url]


def _buttons(notice: Notice) -> Iterator[str]:
    numbers = itertools.count(1)
    for choice in _choices(notice):
        if choice.url:
            yield safe(f"{choice.label}: {choice.url}")
        else:
            tick = {True: "✓ ", False: "· ", None: ""}[choice.on]
            yield safe(f"[{next(numbers)}] {tick}{choice.label}")


# -- the platform -----------------------------------------------------------------------------------------------------


class Settings(BaseModel):
    """The console has nothing to set."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Console:
    """The terminal as a platform (``core.ports.Platform``).

    ``lines`` gives what is typed; by default that is standard input, read without a thread. ``language`` is the
    reader's, empty for the configuration's.
    """

    name = HERE.platform
    limits = Limits(overall=(), place={})
    can_repeat = False
    options: tuple[str, ...] = ()
    formulas: tuple[str, ...] = ("unicode",)

    def __init__(
        self,
        clock: Clock,
        *,
        output: TextIO | None = None,
        lines: Callable[[], AsyncGenerator[str]] | None = None,
        language: str = "",
    ) -> None:
        self._clock = clock
        self._output = output or sys.stdout
        self._lines = lines or typed
        self._language = language
        self._dialect = TERMINAL if self._output.isatty() else PLAIN
        self._count = itertools.count(1)
        self._commands: list[str] = []

    def render(self, notice: Notice, chat: Chat) -> tuple[Payload, ...]:
        """Write a notice as one text to be printed; pure."""
        return (draw(notice, chat, self._dialect),)

    def plainly(self, payload: Payload) -> Payload:
        """Give it as it is: a terminal refuses nothing."""
        return payload

    async def send(self, part: Part) -> Outcome:
        """Print it; the reference is its number in this run."""
        try:
            self._print(part.payload)
        except (OSError, ValueError):
            return Gone("closed_output")
        return Sent(str(next(self._count)))

    async def edit(self, ref: str, part: Part) -> Outcome:
        """Leave what was printed as it is."""
        del part
        return Sent(ref)

    def _print(self, payload: Payload) -> None:
        commands = payload.get("commands")
        if isinstance(commands, list) and commands:
            # A notification without buttons leaves the numbers of the last answer as they were.
            self._commands = [str(command) for command in commands]
        print(payload["text"], file=self._output, flush=True)

    @contextlib.asynccontextmanager
    async def listen(self, answer: Answer) -> AsyncIterator[None]:
        """Answer what is typed while the context is open."""
        task = asyncio.create_task(self._converse(answer), name="console")
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def catch_up(self, answer: Answer) -> None:
        """Do nothing: a terminal keeps no commands."""

    async def invitation(self, code: str) -> str | None:
        """Give the line to type."""
        return f"/start {code}"

    async def entrances(self) -> Sequence[tuple[str, str]]:
        """There are none."""
        return ()

    @property
    def private_link(self) -> str:
        """There is none."""
        return ""

    async def close(self) -> None:
        """Leave the terminal as it is."""

    def person(self, user: str) -> Address:
        """Give the one chat that there is; pure."""
        return Address(self.name, user)

    async def reach(self, user: str) -> None:
        """Reach whoever sits there."""

    async def lacks(self, address: Address) -> Sequence[str]:
        """Name nothing: what is missing shows when it is sent to."""
        del address
        return ()

    async def probe(self) -> str:
        """Say who we are."""
        return self.name

    told = ""

    async def astray(self, *, running: bool) -> str:
        """Say nothing: whoever sits there types here."""
        del running
        return ""

    # -- talking ------------------------------------------------------------------------------------------------------

    async def _converse(self, answer: Answer) -> None:
        async with contextlib.aclosing(self._lines()) as lines:
            async for line in lines:
                if line.strip():
                    await self.say(line, answer)

    async def say(self, line: str, answer: Answer) -> None:
        """Take one typed line, and print the answer."""
        ask = self._ask(line.strip())
        reply = await answer(ask)
        if reply is None:
            return
        chat = Chat(0, HERE, PlaceKind.PRIVATE, 0)
        payload = draw(reply.notice, chat, self._dialect)
        toast = f"* {safe(reply.toast)}\n" if reply.toast else ""
        self._print({**payload, "text": f"{toast}{payload['text']}"})

    def _ask(self, line: str) -> Ask:
        pressed = line.isascii() and line.isdigit() and 0 < int(line[:4]) <= len(self._commands)
        command = self._commands[int(line[:4]) - 1] if pressed else line.removeprefix("/")
        name, _, args = command.partition(" ")
        return Ask(
            address=HERE,
            kind=PlaceKind.PRIVATE,
            place_title="",
            asker=Asker(HERE.place, admin=True, operator=True, language=self._language),
            name=name,
            args=args.strip(),
            now=self._clock.now(),
            pressed=pressed,
        )


async def typed(handle: int = 0) -> AsyncGenerator[str]:
    """Give the lines of a file handle, standard input by default, until it ends.

    Nothing blocks and no thread waits: a terminal or a pipe is read when it has something, a plain file at once.
    """
    decoder, rest = codecs.getincrementaldecoder("utf-8")("replace"), ""
    async with contextlib.aclosing(_chunks(handle)) as chunks:
        async for chunk in chunks:
            *lines, rest = (rest + decoder.decode(chunk)).split("\n")
            for line in lines:
                yield line[:_LONGEST]
            rest = rest[:_LONGEST]
    if rest:
        yield rest


async def _chunks(handle: int) -> AsyncGenerator[bytes]:
    while True:
        await _readable(handle)
        try:
            chunk = os.read(handle, _LONGEST)
        except OSError:  # closed, or the terminal is gone
            return
        if not chunk:
            return
        yield chunk


async def _readable(handle: int) -> None:
    """Wait until reading would not block.

    The event loop may tell of the same bytes twice: an event that outlived the read would let the next one block the
    whole loop until somebody types, so each wait has its own.
    """
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    try:
        loop.add_reader(handle, ready.set)
    except OSError:  # a plain file or /dev/null cannot be waited for, and need not be
        return
    try:
        await ready.wait()
    finally:
        loop.remove_reader(handle)


def build(settings: Settings, doors: Doors) -> Console:  # noqa: ARG001 -- every platform is built so
    """Make the console of standard input and output."""
    return Console(doors.clock)


def sketch() -> Console:
    """Make one that renders and does nothing else."""
    return Console(SystemClock())


def kind_of(place: str) -> PlaceKind:
    """Tell what sort of place it is; raises ValueError where it is not this console."""
    if place != HERE.place:
        msg = f"the console has one place, {HERE.place}"
        raise ValueError(msg)
    return PlaceKind.PRIVATE
