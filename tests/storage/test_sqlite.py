"""What SQLite answers comes whole and in order, and holds up nobody, however many visits to its thread that takes."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Dialect, Integer, MetaData, Table, TypeDecorator, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import sqlite
from storage.engine import open_engine
from storage.sqlite import AT_ONCE, FEW, Connection, connect

COUNT = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most) SELECT i FROM n")


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[AsyncConnection]:
    engine = open_engine(f"sqlite:///{tmp_path / 'some.db'}")
    async with engine.begin() as connection:
        yield connection
    await engine.dispose()


@pytest.mark.parametrize("most", [1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE])
async def test_all_rows_come_in_order(connection: AsyncConnection, most: int) -> None:
    rows = (await connection.execute(COUNT, {"most": most})).scalars().all()
    streamed = [row.i async for row in await connection.stream(COUNT, {"most": most})]

    assert rows == streamed == list(range(1, most + 1))


async def test_a_stream_that_is_left_early_ends_its_statement(connection: AsyncConnection) -> None:
    async with connection.stream(COUNT, {"most": 3 * AT_ONCE}) as rows:
        first = await rows.first()

    assert first is not None
    assert first.i == 1
    await connection.execute(text("CREATE TABLE after (i)"))


async def test_what_was_written_is_counted(connection: AsyncConnection) -> None:
    await connection.execute(text("CREATE TABLE t (i INTEGER PRIMARY KEY)"))
    await connection.execute(text("INSERT INTO t VALUES (:i)"), [{"i": number} for number in range(5)])

    assert (await connection.execute(text("UPDATE t SET i = i + 10 WHERE i < 3"))).rowcount == 3
    assert (await connection.execute(text("SELECT max(i) FROM t"))).scalar_one() == 12
    assert (await connection.execute(text("INSERT INTO t VALUES (99) RETURNING i"))).scalar_one() == 99


async def test_what_sqlite_refuses_is_raised_and_the_connection_goes_on(connection: AsyncConnection) -> None:
    await connection.execute(text("CREATE TABLE t (i INTEGER PRIMARY KEY)"))
    await connection.execute(text("INSERT INTO t VALUES (1)"))

    with pytest.raises(IntegrityError):
        await connection.execute(text("INSERT INTO t VALUES (1)"))
    with pytest.raises(OperationalError, match="no such table"):
        await connection.execute(text("SELECT * FROM nowhere"))
    assert (await connection.execute(text("SELECT count(*) FROM t"))).scalar_one() == 1


async def test_the_driver_itself_reads_row_by_row(tmp_path: Path) -> None:
    async with connect(str(tmp_path / "some.db")) as driver, driver.cursor() as cursor:
        await cursor.execute("SELECT 1 UNION SELECT 2 UNION SELECT 3 ORDER BY 1")
        found = [await cursor.fetchone(), *await cursor.fetchmany(1), *await cursor.fetchall()]

        assert found == [(1,), (2,), (3,)]
        assert await cursor.fetchone() is None
        with pytest.raises(sqlite3.OperationalError):
            await cursor.execute("no statement")


class Steps:
    """Which statements a driver carried out, and whether on the event loop's own thread."""

    def __init__(self, driver: Connection) -> None:
        self.here: list[str] = []
        self.elsewhere: list[str] = []
        self._loop = threading.get_ident()
        driver.opened.set_trace_callback(self._note)

    def _note(self, statement: str) -> None:
        (self.here if threading.get_ident() == self._loop else self.elsewhere).append(statement)


@pytest.fixture
async def driver(tmp_path: Path) -> AsyncIterator[Connection]:
    async with connect(str(tmp_path / "some.db"), isolation_level=None, check_same_thread=False) as driver:
        await driver.cursor().execute("CREATE TABLE t (i INTEGER)")
        yield driver


async def test_a_statement_that_was_quick_is_carried_out_without_a_visit(
    driver: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "QUICK", 60)
    steps = Steps(driver)

    for _ in range(3):
        await driver.cursor().execute("SELECT 1")

    assert steps.elsewhere == ["SELECT 1"]
    assert steps.here == ["SELECT 1", "SELECT 1"]


async def test_a_statement_that_took_long_goes_to_the_thread(
    driver: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "QUICK", 60)
    await driver.cursor().execute("SELECT 1")
    monkeypatch.setattr(sqlite, "QUICK", -1)
    steps = Steps(driver)

    for _ in range(3):
        await driver.cursor().execute("SELECT 1")

    assert steps.here == ["SELECT 1"]
    assert steps.elsewhere == ["SELECT 1", "SELECT 1"]


async def test_what_may_have_to_wait_holds_up_nobody_else(driver: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "QUICK", 60)
    steps = Steps(driver)

    for _ in range(3):
        await driver.cursor().execute("BEGIN IMMEDIATE")
        await driver.cursor().executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(FEW + 1)])
        await driver.commit()

    assert steps.here == []


async def test_others_get_the_event_loop_between_quick_statements(
    driver: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "QUICK", 60)
    monkeypatch.setattr(sqlite, "LONGEST", 0)
    await driver.cursor().execute("SELECT 1")
    others: list[str] = []
    asyncio.get_running_loop().call_soon(others.append, "heard")

    await driver.cursor().execute("SELECT 1")

    assert others == ["heard"]


