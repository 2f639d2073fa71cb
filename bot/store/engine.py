"""The SQLite file: opening, migrating, transactions, and the SQL that stands in files.

WAL with ``synchronous=FULL``: a commit that returned survives power loss. One connection writes, another reads;
``DEFAULT_BUSY`` lets a second process (the command line) write in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import re
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import aiosqlite

from bot.core.errors import StoreError
from bot.store.together import Connection, Inline, Together, Whole

Result = TypeVar("Result")

DEFAULT_BUSY: Final = 10_000
"""Milliseconds that a writer waits for another process's lock."""

SALVAGE: Final = "stop Incoming and put a backup in its place, or salvage what is left with `sqlite3 FILE .recover`"
"""What helps against damage."""
SAID_EVERY: Final = 5.0
"""Seconds between two lines about an upgrade; one that is over sooner is not worth any."""
_STEPS: Final = 100_000
"""Of SQLite's virtual machine, between two looks at the clock: a few milliseconds."""
_DAMAGED: Final = "malformed"
_LOCKED: Final = "locked"
_OF_THE_FILE: Final = frozenset((
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY,
))  # fmt: skip
"""Errors of the file or its disk, and not of the statement that met them."""

_SQL = Path(__file__).parent / "sql"
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def queries(file: str) -> Mapping[str, str]:
    """Read the named queries of a file in ``sql/``: each begins with a line ``-- name: NAME``."""
    pieces = _NAME.split((_SQL / file).read_text(encoding="utf-8"))
    return dict(zip(pieces[1::2], (text.strip() for text in pieces[2::2]), strict=True))


def migrations() -> tuple[tuple[int, str], ...]:
    """Give the numbered migrations in order: (number, script)."""
    files = sorted(entry.name for entry in (_SQL / "migrations").iterdir() if entry.name.endswith(".sql"))
    return tuple((int(name[:4]), (_SQL / "migrations" / name).read_text(encoding="utf-8")) for name in files)


