"""One locked, atomic transaction brings a database to the schema of storage.tables, on both databases."""

import asyncio
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

import storage.migrate
from bot.errors import SchemaUnknown
from bot.model.delivery import Finished, Notice, Terms
from bot.model.ids import FeedId
from storage.engine import BUSY_TIMEOUT, open_engine
from storage.tables import metadata
from storage.unit import SqlStorage

Answer = TypeVar("Answer")

MIGRATE = """
import asyncio, sys
from storage.unit import SqlStorage

async def migrate():
    storage = SqlStorage(sys.argv[1])
    print(await storage.migrate())
    await storage.close()

asyncio.run(migrate())
"""

OURS = tuple(storage.migrate.revisions())
NEXT = f"{int(OURS[-1]) + 1:04}"
"""The number of a migration that stands behind ours."""

ANOTHER = f"""
import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{OURS[-1]}"


def upgrade() -> None:
    op.create_table("half_done", sa.Column("id", sa.Integer(), primary_key=True))
    with op.batch_alter_table("feeds") as feeds:
        feeds.add_column(sa.Column("half_done", sa.Text()))
    {{ending}}
"""


AT_ONCE = timedelta(0)
"""How long to wait for another writer."""

A_FOLLOWED_FEED = (
    "INSERT INTO feeds (id, address, host, title, etag, last_modified, body_hash, primed, failures, error,"
    " next_poll_at) VALUES (7, 'https://wire.example.org/', 'wire.example.org', 'The Wire', '\"1\"', '', '', true, 0,"
    " '', '2026-03-14')",
    "INSERT INTO workspaces (id, platform, external_id, name, last_number, suspended)"
    " VALUES (1, 'slack', 'T1', '', 0, '')",
    "INSERT INTO follows (workspace_id, feed_id, name, tags, since, backfill, origin)"
    " VALUES (1, 7, '', '[]', '2026-03-14', 0, 'command')",
)
AN_ALERT_THAT_WAITS = (
    "INSERT INTO destinations (id, workspace_id, channel, suspended) VALUES (3, 1, 'C1', '')",
    "INSERT INTO stories (id, begun_at) VALUES (5, '2026-03-14')",
    "INSERT INTO articles (id, story_id, headline, first_seen_at) VALUES (6, 5, NULL, '2026-03-14')",
    "INSERT INTO sightings (id, feed_id, guid, article_id, first_seen_at, text_digest, title, link, summary, body,"
    " author, tags, language, image_url, image_alt) VALUES (9, 7, 'g', 6, '2026-03-14', 'd', 'An auction', '', '', '',"
    " '', '[]', '', '', '')",
    "INSERT INTO deliveries (id, lane_id, kind, key, payload, state, not_before, attempt, epoch, repeated, reason,"
    " created_at) VALUES (4, 3, 'notice', 'k', '{\"text\": \"A line.\"}', 'pending', '2026-03-14', 0, 0, false, '',"
    " '2026-03-14')",
)
AS_A_PRIVATE_FEED = (
    "INSERT INTO feeds (id, address, credential, host, title, etag, last_modified, body_hash, primed, failures, error,"
    " next_poll_at) SELECT 8, address, 'ACME', host, '', '', '', '', false, 0, '', next_poll_at FROM feeds WHERE id = 7"
)


async def migrate(address: str, busy_timeout: timedelta = BUSY_TIMEOUT) -> tuple[str, ...]:
    database = SqlStorage(address, busy_timeout=busy_timeout)
    try:
        return await database.migrate()
    finally:
        await database.close()


async def ask(address: str, question: Callable[[Connection], Answer]) -> Answer:
    engine = open_engine(address)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(question)
    finally:
        await engine.dispose()


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def columns_of_feeds(connection: Connection) -> set[str]:
    return {column["name"] for column in inspect(connection).get_columns("feeds")}


async def change(engine: AsyncEngine, *statements: str) -> None:
    async with engine.begin() as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)


