"""Opening a database: which driver stands behind a plain URL, and how its connections behave."""

import asyncio
import sqlite3
import time
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.sqlite_engine import engine_on

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
BUSY_TIMEOUT = timedelta(seconds=30)
ASK_AGAIN = 0.01
"""Seconds."""


def driver_url(url: str) -> URL:
    """``sqlite:///…`` and ``postgresql://…`` as SQLAlchemy wants them. Raises ValueError for any other database."""
    plain = make_url(url)
    if plain.drivername not in DRIVERS:
        raise ValueError(f"{plain.drivername} is no database that Tocsin knows: write sqlite:///… or postgresql://…")
    return plain.set(drivername=DRIVERS[plain.drivername])


def open_engine(url: str, busy_timeout: timedelta = BUSY_TIMEOUT) -> AsyncEngine:
    """An engine that has not connected yet. Dispose of it: its threads outlive a forgotten one.

    ``busy_timeout`` is how long SQLite waits for another writer.
    """
    address = driver_url(url)
    if address.get_backend_name() == "postgresql":
        return create_async_engine(
            address,
            pool_pre_ping=True,
            pool_size=5,
            max_overflow=10,
            # What is read after waiting for a lock must be what stands then, whatever the server's default is.
            isolation_level="READ COMMITTED",
            hide_parameters=True,
        )
    engine = engine_on(address, busy_timeout.total_seconds())
    event.listen(engine.sync_engine, "do_connect", _try_to_open)
    event.listen(engine.sync_engine, "connect", partial(_prepare_sqlite, int(busy_timeout / timedelta(milliseconds=1))))
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _try_to_open(_dialect: object, _record: object, arguments: list[Any], _more: object) -> None:
    """Raise what SQLite says of a file that it cannot open.

    aiosqlite would leave its thread behind, which then breaks off with a traceback when the event loop has closed.
    """
    sqlite3.connect(arguments[0]).close()


def _prepare_sqlite(busy_timeout_ms: int, connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where _begin_sqlite says, not where the driver guesses
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={busy_timeout_ms}", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    connection.run_async(partial(_log_ahead, busy_timeout_ms / 1000))


async def _log_ahead(patience: float, connection: Any) -> None:
    """Switch the file to WAL. SQLite lets nobody wait who switches a new file while another does: so ask again."""
    until = time.monotonic() + patience
    while True:
        try:
            await (await connection.execute("PRAGMA journal_mode=WAL")).close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            await asyncio.sleep(ASK_AGAIN)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A deferred BEGIN that reads and then writes fails with "database is locked" whatever the timeout.
    reading = connection.get_execution_options().get("tocsin_reads", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
