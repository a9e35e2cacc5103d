"""The program as a process of its own, in a folder of its own."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.ports import Overview, Storage

TOCSIN = (sys.executable, "-m", "bot")
CONSOLE_SCRIPT = Path(sys.executable).with_name("tocsin")
PATIENCE = 30.0
"""Seconds that anything may take, on a machine that is busy with other things."""

Finished = subprocess.CompletedProcess[str]


class Program:
    """``tocsin`` in one folder, without this process's settings and secrets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment: dict[str, str] = {}
        """What is set beside the bare necessities."""

    def configure(self, *lines: str, name: str = "tocsin.toml") -> Path:
        path = self.folder / name
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def __call__(self, *arguments: str | Path, command: tuple[str | Path, ...] = TOCSIN) -> Finished:
        """To its end."""
        return subprocess.run(
            [*map(str, command), *map(str, arguments)],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )

    @contextmanager
    def started(self, *arguments: str, command: tuple[str | Path, ...] = TOCSIN) -> "Iterator[Running]":
        """In the background, until it ends or the block does."""
        out, log = (self.folder / name for name in ("printed", "log"))
        since = log.stat().st_size if log.exists() else 0
        with out.open("ab") as printed, log.open("ab") as logged:
            process = subprocess.Popen(
                [*map(str, command), *arguments],
                cwd=self.folder,
                env=self._environment(),
                stdout=printed,
                stderr=logged,
            )
        running = Running(process, out, log, since)
        try:
            yield running
        finally:
            process.kill()
            process.wait()

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
        return {**kept, "PYTHONUTF8": "1", **self.environment}


class Running:
    def __init__(self, process: "subprocess.Popen[bytes]", out: Path, log: Path, since: int) -> None:
        self._process = process
        self._out, self._log = out, log
        self._since = since

    @property
    def printed(self) -> str:
        """By this process and by those before it in the same folder."""
        return self._out.read_text(encoding="utf-8")

    @property
    def log(self) -> str:
        return self._log.read_bytes()[self._since :].decode()

    async def ready(self) -> None:
        await self.until(lambda: " ready " in self.log, "it is ready")

    async def until(self, is_so: Callable[[], Any], what: str) -> None:
        """Fails where it ends before, or where it takes too long."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not is_so():
                    assert self._process.poll() is None, f"ended before {what}:\n{self.log}"
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"never came so far that {what}:\n{self.printed}\n{self.log}") from None

    async def between_polls(self, storage: Storage) -> None:
        """Until a poll has just been committed, so that the next one is a second away, and no delivery waits."""
        before = found = await _overview(storage)
        async with asyncio.timeout(PATIENCE):
            while found.last_poll == before.last_poll or found.waiting:
                await asyncio.sleep(0.02)
                found = await _overview(storage)

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def ended(self) -> int:
        """Its exit code."""
        return await asyncio.to_thread(self._process.wait, PATIENCE)

    async def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        self.signal(signal.SIGKILL)
        await self.ended()


async def _overview(storage: Storage) -> Overview:
    async with storage.read() as unit:
        return await unit.overview(None)
