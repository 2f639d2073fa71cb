"""A disk that fails: locked, read-only, cut off in the middle, damaged. Full is in ``test_lane_faults``."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot import platforms
from bot.check import check
from bot.clock import SystemClock
from bot.config import Config, load
from bot.core.errors import StoreError
from bot.core.models import Outcome, Part, Sent
from bot.deliver import Lane, Writer
from bot.store import engine, soundness
from bot.store.sqlite import Store
from tests.world import ScriptedPlatform, World, open_world, write


@pytest_asyncio.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """Open a world of twelve chats whose writers wait 20 ms for each other."""
    monkeypatch.setattr(engine, "DEFAULT_BUSY", 20)
    async with open_world(tmp_path / "incoming.db", monkeypatch) as opened:
        for number in range(12):
            await opened.subscribe(str(number))
        yield opened


def once_each(world: World, titles: str) -> bool:
    """Tell whether each chat got each post once, in order."""
    return all(world.platform.texts(str(number)) == list(titles) for number in range(12))


@pytest.mark.asyncio
async def test_a_database_that_another_program_keeps_locked_sends_nothing(world: World, tmp_path: Path) -> None:
    """No claim, no request; when the other lets go, everything goes out once, without a restart."""
    await world.publish("a", "b")
    other = sqlite3.connect(tmp_path / "incoming.db", isolation_level=None)
    async with world.running():
        other.execute("BEGIN IMMEDIATE")
        await world.clock.sleep(120)
        assert world.platform.requests == []
        other.execute("ROLLBACK")
        await world.clock.sleep(120)
    other.close()
    assert once_each(world, "ab")


@pytest.mark.asyncio
async def test_a_database_that_became_read_only_sends_nothing(world: World) -> None:
    """As a file system that was remounted after an error: nothing is sent until it takes writes again."""
    writer = world.store._engine._writer
    assert writer is not None
    await world.publish("a", "b")
    async with world.running() as lane:
        await writer.execute("PRAGMA query_only=ON")
        lane.wake()
        await world.clock.sleep(300)
        assert world.platform.requests == []
        assert not lane.pulse.alive(world.clock.now())
        await writer.execute("PRAGMA query_only=OFF")
        await world.clock.sleep(120)
    assert once_each(world, "ab")


class Recording(ScriptedPlatform):
    """Copies the database at every seventh request, as power loss would leave it; with its log, or without."""

    def __init__(self, world: World, source: Path, folder: Path, *, log: bool) -> None:
        super().__init__(world.clock)
        self.copies: list[tuple[Path, Counter[tuple[str, str]]]] = []
        self._source, self._folder, self._log = source, folder, log
        self.latency = 0.3

    async def send(self, part: Part) -> Outcome:
        """Copy, then send."""
        if len(self.requests) % 7 == 0:
            path = self._folder / f"copy{len(self.copies)}.db"
            shutil.copy(self._source, path)
            log = self._source.with_name(self._source.name + "-wal")
            if self._log and log.exists():
                shutil.copy(log, path.with_name(path.name + "-wal"))
            self.copies.append((path, Counter((each.place, each.text) for each in self.requests)))
        return await super().send(part)


async def after_power_loss(world: World, path: Path) -> Counter[tuple[str, str]]:
    """Start on a copy; give what it sends."""
    store, platform = Store(path), ScriptedPlatform(world.clock)
    await store.open()
    lane = Lane(platform, store, Writer(platform, world.matcher, write), world.clock)
    async with World(store, world.clock, platform, world.matcher).running(lane):
        await world.clock.sleep(300)
    await store.close()
    assert await soundness.damage(path) == ""
    return Counter((each.place, each.text) for each in platform.requests if isinstance(each.outcome, Sent))


@pytest.mark.asyncio
async def test_after_power_loss_nothing_is_lost_and_only_what_was_under_way_comes_twice(
    world: World, tmp_path: Path
) -> None:
    """The file with its log, copied at any moment, goes on where it was: claims are on the disk before requests."""
    world.platform = platform = Recording(world, tmp_path / "incoming.db", tmp_path, log=True)
    await world.publish(*"abc")
    await world.deliver(60)
    everything = {(str(place), title) for place in range(12) for title in "abc"}
    assert len(platform.copies) > 3
    for path, before in platform.copies:
        after = await after_power_loss(world, path)
        assert set(before) | set(after) == everything
        assert max((before + after).values()) <= 2
        # In the copy these were under way: at most one a chat.
        assert all(count == 1 for count in Counter(place for place, _ in before & after).values())


@pytest.mark.asyncio
async def test_a_copy_without_its_log_is_an_older_state_that_works(world: World, tmp_path: Path) -> None:
    """Somebody copies the file alone: what it does not know is sent again, and nothing is lost."""
    await world.publish(*"abc")
    await world.rows("SELECT 1")
    async with world.store._engine.transaction() as connection:
        await connection.commit()
        await connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        await connection.execute("BEGIN")
    world.platform = platform = Recording(world, tmp_path / "incoming.db", tmp_path, log=False)
    await world.deliver(60)
    for path, before in platform.copies:
        after = await after_power_loss(world, path)
        assert set(before) | set(after) == {(str(place), title) for place in range(12) for title in "abc"}


def damaged(path: Path) -> None:
    """Write noise over a page in the middle."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        for page in range(2, size // 4096 - 1, 3):
            file.seek(page * 4096)
            file.write(random.Random(page).randbytes(4096))


