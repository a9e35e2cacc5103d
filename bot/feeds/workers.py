"""Reading in processes of their own: this side."""

import asyncio
import fcntl
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.feeds.frames import LENGTH, LONGEST_ANSWER, LONGEST_PIECE, Question, read_piece, write_question
from bot.feeds.outcomes import outcome_of
from bot.model.reading import Fetched, ParseOutcome, Unreadable

CPU_SECONDS = 1.4
CPU_SECONDS_A_MEGABYTE = 1.5
"""What an honest feed needs on a slow machine; on a fast one four times that."""
KEPT_VARIABLES = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "TMPDIR")
BUFFER = 1024 * 1024
PATIENCE = 2.0
"""Seconds for a process to end by itself, or for its status to arrive: killing a dead one loses what it died of."""
MOST_WORKERS = 2
AGAIN = "Try again later; where it stays so, look on the site for another feed."


class Unanswered(Exception):
    """A question has no answer; the message is a clause that goes on from "Reading the feed"."""


class Workers:
    """Processes that answer questions about documents, each under an allowance of CPU time.

    ``wall_seconds`` is the same by the clock, in case a process hangs without working. A process that exceeds them is
    ended and replaced. Without a ``count`` there are as many as there are cores, and two at most.
    """

    def __init__(self, count: int | None = None, wall_seconds: float = 60.0) -> None:
        self._workers = [_Worker(wall_seconds) for _ in range(count or min(MOST_WORKERS, _cores()))]
        # The last one used is used first, so that a second starts only where two documents come at once.
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        for worker in self._workers:
            self._idle.put_nowait(worker)

    async def ask(self, question: Question) -> list[dict[str, Any]]:
        """The pieces of the answer. Raises Unanswered."""
        worker = await self._idle.get()
        try:
            return await worker.ask(question)
        finally:
            self._idle.put_nowait(worker)

    async def close(self) -> None:
        """Wait for the documents under way, then end the processes. Asking again starts new ones."""
        busy = [await self._idle.get() for _ in self._workers]
        for worker in busy:
            await worker.stop(PATIENCE)
            self._idle.put_nowait(worker)


class ProcessParser:
    """Implements ``bot.ports.Parser``.

    ``cpu_seconds`` is what a document may take, and one and a half more for each megabyte. The ``workers`` may answer
    other questions too; without any it has its own.
    """

    def __init__(self, workers: Workers | None = None, cpu_seconds: float = CPU_SECONDS) -> None:
        self._workers = workers or Workers()
        self._cpu_seconds = cpu_seconds

    async def parse(self, fetched: Fetched, marks: bytes = b"") -> ParseOutcome:
        about = {
            "content_type": fetched.content_type,
            "address": fetched.address,
            "marks": marks.hex(),
            "now": datetime.now(UTC).isoformat(),
        }
        cpu_seconds = self._cpu_seconds + CPU_SECONDS_A_MEGABYTE * len(fetched.body) / 1_000_000
        try:
            return outcome_of(await self._workers.ask(Question("feed", about, fetched.body, cpu_seconds)))
        except Unanswered as unanswered:
            return Unreadable(f"Reading the feed {unanswered}.", AGAIN)
        except ValueError:
            return Unreadable("Reading the feed brought an answer that makes no sense.", AGAIN)

    async def close(self) -> None:
        await self._workers.close()


class _Worker:
    """One process, started when it is needed and replaced when it died. One question at a time."""

    def __init__(self, wall_seconds: float) -> None:
        self._wall_seconds = wall_seconds
        self._running: _Running | None = None

    async def ask(self, question: Question) -> list[dict[str, Any]]:
        try:
            async with asyncio.timeout(self._wall_seconds):
                pieces = await _ask(await self._start(), question)
        except TimeoutError:
            await self.stop()
            raise Unanswered(f"took more than {self._wall_seconds:g} s") from None
        except (EOFError, OSError):
            raise Unanswered(_died(await self.stop(PATIENCE), question.cpu_seconds)) from None
        except ValueError:
            await self.stop()
            raise Unanswered("brought an answer that makes no sense") from None
        except BaseException:
            # An answer that nobody waited for would be taken for the next document's.
            await self.stop()
            raise
        if pieces and "failed" in pieces[0]:
            raise Unanswered(str(pieces[0]["failed"]))
        return pieces

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


def _cores() -> int:
    """Those that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


async def _start_process() -> _Running:
    """A session of its own keeps the terminal's signals away; no secret of the environment goes along."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    modules = os.pathsep.join(path for path in sys.path if path)
    to_read, to_write = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "bot.feeds.worker"),
            stdin=to_read,
            stdout=PIPE,
            env={**kept, "PYTHONPATH": modules},
            start_new_session=True,
            limit=BUFFER,
        )
    except BaseException:
        # Cancelled or failed: nobody will write to it.
        os.close(to_write)
        raise
    finally:
        os.close(to_read)
    if process.stdout is None:
        raise OSError("the process has no way back")
    return _Running(process, await _writer(to_write), process.stdout)


async def _writer(pipe: int) -> asyncio.StreamWriter:
    """A pipe, and one that takes most documents at once: what asyncio would make is a socket, which takes longer."""
    if sys.platform == "linux":
        with suppress(OSError):  # it may be more than this user may have
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, BUFFER)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "wb", buffering=0)
    )
    return asyncio.StreamWriter(transport, protocol, None, loop)


async def _ask(running: _Running, question: Question) -> list[dict[str, Any]]:
    """Raises EOFError or OSError where the process dies over it, ValueError where it answers nonsense."""
    running.questions.writelines((write_question(question), question.document))
    await running.questions.drain()
    pieces: list[dict[str, Any]] = []
    taken_in = 0
    while length := await _length(running.answers):
        taken_in += length
        if length > LONGEST_PIECE or taken_in > LONGEST_ANSWER:
            raise ValueError(f"The answer claims {taken_in} bytes.")
        pieces.append(read_piece(await running.answers.readexactly(length)))
        # Pieces that stand ready are read without a pause, but others wait for the event loop too.
        await asyncio.sleep(0)
    return pieces


async def _length(answers: asyncio.StreamReader) -> int:
    (length,) = LENGTH.unpack(await answers.readexactly(LENGTH.size))
    return int(length)


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


def _died(status: int | None, cpu_seconds: float) -> str:
    if status is None:
        return "could not begin, since no process could be started for it"
    if status == -signal.SIGPROF:
        return f"took more than {cpu_seconds:.1f} s of CPU time"
    return f"ended with its process (status {status})"
