"""What the application needs from the world, and what is promised there.

All datetimes are UTC-aware. Nothing here is implemented by ``bot``; ``bot.wiring`` says what stands behind each port.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from bot.model.article import Article
from bot.model.delivery import (
    Alert,
    Claimed,
    Content,
    Deferred,
    Delivery,
    DeliveryState,
    Finding,
    Looked,
    Noise,
    Outcome,
    Posted,
    Refused,
    Step,
    Terms,
)
from bot.model.destination import Destination, Workspace
from bot.model.feed import (
    NO_HINTS,
    NO_VALIDATORS,
    Ailment,
    Feed,
    FeedState,
    FeedStatus,
    Follow,
    Hints,
    IdentifiedBy,
    Move,
    Rhythm,
    Validators,
)
from bot.model.identity import Grouping, Known, Plan, StandingStory
from bot.model.ids import ArticleId, DestinationId, FeedId, StoryId, SubscriptionId, WorkspaceId
from bot.model.pace import FeedPace
from bot.model.reading import (
    ArticleKeys,
    Fetched,
    FetchOutcome,
    Item,
    Page,
    PageState,
    ParseOutcome,
    PollReport,
    QuietPoll,
    TroubleKind,
)
from bot.model.subscription import Change, NewSubscription, Position, Subscription

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


class Pace(Protocol):
    """How much a platform takes at once, of one workspace or of all; what it takes in one place, ``Sent`` tells."""

    def wait(self, workspace: Workspace) -> float:
        """Seconds until a message may leave for this workspace; 0.0: now."""
        ...

    def take(self, workspace: Workspace) -> None:
        """One leaves."""
        ...

    def give_back(self, workspace: Workspace) -> None:
        """One that was taken does not leave."""
        ...


class Messenger(Protocol):
    """One platform's way out. No method ever raises for anything the platform did; an exception is a bug."""

    @property
    def knows_again(self) -> timedelta:
        """How long the platform itself knows a second attempt again and posts nothing twice; zero: it does not."""
        ...

    async def send(self, delivery: Delivery) -> Outcome:
        """Exactly one attempt. Cancelling it leaves the outcome unconfirmed."""
        ...

    async def find(self, delivery: Delivery) -> Finding:
        """Whether a delivery arrived, and how often: Found, Absent, Unknowable, or Deferred (ask later)."""
        ...

    async def edit(self, delivery: Delivery, receipt: str) -> Outcome:
        """Put ``delivery.content`` in the place of what was sent under ``receipt``: one attempt, the same outcomes."""
        ...

    async def delete(self, delivery: Delivery, receipt: str) -> Outcome:
        """Take back what was sent under ``receipt``: one attempt; Sent means that it stands there no more."""
        ...

    async def reach(self, destination: Destination) -> Deferred | Refused | None:
        """What stands in the way of posting there, as far as it can be told without posting; None: nothing."""
        ...


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What came in from outside, before anybody knows from whom."""

    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


HttpHandler = Callable[[HttpRequest], Awaitable[HttpAnswer]]


class Routes(Protocol):
    """The one web server, for adapters that are spoken to over HTTP."""

    def add(self, method: Literal["GET", "POST"], path: str, handler: HttpHandler) -> None:
        """Answer there. A handler's exception is a bug: it is logged, and the caller gets 500."""
        ...


@dataclass(frozen=True, slots=True)
class Welcome:
    """Where a workspace that has just been joined may be greeted."""

    channel: str
    joined: datetime
    """Joining again is another welcome."""
    first_step: str
    """What to say there to begin."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How signing in to one workspace went."""

    workspace: Workspace | None
    """None where even its id is not known, since the token was refused."""
    name: str
    problem: str = ""
    """Empty where it went well; else what is wrong, naming the variable, never its value."""
    passing: bool = False
    """Whether trying again later may help (no network, a 5xx)."""
    welcome: Welcome | None = None
    """Where it was joined just now and may be greeted."""


