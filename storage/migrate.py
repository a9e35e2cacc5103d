"""Bringing a database up to the schema: one locked, atomic transaction, on SQLite too."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import SchemaUnknown

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x70C51B


async def migrate(engine: AsyncEngine) -> tuple[str, ...]:
    """Apply what is missing. Raises SchemaUnknown where a newer Tocsin wrote the database."""
    async with engine.connect() as connection:
        # Whoever only looks at an up-to-date database stands in no writer's way.
        reading = await connection.execution_options(tocsin_reads=True)
        if not await reading.run_sync(_missing):
            return ()
    # SQLite's BEGIN IMMEDIATE and the advisory lock let one starting process migrate while the others wait.
    async with engine.connect() as connection, _foreign_keys_at_rest(connection), connection.begin():
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        return await connection.run_sync(_upgrade)


@asynccontextmanager
async def _foreign_keys_at_rest(connection: AsyncConnection) -> AsyncIterator[None]:
    """SQLite changes a constraint by building the table anew and dropping the old one, to which others refer.

    Its own procedure for that is to look at the references once, at the end. Within a transaction this cannot be
    switched. https://sqlite.org/lang_altertable.html#otheralter
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await (await driver.execute("PRAGMA foreign_keys=OFF")).close()
    try:
        yield
    finally:
        await (await driver.execute("PRAGMA foreign_keys=ON")).close()


def revisions() -> list[str]:
    """All there are, oldest first: the numbers with which the migrations' files begin, each behind the one before."""
    return sorted(path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*.py"))


def _missing(connection: Connection) -> tuple[str, ...]:
    current, known = _current(connection), revisions()
    if current is None:
        return tuple(known)
    if current not in known:
        raise SchemaUnknown(f"The database is at schema {current}, which this Tocsin does not know: run the newer one.")
    return tuple(known[known.index(current) + 1 :])


def _upgrade(connection: Connection) -> tuple[str, ...]:
    missing = _missing(connection)
    if missing:
        from alembic import command  # noqa: PLC0415 - a tenth of a second that most starts need not pay
        from alembic.config import Config  # noqa: PLC0415 - the same

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        _look_at_references(connection)
    return missing


def _look_at_references(connection: Connection) -> None:
    """Raises where a migration lost a row that others refer to, so that nothing of it stays."""
    if connection.dialect.name == "sqlite":
        broken = {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
        if broken:
            raise RuntimeError(f"the migration broke references in: {', '.join(sorted(broken))}")


def _current(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return version
