from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.core.errors import StoreError
from bot.store import engine
from bot.store.engine import Lease, migrations, queries
from bot.store.sqlite import Store
from tests.clock import START

TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"


async def word(store: Store, key: str = "key") -> str | None:
    """Read a remembered word."""
    async with store.begin() as work:
        return await work.meta(key)


async def remember(store: Store, value: str) -> None:
    """Remember a word."""
    async with store.begin() as work:
        await work.set_meta("key", value)


def rights(folder: Path) -> dict[str, int]:
    """Give the rights of the files in a folder."""
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


# -- opening ----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_new_file_is_its_owners_alone(store: Store, tmp_path: Path) -> None:
    """It says who reads what, and what somebody filters by; what SQLite keeps beside it does, too."""
    await remember(store, "value")
    kept = rights(tmp_path)
    assert set(kept) >= {"incoming.db", "incoming.db-wal"}
    assert set(kept.values()) == {0o600}


@pytest.mark.asyncio
async def test_a_new_file_is_made_with_its_folder_and_every_migration(tmp_path: Path) -> None:
    """From nothing: the folder, the file, the newest schema, and a second opening changes nothing."""
    path = tmp_path / "deep" / "down" / "incoming.db"
    for _ in range(2):
        opened = Store(path)
        await opened.open()
        await opened.close()
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA user_version").fetchone()[0] == migrations()[-1][0]
        assert {"feed", "post", "delivery", "part"} <= {name for (name,) in raw.execute(TABLES)}
        assert raw.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    raw.close()


@pytest.mark.asyncio
async def test_commits_are_on_the_disk_when_they_return(store: Store) -> None:
    """Power loss takes nothing that was committed: FULL, and foreign keys are checked."""
    async with store._engine.transaction() as connection:
        for pragma, value in (("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", engine.DEFAULT_BUSY)):
            row = await (await connection.execute(f"PRAGMA {pragma}")).fetchone()
            assert row is not None
            assert row[0] == value


@pytest.mark.asyncio
async def test_what_was_stored_is_there_after_reopening(tmp_path: Path) -> None:
    """A process that ends cleanly, or not at all, leaves what it committed."""
    path = tmp_path / "incoming.db"
    first, second = Store(path), Store(path)
    await first.open()
    async with first.begin() as work:
        await work.set_meta("key", "词")
    await second.open()
    assert await word(second) == "词"
    await first.close()
    await second.close()


@pytest.mark.asyncio
async def test_a_newer_schema_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """A file of a newer version is not touched; the line names it and both ways out; no connection stays open."""
    path = tmp_path / "incoming.db"
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version = 9999")
    raw.close()
    store = Store(path)
    with pytest.raises(StoreError, match=r"incoming\.db: written by a newer Incoming .*; run that version, or restore"):
        await store.open()
    connections = [thread for thread in threading.enumerate() if "_connection_worker" in thread.name]
    for thread in connections:
        thread.join(5)
    assert not any(thread.is_alive() for thread in connections)


@pytest.mark.asyncio
async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """Some other file in the way: the line says what to do, and the file is left alone."""
    path = tmp_path / "incoming.db"
    path.write_text("A letter, and nothing else. " * 100)
    with pytest.raises(StoreError, match=r"is not an Incoming database; move it away"):
        await Store(path).open()
    assert path.read_text().startswith("A letter")


@pytest.mark.asyncio
async def test_a_file_in_the_folders_place_is_named(tmp_path: Path) -> None:
    """The folder cannot be made: one line, no traceback."""
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match="data"):
        await Store(tmp_path / "data" / "incoming.db").open()


@pytest.mark.asyncio
@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
async def test_a_folder_that_cannot_be_written_is_named_with_the_command_that_mends_it(tmp_path: Path) -> None:
    """The line names the folder, the user and chown."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o500)
    with pytest.raises(StoreError, match=r"data: cannot be written by user \d+; .*chown"):
        await Store(folder / "incoming.db").open()
    with pytest.raises(StoreError, match=r"cannot be written by user \d+; .*chown"):
        Lease(folder / "incoming.db").take()


@pytest.mark.asyncio
async def test_a_disk_that_takes_nothing_is_said_by_whoever_meets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Full, or mounted read-only while it was open: each transaction says which file, and what to look at."""
    store = Store(tmp_path / "incoming.db")
    await store.open()
    writer = store._engine._writer
    assert writer is not None
    await writer.execute("PRAGMA max_page_count=1")
    with pytest.raises(StoreError, match=r"incoming\.db: .* full; check the disk"):
        await remember(store, "x" * 1_000_000)
    await writer.execute("PRAGMA query_only=ON")
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=os.ST_RDONLY))
    with pytest.raises(StoreError, match=r"its disk is mounted read-only; look why"):
        await remember(store, "x")
    await store.close()


