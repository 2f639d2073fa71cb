"""A copy of the database while it is in use: consistent, and opened before it counts as one."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from bot.core.errors import StoreError


def back_up(database: Path, target: Path) -> int:
    """Copy a database to ``target``, in place of an older copy there; give the copy's bytes. Blocks; use a thread.

    The copy is made beside the target, opened and checked, and takes its name only then. Raises StoreError.
    """
    if not database.is_file():
        msg = f"{database} is not there; nothing to copy"
        raise StoreError(msg)
    if target.is_dir() or (target.exists() and target.samefile(database)):
        msg = f"{target}: name a file of its own for the copy, not a folder or the database itself"
        raise StoreError(msg)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _verify(unfinished, _copy(database, unfinished))
        unfinished.replace(target)
        return target.stat().st_size
    except (OSError, sqlite3.Error) as error:
        msg = f"{target}: cannot be written: {error}; check the folder's rights and the free space"
        raise StoreError(msg) from error
    finally:
        unfinished.unlink(missing_ok=True)


def _copy(database: Path, target: Path) -> int:
    """Write one snapshot, and give its schema's number: readers and writers go on meanwhile.

    It is its owner's alone from the first byte on.
    """
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with contextlib.closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=rw", uri=True, timeout=30)) as source:
        source.execute("VACUUM INTO ?", (str(target),))
        (version,) = source.execute("PRAGMA user_version").fetchone()
    handle = os.open(target, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return int(version)


def _verify(path: Path, expected: int) -> None:
    with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as copy:
        (said,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
        (version,) = copy.execute("PRAGMA user_version").fetchone()
        copy.execute("SELECT count(*) FROM feed").fetchone()
    if said != "ok" or version != expected:
        msg = f"the copy is damaged ({said}, schema {version})"
        raise sqlite3.DatabaseError(msg)
