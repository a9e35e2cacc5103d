"""Starts the program fast: a process that has read its modules forks once for each line it is told.

A killed process of Tocsin would else spend most of its short next life reading modules. What runs is ``bot.__main__``.
"""

import importlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot import crash

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Birth:
    """What one process is told: as the command line and the environment would tell it."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    naive: bool = False
    """As the negative control has it."""


class Nursery:
    """A context manager. Whoever is still alive at its end is killed."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.chaos.nursery"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._children: set[int] = set()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for pid in self._children:
            signalled(pid, signal.SIGKILL)
        with self._process:
            self._process.kill()

    def bear(self, birth: Birth) -> int:
        """The process id of a new process."""
        told = {
            "arguments": list(birth.arguments),
            "environment": dict(birth.environment),
            "folder": str(birth.folder),
            "log": str(birth.log),
            "naive": birth.naive,
        }
        pid = int(self._ask(told))
        self._children.add(pid)
        return pid

    def ended(self, pid: int) -> int | None:
        """How a process ended: its exit code, or the number of the signal below zero. None while it is alive."""
        code = self._ask({"ended": pid})
        return None if code == "None" else int(code)

    def _ask(self, question: Mapping[str, Any]) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().decode().strip()


def signalled(pid: int, number: int) -> bool:
    """False where the process is there no more. 0 only asks."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def _serve() -> None:
    import adapters.discord.platform
    import adapters.slack.platform  # noqa: F401
    import bot.service.running  # noqa: F401
    import storage.migrate  # noqa: F401

    assert threading.active_count() == 1, "a thread would not live on in those who are forked"
    ends: dict[int, int] = {}
    signal.signal(signal.SIGCHLD, lambda _signal, _frame: ends.update(_buried()))
    for line in sys.stdin.buffer:
        told = json.loads(line)
        if "ended" in told:
            answer = ends.get(told["ended"])
        else:
            answer = os.fork()
            if not answer:
                _live(told)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _buried() -> Iterator[tuple[int, int]]:
    """Whoever has died, and how. Their process ids are free from then on."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        yield pid, os.waitstatus_to_exitcode(status)


def _live(told: Mapping[str, Any]) -> None:
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        log = os.open(told["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        for stream, descriptor in ((0, nothing), (1, log), (2, log)):
            os.dup2(descriptor, stream)
        os.environ.clear()
        os.environ.update(told["environment"])
        os.chdir(told["folder"])
        random.seed()
        importlib.reload(crash)
        if told["naive"]:
            from tests.chaos.naive import send_again_without_asking

            send_again_without_asking()
        sys.argv = ["tocsin", *told["arguments"]]
        from bot.__main__ import main

        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - nothing of a child may go on in its nursery
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]  # there is one
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
