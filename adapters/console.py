"""The console: the embedded default, and a whole adapter on one screen.

It prints alerts as a person would like to read them. One workspace, one channel, no commands: the command line is its
face for those.
"""

import asyncio
import io
import os
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count, groupby
from operator import itemgetter
from typing import TextIO, assert_never

from rich.console import Console
from rich.text import Text

from bot.alerts.plain import clean
from bot.alerts.wording import caveat, how_to_narrow, not_named, together, what_came_later
from bot.commands.command import Command
from bot.commands.once import Once, every_time
from bot.model.delivery import (
    Alert,
    CatchUp,
    Content,
    Delivery,
    Finding,
    Gathered,
    Notice,
    Outcome,
    Reason,
    Refused,
    Sent,
    Snippet,
    Unconfirmed,
    Unknowable,
)
from bot.model.destination import CONSOLE, Destination, Workspace
from bot.ports import Connection, Examined, Heard, Routes

LINE = 2000
"""The most characters of one field: a screen is no place for more."""


class ConsoleMessenger:
    """A Messenger (bot.ports) that writes to a text stream, one write a message."""

    knows_again = timedelta()

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._numbers = count(1)

    async def send(self, delivery: Delivery) -> Outcome:
        text = screen(delivery.content, styled=is_terminal(self._stream), repeated=delivery.repeated)
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        try:
            self._stream.write(text.encode(encoding, "replace").decode(encoding))
            self._stream.flush()
        except (BrokenPipeError, ValueError) as error:
            return Refused("lane", f"The console is closed ({type(error).__name__})")
        except OSError as error:
            return Unconfirmed(f"The console could not be written ({error.strerror})")
        return Sent(str(next(self._numbers)))

    async def find(self, delivery: Delivery) -> Finding:
        return Unknowable("A console cannot be asked what it printed")

    async def edit(self, delivery: Delivery, receipt: str) -> Outcome:
        """What was printed stays: the new words come below it."""
        outcome = await self.send(delivery)
        return Sent(receipt) if isinstance(outcome, Sent) else outcome

    async def delete(self, delivery: Delivery, receipt: str) -> Outcome:
        return Refused("delivery", "A console cannot take back what it printed")

    async def reach(self, destination: Destination) -> None:
        """Nothing stands in its way."""


class ConsolePlatform:
    """A Platform (bot.commands.platform)."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._messenger = ConsoleMessenger(stream or sys.stdout)

    @property
    def messenger(self) -> ConsoleMessenger:
        return self._messenger

    @property
    def pace(self) -> None:
        """It takes whatever comes."""

    @property
    def unserved(self) -> str:
        return "There is one console"

    def serve(self, catalogue: Sequence[Command], routes: Routes, once: Once = every_time) -> None:
        """Nobody types at it: the command line asks on its own."""

    async def connect(self) -> Sequence[Connection]:
        return [Connection(Workspace(CONSOLE), "console")]

    async def listen(self, heard: Heard) -> None:
        await asyncio.Event().wait()

    async def examine(self) -> Sequence[Examined]:
        return [Examined("console", ok=True, detail="prints what is sent to it")]

    async def close(self) -> None:
        """The stream belongs to whoever gave it."""


def is_terminal(stream: TextIO) -> bool:
    """Whether bold may be used there; https://no-color.org is heeded."""
    return not stream.closed and stream.isatty() and not os.environ.get("NO_COLOR")


def screen(content: Content, *, styled: bool, repeated: bool = False) -> str:
    """What is printed, an empty line behind it. On a terminal wrapped to its width, with bold; plain elsewhere."""
    paper = io.StringIO()
    console = Console(
        file=paper,
        force_terminal=styled,
        color_system="standard" if styled else None,
        legacy_windows=False,
        soft_wrap=not styled,
    )
    for line in _lines(content, repeated=repeated):
        console.print(line)
    console.print()
    return paper.getvalue()


def _lines(content: Content, *, repeated: bool) -> list[Text]:
    match content:
        case Alert():
            return _alert(content, repeated=repeated)
        case Notice():
            words = f"{_safe(content.text)} {_safe(content.code)}".strip()
            return [Text(words + _repeat(repeated=repeated))]
        case CatchUp() | Gathered():
            return _several(content, repeated=repeated)
        case _:
            assert_never(content)


def _alert(alert: Alert, *, repeated: bool) -> list[Text]:
    article = alert.article
    lines = [
        Text(_safe(article.title) or "Untitled article", style="bold"),
        Text(", ".join(filter(None, [_safe(alert.source), _when(alert), what_came_later(alert)]))),
        Text(_safe(article.link)),
        _snippet(alert.snippet),
        Text(_reasons(alert.reasons) + _repeat(repeated=repeated)),
        Text(caveat(alert)),
    ]
    return [line for line in lines if line.plain.strip()]


def _several(told: CatchUp | Gathered, *, repeated: bool) -> list[Text]:
    lines = [Text(together(told), style="bold"), Text(not_named(told, len(told.headlines)))]
    for headline in told.headlines:
        named = f"{_safe(headline.title) or 'Untitled article'} — {_safe(headline.source)}"
        lines += [Text(named), Text(_safe(headline.link))]
    reasons = told.reasons if isinstance(told, CatchUp) else (told.reason,)
    lines += [Text(_reasons(reasons) + _repeat(repeated=repeated)), Text(how_to_narrow(told))]
    return [line for line in lines if line.plain.strip()]


def _when(alert: Alert) -> str:
    published = alert.article.published
    return f"published {_local(published)}" if published else f"first seen {_local(alert.seen)}"


def _local(when: datetime) -> str:
    return f"{when.astimezone():%Y-%m-%d %H:%M}"


def _snippet(snippet: Snippet) -> Text:
    """Marked character by character, so that stripping one moves no mark."""
    marked = {position for start, end in snippet.marks for position in range(start, end)}
    chars = [(_safe_char(char), position in marked) for position, char in enumerate(snippet.text[:LINE])]
    text = Text()
    for bold, run in groupby(chars, key=itemgetter(1)):
        text.append("".join(char for char, _ in run), style="bold" if bold else None)
    return text


def _reasons(reasons: tuple[Reason, ...]) -> str:
    return "matched " + "; ".join(f"{_safe(reason.query)}, subscription {reason.subscription}" for reason in reasons)


def _repeat(*, repeated: bool) -> str:
    return " (may be a repeat)" if repeated else ""


def _safe(text: str) -> str:
    """On one line, without anything that a terminal would obey."""
    return "".join(_safe_char(char) for char in text[:LINE]).strip()


def _safe_char(char: str) -> str:
    return " " if char.isspace() else clean(char)
