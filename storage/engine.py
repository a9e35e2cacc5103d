"""Opening a database: which driver stands behind a plain URL, and how its connections behave."""

from typing import Any

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
BUSY_TIMEOUT_MS = 30_000


def driver_url(url: str) -> URL:
    """``sqlite:///…`` and ``postgresql://…`` as SQLAlchemy wants them. Raises ValueError for any other database."""
    plain = make_url(url)
    if plain.drivername not in DRIVERS:
        raise ValueError(f"{plain.drivername} is no database that Tocsin knows: write sqlite:///… or postgresql://…")
    return plain.set(drivername=DRIVERS[plain.drivername])


def open_engine(url: str) -> AsyncEngine:
    """An engine that has not connected yet. Dispose of it: its threads outlive a forgotten one."""
    address = driver_url(url)
    if address.get_backend_name() == "postgresql":
        return create_async_engine(address, pool_pre_ping=True, pool_size=5, max_overflow=10)
    engine = create_async_engine(address, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where _begin_sqlite says, not where the driver guesses
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred BEGIN that reads and then writes fails with "database is locked" whatever the timeout.
    reading = connection.get_execution_options().get("tocsin_reads", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
