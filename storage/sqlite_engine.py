"""SQLAlchemy on our SQLite driver, so that a quick statement is carried out where it is asked.

SQLAlchemy makes a greenlet for each statement, whose stack costs about what all else of a quick one costs. So a
statement is asked without one first. Where the driver says that it may take long, nothing has happened yet, and it is
asked again as SQLAlchemy does.
"""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiosqlite
from sqlalchemy import URL, create_engine
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_cursor
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.util.concurrency import await_, in_greenlet

from storage.sqlite import FEW, Cursor, Parameters, Waits, connect

INSERTED_AT_ONCE = 16
"""Rows that one INSERT with RETURNING brings: a statement is made ready for each number of them, and kept."""


def engine_on(address: URL, timeout: float) -> AsyncEngine:
    """``timeout``: seconds to wait for another writer."""
    return _Engine(
        create_engine(
            address,
            module=_Driver(),
            connect_args={"timeout": timeout},
            hide_parameters=True,
            insertmanyvalues_page_size=INSERTED_AT_ONCE,
        )
    )


class _Engine(AsyncEngine):
    __slots__ = ()

    @property
    def _connection_cls(self) -> "type[_Connection]":  # type: ignore[override]
        return _Connection


class _Connection(AsyncConnection):
    __slots__ = ()

    async def execute(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        # Outside of a transaction its beginning would come first, which waits for other writers. And where something is
        # asked again its parameters are made ready again, which for many rows takes longer than a greenlet.
        is_for_few = not isinstance(parameters, list) or len(parameters) <= FEW
        if is_for_few and self.sync_connection is not None and self.sync_connection.in_transaction():
            await self.sync_connection.connection.driver_connection.let_others_on()  # type: ignore[union-attr]
            with suppress(Waits):
                return self.sync_connection.execute(statement, parameters, execution_options=execution_options)
        return await super().execute(statement, parameters, execution_options=execution_options)


class _Driver(AsyncAdapt_aiosqlite_dbapi):
    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *how: Any, **options: Any) -> "_Adapted":
        return _Adapted(self, await_(connect(*how, **options)))  # type: ignore[arg-type]


class _Adapted(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()

    def cursor(self, server_side: bool = False) -> AsyncAdapt_dbapi_cursor:
        return super().cursor(server_side) if server_side else _AdaptedCursor(self)


class _AdaptedCursor(AsyncAdapt_aiosqlite_cursor):
    """Lives as long as one statement, of which an insertion of many rows may be several."""

    __slots__ = ("_has_begun",)
    _awaitable_cursor_close = False
    _cursor: Cursor  # type: ignore[assignment]

    def __init__(self, connection: _Adapted) -> None:
        super().__init__(connection)
        self._has_begun = False

    def _aenter_cursor(self, cursor: Any) -> Any:
        return cursor

    def close(self) -> None:
        """All rows are here: the driver's own cursor ended with the last one."""
        self._rows.clear()

    def execute(self, operation: Any, parameters: Any = None) -> Any:
        if in_greenlet():
            return super().execute(operation, parameters)
        self._now(self._cursor.execute_now, operation, parameters or ())
        self._rows.extend(self._cursor.taken())
        return self._cursor

    def executemany(self, operation: Any, seq_of_parameters: Any) -> Any:
        if in_greenlet():
            return super().executemany(operation, seq_of_parameters)
        self._now(self._cursor.execute_many_now, operation, seq_of_parameters)
        return self._cursor

    def _now(self, work: Callable[..., None], operation: str, parameters: Parameters) -> None:
        """Raises Waits, unless a part of the statement was carried out before."""
        if self._adapt_connection._execute_mutex.locked():
            raise Waits
        try:
            work(operation, parameters, though_slow=self._has_begun)
        except Waits:
            raise
        except Exception as error:  # noqa: BLE001 - raised again
            self._adapt_connection._handle_exception(error)
        self._has_begun = True
