"""What the reader needs: fetching, parsing, and who hears of a poll."""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from bot.model.article import Article
from bot.model.feed import (
    NO_VALIDATORS,
    Validators,
)
from bot.model.reading import (
    Fetched,
    FetchOutcome,
    Page,
    ParseOutcome,
    PollReport,
)

NEVER_FETCHED = NO_VALIDATORS

PAGE_PAUSE = timedelta(minutes=1)
"""After a page that did not come in time."""


class Fetcher(Protocol):
    async def fetch(self, address: str, validators: Validators = NEVER_FETCHED, credential: str = "") -> FetchOutcome:
        """One polite GET. Never raises for anything a server or the network did.

        Refuses addresses that are not public, on redirects too; ends within the configured deadline and size.
        Without validators the answer is never ``Unchanged``. The secret headers of a credential go to the origin of the
        address and nowhere else; ``Unreachable``, naming it, where this process does not have them.
        """
        ...


class Parser(Protocol):
    async def parse(self, fetched: Fetched, marks: bytes = b"") -> ParseOutcome:
        """Read a document outside the event loop, under a CPU deadline. Never raises for anything a document holds.

        With the ``marks`` of the feed's last document only those items may be read that did not stand in it.
        """
        ...


class Pages(Protocol):
    async def read(self, article: Article) -> Page:
        """One polite GET of the page that the article links to, and what it says. Never raises for anything there.

        ``Page.is_wanted`` where trying again may help; else read, or why only the feed's own text is there.
        """
        ...


Report = Callable[[PollReport], None]
"""Hears of every finished poll; must not raise."""
