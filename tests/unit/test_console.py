from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import threading
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.models import Chat, Choice, Gone, Notice, Part, PlaceKind, Reply, Sent
from bot.core.ports import Ask, Event
from bot.platforms.console import Settings, kind_of, sketch
from bot.platforms.console.draw import PLAIN, TERMINAL, WIDTH, draw
from bot.platforms.console.lines import typed
from bot.platforms.console.platform import HERE, Console
from bot.reading.doc import CodeBlock, Doc, Math, Paragraph, Text, bold, link, paragraph

NOW = datetime(2026, 1, 20, 12, 0, tzinfo=UTC)
CHAT = Chat(1, HERE, PlaceKind.PRIVATE, 1, language="en")
BODY = Doc(
    (
        Paragraph((Text("One noising step: "), Math(r"\boldsymbol{x}_t = (1-t)\boldsymbol{x}_0"))),
        CodeBlock("xt = (1 - t) * x0", "python"),
        paragraph("More ", link("https://blog.example/more", "here"), ", ", bold("soon"), "."),
    )
)
POST = Notice(
    body=BODY,
    title="从一步加噪看 Flow Matching",
    link="https://blog.example/1",
    source="A Blog",
    date=datetime(2026, 1, 18, 20, tzinfo=UTC),
    topics=("扩散模型", "生成模型"),
    choices=((Choice("Read", url="https://blog.example/1"),),),
)


class Clock:
    """A clock that stands still."""

    def now(self) -> datetime:
        """Give the time."""
        return NOW

    async def sleep(self, seconds: float) -> None:
        """Wait for nothing."""

    async def wait(self, event: Event, seconds: float) -> bool:
        """Say that it did not come."""
        return False