class Heard(Protocol):
    """Hears of workspaces while a platform listens: joined, left, refused."""

    async def __call__(self, connections: Sequence[Connection], *, complete: bool = False) -> None:
        """``complete``: there are no other workspaces on this platform."""
        ...


@dataclass(frozen=True, slots=True)
class Examined:
    """One finding of doctor."""

    subject: str
    ok: bool
    detail: str
    next_step: str = ""
    """What to do where it is not ok."""
    fatal: bool = False
    """Whether it keeps Tocsin from working; a warning otherwise."""


# ---- storage --------------------------------------------------------------------------------------------------------


class Workspaces(Protocol):
    async def register(self, workspace: Workspace, name: str = "") -> WorkspaceId:
        """Its id; made where it is new. A name replaces the one before."""
        ...

    async def find(self, workspace: Workspace) -> WorkspaceId | None: ...

    async def all(self) -> Sequence[tuple[WorkspaceId, Workspace]]:
        """In the order in which they came."""
        ...

    async def suspend(self, workspace: Workspace, reason: str) -> None: ...

    async def resume(self, workspace: Workspace) -> None: ...


class Feeds(Protocol):
    """A feed is an address and a credential: a private feed has nothing in common with the public one of its address.

    A workspace follows an address once, with one credential or without any.
    """

    async def find(self, address: str, credential: str = "") -> Feed | None: ...

    async def get(self, feed: FeedId) -> Feed: ...

    async def claim_due(
        self, owner: str, limit: int, lease: timedelta, *, per_host: int | None = None, busy: Collection[str] = ()
    ) -> Sequence[Feed]:
        """Lease up to ``limit`` followed feeds whose poll is due, the longest due first.

        At most ``per_host`` of one host (None: any number), and none of the ``busy`` ones: a host that answers slowly
        must not take the places of all others.
        """
        ...

    async def follow(
        self,
        workspace: WorkspaceId,
        address: str,
        *,
        name: str = "",
        tags: Sequence[str] = (),
        backfill: int = 0,
        full_text: bool = False,
        poll_every: timedelta | None = None,
        origin: str,
        credential: str = "",
    ) -> FeedId:
        """Tie a workspace to a feed, making the feed where it is new, due at once.

        Where the workspace follows the address with another credential, the file's word ends that tie and begins this
        one; a command changes nothing, and the answer is the feed that is followed.

        A follow that stands keeps its ``since``; its name, tags, wish for full text and origin are replaced, and its
        backfill wish until the feed was first read. A feed that nobody followed any more is unprimed, so that its
        return does not flood.
        A new follow with a backfill clears the validators, so that the next poll brings the whole document.
        """
        ...

    async def want_full_text(self, *, by_default: bool) -> None:
        """What ties that the file does not declare ask for."""
        ...

    async def unfollow(self, workspace: WorkspaceId, address: str) -> bool:
        """End the tie to that address, private or not. False where there was none. History and keys stay."""
        ...

    async def move(self, feed: FeedId, address: str, *, by: WorkspaceId | None = None) -> FeedId:
        """Look for a feed at another address from now on; answers the feed that its followers then follow.

        Without ``by`` all of them do, and the feed keeps what is known of it, but for what its last document left
        behind; where others follow a feed at that address already, all ties go there. With ``by`` one workspace's tie
        goes to the feed of that address, which is made where there is none.

        Ties keep all that they hold, their ``since`` included, and the name by which people know the feed. The address
        before goes on meaning the feed to those whose ties moved. Nothing moves where it stands there already, where a
        private feed would leave its origin, and not yet where the other feed was never read.
        """
        ...

    async def owe(self, workspace: WorkspaceId, feed: FeedId, count: int) -> None:
        """So many of the newest articles of the next poll, due at once, are news to a follower.

        The next poll reads the whole document, also where none of its articles is owed.
        """
        ...

    async def followers(self, feed: FeedId) -> Sequence[Follow]: ...

    async def followed(self, workspace: WorkspaceId) -> Sequence[FeedStatus]:
        """By name."""
        ...

    async def read(
        self,
        feed: FeedId,
        *,
        title: str,
        validators: Validators,
        complaint: str,
        next_poll: datetime,
        rate: float | None = None,
        hints: Hints = NO_HINTS,
        items: int = 0,
        marks: bytes = b"",
        move: Move | None = None,
        rhythm: Rhythm | None = None,
        backfills: bool = True,
    ) -> None:
        """A poll succeeded: advance validators, prime the feed, spend the followers' backfills, free the lease.

        Without ``backfills`` there are none to spend.
        """
        ...

    async def note(self, owner: str, polls: Sequence[QuietPoll]) -> None:
        """Polls of feeds leased by ``owner`` that brought no document; what another process took over is left to it.

        Nothing changed: success, the new validators, the lease free; but due at once without them where the whole
        document was asked for since. Failed: one failure more, the lease free.
        """
        ...

    async def patients(self, failing_for: timedelta) -> Sequence["Patient"]:
        """Followed feeds that are gone, have failed for so long or are silent, and those that the operator heard of."""
        ...

    async def tell(self, feed: FeedId, before: Ailment | None, found: Ailment | None) -> bool:
        """The operator hears of an ailment, or of its end. False where another process has told it already."""
        ...

    async def revive(self, feed: FeedId) -> None:
        """Somebody saw that a feed which is gone answers again: it is due at once. Any other stays as it is."""
        ...

    async def identify(self, feed: FeedId, by: IdentifiedBy) -> None:
        """What tells its items apart from now on."""
        ...

    async def hush(self, domain: str, until: datetime) -> None:
        """No feed of this registrable domain is due before then: its server asked for fewer requests."""
        ...

    async def hushed_until(self, domain: str) -> datetime | None:
        """Until when the feeds of this registrable domain are left alone; None: no server there asked for that."""
        ...

    async def release(self, owner: str) -> None:
        """Hand back what this owner still has in hand, so that nobody waits for its leases."""
        ...

    async def renew(self, owner: str, feeds: Collection[FeedId], lease: timedelta) -> None:
        """Hold on to those of these feeds that are still the owner's, for another ``lease`` from now."""
        ...

    async def hold(self, feed: FeedId, owner: str) -> Feed:
        """Make sure that the lease is still ours for the rest of this unit of work. Raises LeaseLost.

        Answers the feed as it stands now: somebody may have asked for its whole document, or begun to follow it anew.
        """
        ...


