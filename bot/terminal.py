"""Replies on a terminal: prose and tables for people, one JSON document for programs."""

import json
from datetime import UTC, datetime
from typing import Any, TextIO, assert_never

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.commands.command import Confirm, Details, Done, Listing, Problem, Reply

DONE, FAILED, MISTAKE = 0, 1, 2
WIDE = 160
"""Columns where nobody says how wide the output is."""


def show(reply: Reply, out: TextIO, complaints: TextIO, *, as_json: bool = False) -> int:
    """Print a reply and answer the exit code. Answers go to ``out``, problems to ``complaints``."""
    match reply:
        case Problem():
            _problem(reply, _console(complaints))
            return MISTAKE if reply.mistake else FAILED
        case Done() | Listing() | Details() if as_json:
            out.write(json.dumps(reply.data, default=_plain, ensure_ascii=False, indent=2) + "\n")
        case Done():
            _say(_console(out), reply.text, *reply.notes)
        case Listing():
            _listing(reply, _console(out))
        case Details():
            _details(reply, _console(out))
        case Confirm():
            _say(_console(complaints), reply.question)
            return FAILED
        case _:
            assert_never(reply)
    return DONE


def _console(stream: TextIO) -> Console:
    return Console(file=stream, highlight=False, width=None if stream.isatty() else WIDE)


def _say(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(printable(line), soft_wrap=True)


def _problem(problem: Problem, console: Console) -> None:
    _say(console, problem.text)
    if problem.code:
        _say(console, *(f"    {line}" for line in problem.code.splitlines()))
    if problem.hint:
        _say(console, problem.hint)


def _listing(listing: Listing, console: Console) -> None:
    if not listing.rows:
        _say(console, listing.empty)
        return
    _say(console, listing.heading)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in listing.columns:
        table.add_column(printable(column), overflow="fold")
    for row in listing.rows:
        table.add_row(*(printable(cell) for cell in row))
    console.print(table)


def _details(details: Details, console: Console) -> None:
    _say(console, details.heading)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for name, value in details.facts:
        table.add_row(printable(name), printable(value))
    console.print(table)


def printable(text: str) -> Text:
    """No markup and no control character: what comes from feeds must not drive the terminal."""
    return Text("".join(char if char.isprintable() else " " for char in text))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple | frozenset):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")
