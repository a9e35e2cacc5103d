"""SQLite through aiosqlite, with at most one visit to its thread for each statement.

aiosqlite makes four: for a cursor, the statement, its rows and the end of the cursor. Each costs ten times what most
statements do. So a statement that took no time before is carried out where it is asked, without any visit; what took
long, and what may have to wait for another process or for the disk (BEGIN and COMMIT), goes to the thread.
"""

import math
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Self

import aiosqlite

from bot.jobs.breath import Breath

Row = tuple[Any, ...]
Parameters = Sequence[Any]
Work = Callable[[], bool]
"""Answers whether that was all of a statement that has few rows."""

AT_ONCE = 1_000
"""Rows that come with the statement; a reader of more fetches them as it goes."""
QUICK = 0.001
"""Seconds that a statement may take which is carried out on the event loop's thread the next time."""
LONGEST = 0.001
"""Seconds that quick statements may follow each other in before others get the event loop."""
FEW = 20
"""Rows of a statement for many that may be carried out there."""
MOST_KNOWN = 1_000
"""Statements that are known to be quick: those that ask for several have as many texts as there are lengths."""


def connect(database: str, **options: Any) -> "Connection":
    """As ``aiosqlite.connect``."""
    connection = Connection(partial(sqlite3.connect, database, **options), iter_chunk_size=AT_ONCE)
    connection._thread.daemon = True  # as SQLAlchemy has it
    return connection


class Waits(Exception):
    """A statement may take long, and has not been begun."""


class Connection(aiosqlite.Connection):
    def __init__(self, *how: Any, **options: Any) -> None:
        super().__init__(*how, **options)
        self._quick: set[str] = set()
        self._breath = Breath()

    def cursor(self) -> "Cursor":  # type: ignore[override]
        return Cursor(self)

    async def commit(self) -> None:
        if self.in_transaction:
            await super().commit()

    async def rollback(self) -> None:
        if self.in_transaction:
            await super().rollback()

    async def carry_out(self, statement: str, work: Work, *, may_wait: bool = False) -> None:
        """Here where the statement was quick the last time; else in the thread that the connection lives in."""
        await self.let_others_on()
        if statement in self._quick and not may_wait:
            self._learn(statement, _timed(work))
        else:
            self._learn(statement, await self.visit(_timed, work))

    async def let_others_on(self) -> None:
        """To the event loop, where they have waited for long."""
        await self._breath.take(LONGEST)

    def carry_out_now(self, statement: str, work: Work, *, though_slow: bool, may_wait: bool) -> None:
        """Raises Waits, having done nothing, where the statement may take long."""
        if not though_slow and (may_wait or statement not in self._quick):
            raise Waits
        self._learn(statement, _timed(work))

    def _learn(self, statement: str, took: float) -> None:
        if took > QUICK:
            self._quick.discard(statement)
        elif statement not in self._quick:
            if len(self._quick) >= MOST_KNOWN:
                self._quick.clear()
            self._quick.add(statement)

    async def visit(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Call it in the thread that the connection lives in."""
        return await self._execute(work, *arguments)  # type: ignore[no-untyped-call]

    @property
    def opened(self) -> sqlite3.Connection:
        return self._conn


def _timed(work: Work) -> float:
    """Seconds; endless where more rows may follow, however soon the first ones came."""
    began = time.perf_counter()
    is_all = work()
    return time.perf_counter() - began if is_all else math.inf


def _may_wait(statement: str) -> bool:
    """For another process."""
    return statement.startswith("BEGIN")


class Cursor:
    """What SQLAlchemy asks of aiosqlite's. The rows of a statement that has few are here when it ends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._open: sqlite3.Cursor | None = None
        """Where there may be more rows than were fetched."""
        self._rows: list[Row] = []
        self.arraysize = 1
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def execute(self, statement: str, parameters: Parameters = ()) -> Self:
        work = partial(self._execute, statement, parameters)
        await self._connection.carry_out(statement, work, may_wait=_may_wait(statement))
        return self

    def execute_now(self, statement: str, parameters: Parameters, *, though_slow: bool) -> None:
        """With all its rows. Raises Waits."""
        work = partial(self._execute, statement, parameters, all_rows=True)
        self._connection.carry_out_now(statement, work, though_slow=though_slow, may_wait=_may_wait(statement))

    async def executemany(self, statement: str, parameters: Iterable[Parameters]) -> Self:
        rows = list(parameters)
        work = partial(self._execute_many, statement, rows)
        await self._connection.carry_out(statement, work, may_wait=len(rows) > FEW)
        return self

    def execute_many_now(self, statement: str, parameters: Sequence[Parameters], *, though_slow: bool) -> None:
        """Raises Waits."""
        work = partial(self._execute_many, statement, parameters)
        self._connection.carry_out_now(statement, work, though_slow=though_slow, may_wait=len(parameters) > FEW)

    def taken(self) -> list[Row]:
        """The rows that are here."""
        rows, self._rows = self._rows, []
        return rows

    async def fetchall(self) -> Sequence[Row]:
        rows = self.taken()
        if self._open is not None:
            rows += await self._connection.visit(self._open.fetchall)
            await self.close()
        return rows

    async def fetchmany(self, size: int | None = None) -> Sequence[Row]:
        size = size or self.arraysize
        if not self._rows and self._open is not None:
            self._rows = await self._connection.visit(self._open.fetchmany, max(size, AT_ONCE))
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    async def fetchone(self) -> Row | None:
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def close(self) -> None:
        self._rows = []
        if self._open is not None:
            await self._connection.visit(self._open.close)
            self._open = None

    def _execute(self, statement: str, parameters: Parameters, *, all_rows: bool = False) -> bool:
        cursor = self._connection.opened.execute(statement, parameters)
        self._rows = cursor.fetchall() if all_rows else cursor.fetchmany(AT_ONCE)
        self._note(cursor)
        has_few = len(self._rows) < AT_ONCE
        if all_rows or has_few:
            cursor.close()
        else:
            self._open = cursor
        return has_few

    def _execute_many(self, statement: str, parameters: Iterable[Parameters]) -> bool:
        cursor = self._connection.opened.executemany(statement, parameters)
        self._note(cursor)
        cursor.close()
        return True

    def _note(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
