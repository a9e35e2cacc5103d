"""The process that parses: reads documents from its standard input until that closes, and ends.

A document may keep feedparser busy for minutes in one regular expression, where no thread and no signal handler gets
through. So each has an allowance of CPU time, and the kernel ends the process that exceeds it.
"""

import os
import resource
import signal
import sys
import traceback
from contextlib import suppress
from datetime import datetime
from typing import BinaryIO

from bot.feeds.frames import answer, read_question
from bot.model.reading import ParseOutcome, Unreadable

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space: enough for the largest feed several times over."""


def main() -> None:
    _outlive_signals()
    _limit_memory()
    questions, answers = sys.stdin.buffer, _claim_stdout()
    while (asked := read_question(questions)) is not None:
        answers.write(answer(_parse(*asked)))
        answers.flush()


def _parse(header: dict[str, str], body: bytes) -> ParseOutcome:
    from bot.feeds.parse import parse_document  # noqa: PLC0415 - signals are dealt with before the slow import

    signal.setitimer(signal.ITIMER_PROF, float(header["cpu_seconds"]))
    try:
        now = datetime.fromisoformat(header["now"])
        return parse_document(body, header["content_type"], header["address"], now)
    except MemoryError:
        return Unreadable("Reading the feed takes more memory than it may.")
    except RecursionError:
        return Unreadable("The feed is nested too deeply to be read.")
    except Exception as error:  # noqa: BLE001 - whatever a parser stumbles over harms one feed alone
        traceback.print_exc()
        return Unreadable(f"The feed makes the parser stumble ({type(error).__name__}).")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _outlive_signals() -> None:
    """A signal to the whole group asks the application to finish its work, this document included.

    Only the end of the allowance ends this process, even where the application was started without that signal.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # not every system has this limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _claim_stdout() -> BinaryIO:
    """The way back for answers alone: what a library prints goes to the log."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


if __name__ == "__main__":
    main()