async def test_no_more_statements_are_remembered_than_there_is_room_for(
    driver: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "QUICK", 60)
    monkeypatch.setattr(sqlite, "MOST_KNOWN", 1)
    steps = Steps(driver)

    for statement in ("SELECT 1", "SELECT 2", "SELECT 2", "SELECT 1"):
        await driver.cursor().execute(statement)

    assert steps.here == ["SELECT 2"]


@pytest.fixture
def steps(connection: AsyncConnection, monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Of a connection as storage has it, to which every statement is quick that it carried out before."""
    monkeypatch.setattr(sqlite, "QUICK", 60)
    assert connection.sync_connection is not None
    return Steps(connection.sync_connection.connection.driver_connection)


async def test_a_quick_statement_is_carried_out_without_a_greenlet(
    connection: AsyncConnection, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connection.execute(text("SELECT 1"))
    monkeypatch.setattr(AsyncConnection, "execute", None)

    assert (await connection.execute(text("SELECT 1"))).scalars().all() == [1]
    assert steps.elsewhere == ["SELECT 1"]
    assert steps.here == ["SELECT 1"]


async def test_a_statement_that_took_long_is_asked_once_and_in_the_thread(
    connection: AsyncConnection, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connection.execute(text("CREATE TABLE t (i INTEGER)"))
    monkeypatch.setattr(sqlite, "QUICK", -1)

    for _ in range(3):
        await connection.execute(text("INSERT INTO t VALUES (1)"))

    assert (await connection.execute(text("SELECT count(*) FROM t"))).scalar_one() == 3
    assert steps.here == []


@pytest.mark.parametrize("number", [FEW, FEW + 1])
async def test_the_parameters_of_a_statement_for_many_are_made_ready_once(
    connection: AsyncConnection, steps: Steps, number: int
) -> None:
    made_ready: list[int] = []

    class Noted(TypeDecorator[int]):
        impl = Integer
        cache_ok = True

        def process_bind_param(self, value: int | None, _dialect: Dialect) -> int | None:
            made_ready.append(value or 0)
            return value

    numbers = Table("t", MetaData(), Column("i", Noted))
    await connection.run_sync(numbers.create)
    await connection.execute(numbers.insert(), [{"i": 1}, {"i": 2}])  # is quick from now on
    made_ready.clear()

    await connection.execute(numbers.insert(), [{"i": number} for number in range(number)])

    assert made_ready == [*range(number)]
    assert len(steps.here) == (FEW if number == FEW else 0)


async def test_of_an_insertion_in_parts_no_row_is_inserted_twice(
    connection: AsyncConnection, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = Table("t", MetaData(), Column("i", Integer))
    await connection.run_sync(numbers.create)
    inserting = numbers.insert().returning(numbers.c.i).execution_options(insertmanyvalues_page_size=2)
    rows = [{"i": number} for number in range(5)]
    await connection.execute(inserting, rows[:2])  # the parts of two rows are quick from now on, the last is not

    found = (await connection.execute(inserting, rows)).scalars().all()

    assert sorted(found) == [0, 1, 2, 3, 4]
    assert (await connection.execute(select(func.count()).select_from(numbers))).scalar_one() == 7
    assert len([statement for statement in steps.here if statement.startswith("INSERT")]) == 3


async def test_what_is_refused_at_once_is_raised_as_ever(connection: AsyncConnection, steps: Steps) -> None:
    await connection.execute(text("CREATE TABLE t (i INTEGER PRIMARY KEY)"))
    for number in (1, 2):
        await connection.execute(text("INSERT INTO t VALUES (:i)"), {"i": number})

    with pytest.raises(IntegrityError):
        await connection.execute(text("INSERT INTO t VALUES (:i)"), {"i": 1})
    assert (await connection.execute(text("SELECT count(*) FROM t"))).scalar_one() == 2
    assert any("INSERT" in statement for statement in steps.here)


async def test_many_rows_come_in_order_from_a_statement_that_had_few(connection: AsyncConnection, steps: Steps) -> None:
    await connection.execute(COUNT, {"most": 1})

    rows = (await connection.execute(COUNT, {"most": 2 * AT_ONCE})).scalars().all()

    assert rows == list(range(1, 2 * AT_ONCE + 1))
    assert len(steps.here) == 1


@pytest.mark.parametrize("most", [AT_ONCE, 2 * AT_ONCE])
async def test_a_statement_of_many_rows_is_asked_in_the_thread_however_soon_the_first_ones_come(
    connection: AsyncConnection, steps: Steps, most: int
) -> None:
    for _ in range(3):
        await connection.execute(COUNT, {"most": most})

    assert steps.here == []
    assert len(steps.elsewhere) == 3


async def test_who_only_reads_waits_for_nobody_and_is_answered(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'some.db'}")
    try:
        async with engine.begin() as writing:
            await writing.execute(text("CREATE TABLE t (i INTEGER)"))
            async with engine.connect() as connection:
                reading = await connection.execution_options(tocsin_reads=True)
                for _ in range(3):
                    assert (await reading.execute(text("SELECT count(*) FROM sqlite_master"))).scalar_one() == 0
    finally:
        await engine.dispose()
