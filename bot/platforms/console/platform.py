"""The terminal as a platform: its chat, and what it answers. Typing a button's number presses the button."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from typing import Final, TextIO

from bot.core.models import BELOW, Address, Chat, Gone, Notice, Outcome, Part, Payload, PlaceKind, Sent
from bot.core.ports import Answer, Ask, Asker, Clock, Limits
from bot.platforms.console.draw import PLAIN, TERMINAL, draw, safe
from bot.platforms.console.lines import typed

HERE: Final = Address("console", "me")
"""The one chat that there is."""


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
    images: tuple[str, ...] = (BELOW,)

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
        self._asked = False

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
    def account(self) -> str:
        """There is none."""
        return ""

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
        self._asked = reply is not None and reply.asks
        if reply is None:
            return
        chat = Chat(0, HERE, PlaceKind.PRIVATE, 0)
        payload = draw(reply.notice, chat, self._dialect)
        toast = f"* {safe(reply.toast)}\n" if reply.toast else ""
        self._print({**payload, "text": f"{toast}{payload['text']}"})

    def _ask(self, line: str) -> Ask:
        pressed = line.isascii() and line.isdigit() and 0 < int(line[:4]) <= len(self._commands)
        command = self._commands[int(line[:4]) - 1] if pressed else line.removeprefix("/")
        # An open question gets what has no slash, even where a command is called so.
        answers = self._asked and command == line
        name, _, args = ("", "", line) if answers else command.partition(" ")
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
