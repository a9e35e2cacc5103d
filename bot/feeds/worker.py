"""The process that reads what strangers wrote: questions from its standard input until that closes, and ends.

A document may keep a parser busy for minutes in one regular expression, where no thread and no signal handler gets
through. So each has an allowance of CPU time, and the kernel ends the process that exceeds it.
"""

import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, BinaryIO

from bot.feeds.frames import Piece, Question, read_question, write_answer

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space: enough for the largest feed several times over."""

Answerer = Callable[[bytes, dict[str, Any]], Iterable[Piece]]
"""Gets the document and what the question is about."""


def main() -> None:
    _outlive_signals()
    _limit_memory()
    questions, answers = sys.stdin.buffer, _claim_stdout()
    while (question := read_question(questions)) is not None:
        answers.write(_answer(question))
        answers.flush()


def _answerer(kind: str) -> Answerer:
    """Imported when it is first asked for: it is slow, and what reads pages may not be installed."""
    match kind:
        case "feed":
            from bot.feeds.parse import answer  # noqa: PLC0415

            return answer
        case "page":
            from bot.feeds.fulltext import answer  # noqa: PLC0415

            return answer
        case _:
            raise ValueError(f"Nobody answers questions of the kind {kind}.")


def _answer(question: Question) -> bytes:
    """What went wrong goes back as ``failed``: a clause that goes on from "Reading the feed"."""
    try:
        answerer = _answerer(question.kind)
        signal.setitimer(signal.ITIMER_PROF, question.cpu_seconds)
        return write_answer(answerer(question.document, dict(question.about)))
    except MemoryError:
        return _failed("took more memory than it may")
    except RecursionError:
        return _failed("led into too deep a nesting")
    except OverflowError:
        return _failed("brought more text than can be taken in")
    except Exception as error:  # noqa: BLE001 - whatever a parser stumbles over harms one document alone
        traceback.print_exc()
        return _failed(f"made the parser stumble ({type(error).__name__})")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _failed(clause: str) -> bytes:
    return write_answer([{"failed": clause}])


def _outlive_signals() -> None:
    """A signal to the whole group asks the application to finish its work, this document included.

    Two end this process at once, even where the application was started without them: the end of the allowance, and
    an answer that nobody is there to take any more.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


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