@pytest.mark.asyncio
async def test_check_says_that_a_file_is_damaged_and_what_helps(tmp_path: Path) -> None:
    """One line names the file, what SQLite found, and the remedy; nothing is opened after that."""
    path, said = tmp_path / "incoming.db", list[str]()
    store = Store(path)
    await store.open()
    await store.close()
    assert await soundness.damage(path) == ""
    damaged(path)
    assert await check(Config(database=path), SystemClock(), said.append) == 1
    assert f"{path} is damaged (" in said[0]
    assert "backup" in said[0]
    assert said[1:] == ["1 to mend"]


@pytest.mark.asyncio
async def test_a_damaged_page_that_is_met_while_running_is_said_as_such(tmp_path: Path) -> None:
    """Whoever runs into it gets the same line, not a fault of the program."""
    path = tmp_path / "incoming.db"
    store = Store(path)
    await store.open()
    async with store.begin() as work:
        for number in range(200):
            await work.set_meta(f"key {number}", "x" * 500)
    await store.close()
    damaged(path)
    store = Store(path)
    with pytest.raises(StoreError, match="is damaged"):
        await read_everything(store)
    await store.close()


async def read_everything(store: Store) -> None:
    """Touch all pages."""
    await store.open()
    async with store.begin() as work:
        for number in range(200):
            await work.meta(f"key {number}")


@pytest.mark.asyncio
async def test_a_check_that_takes_too_long_is_left_off(tmp_path: Path) -> None:
    """A bound of no time at all finds nothing, and says nothing wrong."""
    path = tmp_path / "incoming.db"
    store = Store(path)
    await store.open()
    await store.close()
    assert await soundness.damage(path, seconds=-1) == ""
    assert await soundness.damage(tmp_path / "none.db") == ""


@pytest.mark.asyncio
async def test_a_lock_at_the_start_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that does not get its turn says who keeps it, not that the program is at fault."""
    monkeypatch.setattr(engine, "DEFAULT_BUSY", 20)
    store = Store(tmp_path / "incoming.db")
    await store.open()
    other = sqlite3.connect(tmp_path / "incoming.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another process keeps it locked"):
        async with store.begin():
            pass
    other.close()
    await store.close()


@pytest.mark.asyncio
async def test_check_says_that_the_file_is_locked_and_after_that_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line while another program keeps it, with the remedy; when it lets go, no word is left of it."""
    monkeypatch.setattr(engine, "DEFAULT_BUSY", 20)
    path, said = tmp_path / "incoming.db", list[str]()
    store = Store(path)
    await store.open()
    await store.close()
    config = load(
        None, {name: platforms.load(name).Settings for name in platforms.NAMES}, given={"database": str(path)}
    )
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert await check(config, SystemClock(), said.append) == 1
    assert said[0] == f"BAD  {path}: another process keeps it locked; wait for it to end, or stop it"
    assert said[1:] == ["1 to mend"]
    other.execute("ROLLBACK")
    other.close()
    said.clear()
    await check(config, SystemClock(), said.append)
    assert said[0] == f"ok   database {path}"
    assert not any("locked" in line for line in said)