@pytest.mark.asyncio
async def test_a_migration_that_fails_leaves_the_old_schema_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a migration is none: the version and the tables are those from before, and the next version can mend it."""
    path = tmp_path / "incoming.db"
    first = migrations()
    broken = (*first, (first[-1][0] + 1, "CREATE TABLE half (a); CREATE TABLE post (a);"))
    store = Store(path)
    await store.open()
    await store.close()
    monkeypatch.setattr(engine, "migrations", lambda: broken)
    with pytest.raises(StoreError):
        await Store(path).open()
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA user_version").fetchone()[0] == first[-1][0]
        assert ("half",) not in raw.execute(TABLES).fetchall()
    raw.close()


@pytest.mark.asyncio
async def test_two_processes_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    """The bot and a command line start together on nothing: both find the same schema."""
    stores = [Store(tmp_path / "incoming.db") for _ in range(4)]
    await asyncio.gather(*(store.open() for store in stores))
    for number, store in enumerate(stores):
        async with store.begin() as work:
            await work.set_meta(f"{number}", "here")
    assert [await word(stores[0], f"{number}") for number in range(4)] == ["here"] * 4
    await asyncio.gather(*(store.close() for store in stores))


@pytest.mark.asyncio
async def test_a_store_that_is_not_open_says_so(tmp_path: Path) -> None:
    """Reads and transactions before ``open`` are one clear error."""
    store = Store(tmp_path / "incoming.db")
    with pytest.raises(StoreError, match="not open"):
        _ = store.outbox
    with pytest.raises(StoreError, match="not open"):
        async with store.begin():
            pass


def test_every_query_is_named_once() -> None:
    """The files in ``sql/`` hold no two queries of one name, of which one would never run."""
    for file in ("chats.sql", "feeds.sql", "outbox.sql"):
        text = (Path(engine.__file__).parent / "sql" / file).read_text(encoding="utf-8")
        assert len(queries(file)) == text.count("-- name: ")


# -- transactions -----------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_an_error_rolls_everything_back(store: Store) -> None:
    """Nothing of a transaction that failed is there, and the next one works."""

    async def fail() -> None:
        async with store.begin() as work:
            await work.set_meta("key", "half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await word(store) is None
    async with store.begin() as work:
        await work.set_meta("key", "whole")
    assert await word(store) == "whole"


@pytest.mark.asyncio
async def test_a_transaction_that_is_cancelled_anywhere_is_all_or_nothing(store: Store) -> None:
    """Cancelled after any number of steps of the event loop: both words are there or none, and the next one works."""

    async def both(value: str) -> None:
        async with store.begin() as work:
            await work.set_meta("one", value)
            await work.set_meta("two", value)

    whole = 0
    for steps in range(40):
        task = asyncio.create_task(both(f"{steps}"))
        for _ in range(steps):
            await asyncio.sleep(0.0003 if steps % 2 else 0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        one, two = await word(store, "one"), await word(store, "two")
        assert one == two
        whole += one == f"{steps}"
    await both("end")
    assert (await word(store, "one"), whole > 0) == ("end", True)


@pytest.mark.asyncio
async def test_a_commit_that_fails_leaves_no_transaction_behind(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the disk refused is gone, not inherited by the next transaction."""
    writer = store._engine._writer
    assert writer is not None

    async def refuse() -> None:
        msg = "disk I/O error"
        raise sqlite3.OperationalError(msg)

    with monkeypatch.context() as patch:
        patch.setattr(writer, "commit", refuse)
        with pytest.raises(sqlite3.OperationalError):
            async with store.begin() as work:
                await work.set_meta("key", "refused")
    async with store.begin() as work:
        await work.set_meta("other", "taken")
    assert (await word(store), await word(store, "other")) == (None, "taken")


@pytest.mark.asyncio
async def test_transactions_of_one_process_take_turns(store: Store) -> None:
    """Fifty counters at once lose no count."""

    async def count() -> None:
        async with store.begin() as work:
            await work.set_meta("key", str(int(await work.meta("key") or 0) + 1))

    await asyncio.gather(*(count() for _ in range(50)))
    assert await word(store) == "50"


