"""Bringing a database up to the schema: one locked, atomic transaction, on SQLite too."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import SchemaUnknown

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x70C51B


async def migrate(engine: AsyncEngine) -> tuple[str, ...]:
    """Apply what is missing. Raises SchemaUnknown where a newer Tocsin wrote the database."""
    # SQLite's BEGIN IMMEDIATE and the advisory lock let one starting process migrate while the others wait.
    async with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        return await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> tuple[str, ...]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    before = _current(connection)
    scripts = ScriptDirectory.from_config(config)
    try:
        missing = [script.revision for script in scripts.iterate_revisions("head", before or "base")]
    except (CommandError, RevisionError) as error:
        raise SchemaUnknown(
            f"The database is at schema {before}, which this Tocsin does not know: run the newer one."
        ) from error
    command.upgrade(config, "head")
    return tuple(reversed(missing))


def _current(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return version
