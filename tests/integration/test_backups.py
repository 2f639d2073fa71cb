from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.errors import StoreError
from bot.store import backup
from bot.store.backup import back_up
from bot.upkeep.backups import EVERY, FIRST, Backups
from tests.clock import START, SimulatedClock
from tests.world import open_world


def names(folder: Path) -> list[str]:
    """Give what lies in a folder."""
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.asyncio
async def test_a_copy_a_day_and_the_newest_stay(tmp_path: Path) -> None:
    """However often it looks; what else lies in the folder is left alone."""
    clock = SimulatedClock()
    made: list[str] = []

    def copy(path: Path) -> int:
        path.write_text("copy")
        made.append(path.name)
        return 4

    (tmp_path / "incoming-notes.txt").write_text("mine")
    backups = Backups(copy, tmp_path, 3, clock)
    for _ in range(24 * 5):
        await backups.round()
        clock.time += timedelta(hours=1)
    assert len(made) == len(set(made)) == 6
    assert names(tmp_path) == [*made[-3:], "incoming-notes.txt"]


@pytest.mark.asyncio
async def test_a_bot_that_is_often_started_again_has_copies_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look is minutes after the start, not at the start itself, which has enough to do."""
    clock = SimulatedClock()
    looks: list[float] = []

    async def look() -> None:
        looks.append((clock.now() - START).total_seconds())

    backups = Backups(lambda _: 4, tmp_path, 3, clock)
    monkeypatch.setattr(backups, "round", look)
    looking = asyncio.create_task(backups.run())
    await clock.sleep(2 * EVERY)
    looking.cancel()
    assert looks == [FIRST, FIRST + EVERY]
    assert FIRST < EVERY / 2


@pytest.mark.asyncio
async def test_a_copy_that_fails_is_tried_again_and_removes_nothing(tmp_path: Path) -> None:
    """A full disk costs no older copy."""
    tries: list[Path] = []

    def copy(path: Path) -> int:
        tries.append(path)
        raise StoreError("full")  # noqa: EM101 -- any text will do

    for day in range(1, 6):
        (tmp_path / f"incoming-2026-01-0{day}.db").write_text("old")
    backups = Backups(copy, tmp_path, 3, SimulatedClock())
    await backups.round()
    await backups.round()
    assert len(tries) == 2
    assert len(names(tmp_path)) == 5


@pytest.mark.asyncio
async def test_a_copy_is_consistent_while_others_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction under way is not in it, what was committed is, and a damaged copy never takes the name."""
    database, target = tmp_path / "incoming.db", tmp_path / "copy.db"
    async with open_world(database, monkeypatch) as world:
        await world.publish("一")
        async with world.store.begin() as work:
            await work.set_meta("half", "done")
            back_up(database, target)
        with sqlite3.connect(target) as copy:
            assert copy.execute("SELECT count(*) FROM post").fetchone() == (1,)
            assert copy.execute("SELECT count(*) FROM meta WHERE key = 'half'").fetchone() == (0,)
        copy.close()
        before = target.read_bytes()
        real = backup._copy

        def torn(source: Path, copy: Path) -> int:
            version = real(source, copy)
            with copy.open("r+b") as file:
                file.seek(copy.stat().st_size // 2)
                file.write(b"x" * 5000)
            return version

        for broken in (torn, lambda source, copy: real(source, copy) + 1):
            monkeypatch.setattr(backup, "_copy", broken)
            with pytest.raises(StoreError, match=r"damaged|malformed"):
                back_up(database, target)
            assert target.read_bytes() == before
    with pytest.raises(StoreError, match="not there"):
        back_up(tmp_path / "none.db", target)


@pytest.mark.asyncio
async def test_what_keeps_a_copy_from_being_made_is_known_until_one_is(tmp_path: Path) -> None:
    """It becomes an incident; a copy that was made ends it."""
    wrong = ["disk full"]

    def copy(path: Path) -> int:
        if wrong:
            raise StoreError(wrong[0])
        path.write_text("copy")
        return 4

    backups = Backups(copy, tmp_path, 7, SimulatedClock())
    await backups.round()
    assert backups.trouble == "disk full"
    wrong.clear()
    await backups.round()
    assert backups.trouble == ""


@pytest.mark.asyncio
async def test_what_a_killed_program_left_unfinished_is_taken_away(tmp_path: Path) -> None:
    """As large as the database each, and nobody's any more; what others keep in the folder stays."""
    database, folder = tmp_path / "incoming.db", tmp_path / "backups"
    folder.mkdir()
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript("CREATE TABLE feed (id); PRAGMA user_version=1;")
    for name in (".incoming-2025-12-30.db.7", ".incoming-2025-12-31.db.4711", ".incoming-notes", "mine.db"):
        (folder / name).write_text("half")
    await Backups(lambda path: back_up(database, path), folder, 3, SimulatedClock()).round()
    assert names(folder) == [".incoming-notes", f"incoming-{START:%Y-%m-%d}.db", "mine.db"]