@dataclass(frozen=True, slots=True)
class Patient:
    """A feed that may be ill, or of whose illness the operator has heard."""

    feed: Feed
    trouble: TroubleKind | None
    """Of the last poll; None: it succeeded."""
    error: str
    """Why the last poll failed."""
    told: Ailment | None
    """Of which ailment the operator has heard."""


class Articles(Protocol):
    async def known(self, feed: FeedId, keys: Sequence[ArticleKeys]) -> Known:
        """All that is stored of these keys.

        From here to the end of the unit of work nobody else keeps articles, so that what was decided on it holds.
        """
        ...

    async def standing(self, headlines: Collection[str]) -> Mapping[str, StandingStory]:
        """The stories that hold these headlines."""
        ...

    async def twins(self, feed: FeedId, digests: Collection[str]) -> Mapping[str, Article]:
        """What stood in the feed with these texts, by ``ArticleKeys.text_digest``: of several, the last one seen."""
        ...

    async def newest(self, feed: FeedId) -> datetime | None:
        """When the newest article that ever stood in the feed was published; None where none has a date."""
        ...

    async def rename(self, feed: FeedId, guids: Mapping[str, str]) -> None:
        """What stood in the feed under one guid stands there under the other; left alone where that one is taken."""
        ...

    async def texts(self, feed: FeedId, guids: Collection[str]) -> Mapping[str, Article]:
        """What the feed said of these before, by guid."""
        ...

    async def linked(self, links: Collection[str]) -> Collection[str]:
        """Those of these canonical links that lead to an article which is known, or to several."""
        ...

    async def pages(self, feed: FeedId, guids: Collection[str]) -> Mapping[str, Page]:
        """What became of the pages of those that stood in the feed before, by guid."""
        ...

    async def keep(
        self, feed: FeedId, items: Sequence[Item], plan: Plan, grouping: Grouping
    ) -> Sequence[tuple[ArticleId, StoryId]]:
        """Carry out a plan: new stories, articles, keys and sightings; the text of known sightings as it is now.

        Answers one pair an item, in order. A page that is wanted is due in ``PAGE_PAUSE``; those that were kept stay.
        """
        ...

    def stored(self, workspace: WorkspaceId | None) -> AsyncIterator["StoredArticle"]:
        """What stood in the feeds that the workspace follows, the newest first; an article of two feeds comes twice.

        None: in the feeds that any workspace follows.
        """
        ...


