"""Drawing in the processes that can be killed: what a hostile formula costs, and what is kept of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.drawing import picture
from bot.sources import artist
from bot.sources.artist import Artist, sound
from bot.sources.document import Parsed, Unreadable
from bot.sources.worker import Workers, WorkerSettings
from tests.emulators import png

FEED = b'<rss version="2.0"><channel><title>x</title><item><guid>1</guid><title>one</title></item></channel></rss>'
SLOW = r"\sqrt{" * 14 + "x" + "}" * 14
"""Deeper than the check lets through: the check is not what the bot relies on."""


class Pen:
    """Draws what it is told to give, and counts."""

    def __init__(self, *given: bytes | Unreadable) -> None:
        self.given = list(given)
        self.asked: list[tuple[str, ...]] = []
        self.free = asyncio.Event()
        self.free.set()

    async def draw(self, formulas: Sequence[str]) -> bytes | Unreadable:
        """Give the next picture, the last one again and again."""
        self.asked.append(tuple(formulas))
        await self.free.wait()
        return self.given.pop(0) if len(self.given) > 1 else self.given[0]


def drawn(tex: str = "x=1") -> bytes:
    """Draw a formula here."""
    found = picture([tex])
    assert found is not None
    return found


@pytest.mark.asyncio
async def test_a_formula_that_comes_to_no_end_is_killed_and_the_next_one_is_drawn() -> None:
    """It is given up within its time, without a try of its own the next time; documents are read as ever."""
    async with Workers(WorkerSettings(processes=1, cpu=0.5)) as workers:
        hand = Artist(workers)
        assert await hand.draw([SLOW]) is None
        assert await hand.draw(["x=1"]) == drawn()
        assert isinstance(await workers.parse(FEED), Parsed)
        first = workers._idle[0]
        assert await hand.draw([SLOW]) is None
        assert workers._idle == [first], "the killing formula was tried again"
        assert await workers.draw([SLOW]) == Unreadable(
            "poisoned", "reading it takes more than 0.5 s of processor time"
        )


@pytest.mark.asyncio
async def test_what_takes_too_much_memory_is_given_up() -> None:
    """The bound is the process's own; the next formula is drawn by another one."""
    async with Workers(WorkerSettings(processes=1, memory=60, cpu=20.0)) as workers:
        tall = r"\begin{matrix}" + r"a+b+c+d+e+f+g+h&b+c+d+e+f+g+h\\" * 3000 + r"\end{matrix}"
        found = await workers.draw([tall])
        assert isinstance(found, Unreadable) or found == b""
        assert await workers.draw(["x=1"]) == drawn()


@pytest.mark.asyncio
async def test_nothing_to_draw_is_no_picture() -> None:
    """No formulas, formulas that the libraries do not know, and a formula beside one that they do."""
    async with Workers(WorkerSettings(processes=1)) as workers:
        hand = Artist(workers)
        assert await hand.draw([]) is None
        assert await hand.draw([r"\unknown{x}"]) is None
        assert await hand.draw([r"\unknown{x}", "x=1"]) == drawn()


@pytest.mark.asyncio
async def test_the_same_formulas_are_drawn_once() -> None:
    """For many chats at the same time, and for a retry; also where nothing could be drawn."""
    pen = Pen(drawn())
    hand = Artist(pen)
    pen.free.clear()
    many = [asyncio.create_task(hand.draw(["x=1"])) for _ in range(50)]
    await asyncio.sleep(0)
    pen.free.set()
    assert set(await asyncio.gather(*many)) == {drawn()}
    assert await hand.draw(["x=1"]) == drawn()
    assert pen.asked == [("x=1",)]
    for answer in (b"", Unreadable("poisoned", "killed"), b"GIF89a", drawn()[:20]):
        pen = Pen(answer)
        hand = Artist(pen)
        assert [await hand.draw(["x=1"]) for _ in range(3)] == [None] * 3
        assert len(pen.asked) == 1, answer


@pytest.mark.asyncio
async def test_a_machine_that_is_overloaded_says_nothing_about_a_formula() -> None:
    """It is drawn for the next message."""
    pen = Pen(Unreadable("overloaded", "no process"), drawn())
    hand = Artist(pen)
    assert await hand.draw(["x=1"]) is None
    assert await hand.draw(["x=1"]) == drawn()


@pytest.mark.asyncio
async def test_a_message_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drawn too late for one message is there for the next; giving up one message gives up no other."""
    monkeypatch.setattr(artist, "PATIENCE", 0.01)
    pen = Pen(drawn())
    hand = Artist(pen)
    pen.free.clear()
    assert await hand.draw(["x=1"]) is None
    given_up = asyncio.create_task(hand.draw(["x=1"]))
    await asyncio.sleep(0)
    given_up.cancel()
    pen.free.set()
    monkeypatch.setattr(artist, "PATIENCE", 10.0)
    assert await hand.draw(["x=1"]) == drawn()
    assert len(pen.asked) == 1


@pytest.mark.asyncio
async def test_what_is_kept_and_what_is_asked_for_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest pictures go; of too many formulas the first are drawn, of too long ones none."""
    monkeypatch.setattr(artist, "KEPT_BYTES", 5 * (len(drawn()) + 500))
    pen = Pen(drawn())
    hand = Artist(pen)
    for number in range(20):
        await hand.draw([f"x={number}"])
    assert hand._size <= artist.KEPT_BYTES
    assert len(hand._kept) == 5
    await hand.draw(["x=0"])
    assert len(pen.asked) == 21
    await hand.draw([f"y={number}" for number in range(30)])
    assert len(pen.asked[-1]) == artist.MOST_FORMULAS
    assert await hand.draw(["z" * 5000]) is None
    assert len(pen.asked) == 22


def test_a_picture_that_is_none_or_too_large_is_not_taken() -> None:
    """By its signature, its size and its pixels."""
    good = drawn()
    assert sound(good)
    wide = good[:16] + (100_000).to_bytes(4, "big") + good[20:]
    for bad in (b"", good[:10], b"x" + good[1:], wide, good + bytes(artist.MOST_BYTES)):
        assert not sound(bad)
    assert png.size(good) is not None
    assert png.size(wide) is None
