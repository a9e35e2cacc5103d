"""SQLite through aiosqlite, with one visit to its thread for each statement.

aiosqlite makes four: for a cursor, the statement, its rows and the end of the cursor. Each costs more than most
statements do.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Self

import aiosqlite

Row = tuple[Any, ...]
Parameters = Sequence[Any]

AT_ONCE = 1_000
"""Rows that come with the statement; a reader of more fetches them as it goes."""


def connect(database: str, **options: Any) -> "Connection":
    """As ``aiosqlite.connect``."""
    connection = Connection(partial(sqlite3.connect, database, **options), iter_chunk_size=AT_ONCE)
    connection._thread.daemon = True  # as SQLAlchemy has it
    return connection


class Connection(aiosqlite.Connection):
    def cursor(self) -> "Cursor":  # type: ignore[override]
        return Cursor(self)

    async def commit(self) -> None:
        if self.in_transaction:
            await super().commit()

    async def rollback(self) -> None:
        if self.in_transaction:
            await super().rollback()

    async def visit(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Call it in the thread that the connection lives in."""
        return await self._execute(work, *arguments)  # type: ignore[no-untyped-call]

    @property
    def opened(self) -> sqlite3.Connection:
        return self._conn


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
        await self._connection.visit(self._execute, statement, parameters)
        return self

    async def executemany(self, statement: str, parameters: Iterable[Parameters]) -> Self:
        await self._connection.visit(self._execute_many, statement, parameters)
        return self

    async def fetchall(self) -> Sequence[Row]:
        rows, self._rows = self._rows, []
        if self._open is not None:
            rows += await self._connection.visit(self._open.fetchall)
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

    def _execute(self, statement: str, parameters: Parameters) -> None:
        cursor = self._connection.opened.execute(statement, parameters)
        self._rows = cursor.fetchmany(AT_ONCE)
        self._note(cursor)
        if len(self._rows) < AT_ONCE:
            cursor.close()
        else:
            self._open = cursor

    def _execute_many(self, statement: str, parameters: Iterable[Parameters]) -> None:
        cursor = self._connection.opened.executemany(statement, parameters)
        self._note(cursor)
        cursor.close()

    def _note(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
