"""What commands work with: handed to every one of them by the composition root."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.model.article import Article
from bot.model.feed import Feed
from bot.model.reading import Sighting
from bot.ports import Fetcher, Messenger, Parser, Storage, Unit

TakeIn = Callable[[Unit, Feed, Sequence[Article]], Awaitable[Sequence[Sighting]]]
"""Keeps a document's articles within a unit of work, as polling does."""


@dataclass(frozen=True, slots=True)
class Desk:
    storage: Storage
    fetcher: Fetcher
    parser: Parser
    take_in: TakeIn
    messengers: Mapping[str, Messenger] = field(default_factory=dict)
    """By platform."""
    admins: frozenset[str] = frozenset()
    """``slack:T0123/U0456``, beside the platforms' own admins."""
    only_admins_subscribe: bool = False
    first_pause: timedelta = timedelta(minutes=2)
    """Between the reading that adds a feed and its first poll."""
