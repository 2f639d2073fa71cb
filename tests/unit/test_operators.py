from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot import failpoint, platforms
from bot.core.models import Address, PlaceKind
from bot.core.ports import Ask, Asker
from bot.operators import CODE_LIFE, Operators
from tests.clock import START


@dataclass
class Memory:
    """The store's side, in memory."""

    words: dict[str, str] = field(default_factory=dict)
    people: set[tuple[str, str]] = field(default_factory=set)

    async def operators(self) -> frozenset[tuple[str, str]]:
        """Give those that were made."""
        return frozenset(self.people)

    async def add_operator(self, platform: str, user: str, now: datetime) -> None:
        """Make one."""
        self.people.add((platform, user))

    async def meta(self, key: str) -> str | None:
        """Read."""
        return self.words.get(key)

    async def set_meta(self, key: str, value: str | None) -> None:
        """Remember or forget."""
        self.words.pop(key, None)
        if value is not None:
            self.words[key] = value


def ask(user: str = "7", *, after: timedelta = timedelta()) -> Ask:
    """Ask for something, some time after the start."""
    address = Address("telegram", user)
    return Ask(address, PlaceKind.PRIVATE, "", Asker(user, admin=True), "start", "", START + after)


@pytest.mark.asyncio
async def test_whoever_brings_the_code_becomes_an_operator_once() -> None:
    """The code works for one person, and never again; a restart remembers them."""
    memory, operators = Memory(), Operators([])
    code = await operators.code(memory, START)
    assert not await operators.claim(ask(), "guess", memory)
    assert await operators.claim(ask(), code, memory)
    assert not await operators.claim(ask("8"), code, memory)
    restarted = Operators([])
    await restarted.load(memory)
    assert [("telegram", user) in each for each in (operators, restarted) for user in "78"] == [True, False] * 2


@pytest.mark.asyncio
async def test_a_code_dies_after_a_day() -> None:
    """Found in an old log, it opens nothing."""
    memory, operators = Memory(), Operators([])
    code = await operators.code(memory, START)
    assert not await operators.claim(ask(after=CODE_LIFE + timedelta(seconds=1)), code, memory)
    assert await operators.claim(ask(after=CODE_LIFE), code, memory)


@pytest.mark.asyncio
async def test_no_code_is_given_out_where_somebody_runs_the_bot() -> None:
    """An operator in the configuration needs none, and nobody else gets in."""
    memory, operators = Memory(), Operators([("telegram", "7")])
    assert await operators.code(memory, START) == ""
    assert ("telegram", "7") in operators
    assert not await operators.claim(ask("8"), "", memory)


@pytest.mark.asyncio
async def test_the_database_holds_no_code() -> None:
    """Whoever reads it finds a hash."""
    memory = Memory()
    code = await Operators([]).code(memory, START)
    assert len(code) >= 16
    assert code not in "".join(memory.words.values())


@pytest.mark.asyncio
async def test_a_code_of_broken_characters_is_just_wrong() -> None:
    """Half a surrogate pair, as hostile clients send it, is no error."""
    memory, operators = Memory(), Operators([])
    await operators.code(memory, START)
    assert not await operators.claim(ask(), "\ud83d", memory)


def test_a_failpoint_kills_only_where_and_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """At its name, at the count that was given, and nowhere else."""
    killed: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _, number: killed.append(number))
    monkeypatch.setattr(failpoint, "_name", "claimed")
    monkeypatch.setattr(failpoint, "_left", 3)
    for name in ("fetched", "claimed", "claimed", "answered"):
        failpoint.reach(name)
    assert killed == []
    failpoint.reach("claimed")
    failpoint.reach("claimed")
    assert len(killed) == 1


@pytest.mark.asyncio
async def test_a_second_code_leaves_the_first_one_valid_until_one_is_used() -> None:
    """`check` gives out a code beside the one that `run` printed: either works, and then neither does."""
    memory, operators = Memory(), Operators([])
    first = await operators.code(memory, START)
    second = await operators.code(memory, START + CODE_LIFE / 2)
    late = Operators([])
    assert not await late.claim(ask("9", after=CODE_LIFE + timedelta(seconds=1)), first, memory)
    assert await operators.claim(ask(after=CODE_LIFE / 2), first, memory)
    assert not await operators.claim(ask("8", after=CODE_LIFE / 2), second, memory)


@pytest.mark.parametrize(
    ("platform", "way", "said"),
    [
        ("telegram", "https://t.me/bot?start=c0de", "on Telegram, open https://t.me/bot?start=c0de"),
        ("discord", "/start c0de", "on Discord, send the bot in private: /start c0de"),
        ("console", "/start c0de", "here, type /start c0de"),
    ],
)
def test_how_to_become_an_operator_names_the_platform(platform: str, way: str, said: str) -> None:
    """With two platforms there are two such lines, and only one of them is a link."""
    assert platforms.seat(platform, way) == said
