"""What reading a feed brought, from the socket to the decision what is news."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.model.article import Article
from bot.model.feed import NO_HINTS, Hints, Move, Rhythm, Validators
from bot.model.ids import ArticleId, FeedId, StoryId

# What a fetcher answers.


@dataclass(frozen=True, slots=True)
class Fetched:
    body: bytes
    """Decompressed, complete, within the cap."""
    content_type: str
    address: str
    """Where it was found, after redirects."""
    validators: Validators
    fresh_for: timedelta = timedelta()
    """How long the server calls it fresh (Cache-Control max-age, else Expires); nothing where it does not say."""
    moved_to: str = ""
    """Where the feed has moved for good: every redirect on the way was permanent (301, 308); empty: nowhere."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """304, or the same body as last time."""

    validators: Validators
    fresh_for: timedelta = timedelta()
    """As ``Fetched.fresh_for``."""
    moved_to: str = ""
    """As ``Fetched.moved_to``."""


TroubleKind = Literal["passing", "gone", "missing", "forbidden", "subscription", "challenge", "throttled", "refused"]
"""410, 404, 401 and 403, 402, a page that wants to see a browser, 429 and 503, an address that we do not ask; all other
trouble may pass."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The world's trouble, in words for the admin: never a credential, never a query string."""

    reason: str
    retry_after: timedelta | None = None
    """What the server asked for."""
    kind: TroubleKind = "passing"
    host: str = ""
    """Who answered so, after redirects; what it asked for holds for its whole registrable domain."""
    step: str = ""
    """What to do; empty where the reason says so itself."""


FetchOutcome = Fetched | Unchanged | Unreachable

# What a parser answers.


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    format: str
    """``rss20``, ``atom10``, ``rss10``, ``json11`` and their like, as feedparser names them."""
    title: str
    language: str
    encoding: str
    articles: tuple[Article, ...]
    """In the order of the document; without those whose marks were known."""
    complaint: str = ""
    """What was wrong with a document that gave its articles nevertheless; empty where nothing was."""
    hints: Hints = NO_HINTS
    marks: bytes = b""
    """As ``Feed.marks``, of this document."""
    known: int = 0
    """How many of its items were not read, since they stood there before as they stand now."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Not a feed, or not one that can be read: in words for the admin."""

    reason: str
    step: str = ""
    """What to do."""


ParseOutcome = ParsedFeed | Unreadable

# What an article's page gives, where a follower asked for full text.

PageState = Literal[
    "", "wanted", "troubled", "read", "subscription", "challenge", "refused", "unreachable", "no article", "shorter"
]
"""Not asked for; not there in time; not given by its server for now; read; else why only the feed's own text is there:
it wants a subscription or a browser, it stands where we do not ask, it could not be fetched, holds no article, or less
than the feed."""


@dataclass(frozen=True, slots=True)
class Page:
    state: PageState = ""
    text: str = ""
    """What the article says there, plain; empty unless it was read."""
    reason: str = ""
    """Why it was not read, in words for the admin."""
    retry_after: timedelta | None = None
    """What its server asked for."""

    @property
    def is_wanted(self) -> bool:
        """Whether trying again may help."""
        return self.state in ("wanted", "troubled")


NO_PAGE = Page()


@dataclass(frozen=True, slots=True)
class QuietPoll:
    """A poll that brought no document: nothing had changed, or it failed."""

    feed: FeedId
    next_poll: datetime
    validators: Validators | None = None
    """To keep, and with them the move; None: both stay as they were, as after a failure."""
    rate: float | None = None
    move: Move | None = None
    failure: str = ""
    """Why it failed; empty where it did not."""
    trouble: TroubleKind = "passing"


@dataclass(frozen=True, slots=True)
class ReadPoll:
    """A poll that brought a document, and what its feed is known by from now on."""

    feed: FeedId
    title: str
    validators: Validators
    complaint: str
    """What was wrong with the document; empty where nothing was."""
    next_poll: datetime
    rate: float | None = None
    hints: Hints = NO_HINTS
    items: int = 0
    marks: bytes = b""
    move: Move | None = None
    rhythm: Rhythm | None = None
    backfills: bool = True
    """Whether followers have been told what they waited for: not where the document was read in part."""


# What makes two items the same article, and what is new.


@dataclass(frozen=True, slots=True)
class ArticleKeys:
    """What says that two items are the same article, guid before links before content. No key is an empty string."""

    guid: str
    """Within one feed."""
    links: tuple[str, ...] = ()
    """Canonical: with its fragment first, where it has one, then folded."""
    content: str | None = None
    """None where the text is too short to tell articles apart."""
    text_digest: str = ""
    """Of all that can match: no key, but how a change is noticed."""
    said: str = ""
    """The guid as its publisher says it, before it was told apart from others of the same."""
    apart: tuple[str, ...] = ()
    """What its guid is where it is told apart by one of its links."""

    @property
    def guids(self) -> tuple[str, ...]:
        """Under which it may stand: its own, and where it was told apart, the publisher's and those by each link."""
        return (self.guid,) if self.guid == self.said else (self.guid, self.said, *self.apart)


@dataclass(frozen=True, slots=True)
class Item:
    """An article on its way in, with all that places it."""

    article: Article
    keys: ArticleKeys
    headline: str | None
    """The story's key; None where the headline is too short to tell stories apart."""
    headlines: frozenset[str] = frozenset()
    """This key, and those under which others may tell the same."""
    page: Page = NO_PAGE


Newness = Literal["new", "changed", "known", "first poll", "read late"]
"""The last: known, and its page, which was not there in time, has been read."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """An article as it stands in a feed in this poll, after saving."""

    article_id: ArticleId
    story: StoryId
    article: Article
    newness: Newness
    before: Article | None = None
    """As it stood in this feed before, where its text changed."""
    page: Page = NO_PAGE
    """For those who asked for full text."""


Verdict = Literal["alerted", "updated", "first poll", "known", "duplicate", "no match"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one article of a poll, for the log and the demo."""

    article: Article
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class PollReport:
    """One finished poll."""

    address: str
    judged: tuple[Judged, ...] = ()
    complaint: str = ""
    """Why it failed, or what was wrong with the document."""
    failed: bool = False
    unchanged: bool = False
    credential: str = ""
    """The name of what opens a private feed."""
    matches: int = 0
    """How many subscriptions were met, article by article."""
