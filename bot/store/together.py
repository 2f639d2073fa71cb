"""Whole transactions on the connection's own thread: one hop for all their statements, one commit for several.

A statement that goes to the thread and comes back costs more than SQLite needs for it, and a commit waits for the disk.
So what is to be done is handed over as one piece: a coroutine that awaits nothing but this connection never rests, and
can be run to its end where the connection lives. What others hand over meanwhile goes into the next commit together.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from typing import Any, Final, Generic, TypeVar, cast

import aiosqlite

Result = TypeVar("Result")
Parameters = Iterable[Any]

LONGEST: Final = 0.03
"""Seconds after which a shared transaction takes nobody else in: others want to write, too."""


class InlineCursor:
    """A cursor that has its answer at once."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    @property
    def rowcount(self) -> int:
        """Rows that were changed."""
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The row that was inserted."""
        return self._cursor.lastrowid

    async def fetchone(self) -> Any:
        """Give the next row, or None."""
        return self._cursor.fetchone()

    async def __aiter__(self) -> AsyncIterator[Any]:
        for row in self._cursor:
            yield row


class Inline:
    """The part of ``aiosqlite.Connection`` that transactions use, on the thread of the connection itself."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def execute(self, sql: str, parameters: Any = ()) -> InlineCursor:
        """Run a statement."""
        return InlineCursor(self._connection.execute(sql, parameters))

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> InlineCursor:
        """Run a statement for each set of parameters."""
        return InlineCursor(self._connection.executemany(sql, parameters))

    async def execute_fetchall(self, sql: str, parameters: Any = ()) -> list[Any]:
        """Run a statement and give all its rows."""
        return self._connection.execute(sql, parameters).fetchall()

    async def commit(self) -> None:
        """Commit."""
        self._connection.commit()


class Connection(aiosqlite.Connection):
    """A connection that takes whole functions to its thread."""

    _ending: asyncio.Future[Any] | None = None

    @classmethod
    def to(cls, path: object, **options: Any) -> Connection:
        """Make one; it is opened when it is awaited."""
        return cls(lambda: sqlite3.connect(str(path), **options), 64)

    def stop(self) -> asyncio.Future[Any] | None:
        """Tell the thread to end."""
        self._ending = super().stop()
        return self._ending

    async def ended(self) -> None:
        """Wait until the thread of a connection that could not be opened has said its last word to the event loop."""
        if self._ending is not None:
            await self._ending

    async def inside(self, function: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run a function there (aiosqlite gives that no types)."""
        return cast("Result", await self._execute(function, self._conn))  # type: ignore[no-untyped-call]  # the library's own


class Rows:
    """All rows of a statement that is over."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._left = iter(rows)

    async def fetchone(self) -> Any:
        """Give the next row, or None."""
        return next(self._left, None)

    async def __aiter__(self) -> AsyncIterator[Any]:
        for row in self._left:
            yield row


class Whole:
    """A connection whose statements are over when they return, with all their rows.

    One that waits for its rows to be fetched, or whose reader was cancelled meanwhile, keeps the connection at what was
    committed when it began, and with it everybody who reads there.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute(self, sql: str, parameters: Any = ()) -> Rows:
        """Run a statement."""
        return Rows(await self.execute_fetchall(sql, parameters))

    async def execute_fetchall(self, sql: str, parameters: Any = ()) -> list[Any]:
        """Run a statement and give all its rows."""
        return await self._connection.inside(lambda connection: connection.execute(sql, parameters).fetchall())


class _Job(Generic[Result]):
    """A piece of a transaction, and who waits for it."""

    def __init__(self, work: Callable[[Inline], Coroutine[Any, Any, Result]]) -> None:
        self._work = work
        self.answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._result: Result | None = None
        self.error: BaseException | None = None

    def run(self, connection: sqlite3.Connection) -> None:
        """Do it inside the transaction. Raises what it raises; then the transaction is to be taken back."""
        self._result, self.error = _run(self._work(Inline(connection))), None
        if not connection.in_transaction:
            # As a full disk does. What the next job wrote would be committed at once, and again when all are run again.
            msg = "the transaction was taken back"
            raise sqlite3.OperationalError(msg)

    def tell(self) -> None:
        """Say how it went to whoever waits."""
        if self.answer.done():
            return
        if self.error is not None:
            self.answer.set_exception(self.error)
            self.answer.exception()  # nobody may be left to hear it
        else:
            self.answer.set_result(cast("Result", self._result))


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as end:
        return cast("Result", end.value)
    work.close()
    msg = "a transaction waits for something else than its connection"
    raise RuntimeError(msg)


class Together:
    """Runs jobs in shared transactions. ``turn`` is held meanwhile."""

    def __init__(self, turn: asyncio.Lock) -> None:
        self._turn = turn
        self._waiting: deque[_Job[Any]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def run(self, connection: Connection, work: Callable[[Inline], Coroutine[Any, Any, Result]]) -> Result:
        """Run a job; when this returns, it is committed. Raises what the job or the commit raises: then nothing is.

        The job may be run more than once, and its effects are its last run's alone. Whoever is cancelled meanwhile
        leaves nothing running: a job that was not begun is not, one that was is done, or not, when this returns.
        """
        job = _Job(work)
        self._waiting.append(job)
        if self._task is None:
            self._task = asyncio.create_task(self._drain(connection), name="store-together")
        try:
            return await asyncio.shield(job.answer)
        except asyncio.CancelledError:
            await self._withdraw(job, self._task)
            raise

    async def _withdraw(self, job: _Job[Any], task: asyncio.Task[None] | None) -> None:
        try:
            self._waiting.remove(job)
        except (ValueError, IndexError):  # the thread has it, or takes it just now; or it is done and nobody drains
            if task is not None:
                await asyncio.wait({job.answer, task}, return_when=asyncio.FIRST_COMPLETED)
        job.answer.cancel()

    async def rest(self) -> None:
        """Wait until nothing is under way."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _drain(self, connection: Connection) -> None:
        try:
            while self._waiting:
                async with self._turn:
                    for job in await connection.inside(self._take):
                        job.tell()
        finally:
            self._task = None
            while self._waiting:
                self._waiting.popleft().answer.cancel()

    def _take(self, connection: sqlite3.Connection) -> list[_Job[Any]]:
        """Run what waits, on the connection's thread. Where a shared transaction fails, each job gets its own.

        So one that fails costs the others a commit each. A savepoint around every job would cost each of the many that
        do not.
        """
        jobs: list[_Job[Any]] = []
        if not _transaction(connection, self._next(jobs)) and len(jobs) > 1:
            for job in jobs:
                _transaction(connection, iter([job]))
        return jobs

    def _next(self, jobs: list[_Job[Any]]) -> Iterable[_Job[Any]]:
        until = time.monotonic() + LONGEST
        while self._waiting and (not jobs or time.monotonic() < until):
            jobs.append(self._waiting.popleft())
            yield jobs[-1]


def _transaction(connection: sqlite3.Connection, jobs: Iterable[_Job[Any]]) -> bool:
    """Run jobs in one transaction; tell whether it was committed. Where it was not, all of them hear why."""
    ran: list[_Job[Any]] = []
    try:
        for job in jobs:
            ran.append(job)
            if len(ran) == 1:
                connection.execute("BEGIN IMMEDIATE")
            job.run(connection)
        connection.commit()
    except BaseException as error:  # noqa: BLE001 -- whoever waits for them is told
        for job in ran:
            job.error = error
        connection.rollback()
        return False
    return True