class Engine:
    """Two connections to one file, and the lock that makes transactions of one process take turns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = asyncio.Lock()
        self._together = Together(self._turn)
        self._writer: Connection | None = None
        self._reader: Connection | None = None

    @property
    def reader(self) -> aiosqlite.Connection:
        """What reads outside a transaction: each statement sees all that was committed before it."""
        if self._reader is None:
            msg = "the database is not open"
            raise StoreError(msg)
        # It has what reads use of a connection.
        return cast("aiosqlite.Connection", Whole(self._reader))

    async def open(self) -> None:
        """Open the file, making and migrating it as needed. Raises StoreError with the remedy."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            async with _alone(self.path.parent):
                _make(self.path)
                self._writer = await _connect(self.path)
                await _migrate(self._writer, self.path)
            self._reader = await _connect(self.path)
        except (OSError, sqlite3.Error) as error:
            await self.close()
            raise StoreError(_explain(self.path, error)) from error
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close both connections."""
        await self._together.rest()
        for connection in (self._reader, self._writer):
            if connection is not None:
                await connection.close()
        self._reader = self._writer = None

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """Give the writer inside one transaction: committed at the end, rolled back on any error."""
        if self._writer is None:
            msg = "the database is not open"
            raise StoreError(msg)
        async with self._turn:
            try:
                await self._writer.execute("BEGIN IMMEDIATE")
                yield self._writer
                await asyncio.shield(self._writer.commit())
            except BaseException as error:
                # Shielded: a cancelled task, or a commit that the disk refused, must not leave its transaction open
                # for the next one to inherit. After a commit that went through it does nothing.
                await asyncio.shield(self._writer.rollback())
                self._explain(error)
                raise

    async def together(self, work: Callable[[Inline], Coroutine[Any, Any, Result]]) -> Result:
        """Run a transaction in one go, perhaps sharing its commit: see ``Together.run``."""
        if self._writer is None:
            msg = "the database is not open"
            raise StoreError(msg)
        try:
            return await self._together.run(self._writer, work)
        except BaseException as error:
            self._explain(error)
            raise

    def _explain(self, error: BaseException) -> None:
        """Raise what helps, where the error is the file's and not the caller's."""
        # The lowest byte is the error, the others are its kind.
        if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in _OF_THE_FILE:
            raise StoreError(_explain(self.path, error)) from error


@contextlib.asynccontextmanager
async def _alone(folder: Path) -> AsyncIterator[None]:
    """Keep other processes from opening a database in this folder meanwhile.

    Two that find a new file would both make it; and a switch to WAL does not wait for a lock, it fails.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        await asyncio.to_thread(fcntl.flock, handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _make(path: Path) -> None:
    """Make a new file its owner's alone: it says who reads what. What SQLite keeps beside it gets the same rights."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))


async def _connect(path: Path) -> Connection:
    connection = Connection.to(path, isolation_level=None, timeout=DEFAULT_BUSY / 1000)
    try:
        await connection
    except BaseException:
        await connection.ended()
        raise
    try:
        connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={DEFAULT_BUSY}"):
            await connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        await connection.close()
        raise
    return connection


async def _migrate(connection: aiosqlite.Connection, path: Path) -> None:
    steps = migrations()
    version = await _version(connection)
    if version > steps[-1][0]:
        msg = (
            f"{path}: written by a newer Incoming (schema {version}, this one knows {steps[-1][0]});"
            " run that version, or restore a backup"
        )
        raise StoreError(msg)
    progress = _Progress(path)
    await connection.set_progress_handler(progress, _STEPS)
    if 0 < version < steps[-1][0]:
        progress.doing = "copying it"
        await _keep_copy(connection, path, version)
    for number, script in steps:
        if number > version:
            progress.doing = f"step {number} of {steps[-1][0]}"
            # One script, one transaction: a crash in the middle leaves the old schema whole.
            await connection.executescript(f"BEGIN EXCLUSIVE;\n{script}\nPRAGMA user_version={number};\nCOMMIT;")
    await connection.set_progress_handler(None, 0)  # type: ignore[arg-type]  # SQLite's way to take it off again


class _Progress:
    """Tells on standard error how far a long upgrade is, whichever command began it. SQLite calls it as it works."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._began = self._said = time.monotonic()
        self.doing = ""

    def __call__(self) -> int:
        """Say a line now and then; 0 lets SQLite go on."""
        now = time.monotonic()
        if now - self._said >= SAID_EVERY:
            self._said = now
            size = self._path.stat().st_size / 1e6
            sys.stderr.write(
                f"incoming: upgrading {self._path} ({size:.0f} MB): {self.doing}, {now - self._began:.0f} s so far\n"
            )
            sys.stderr.flush()
        return 0


async def _keep_copy(connection: aiosqlite.Connection, path: Path, version: int) -> None:
    """Copy the file before its schema changes: the way back to the version that wrote it."""
    target = path.with_name(f"{path.name}.schema{version}")
    unfinished = target.with_name(f".{target.name}")
    unfinished.unlink(missing_ok=True)
    # It is its owner's alone from the first byte on.
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        await connection.execute("VACUUM INTO ?", (str(unfinished),))
        unfinished.replace(target)
    except (OSError, sqlite3.Error) as error:
        unfinished.unlink(missing_ok=True)
        msg = f"{target}: cannot be written ({error}); without this copy the database is not upgraded: make room for it"
        raise StoreError(msg) from error


async def _version(connection: aiosqlite.Connection) -> int:
    cursor = await connection.execute("PRAGMA user_version")
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


def _explain(path: Path, error: Exception) -> str:
    if refused := _refused(path, error):
        return refused
    if isinstance(error, sqlite3.DatabaseError) and "not a database" in str(error):
        return f"{path} is not an Incoming database; move it away, or name another file as `database`"
    if _DAMAGED in str(error):
        return f"{path} is damaged ({error}); {SALVAGE}"
    if _LOCKED in str(error):
        return f"{path}: another process keeps it locked; wait for it to end, or stop it"
    return f"{path}: {error}; check the disk and the file's rights"


def _refused(path: Path, error: Exception) -> str:
    """Say where we may not write, and what gives us that; empty where we may."""
    folder, user = path.parent, os.getuid()
    if folder.exists() and os.statvfs(folder).f_flag & os.ST_RDONLY:
        return f"{folder}: its disk is mounted read-only; look why (dmesg), and mount it to be written again"
    if not os.access(folder, os.W_OK) or isinstance(error, PermissionError):
        return f"{folder}: cannot be written by user {user}; give it the folder: chown -R {user} {folder}"
    if path.exists() and not os.access(path, os.W_OK):
        return f"{path}: cannot be written by user {user}; give it the file: chown {user} {path}; chmod u+rw {path}"
    return ""


class Lease:
    """The right to send: one process per database holds it, and the kernel takes it back when the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + ".lock")
        self._handle: int | None = None

    def take(self) -> None:
        """Take it, or raise StoreError saying that another process has it."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(_explain(self._path, error)) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            msg = f"{self._path}: another Incoming is running on this database; stop it first"
            raise StoreError(msg) from error
        self._handle = handle

    def drop(self) -> None:
        """Give it back."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