@dataclass(frozen=True, slots=True)
class StoredArticle:
    id: ArticleId
    article: Article
    """As it stands in this feed."""
    feed: str
    """Its name in the workspace."""
    seen: datetime


class WantedPages(Protocol):
    """Pages that followers want, and that were not there in time."""

    async def any_due(self) -> bool: ...

    async def claim(self, limit: int, lease: timedelta) -> Sequence["WantedPage"]:
        """Lease up to ``limit`` that are due, the longest due first: nobody else gets them until the lease is over."""
        ...

    async def settle(self, wanted: "WantedPage", page: Page, due: datetime | None = None) -> bool:
        """What became of it; with ``due`` it is wanted again then. False where the lease was lost."""
        ...


@dataclass(frozen=True, slots=True)
class WantedPage:
    """Leased to this process."""

    feed: FeedId
    guid: str
    article_id: ArticleId
    story: StoryId
    article: Article
    """As the feed tells it."""
    seen: datetime
    """When it was first seen in this feed."""
    lease_until: datetime


class Stories(Protocol):
    """What a workspace may know of a story: how it stood in the feeds that it follows, and what it was told."""

    async def linked(self, workspace: WorkspaceId, links: Sequence[str]) -> Sequence[ArticleId]:
        """The articles that canonical links lead to: of the first one that leads to any which the workspace knows.

        It knows what stood in a feed that it follows, and what one of its destinations was told.
        """
        ...

    async def sighted(self, workspace: WorkspaceId, article: ArticleId) -> Sequence["Sighted"]:
        """How the article, and those that tell the same story, stood in the feeds that it follows, the oldest first."""
        ...

    async def told(self, workspace: WorkspaceId, article: ArticleId) -> Sequence["Told"]:
        """What its destinations were told of the article or its story."""
        ...

    async def subscribed_at(self, workspace: WorkspaceId) -> Mapping[SubscriptionId, datetime]:
        """Since when each of its standing subscriptions stands."""
        ...


@dataclass(frozen=True, slots=True)
class Sighted:
    """An article in a feed, as a workspace that follows the feed may see it."""

    id: ArticleId
    article: Article
    """As it stands in this feed."""
    feed: str
    """Its name in the workspace."""
    address: str
    """The feed's."""
    tags: tuple[str, ...]
    """Those that the workspace gives to the feed."""
    seen: datetime
    """When it was first seen in this feed."""
    followed_since: datetime
    is_first_poll: bool
    """Whether it stood in what was read first once the workspace followed the feed."""
    formerly: tuple[str, ...] = ()
    """As ``FeedStatus.formerly``."""
    page: PageState = ""
    """What became of its page, where the workspace asked for full text."""

    @property
    def has_text(self) -> bool:
        """False once its text was tidied away."""
        return bool(self.article.title or self.article.summary or self.article.body)


