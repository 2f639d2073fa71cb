"""Databases of earlier versions: copied, brought up to date in one transaction each, and used."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from bot import __version__
from bot.core.errors import StoreError
from bot.core.models import Address
from bot.store import engine
from bot.store.backup import back_up
from bot.store.sqlite import Store
from tests.data.schema import dump

TESTS = Path(__file__).resolve().parents[1]
KEPT = sorted((TESTS / "data" / "schema").glob("*.sql"))
LATER = "ALTER TABLE chat ADD COLUMN later TEXT NOT NULL DEFAULT 'new'"


def restored(folder: Path, script: Path) -> Path:
    """Make the database that a script describes."""
    path = folder / "incoming.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(script.read_text(encoding="utf-8"))
    return path


def later(monkeypatch: pytest.MonkeyPatch, *scripts: str) -> int:
    """Pretend that there are newer migrations; give the last one's number."""
    steps = engine.migrations()
    numbered = tuple((steps[-1][0] + number, script) for number, script in enumerate(scripts, 1))
    monkeypatch.setattr(engine, "migrations", lambda: (*steps, *numbered))
    return numbered[-1][0]


def ask(path: Path, sql: str) -> object:
    """Ask a database one thing."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchone()[0]


async def opened(path: Path) -> None:
    """Open and close."""
    store = Store(path)
    try:
        await store.open()
    finally:
        await store.close()


def released(changelog: str) -> set[str]:
    """Give the versions that a changelog has a section of."""
    return set(re.findall(r"^## \[?v?(\d+\.\d+\.\d+)", changelog, re.MULTILINE))


def test_every_version_has_a_database_that_is_kept() -> None:
    """The one at hand and each that was released: a release without one is an upgrade that nobody tried."""
    versions = released((TESTS.parent / "CHANGELOG.md").read_text("utf-8")) | {__version__}
    assert versions <= {script.stem for script in KEPT}
    assert released("## Unreleased\n\n## [0.2.0] - 2027-01-01\n\n## 0.1.0 - 2026-12-01\n") == {"0.2.0", "0.1.0"}


@pytest.mark.asyncio
async def test_the_database_that_is_kept_of_this_version_is_what_it_makes(tmp_path: Path) -> None:
    """Tables, indexes and rows, as the migrations make them; tests/data/schema/dump.py writes it anew."""
    path = tmp_path / "incoming.db"
    await dump.fill(path)
    (kept,) = [script for script in KEPT if script.stem == __version__]
    assert dump.dumped(path) == kept.read_text("utf-8")


@pytest.mark.asyncio
@pytest.mark.parametrize("script", KEPT, ids=lambda script: script.stem)
async def test_a_database_of_every_version_is_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Path
) -> None:
    """Chats, subscriptions and what is owed are there after the upgrade, and the new schema with them."""
    path = restored(tmp_path, script)
    last = later(monkeypatch, f"{LATER};")
    store = Store(path)
    await store.open()
    async with store.begin() as work:
        chat = await work.chat(Address("telegram", "1001"))
        assert chat is not None
        assert [each.filter.query for each in await work.subscriptions(chat.id)] == ["-公告"]
        assert len(await work.deliveries(chat.id, 10)) == 1
    await store.close()
    assert ask(path, "PRAGMA user_version") == last
    assert ask(path, "SELECT later FROM chat") == "new"
    assert ask(path, "PRAGMA integrity_check") == "ok"


@pytest.mark.asyncio
async def test_a_copy_is_kept_before_the_schema_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy is the old database, readable by its owner alone; a file that is up to date is not copied."""
    path = restored(tmp_path, KEPT[0])
    await opened(path)
    version = ask(path, "PRAGMA user_version")
    copy = tmp_path / f"incoming.db.schema{version}"
    assert not copy.exists()
    later(monkeypatch, f"{LATER};")
    await opened(path)
    assert ask(copy, "PRAGMA user_version") == version
    assert ask(copy, "SELECT count(*) FROM chat") == 2
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_newer_program_copies_an_older_database_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever installed the new version first can still make the copy that leads back to the old one."""
    path = restored(tmp_path, KEPT[0])
    version = ask(path, "PRAGMA user_version")
    later(monkeypatch, f"{LATER};")
    back_up(path, tmp_path / "before.db")
    assert [ask(each, "PRAGMA user_version") for each in (path, tmp_path / "before.db")] == [version, version]
    assert ask(tmp_path / "before.db", "SELECT count(*) FROM chat") == 2


@pytest.mark.asyncio
async def test_without_room_for_the_copy_nothing_is_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names the copy and what to do; the database is as it was."""
    path = restored(tmp_path, KEPT[0])
    version = ask(path, "PRAGMA user_version")
    (tmp_path / f"incoming.db.schema{version}").mkdir()
    later(monkeypatch, f"{LATER};")
    with pytest.raises(StoreError, match=r"cannot be written .* make room for it"):
        await opened(path)
    assert ask(path, "PRAGMA user_version") == version
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]  # noqa: PTH208 -- hidden ones too


@pytest.mark.asyncio
async def test_a_migration_that_fails_leaves_the_one_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a transaction of its own: what came before stands, half of one does not."""
    path = restored(tmp_path, KEPT[0])
    last = later(monkeypatch, f"{LATER};", "CREATE TABLE half (x) STRICT; SELECT nonsense;")
    with pytest.raises(StoreError):
        await opened(path)
    assert ask(path, "PRAGMA user_version") == last - 1
    assert ask(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'") == 0


@pytest.mark.asyncio
async def test_a_long_upgrade_says_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error: the copy, then each step; a short one, as of most databases, says nothing."""
    path = restored(tmp_path, KEPT[0])
    await opened(path)
    many = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5000) SELECT n FROM c"
    later(monkeypatch, f"CREATE TABLE slow AS {many};", f"{LATER};")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(engine, "SAID_EVERY", 0.0)
    monkeypatch.setattr(engine, "_STEPS", 10)
    await opened(path)
    said = capsys.readouterr().err.splitlines()
    last = engine.migrations()[-1][0]
    assert all(line.startswith(f"incoming: upgrading {path} (0 MB): ") for line in said)
    doing = [line.split(": ")[2].partition(",")[0] for line in said]
    assert list(dict.fromkeys(doing)) == ["copying it", f"step {last - 1} of {last}", f"step {last} of {last}"]