class Screen(io.StringIO):
    """A terminal that keeps what it shows."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


@dataclass
class Bot:
    """An answer that remembers what it was asked."""

    replies: list[Reply | None] = field(default_factory=list)
    asked: list[Ask] = field(default_factory=list)

    async def __call__(self, ask: Ask) -> Reply | None:
        """Give the next reply."""
        self.asked.append(ask)
        return self.replies.pop(0) if self.replies else None


def _part(notice: Notice, number: int = 1) -> Part:
    return Part(number, number, 0, "nonce", draw(notice, CHAT, PLAIN), HERE)


def _lines(*typed_lines: str) -> AsyncGenerator[str]:
    async def lines() -> AsyncGenerator[str]:
        for line in typed_lines:
            yield line

    return lines()


GRID = Reply(
    Notice(
        body=Doc((paragraph("You get every post."),)),
        choices=(
            (Choice("Diffusion", "topics +diffusion p0", on=False), Choice("流匹配", "topics -flow p0", on=True)),
            (Choice("Site", url="https://blog.example/"),),
            (Choice("Unsubscribe", "unsubscribe"),),
        ),
    ),
    toast="On: 流匹配",
)


def test_a_notification_is_framed() -> None:
    """Title, source, topics, the text with its formula and code, then the link; a line above and below."""
    drawn = draw(POST, CHAT, PLAIN)
    assert drawn["text"] == "\n".join(
        [
            "━" * WIDTH,
            "从一步加噪看 Flow Matching",
            "A Blog · 19 Jan 2026",
            "#扩散模型 #生成模型",
            "─" * WIDTH,
            "One noising step: 𝒙ₜ = (1−t)𝒙₀",
            "xt = (1 - t) * x0",
            "More here <https://blog.example/more>, soon.",
            "Read: https://blog.example/1",
            "━" * WIDTH,
        ]
    )
    assert json.loads(json.dumps(drawn)) == drawn


def test_a_link_without_button_is_shown() -> None:
    """Where no button leads to the post, its address ends the notification."""
    text = str(draw(Notice(body=Doc(), title="T", link="https://blog.example/1"), CHAT, PLAIN)["text"])
    assert text.splitlines()[-2] == "https://blog.example/1"


def test_an_answer_has_no_frame_and_numbers_its_buttons() -> None:
    """Buttons that run a command are numbered, ticked ones marked; those that open something show where."""
    drawn = draw(GRID.notice, CHAT, PLAIN)
    assert str(drawn["text"]).splitlines() == [
        "You get every post.",
        "[1] · Diffusion",
        "[2] ✓ 流匹配",
        "Site: https://blog.example/",
        "[3] Unsubscribe",
    ]
    assert drawn["commands"] == ["topics +diffusion p0", "topics -flow p0", "unsubscribe"]


def test_a_terminal_gets_styles_a_pipe_none() -> None:
    """Bold is ANSI where the output is a terminal, and nothing where it is a file; links are plain in both."""
    on_screen = str(Console(Clock(), output=Screen()).render(POST, CHAT)[0]["text"])
    in_file = str(Console(Clock(), output=io.StringIO()).render(POST, CHAT)[0]["text"])
    assert "\x1b[1m从一步加噪看 Flow Matching\x1b[22m" in on_screen
    assert "here <https://blog.example/more>" in on_screen
    assert "\x1b" not in in_file


def test_a_blog_cannot_steer_the_terminal() -> None:
    """Escape sequences and direction overrides in title, text, link, source or topic come out as marks."""
    evil = "a\x1b[2Jb\x9bc\u202ed\re"
    notice = Notice(
        body=Doc((paragraph(evil, link(f"https://x.example/{evil}", evil)),)),
        title=evil,
        link=f"https://x.example/{evil}",
        source=evil,
        topics=(evil,),
        choices=((Choice(evil, "x"), Choice(evil, url=evil)),),
    )
    for dialect in (PLAIN, TERMINAL):
        text = str(draw(notice, CHAT, dialect)["text"])
        assert not set("\x9b\u202e\r") & set(text)
        assert "\x1b[2J" not in text


def test_code_keeps_its_tabs() -> None:
    """A Makefile without them is none."""
    notice = Notice(body=Doc((CodeBlock("all:\n\thugo --minify"),)))
    assert "\thugo --minify" in str(draw(notice, CHAT, PLAIN)["text"])


@pytest.mark.asyncio
async def test_sending_prints_and_counts() -> None:
    """Each message is printed whole, and its reference is its number."""
    output = io.StringIO()
    console = Console(Clock(), output=output)
    assert await console.send(_part(POST)) == Sent("1")
    assert await console.send(_part(POST)) == Sent("2")
    assert output.getvalue().count("从一步加噪看") == 2
    assert console.plainly(_part(POST).payload) == _part(POST).payload


@pytest.mark.asyncio
async def test_a_closed_output_is_an_outcome() -> None:
    """Nothing is raised where the output is gone."""
    output = io.StringIO()
    console = Console(Clock(), output=output)
    output.close()
    assert await console.send(_part(POST)) == Gone("closed_output")


@pytest.mark.asyncio
async def test_typing_runs_commands_and_numbers_press_buttons() -> None:
    """A line is a command, with or without its slash; a number presses that button of the last list."""
    output, bot = io.StringIO(), Bot([GRID, GRID, None])
    console = Console(Clock(), output=output, lines=lambda: _lines("/topics  feed:x ", "", "  ", "2", "help", "3"))
    async with console.listen(bot):
        await asyncio.sleep(0.01)
    assert [(ask.name, ask.args, ask.pressed) for ask in bot.asked] == [
        ("topics", "feed:x", False),
        ("topics", "-flow p0", True),
        ("help", "", False),
        ("unsubscribe", "", True),
    ]
    assert {(ask.address, ask.kind, ask.asker.admin, ask.now) for ask in bot.asked} == {
        (HERE, PlaceKind.PRIVATE, True, NOW)
    }
    assert output.getvalue().startswith("* On: 流匹配\nYou get every post.")


@pytest.mark.asyncio
async def test_an_open_question_gets_what_has_no_slash() -> None:
    """Once, and only without a slash; a command and a button's number are what they were."""
    question = replace(GRID, asks=True)
    bot = Bot([question, None, question, question, None])
    console = Console(Clock(), output=io.StringIO())
    for line in ("/filter", "-tag:Python diffusion", "help", "/filter", "3", "topics"):
        await console.say(line, bot)
    said = [(ask.name, ask.args) for ask in bot.asked]
    assert said[1:] == [
        ("", "-tag:Python diffusion"),
        ("help", ""),
        ("filter", ""),
        ("unsubscribe", ""),
        ("topics", ""),
    ]


