"""An address that publishes articles, and what is known of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.model.ids import FeedId, WorkspaceId


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server wants to hear again, byte for byte as received; empty where it sent none."""

    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""


def host_of(address: str) -> str:
    """In lower case; empty where there is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as the poller sees it: global, and holding nothing of a tenant."""

    id: FeedId
    address: str
    title: str = ""
    validators: Validators = Validators()
    primed: bool = False
    """False until its first poll succeeded: what stands in it then is history, not news."""
    failures: int = 0
    """Polls in a row that failed."""
    interval: timedelta | None = None
    """The last interval; None before the first poll."""
    poll_every: timedelta | None = None
    """The interval that the configuration asks for; None: adaptive."""
    credential: str = ""
    """The name of what opens a private feed, never the secret itself; empty: the feed is public."""

    @property
    def host(self) -> str:
        return host_of(self.address)


@dataclass(frozen=True, slots=True)
class Follow:
    """A workspace's tie to a feed."""

    workspace: WorkspaceId
    feed: FeedId
    name: str
    """What this workspace calls the feed, else the feed's own title, else its host.

    Never its address: the key of a private feed often stands there, and names are read in channels.
    """
    tags: tuple[str, ...]
    since: datetime
    backfill: int = 0
    """How many of the newest articles of the next poll are news although the feed is new; 0 once they were told."""


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """A followed feed, for listings."""

    id: FeedId
    address: str
    name: str
    tags: tuple[str, ...]
    state: str
    """``new`` before the first poll, ``ok``, or ``failing``."""
    error: str
    last_success: datetime | None
    next_poll: datetime
    items_per_day: float
    declared: bool
    """Whether the configuration file declares it, and alone may change it."""
    credential: str = ""
    """As ``Feed.credential``."""
