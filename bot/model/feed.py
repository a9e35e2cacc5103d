"""An address that publishes articles, and what is known of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit

from bot.model.ids import FeedId, WorkspaceId


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server wants to hear again, byte for byte as received; empty where it sent none."""

    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""


NO_VALIDATORS = Validators()


@dataclass(frozen=True, slots=True)
class Hints:
    """What a document says of when it is worth looking at again (RSS 2.0: ttl, skipHours, skipDays)."""

    ttl: timedelta = timedelta()
    """Nothing: it says none."""
    skip_hours: frozenset[int] = frozenset()
    """Of the day in UTC, 0 to 23."""
    skip_days: frozenset[int] = frozenset()
    """Of the week in UTC, Monday 0."""


NO_HINTS = Hints()


@dataclass(frozen=True, slots=True)
class Move:
    """A permanent redirect, and in how many polls in a row it led to the same feed."""

    address: str
    seen: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a feed brings news."""

    last_news: datetime
    usual_gap: timedelta | None
    """Between two new articles, as a moving average; None: not known yet."""
    silent_at: datetime
    """When it will have brought nothing for far longer than usual."""


Ailment = Literal["gone", "challenge", "failing", "silent"]
"""What the operator hears of: gone for good, shut by a page that wants to see a browser, failing for a day, silent."""


IdentifiedBy = Literal["guid", "link", "content"]


@lru_cache(maxsize=1 << 13)  # every poll of a feed asks for it
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
    validators: Validators = NO_VALIDATORS
    primed: bool = False
    """False until its first poll succeeded: what stands in it then is history, not news."""
    failures: int = 0
    """Polls in a row that failed."""
    rate: float | None = None
    """New articles a day, as a moving average; None before the first poll."""
    hints: Hints = NO_HINTS
    identified_by: IdentifiedBy = "guid"
    """What tells its items apart: its guids, unless they were found to change with every answer."""
    rhythm: Rhythm | None = None
    """None before the first poll."""
    items: int = 0
    """In its last document."""
    marks: bytes = b""
    """Of the items in its last document (``bot.feeds.delta``); empty where it has to be read as a whole."""
    move: Move | None = None
    failing_since: datetime | None = None
    """None: the last poll succeeded."""
    last_success: datetime | None = None
    poll_every: timedelta | None = None
    """The interval that the configuration asks for; None: adaptive."""
    credential: str = ""
    """The name of what opens a private feed, never the secret itself; empty: the feed is public."""
    wants_pages: bool = False
    """Whether a follower asks for full text; known of a feed that was claimed."""

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
    full_text: bool = False
    """Whether articles are judged on what their pages say; else on the feed's own text."""


FeedState = Literal["new", "ok", "silent", "failing", "gone"]
"""Not read yet; read; read, but without news for far longer than usual; not read by the last poll; asked no more."""
SILENT = "it answers, but has brought nothing new for far longer than usual"
"""What is wrong with a feed that is silent, as people read it."""


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """A followed feed, for listings."""

    id: FeedId
    address: str
    name: str
    tags: tuple[str, ...]
    state: FeedState
    error: str
    last_success: datetime | None
    next_poll: datetime
    items_per_day: float
    declared: bool
    """Whether the configuration file declares it, and alone may change it."""
    credential: str = ""
    """As ``Feed.credential``."""
    formerly: tuple[str, ...] = ()
    """Addresses at which the workspace knew it before it moved; there it goes on meaning this feed."""
    full_text: bool = False
    """As ``Follow.full_text``."""
