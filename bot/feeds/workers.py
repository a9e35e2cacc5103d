"""Parsing in processes of their own: this side."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.feeds.frames import ANSWER, LONGEST_ANSWER, question, read_answer
from bot.model.reading import Fetched, ParseOutcome, Unreadable

CPU_SECONDS_A_MEGABYTE = 0.5
"""What an honest feed needs, twice over."""
KEPT_VARIABLES = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "TMPDIR")
BUFFER = 1024 * 1024
PATIENCE = 2.0
"""Seconds for a process to end by itself, or for its status to arrive: killing a dead one loses what it died of."""


class ProcessParser:
    """Implements ``bot.ports.Parser``.

    ``cpu_seconds`` is what a document may take, and half a second more for each megabyte; ``wall_seconds`` the same
    by the clock, in case the process hangs without working. A process that exceeds them is ended and replaced.
    """

    def __init__(self, workers: int = 1, cpu_seconds: float = 1.5, wall_seconds: float = 60.0) -> None:
        self._workers = [_Worker(cpu_seconds, wall_seconds) for _ in range(workers)]
        # The last one used is used first, so that a second starts only where two documents come at once.
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        for worker in self._workers:
            self._idle.put_nowait(worker)

    async def parse(self, fetched: Fetched, marks: bytes = b"") -> ParseOutcome:
        worker = await self._idle.get()
        try:
            return await worker.parse(fetched)
        finally:
            self._idle.put_nowait(worker)

    async def close(self) -> None:
        """Wait for the documents under way, then end the processes. Parsing again starts new ones."""
        busy = [await self._idle.get() for _ in self._workers]
        for worker in busy:
            await worker.stop(PATIENCE)
            self._idle.put_nowait(worker)


class _Worker:
    """One process, started when it is needed and replaced when it died. One document at a time."""

    def __init__(self, cpu_seconds: float, wall_seconds: float) -> None:
        self._cpu_seconds = cpu_seconds
        self._wall_seconds = wall_seconds
        self._running: _Running | None = None

    async def parse(self, fetched: Fetched) -> ParseOutcome:
        cpu_seconds = self._cpu_seconds + CPU_SECONDS_A_MEGABYTE * len(fetched.body) / 1_000_000
        try:
            async with asyncio.timeout(self._wall_seconds):
                return await _ask(await self._start(), fetched, cpu_seconds)
        except TimeoutError:
            await self.stop()
            return Unreadable(f"Reading the feed took more than {self._wall_seconds:g} s.")
        except (EOFError, OSError):
            return _died(await self.stop(PATIENCE), cpu_seconds)
        except ValueError:
            await self.stop()
            return Unreadable("The process that reads feeds gave an answer that makes no sense.")
        except BaseException:
            # An answer that nobody waited for would be taken for the next document's.
            await self.stop()
            raise

    async def stop(self, patience: float = 0.0) -> int | None:
        """End the process, after so many seconds by force. Its exit status; None where none was running."""
        running, self._running = self._running, None
        return None if running is None else await _end(running, patience)

    async def _start(self) -> "_Running":
        if self._running is not None and self._running.process.returncode is not None:
            await self.stop()
        if self._running is None:
            self._running = await _start_process()
        return self._running


@dataclass(frozen=True, slots=True)
class _Running:
    process: Process
    questions: asyncio.StreamWriter
    answers: asyncio.StreamReader


async def _start_process() -> _Running:
    """A session of its own keeps the terminal's signals away; no secret of the environment goes along."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    modules = os.pathsep.join(path for path in sys.path if path)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "bot.feeds.worker"),
        stdin=PIPE,
        stdout=PIPE,
        env={**kept, "PYTHONPATH": modules},
        start_new_session=True,
        limit=BUFFER,
    )
    if process.stdin is None or process.stdout is None:
        raise OSError("the process has no pipes")
    return _Running(process, process.stdin, process.stdout)


async def _ask(running: _Running, fetched: Fetched, cpu_seconds: float) -> ParseOutcome:
    """Raises EOFError or OSError where the process dies over it."""
    running.questions.write(question(fetched, cpu_seconds, datetime.now(UTC)))
    running.questions.write(fetched.body)
    await running.questions.drain()
    (length,) = ANSWER.unpack(await running.answers.readexactly(ANSWER.size))
    if length > LONGEST_ANSWER:
        raise ValueError(f"The answer claims {length} bytes.")
    return read_answer(await running.answers.readexactly(length))


async def _end(running: _Running, patience: float) -> int:
    """Until it and its pipes are gone, so that nothing is left to the garbage collector."""
    running.questions.close()
    try:
        async with asyncio.timeout(patience):
            await running.process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            running.process.kill()
    with suppress(OSError):
        await running.questions.wait_closed()
    while await running.answers.read(BUFFER):
        pass
    return await running.process.wait()


def _died(status: int | None, cpu_seconds: float) -> Unreadable:
    if status is None:
        return Unreadable("The process that reads feeds could not be started.")
    if status == -signal.SIGPROF:
        return Unreadable(f"Reading the feed took more than {cpu_seconds:.1f} s of CPU time.")
    return Unreadable(f"The process that reads feeds died over it (status {status}).")
