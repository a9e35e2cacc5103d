"""Logs: one line per record on stderr, with its facts, and never a secret."""

import logging
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Protocol, TextIO

HIDDEN = "•••"
# The platforms' tokens by their shape, for those that nobody told us of: Slack's, a Discord bot's, and those that stand
# in the addresses of Discord's interactions and webhooks.
TOKEN = re.compile(
    r"\bx(?:ox[a-z]|app)[-.][A-Za-z0-9-]{6,}|\bxoxe\.xox[a-z]-[A-Za-z0-9-]{6,}"
    r"|\b[A-Za-z0-9_-]{23,30}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"
    r"|(?<=webhooks/)[0-9]+/[A-Za-z0-9_-]{20,}|(?<=interactions/)[0-9]+/[A-Za-z0-9_-]{20,}"
)
OURS = ("bot", "adapters", "storage")
SHORTEST_SECRET = 4
"""Shorter ones would blot out half of every line, and protect nothing."""

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record carries; the rest are its facts."""


class Revealing(Protocol):
    def reveal(self) -> str: ...


def configure(level: str | int, secrets: Iterable[Revealing | str] = (), stream: TextIO | None = None) -> None:
    """Send our records of that level and above to stderr, and vendors' from WARNING on. Called again, it starts afresh.

    Vendors are never heard below WARNING: there they write whole requests.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(OneLine(secrets))
    root = logging.getLogger()
    for former in [each for each in root.handlers if isinstance(each.formatter, OneLine)]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for room in OURS:
        logging.getLogger(room).setLevel(level)


class OneLine(logging.Formatter):
    """``2026-05-04T10:00:00.000Z INFO bot.jobs.poll polled a feed new=3``; a traceback follows on lines of its own."""

    def __init__(self, secrets: Iterable[Revealing | str] = ()) -> None:
        super().__init__()
        self._hide = Mask(secrets)

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        # Hidden before it is escaped, since a secret may hold what is escaped; and after, whatever came together.
        message = on_one_line(self._hide(message_of(record)))
        line = " ".join([when, record.levelname, record.name, message, *self._facts(record)])
        return self._hide("\n".join([line, *self._traces(record)]))

    def _facts(self, record: logging.LogRecord) -> Iterator[str]:
        for name, value in vars(record).items():
            if name not in STANDARD:
                yield f"{name}={quoted(on_one_line(self._hide(str(value))))}"

    def _traces(self, record: logging.LogRecord) -> Iterator[str]:
        if record.exc_info:
            yield self.formatException(record.exc_info)
        if record.stack_info:
            yield self.formatStack(record.stack_info)


class Mask:
    """Puts dots in the place of every known secret, and of whatever has the shape of a token."""

    def __init__(self, secrets: Iterable[Revealing | str]) -> None:
        values = {each if isinstance(each, str) else each.reveal() for each in secrets}
        # The longest first: one secret may begin with another.
        known = sorted((re.escape(each) for each in values if len(each) >= SHORTEST_SECRET), key=len, reverse=True)
        self._known = re.compile("|".join(known)) if known else None

    def __call__(self, text: str) -> str:
        if self._known:
            text = self._known.sub(HIDDEN, text)
        return without_tokens(text)


def without_tokens(text: str) -> str:
    return TOKEN.sub(HIDDEN, text)


def message_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        # The arguments do not fit the message. What logging does itself then is to print them all, secrets included.
        return f"{record.msg} {record.args}"


def quoted(text: str) -> str:
    """As it stands where it is one word, else in quotes."""
    if text and not set(text) & set(' "='):
        return text
    return '"' + text.replace('"', '\\"') + '"'


def on_one_line(text: str) -> str:
    """Whatever a feed wrote into it cannot begin a line of its own, nor steer a terminal."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