@dataclass(frozen=True, slots=True)
class Told:
    """What a destination was told of a story, and what became of the message."""

    destination: Destination
    article: ArticleId
    headline: str
    """Of the article that it was told; empty where this version cannot read the message any more."""
    at: datetime
    """When it was decided."""
    state: DeliveryState
    reason: str
    """Why it is where it is; empty where nothing went wrong."""
    attempts: int
    due: datetime
    """When a waiting one is tried again."""
    sent_at: datetime | None
    """The last attempt."""
    settled_at: datetime | None
    repeated: bool
    shut: str
    """Why nothing is posted there at present; empty where the lane is open."""
    posted: tuple[int, ...]
    """The numbers of the subscriptions that it names."""
    kept: tuple[int, ...]
    """The numbers of those that matched when it had left."""
    told_in: str = ""
    """The key of the message that tells it together with others; empty: it is told by itself."""


class Subscriptions(Protocol):
    async def add(self, new: NewSubscription) -> Subscription | None:
        """Keep one. None where the same query already stands for the same destination, feeds and tags."""
        ...

    async def twin(self, new: NewSubscription) -> Subscription | None:
        """The standing subscription that reads the same."""
        ...

    async def end(self, subscription: SubscriptionId) -> bool:
        """End one; False where it had ended. Its number is never given again."""
        ...

    async def standing(self, workspace: WorkspaceId | None = None) -> Sequence[Subscription]:
        """By workspace and number; all workspaces where none is named."""
        ...

    async def changes(self, since: Position, limit: int) -> Sequence[Change]:
        """Of all subscriptions, the next ``limit`` ones in order; fewer where there are no more.

        A subscription is among them once, however often it changed. One changes when it is made, when it ends, when
        it is read anew, and when it asks for feeds by name and its workspace calls or follows others.
        """
        ...

    async def these(
        self, ids: Sequence[SubscriptionId], feed: Feed, *, asked_before: datetime | None = None
    ) -> Sequence[Subscription]:
        """As ``hearing``, those of them with these ids that are not younger than ``asked_before``."""
        ...

    async def any_other(self, feed: Feed, workspaces: Collection[WorkspaceId], ids: Collection[SubscriptionId]) -> bool:
        """Whether a subscription of these workspaces, other than these, hears the feed."""
        ...

    async def hearing(self, feed: Feed) -> Sequence[Subscription]:
        """Standing subscriptions that listen to this feed in a workspace that follows it."""
        ...


class Outbox(Protocol):
    async def tell(self, tellings: Sequence["Telling"], noise: Noise | None = None) -> Sequence[bool]:
        """Queue alerts in this order; for each whether it is, False where the destination has heard of the story.

        Reasons that are new join an alert that still waits, and are kept for "why" in any case. What only noisy
        subscriptions ask for gathers in one message each, which is edited as more comes; without ``noise`` none is.
        """
        ...

    async def notify(self, destination: DestinationId, content: Content, occasion: str) -> bool:
        """Queue a notice, once per destination and occasion: False where it stands already."""
        ...

    async def heard(self, subscriptions: Iterable[SubscriptionId], since: datetime) -> Mapping[SubscriptionId, int]:
        """In how many alerts each had a part since then; those that had none are left out."""
        ...

    async def destination(self, destination: Destination) -> DestinationId:
        """Its id; made where it is new."""
        ...

    async def due(self, terms: Terms, most: int) -> Sequence[tuple[DestinationId, Workspace]]:
        """The lanes that could be claimed now, the longest due first, of each workspace at most so many."""
        ...

    async def claim(
        self, owner: str, limit: int, terms: Terms, lanes: Sequence[DestinationId] = ()
    ) -> Sequence[Claimed]:
        """Lease the heads of up to ``limit`` lanes that are due, the longest due first; of the named ones, if any are.

        A lane that rests (``Finished.lane_rests_until``) is not due, whatever is in it.

        What a process left unsettled is claimed, in doubt, once its lease and ``grace`` since the attempt are over. It
        is to be sent again while its platform knows it again (``Messenger.knows_again``), else to be looked for.

        Where a head is an alert old enough to catch up, and others in its lane are, too, they end, and one summary in
        their place is claimed. A summary that waits takes in what has grown old behind it. What may have arrived is
        told by itself.
        """
        ...

    async def settle(self, claimed: Claimed, step: Step) -> bool:
        """Record what ``alerts.retry`` decided. False where another process has taken over: nothing was changed."""
        ...

    async def release(self, owner: str, grace: timedelta) -> None:
        """Hand back what this owner still has in hand, so that nobody waits for its leases.

        What it was sending may have arrived: that is in doubt, and not looked at before ``grace`` is over.
        """
        ...

    async def reopen(self, destination: Destination) -> None:
        """The bot was seen to be able to post there: a suspended lane goes on."""
        ...


