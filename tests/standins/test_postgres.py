import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.standins.postgres import (
    PostgresServer,
    find_binaries,
    installed_binaries,
    packaged_binaries,
    unprivileged_user,
)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as running:
        yield running


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def do(url: str, command: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(command.encode())


def running_on(folder: Path) -> list[str]:
    """The command lines of processes that work on that data folder, where the system shows them."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in line:
            lines.append(line)
    return lines


def test_every_fresh_database_is_empty_and_its_own(server: PostgresServer) -> None:
    first, second = server.fresh_database(), server.fresh_database()
    do(first, "CREATE TABLE article (id int)")

    assert first.startswith("postgresql://")
    assert ask(first, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 1
    assert ask(second, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


def test_databases_speak_utf8_whatever_the_machine_speaks(server: PostgresServer) -> None:
    assert ask(server.fresh_database(), "SHOW server_encoding") == "UTF8"
    assert ask(server.fresh_database(), "SELECT '孟晚舟'") == "孟晚舟"


def test_the_server_never_runs_as_root(server: PostgresServer) -> None:
    owner = server.data.stat().st_uid

    assert owner != 0
    assert owner == (unprivileged_user().uid or os.geteuid())


def test_after_an_outage_it_answers_at_the_same_address_with_what_was_committed(server: PostgresServer) -> None:
    url = server.fresh_database()
    do(url, "CREATE TABLE kept AS SELECT 7 AS n")

    server.stop()
    with pytest.raises(psycopg.OperationalError):
        ask(url, "SELECT 1")
    server.start()

    assert ask(url, "SELECT n FROM kept") == 7


@pytest.mark.parametrize("fsync", [True, False])
def test_commits_wait_for_the_disk_only_where_a_test_asks_for_it(fsync: bool) -> None:
    with PostgresServer(fsync=fsync) as server:
        assert ask(server.url(), "SHOW fsync") == ("on" if fsync else "off")


def test_nothing_is_left_over_afterwards() -> None:
    with PostgresServer() as server:
        folder = server.data.parent
        assert folder.parent == Path(tempfile.gettempdir())
        assert not Path("/proc").exists() or running_on(folder)

    assert not folder.exists()
    assert not running_on(folder)


def test_the_packaged_binaries_serve_a_machine_without_an_installed_server() -> None:
    binaries = next(packaged_binaries())

    with PostgresServer(binaries=binaries) as server:
        assert ask(server.fresh_database(), "SELECT 1") == 1


def test_an_installed_server_comes_before_the_packaged_one() -> None:
    assert find_binaries() == next(iter([*installed_binaries(), *packaged_binaries()]))


def test_binaries_that_the_servers_user_may_not_start_are_copied_to_where_it_can(tmp_path: Path) -> None:
    hidden, folder = tmp_path / "home" / "bin", tmp_path / "folder"
    hidden.mkdir(parents=True)
    folder.mkdir()
    (hidden / "postgres").write_text("no program of anybody's")

    reached = unprivileged_user().within_reach(hidden, folder)

    assert reached == folder / "postgresql" / "bin"
    assert (reached / "postgres").exists()
