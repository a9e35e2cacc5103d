"""The benchmark's side of a reader's process, and of the publishers'."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Any, Self

PATIENCE = 400.0
"""Seconds for one order; whoever takes longer hangs."""
LAST_WORDS = 10.0
"""Seconds for a process to end."""
ROOT = Path(__file__).parents[2]


class Failed(Exception):
    """A reader broke off, or did not do what it was told; its traceback stands on stderr."""


class Seat:
    """A process that carries out orders and is over at the end of the block."""

    def __init__(self, module: str, options: dict[str, Any], python: str = sys.executable) -> None:
        self.name = module.rsplit(".", 1)[-1]
        self._process = subprocess.Popen(  # noqa: S603 - this program itself, and peers in their environment
            [python, "-m", module, json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": "0"},
        )
        try:
            self.ready = self._answer()
        except BaseException:
            self.close()
            raise

    def ask(self, **order: Any) -> dict[str, Any]:
        """Raises Failed."""
        questions = self._process.stdin
        if questions is None:
            raise Failed(self.name)
        try:
            questions.write(json.dumps(order) + "\n")
            questions.flush()
        except BrokenPipeError:
            raise Failed(self._end()) from None
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        began = time.monotonic()
        hangs = Timer(PATIENCE, self._process.kill)
        hangs.start()
        try:
            line = self._process.stdout.readline() if self._process.stdout else ""
        finally:
            hangs.cancel()
        if not line:
            hung = time.monotonic() - began >= PATIENCE
            raise Failed(f"{self.name} gave no answer within {PATIENCE:g} s" if hung else self._end())
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _end(self) -> str:
        """Of a process that says nothing more: how it ended."""
        try:
            return f"{self.name} ended with status {self._process.wait(LAST_WORDS)}"
        except subprocess.TimeoutExpired:
            return f"{self.name} broke off without an end"

    def close(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(LAST_WORDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
