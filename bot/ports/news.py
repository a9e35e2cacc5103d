"""What is remembered of feeds and of what stands in them."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.model.article import Article
from bot.model.delivery import DeliveryState
from bot.model.destination import Destination
from bot.model.feed import Ailment, Feed, FeedStatus, Follow, IdentifiedBy
from bot.model.identity import Decided, Known, StandingStory
from bot.model.ids import ArticleId, FeedId, StoryId, SubscriptionId, WorkspaceId
from bot.model.reading import ArticleKeys, Page, PageState, QuietPoll, ReadPoll, TroubleKind


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
        private feed would leave its origin, and without ``by`` not yet where the other feed was never read, or has
        brought what this one has not read since it is redirected there.
        """
        ...

    async def owe(self, workspace: WorkspaceId, feed: FeedId, count: int) -> None:
        """So many of the newest articles of the next poll, due at once, are news to a follower.

        The next poll reads the whole document, also where none of its articles is owed.
        """
        ...

    async def followers(self, *feeds: FeedId) -> Sequence[Follow]:
        """Of each of these feeds, by workspace."""
        ...

    async def named_before(self, feed: FeedId) -> Mapping[WorkspaceId, Sequence[str]]:
        """The addresses at which its followers knew it before it moved."""
        ...

    async def moved_followers(self, feed: FeedId) -> Sequence[Follow]:
        """Those who followed it until their ties moved, with the feeds that they follow instead."""
        ...

    async def followed(self, workspace: WorkspaceId) -> Sequence[FeedStatus]:
        """By name."""
        ...

    async def read(self, polls: Sequence[ReadPoll]) -> None:
        """Polls succeeded: advance validators, prime the feeds, spend their followers' backfills, free the leases."""
        ...

    async def note(self, owner: str, polls: Sequence[QuietPoll]) -> None:
        """Polls of feeds leased by ``owner`` that brought no document; what another process took over is left to it.

        Nothing changed: success, new validators and move where there are any, the lease free; but due at once without
        validators where the whole document was asked for since. Failed: one failure more, the lease free.
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

    async def hold(self, feeds: Collection[FeedId], owner: str) -> Mapping[FeedId, Feed]:
        """Make sure that their leases are still ours for the rest of this unit of work. Raises LeaseLost.

        Answers them as they stand now: somebody may have asked for a whole document, or begun to follow one anew.
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
    async def known(self, keys: Mapping[FeedId, Sequence[ArticleKeys]]) -> Mapping[FeedId, Known]:
        """All that is stored of the keys of documents, one of each feed.

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

    async def keep(self, decided: Mapping[FeedId, Decided]) -> Mapping[FeedId, Sequence[tuple[ArticleId, StoryId]]]:
        """Carry out plans: new stories, articles, keys and sightings; the text of known sightings as it is now.

        Answers one pair an item, in order. A page that is wanted is due in ``PAGE_PAUSE``; those that were kept stay.
        The documents are strangers: see ``bot.feeds.strangers``.
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
