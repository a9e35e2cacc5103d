"""Real databases for every room, and the clock that they go by."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

from storage.tables import metadata
from storage.unit import SqlStorage
from tests.builders import SettableClock
from tests.standins.postgres import PostgresServer

# How long an example takes depends on what else the machine does. In CI Hypothesis has such a profile of its own.
settings.register_profile("patient", deadline=None)
if not os.environ.get("CI"):
    settings.load_profile("patient")

CLEAR = "; ".join(
    [f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)]
    + [f"ALTER SEQUENCE {table.name}_id_seq RESTART" for table in metadata.sorted_tables if "id" in table.c]
)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI nothing is skipped: a test that cannot run there shows nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("CI"):
        reporter.write_line(f"{len(skipped)} tests were skipped, which CI does not allow", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what tests recorded that no assertion says, such as how much of a corpus could be read."""
    for report in terminalreporter.stats.get("passed", []):
        for name, said in report.user_properties:
            terminalreporter.write_line(f"{name}: {said}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new database of each kind, in which nothing stands yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.fresh_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The address of a new database of each kind, with its schema and nothing in it."""
    address: str = request.getfixturevalue(f"{request.param}_database")
    return address


@pytest.fixture
def sqlite_database(tmp_path: Path, migrated_file: Path) -> str:
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'tocsin.db')}"


@pytest.fixture
def postgresql_database(migrated_database: str) -> str:
    """One for all tests, emptied before each: making another takes longer than most tests."""
    with psycopg.connect(migrated_database, autocommit=True) as connection:
        connection.execute(CLEAR.encode())
    return migrated_database


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "tocsin.db"
    asyncio.run(_migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres: PostgresServer) -> str:
    address = postgres.fresh_database()
    asyncio.run(_migrate(address))
    return address


async def _migrate(address: str) -> None:
    storage = SqlStorage(address)
    await storage.migrate()
    await storage.close()


@pytest.fixture
async def storage(database: str, clock: SettableClock) -> AsyncIterator[SqlStorage]:
    """Of each kind, with its schema and nothing in it."""
    storage = SqlStorage(database, clock)
    yield storage
    await storage.close()


@pytest.fixture
async def sqlite(sqlite_database: str, clock: SettableClock) -> AsyncIterator[SqlStorage]:
    storage = SqlStorage(sqlite_database, clock)
    yield storage
    await storage.close()


@pytest.fixture
async def postgresql(postgresql_database: str, clock: SettableClock) -> AsyncIterator[SqlStorage]:
    storage = SqlStorage(postgresql_database, clock)
    yield storage
    await storage.close()
