"""Replies on a terminal: prose and tables for people, one JSON document for programs."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TextIO, assert_never

from bot.commands.command import Confirm, Details, Done, Listing, Problem, Reply

DONE, FAILED, MISTAKE = 0, 1, 2
WIDE = 160
"""Columns where nobody says how wide the output is."""


def show(reply: Reply, out: TextIO, complaints: TextIO, *, as_json: bool = False) -> int:
    """Print a reply and answer the exit code. Answers go to ``out``, problems to ``complaints``.

    A program hears of a problem on ``out`` as well: it asked for a document, and gets one in any case.
    """
    match reply:
        case Problem():
            _problem(reply, complaints)
            if as_json:
                _document({"problem": reply.text, "lines": reply.code.splitlines(), "to_do": reply.hint}, out)
            return MISTAKE if reply.mistake else FAILED
        case Done() | Listing() | Details() if as_json:
            _document(reply.data, out)
        case Done():
            say(out, reply.text, *reply.notes)
        case Listing():
            _listing(reply, out)
        case Details():
            say(out, reply.heading)
            _table(out, (), reply.facts)
        case Confirm():
            say(complaints, reply.question)
            return FAILED
        case _:
            assert_never(reply)
    return DONE


def say(stream: TextIO, *lines: str) -> None:
    for line in lines:
        stream.write(printable(line) + "\n")


def _document(data: Any, stream: TextIO) -> None:
    stream.write(json.dumps(data, default=_plain, ensure_ascii=False, indent=2) + "\n")


def _problem(problem: Problem, stream: TextIO) -> None:
    say(stream, problem.text, *(f"    {line}" for line in problem.code.splitlines()))
    if problem.hint:
        say(stream, problem.hint)


def _listing(listing: Listing, stream: TextIO) -> None:
    if not listing.rows:
        say(stream, listing.empty)
        return
    say(stream, listing.heading)
    _table(stream, listing.columns, listing.rows)


def _table(stream: TextIO, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=bool(columns))
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # Text, since a string would be read as markup.
        table.add_row(*(Text(printable(cell), overflow="fold") for cell in row))
    Console(file=stream, highlight=False, width=None if stream.isatty() else WIDE).print(table)


def printable(text: str) -> str:
    """No control character: what comes from feeds must not drive the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple | frozenset):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")