class SecondLooks(Protocol):
    """Deliveries that were sent again while nobody knew whether they stood there."""

    async def any_due(self) -> bool: ...

    async def claim(self, owner: str, limit: int, lease: timedelta, platforms: Sequence[str]) -> Sequence[Posted]:
        """Lease up to ``limit`` of these platforms that are due, the longest due first."""
        ...

    async def settle(self, posted: Posted, looked: Looked) -> bool:
        """Record what ``alerts.retry`` decided. False where another process has taken over: nothing was changed."""
        ...


@dataclass(frozen=True, slots=True)
class Telling:
    """What one destination is to hear of one story."""

    destination: DestinationId
    story: StoryId
    article: ArticleId
    alert: Alert
    subscriptions: tuple[SubscriptionId, ...]
    """In the order of the alert's reasons."""


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


class Askings(Protocol):
    """What people typed and clicked, by the platform's own id; remembered for ``Keep.askings``."""

    async def claim(self, name: str, owner: str, lease: timedelta) -> bool:
        """Whether it is the owner's to do: nobody has done it, and nobody is at it with a lease that still runs."""
        ...

    async def settle(self, name: str, owner: str) -> None:
        """It is done. Nothing where another has taken over."""
        ...


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


class Unit(Protocol):
    """One unit of work: a transaction. Leaving it commits, an exception rolls everything back."""

    @property
    def now(self) -> datetime:
        """The time of this unit of work: the database's clock on PostgreSQL, the machine's on SQLite."""
        ...

    @property
    def workspaces(self) -> Workspaces: ...
    @property
    def feeds(self) -> Feeds: ...
    @property
    def articles(self) -> Articles: ...
    @property
    def wanted_pages(self) -> WantedPages: ...
    @property
    def stories(self) -> Stories: ...
    @property
    def subscriptions(self) -> Subscriptions: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def second_looks(self) -> SecondLooks: ...
    @property
    def tidying(self) -> Tidying: ...
    @property
    def askings(self) -> Askings: ...

    async def read_by(self) -> str:
        """By what standing subscriptions were last read anew, as ``reread`` was told; empty: never."""
        ...

    async def reread(self, readings: Mapping[SubscriptionId, str], by: str = "") -> int:
        """Keep the normal forms that standing subscriptions have now; answers how many had another one.

        Two of a destination that now read the same both stand.
        """
        ...

    async def vitals(self) -> Vitals: ...

    async def overview(self, workspace: WorkspaceId | None) -> Overview:
        """Of one workspace; None: of all."""
        ...


class Storage(Protocol):
    def begin(self) -> AbstractAsyncContextManager[Unit]:
        """A unit of work that may write. Never await the network inside. Raises StorageUnavailable."""
        ...

    def read(self) -> AbstractAsyncContextManager[Unit]:
        """A unit of work that only reads, and never stands in a writer's way. Raises StorageUnavailable."""
        ...

    async def close(self) -> None: ...


# ---- time and the outside -------------------------------------------------------------------------------------------


class Engine(Protocol):
    """When things happen. The truth is in the tables; an engine only wakes."""

    def every(self, period: timedelta, job: Callable[[], Awaitable[None]]) -> None: ...

    def wake(self, lane: DestinationId, at: datetime | None = None) -> None:
        """Look at a lane now, or then: an optimisation over the sweep."""
        ...

    async def run(self, stop: Awaitable[object]) -> None: ...


Report = Callable[[PollReport], None]
"""Hears of every finished poll; must not raise."""
SettledReport = Callable[[Claimed, Step], None]
"""Hears of every attempt to deliver, and every look for one, that is on record; must not raise."""
