"""What is looked up and tidied away beside the way of an article."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.model.destination import Destination
from bot.model.feed import (
    FeedState,
)
from bot.model.pace import FeedPace


@dataclass(frozen=True, slots=True)
class Keep:
    """For how long what is over is kept."""

    text: timedelta = timedelta(days=30)
    """What articles say, once no feed shows them any more."""
    keys: timedelta = timedelta(days=365)
    """By what articles are known again, and what was told of them."""
    outbox: timedelta = timedelta(days=90)
    """What settled deliveries say."""
    audit: timedelta = timedelta(days=90)
    """Subscriptions that have ended."""
    askings: timedelta = timedelta(minutes=10)
    """By what something that was asked twice is known again."""


class Tidying(Protocol):
    """What is older than it is to be kept, by kinds. A row is named by its primary key."""

    @property
    def kinds(self) -> Sequence[str]:
        """In the order in which they may go."""
        ...

    async def ask_for_whole_documents(self, keep: Keep) -> None:
        """Feeds are to be read as a whole where nobody knows which old items their documents still hold."""
        ...

    async def overdue(self, kind: str, keep: Keep, limit: int) -> Sequence[tuple[object, ...]]:
        """Up to ``limit`` rows that may go: nothing that is open, in doubt, still shown by a feed or referred to."""
        ...

    async def remove(self, kind: str, keep: Keep, rows: Sequence[tuple[object, ...]]) -> int:
        """Those of these rows that may still go; how many there were."""
        ...


@dataclass(frozen=True, slots=True)
class Overview:
    """For status."""

    feeds_by_state: Mapping[FeedState, int]
    ill: Sequence[tuple[str, str]]
    """Feeds that died, by name, and why: as the operator was told."""
    subscriptions: int
    waiting: int
    oldest_waiting: datetime | None
    sent_last_day: int
    dead_last_day: int
    suspended: Sequence[tuple[Destination, str]]
    """Lanes and workspaces that are held up, with the reason; a workspace's destination has no channel."""
    last_poll: datetime | None
    pace: Sequence[FeedPace] = ()
    """Of the last day."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """For monitors, of all workspaces together; what is counted by platform leaves out those with nothing to count."""

    waiting: Mapping[str, int]
    delivery_lag: Mapping[str, timedelta]
    """For how long the oldest delivery has been due that nobody has in hand and no closed door holds up."""
    feed_lag: timedelta
    """For how long the most overdue feed has been due that nobody has in hand; nothing where none is."""
    suspended_lanes: Mapping[str, int]
    suspended_workspaces: Mapping[str, int]