@pytest.mark.asyncio
async def test_a_second_process_may_write_in_between(store: Store, tmp_path: Path) -> None:
    """The command line beside a running bot: each waits for the other's lock, and neither loses anything."""
    other = Store(tmp_path / "incoming.db")
    await other.open()

    async def count(through: Store) -> None:
        for _ in range(20):
            async with through.begin() as work:
                await work.set_meta("key", str(int(await work.meta("key") or 0) + 1))

    await asyncio.gather(count(store), count(other))
    assert await word(store) == "40"
    await other.close()


@pytest.mark.asyncio
async def test_a_lock_that_is_never_given_back_is_an_error_and_not_a_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process keeps the file locked: after the wait it is one clear line, and then all is well again."""
    monkeypatch.setattr(engine, "DEFAULT_BUSY", 50)
    path = tmp_path / "incoming.db"
    store = Store(path)
    await store.open()
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="keeps it locked"):
        async with store.begin():
            pass
    raw.execute("ROLLBACK")
    async with store.begin() as work:
        await work.set_meta("key", "free")
    raw.execute("PRAGMA user_version = 0")
    raw.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="another process keeps it locked"):
        await Store(path).open()
    raw.close()
    await store.close()


# -- the right to send ------------------------------------------------------------------------------------------------


def test_one_process_at_a_time_holds_the_lease(tmp_path: Path) -> None:
    """The second one is told what to do; after the first one gave it back, it is free."""
    path = tmp_path / "data" / "incoming.db"
    first, second = Lease(path), Lease(path)
    first.take()
    with pytest.raises(StoreError, match="another Incoming is running on this database; stop it first"):
        second.take()
    first.drop()
    second.take()
    second.drop()
    second.drop()


def test_a_process_that_dies_gives_the_lease_back(tmp_path: Path) -> None:
    """However it ends, the next one may send."""
    path = tmp_path / "incoming.db"
    code = (
        "import os, sys; from pathlib import Path; from bot.store.engine import Lease;"
        " Lease(Path(sys.argv[1])).take(); os._exit(9)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(path)], check=False, cwd=Path(engine.__file__).parents[2])
    assert ended.returncode == 9
    lease = Lease(path)
    lease.take()
    lease.drop()


# -- a platform's updates ---------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_updates_are_kept_until_they_are_dealt_with(store: Store) -> None:
    """Each is new once, waits in the order of its number, and is gone when it is done; platforms do not mix."""
    kept = [await store.store("telegram", number, f"raw {number}") for number in (3, 1, 3)]
    await store.store("discord", 2, "other")
    assert (kept, await store.pending("telegram")) == ([True, True, False], [(1, "raw 1"), (3, "raw 3")])
    await store.done("telegram", 1)
    assert await store.pending("telegram") == [(3, "raw 3")]
    assert not await store.store("telegram", 1, "again")
    assert await store.pending("telegram") == [(3, "raw 3")]


@pytest.mark.asyncio
async def test_an_updates_effect_and_its_mark_are_one_commit(store: Store) -> None:
    """An effect that fails leaves the update to be dealt with again."""

    async def fail() -> None:
        async with store.begin() as work:
            await work.update_done("telegram", 1)
            raise RuntimeError

    await store.store("telegram", 1, "raw")
    with pytest.raises(RuntimeError):
        await fail()
    assert await store.pending("telegram") == [(1, "raw")]


@pytest.mark.asyncio
async def test_marks_of_old_updates_are_forgotten_and_open_ones_kept(store: Store) -> None:
    """A thousand marks are plenty; what was never dealt with stays, however old."""
    await store.store("telegram", 1, "open")
    await store.store("telegram", 2, "done")
    await store.done("telegram", 2)
    await store.store("telegram", 5000, "new")
    assert await store.pending("telegram") == [(1, "open"), (5000, "new")]
    assert await store.store("telegram", 2, "long gone")


# -- small things that are remembered ---------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_words_are_remembered_and_forgotten(store: Store) -> None:
    """A word is what was said last; None takes it away."""
    async with store.begin() as work:
        await work.set_meta("key", "one")
        await work.set_meta("key", "two")
        assert await work.meta("key") == "two"
        await work.set_meta("key", None)
        assert await work.meta("key") is None


@pytest.mark.asyncio
async def test_operators_are_remembered_once(store: Store) -> None:
    """Making somebody an operator twice changes nothing."""
    async with store.begin() as work:
        for _ in range(2):
            await work.add_operator("telegram", "7", START)
        assert await work.operators() == {("telegram", "7")}