@pytest.mark.asyncio
async def test_a_notification_leaves_the_numbers_alone() -> None:
    """A post that arrives between a list and the number that is typed does not change what the number means."""
    bot = Bot([GRID])
    console = Console(Clock(), output=io.StringIO())
    await console.say("topics", bot)
    await console.send(_part(POST))
    await console.say("1", bot)
    assert bot.asked[-1].args == "+diffusion p0"


@pytest.mark.asyncio
@pytest.mark.parametrize("line", ["0", "4", "99999999999999999999", "²", "-1"])
async def test_a_number_without_button_is_no_button(line: str) -> None:
    """What is no number of the list is taken as a command, whose answer says that there is none."""
    bot = Bot([GRID])
    console = Console(Clock(), output=io.StringIO())
    await console.say("/topics", bot)
    await console.say(line, bot)
    assert (bot.asked[-1].name, bot.asked[-1].pressed) == (line, False)


async def _read(handle: int) -> list[str]:
    return [line async for line in typed(handle)]


@pytest.mark.asyncio
async def test_typed_lines_come_from_a_pipe_as_they_are_written() -> None:
    """A pipe is read without blocking; characters and lines may be torn apart; the end ends it."""
    reader, writer = os.pipe()
    try:
        task = asyncio.create_task(_read(reader))
        for piece in (b"/topi", "cs 扩".encode()[:-1], "扩".encode()[-1:] + b"\n/help\n", b"last"):
            os.write(writer, piece)
            await asyncio.sleep(0)
        os.close(writer)
        assert await asyncio.wait_for(task, 5) == ["/topics 扩", "/help", "last"]
    finally:
        os.close(reader)


@pytest.mark.asyncio
async def test_between_two_lines_nothing_else_is_held_up() -> None:
    """After a line the event loop goes on: posts arrive and Ctrl-C is heard while nobody types."""
    reader, writer = os.pipe()
    rescue = threading.Timer(2, os.write, (writer, b"late\n"))
    try:
        async with contextlib.aclosing(typed(reader)) as lines:
            os.write(writer, b"/help\n")
            assert await anext(lines) == "/help"
            rescue.start()
            waiting = asyncio.create_task(anext(lines))
            for _ in range(5):
                await asyncio.sleep(0)
            assert not waiting.done()
            waiting.cancel()
            await asyncio.wait([waiting])
    finally:
        rescue.cancel()
        os.close(reader)
        os.close(writer)


@pytest.mark.asyncio
async def test_typed_lines_come_from_a_file(tmp_path: Path) -> None:
    """A plain file cannot be waited for, and is read to its end; lines without end are cut."""
    path = tmp_path / "lines"
    path.write_bytes(b"/help\n" + b"x" * 50_000 + b"\n\xff\n")
    handle = os.open(path, os.O_RDONLY)
    try:
        lines = await _read(handle)
    finally:
        os.close(handle)
    assert (lines[0], len(lines[1]), lines[2]) == ("/help", 8192, "\ufffd")


@pytest.mark.asyncio
async def test_a_closed_input_ends_it() -> None:
    """A handle that is no longer open has no lines."""
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)
    assert await _read(reader) == []


@pytest.mark.asyncio
async def test_listening_ends_while_nothing_is_typed() -> None:
    """Leaving the context while a read waits leaves nothing behind."""
    reader, writer = os.pipe()
    console = Console(Clock(), output=io.StringIO(), lines=lambda: typed(reader))
    async with console.listen(Bot()):
        await asyncio.sleep(0)
    assert [task for task in asyncio.all_tasks() if task.get_name() == "console"] == []
    assert not asyncio.get_running_loop().remove_reader(reader)
    os.close(reader)
    os.close(writer)


@pytest.mark.asyncio
async def test_the_room() -> None:
    """What the platforms' loader asks of a room: settings without any field, a sketch that renders, the one place."""
    assert Settings() == Settings.model_validate({})
    assert sketch().render(POST, CHAT)
    assert kind_of("me") is PlaceKind.PRIVATE
    with pytest.raises(ValueError, match="one place"):
        kind_of("you")
    console = sketch()
    assert (await console.probe(), await console.invitation("c0de"), console.private_link) == (
        "console",
        "/start c0de",
        "",
    )