@pytest.fixture
async def at_the_first_schema(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[AsyncEngine]:
    """A database that the first release left behind, and what opens it."""
    newer = [f"{number}_*" for number in OURS[1:]]
    with monkeypatch.context() as then:
        folder = tmp_path / "first"
        shutil.copytree(storage.migrate.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__", *newer))
        then.setattr(storage.migrate, "MIGRATIONS", folder)
        await migrate(empty_database)
    engine = open_engine(empty_database)
    yield engine
    await engine.dispose()


@pytest.fixture
def with_another_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a migration that stands behind ours."""
    folder = tmp_path / "migrations"
    shutil.copytree(storage.migrate.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(storage.migrate, "MIGRATIONS", folder)
    return folder / "versions" / f"{NEXT}_another.py"


async def test_a_fresh_database_has_exactly_the_schema_of_the_tables(empty_database: str) -> None:
    applied = await migrate(empty_database)

    assert applied == OURS
    assert await ask(empty_database, differences) == []
    assert await ask(empty_database, tables) == {*metadata.tables, "alembic_version"}


async def test_migrating_again_changes_nothing(empty_database: str) -> None:
    await migrate(empty_database)

    assert await migrate(empty_database) == ()


async def test_a_database_that_is_up_to_date_is_left_to_whoever_writes_to_it(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'busy.db'}"
    await migrate(address)

    with closing(sqlite3.connect(tmp_path / "busy.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")

        assert await migrate(address, AT_ONCE) == ()


async def test_that_a_newer_tocsin_wrote_it_is_said_without_waiting_for_a_writer(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'busy.db'}"
    await migrate(address)

    with closing(sqlite3.connect(tmp_path / "busy.db", isolation_level=None)) as writer:
        writer.execute("UPDATE alembic_version SET version_num = '9999'")
        writer.execute("BEGIN IMMEDIATE")

        with pytest.raises(SchemaUnknown):
            await migrate(address, AT_ONCE)


def test_the_files_of_the_migrations_are_numbered_as_alembic_applies_them() -> None:
    config = Config()
    config.set_main_option("script_location", str(storage.migrate.MIGRATIONS))

    applied = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]

    assert storage.migrate.revisions() == applied[::-1]


async def test_two_processes_that_migrate_at_once_do_it_once(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'shared.db'}"
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", MIGRATE, address, stdout=asyncio.subprocess.PIPE)
        for _ in range(2)
    ]

    answers = [await process.communicate() for process in processes]

    assert sorted(answer.decode().strip() for answer, _ in answers) == [str(OURS), "()"]
    assert await ask(address, differences) == []


async def test_many_connections_that_migrate_at_once_do_it_once(empty_database: str) -> None:
    applied = await asyncio.gather(*(migrate(empty_database) for _ in range(4)), return_exceptions=True)

    assert sorted(map(repr, applied)) == [str(OURS), "()", "()", "()"]


async def test_a_crash_in_mid_migration_leaves_nothing_of_it(empty_database: str, with_another_migration: Path) -> None:
    with_another_migration.write_text(ANOTHER.format(ending="raise OSError('the machine goes down')"))

    with pytest.raises(Exception, match="the machine goes down"):
        await migrate(empty_database)
    assert await ask(empty_database, tables) == set()

    with_another_migration.write_text(ANOTHER.format(ending="pass"))
    assert await migrate(empty_database) == (*OURS, NEXT)


async def test_a_crash_in_a_later_migration_leaves_the_database_at_the_one_before(
    empty_database: str, with_another_migration: Path
) -> None:
    await migrate(empty_database)
    with_another_migration.write_text(ANOTHER.format(ending="raise KeyError('a mistake')"))

    with pytest.raises(KeyError):
        await migrate(empty_database)

    assert "half_done" not in await ask(empty_database, tables)
    assert "half_done" not in await ask(empty_database, columns_of_feeds)
    assert await ask(empty_database, differences) == []


async def test_only_what_is_missing_is_applied(empty_database: str, with_another_migration: Path) -> None:
    await migrate(empty_database)
    with_another_migration.write_text(ANOTHER.format(ending="pass"))

    assert await migrate(empty_database) == (NEXT,)


async def test_a_database_that_a_newer_tocsin_wrote_is_refused_and_stays_as_it_is(empty_database: str) -> None:
    await migrate(empty_database)
    engine = open_engine(empty_database)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()

    with pytest.raises(SchemaUnknown, match="at schema 9999, which this Tocsin does not know"):
        await migrate(empty_database)

    assert await ask(empty_database, differences) == []


async def test_feeds_of_the_first_schema_stay_public_and_followed(at_the_first_schema: AsyncEngine) -> None:
    await change(at_the_first_schema, *A_FOLLOWED_FEED)

    applied = await storage.migrate.migrate(at_the_first_schema)

    async with at_the_first_schema.connect() as connection:
        kept = await connection.exec_driver_sql(
            "SELECT address, credential, title, etag, primed, workspace_id FROM feeds JOIN follows ON feed_id = id"
        )
        assert [tuple(row) for row in kept] == [("https://wire.example.org/", "", "The Wire", '"1"', True, 1)]
        assert await connection.run_sync(differences) == []
    assert applied == OURS[1:]


async def test_what_waited_and_what_was_seen_under_the_first_schema_is_delivered_and_known(
    empty_database: str, at_the_first_schema: AsyncEngine
) -> None:
    await change(at_the_first_schema, *A_FOLLOWED_FEED, *AN_ALERT_THAT_WAITS)

    await migrate(empty_database)

    database = SqlStorage(empty_database)
    minute = timedelta(minutes=1)
    async with database.begin() as unit:
        [claimed] = await unit.outbox.claim("one", 9, Terms(minute, minute, {"slack": minute}))
        known = await unit.articles.texts(FeedId(7), ["g"])
        sent = await unit.outbox.settle(claimed, Finished("1", lane_rests_until=unit.now + minute))
    await database.close()
    assert (claimed.delivery.content, str(claimed.delivery.destination)) == (Notice("A line."), "slack:T1/C1")
    assert known["g"].title == "An auction"
    assert sent


async def test_an_address_is_a_feed_once_for_each_credential(at_the_first_schema: AsyncEngine) -> None:
    await change(at_the_first_schema, *A_FOLLOWED_FEED)
    await storage.migrate.migrate(at_the_first_schema)

    await change(at_the_first_schema, AS_A_PRIVATE_FEED)

    with pytest.raises(IntegrityError):
        await change(at_the_first_schema, AS_A_PRIVATE_FEED.replace("8,", "9,"))


async def test_whoever_migrated_keeps_to_the_references_again(at_the_first_schema: AsyncEngine) -> None:
    await change(at_the_first_schema, *A_FOLLOWED_FEED)
    await storage.migrate.migrate(at_the_first_schema)

    with pytest.raises(IntegrityError):
        await change(at_the_first_schema, "DELETE FROM feeds")


async def test_a_migration_that_loses_what_others_refer_to_leaves_nothing(
    at_the_first_schema: AsyncEngine, with_another_migration: Path
) -> None:
    await change(at_the_first_schema, *A_FOLLOWED_FEED)
    with_another_migration.write_text(ANOTHER.format(ending='op.execute("DELETE FROM feeds")'))

    with pytest.raises((RuntimeError, IntegrityError)):
        await storage.migrate.migrate(at_the_first_schema)

    async with at_the_first_schema.connect() as connection:
        assert (await connection.exec_driver_sql("SELECT id FROM feeds")).scalar_one() == 7
