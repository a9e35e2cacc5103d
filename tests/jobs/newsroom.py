"""A newsroom to write sentences with: real polling, delivering and storage; invented feeds and a recording platform."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.alerts.retry import Patience
from bot.feeds.cadence import Bounds
from bot.jobs.deliver import Deliverer, Delivering
from bot.jobs.poll import Poller, Polling
from bot.jobs.second_look import SecondLook
from bot.matching.names import Names, read_aliases
from bot.model.article import Article
from bot.model.delivery import (
    Absent,
    Alert,
    CatchUp,
    Content,
    Delivery,
    Finding,
    Found,
    Gathered,
    Noise,
    Notice,
    Outcome,
    Sent,
    Unconfirmed,
)
from bot.model.destination import Workspace
from bot.model.feed import Feed, Validators
from bot.model.ids import DestinationId
from bot.model.reading import Fetched, FetchOutcome, ParsedFeed, ParseOutcome, PollReport, Unchanged, Unreachable
from bot.model.subscription import DECLARED, Subscription
from bot.ports import NEVER_FETCHED, Overview, Storage
from bot.service.rereading import read_anew
from tests.builders import ACME, CHANNEL, WINDOW, SettableClock, a_new_subscription, an_article

LEASE = timedelta(seconds=60)
PATIENCE = Patience()
EVERY = timedelta(seconds=1)


@dataclass
class Page:
    """What stands at a feed's address."""

    articles: tuple[Article, ...] = ()
    version: int = 1
    trouble: Unreachable | None = None
    fresh_for: timedelta = timedelta()
    moved_to: str = ""


@dataclass
class Publishers:
    """Fetcher and parser in one: pages by address. A page that stayed as it was answers "not modified"."""

    pages: dict[str, Page] = field(default_factory=dict)
    faults: dict[str, Exception] = field(default_factory=dict)
    """What the parser raises, by address: a bug of ours."""
    asked: list[tuple[str, Validators]] = field(default_factory=list)
    slow: dict[str, asyncio.Event] = field(default_factory=dict)
    """Addresses that answer only once their event is set."""
    reads_only_what_is_new: bool = False
    """As a parser does that is told what stood in the last document."""
    under_way: int = 0
    most_at_once: int = 0

    async def fetch(self, address: str, validators: Validators = NEVER_FETCHED, credential: str = "") -> FetchOutcome:
        self.asked.append((address, validators))
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        await (self.slow[address].wait() if address in self.slow else asyncio.sleep(0))
        self.under_way -= 1
        page = self.pages.get(address, Page())
        if page.trouble:
            return page.trouble
        current = Validators(etag=str(page.version))
        if validators == current:
            return Unchanged(current, page.fresh_for, page.moved_to)
        return Fetched(b"", "", address, current, page.fresh_for, page.moved_to)

    async def parse(self, fetched: Fetched, marks: bytes = b"") -> ParseOutcome:
        if fetched.address in self.faults:
            raise self.faults[fetched.address]
        articles = self.pages.get(fetched.address, Page()).articles
        read = ParsedFeed("rss20", f"{fetched.address} by its own title", "en", "utf-8", articles)
        if not self.reads_only_what_is_new:
            return read
        known = set(marks.split(b"\n"))
        unread = tuple(one for one in articles if _mark(one) not in known)
        standing = b"\n".join(map(_mark, articles))
        return replace(read, articles=unread, marks=standing, known=len(articles) - len(unread))


def _mark(article: Article) -> bytes:
    return repr((article.guid, article.title, article.summary)).encode()


Answer = Outcome | Exception


@dataclass
class Channels:
    """A messenger that records what was posted, and answers by script, by channel; without one it posts."""

    scripted: dict[str, deque[Answer]] = field(default_factory=dict)
    findings: deque[Finding | Exception] = field(default_factory=deque)
    attempts: list[Delivery] = field(default_factory=list)
    looked_for: list[Delivery] = field(default_factory=list)
    posted: list[Delivery] = field(default_factory=list)
    edited: list[tuple[Delivery, str]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[None]] | None = None
    """What happens once while a message is under way."""
    knows_again: timedelta = timedelta()

    def answers(self, channel: str, *answers: Answer) -> None:
        self.scripted.setdefault(channel, deque()).extend(answers)

    async def send(self, delivery: Delivery) -> Outcome:
        self.attempts.append(delivery)
        if self.meanwhile:
            happens, self.meanwhile = self.meanwhile, None
            await happens()
        answer = self._answer(delivery)
        if isinstance(answer, Sent):
            self.posted.append(delivery)
        return answer

    async def edit(self, delivery: Delivery, receipt: str) -> Outcome:
        answer = self._answer(delivery)
        if not isinstance(answer, Sent):
            return answer
        self.edited.append((delivery, receipt))
        return Sent(receipt)

    def _answer(self, delivery: Delivery) -> Outcome:
        script = self.scripted.get(delivery.destination.channel)
        answer = script.popleft() if script else Sent(f"message {len(self.posted) + 1}")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def find(self, delivery: Delivery) -> Finding:
        self.looked_for.append(delivery)
        finding = self.findings.popleft() if self.findings else Absent()
        if isinstance(finding, Exception):
            raise finding
        return finding

    async def delete(self, delivery: Delivery, receipt: str) -> Outcome:
        self.deleted.append(receipt)
        return Sent(receipt)

    def arrives_unconfirmed(self, channel: str, receipt: str = "found") -> None:
        """The next message is posted, but no answer comes back."""
        self.answers(channel, Unconfirmed("no answer"))
        self.findings.append(Found((receipt,)))


class Newsroom:
    """One process of Tocsin on one database. ``restarted`` gives another one on the same."""

    def __init__(
        self, storage: Storage, clock: SettableClock, owner: str = "first", noise: Noise | None = None
    ) -> None:
        self.storage = storage
        self.clock = clock
        self.noise = noise
        self.publishers = Publishers()
        self.channels = Channels()
        self.reports: list[PollReport] = []
        self.woken: list[DestinationId] = []
        self.to_wake: list[tuple[DestinationId, datetime]] = []
        self.poller = self._poller(owner)
        self.deliverer = self._deliverer(owner)
        self.second_look = SecondLook(storage, self.deliverer.messengers, self.deliverer.settings, owner)

    def _poller(self, owner: str) -> Poller:
        settings = Polling(Bounds(), story_window=WINDOW, lease=LEASE, concurrency=8, noise=self.noise)
        return Poller(
            self.storage, self.publishers, self.publishers, settings, owner, self.woken.append, self.reports.append
        )

    async def knows(self, aliases: Mapping[str, Sequence[str]]) -> None:
        """As at a start with these aliases: what stands is read anew."""
        async with self.storage.begin() as unit:
            standing = await unit.subscriptions.standing()
            await unit.reread(read_anew(standing, aliases, Names(read_aliases(aliases))).normal_forms)

    def _deliverer(self, owner: str) -> Deliverer:
        def wake(lane: DestinationId, at: datetime) -> None:
            self.to_wake.append((lane, at))

        return Deliverer(self.storage, {"slack": self.channels}, Delivering(PATIENCE, LEASE), owner, wake)

    def restarted(self) -> "Newsroom":
        """The same database, publishers and platform; another process."""
        room = Newsroom(self.storage, self.clock, owner="second", noise=self.noise)
        room.publishers.pages = self.publishers.pages
        room.channels = self.channels
        room.poller, room.deliverer = room._poller("second"), room._deliverer("second")
        return room

    # ---- arranging

    async def follows(self, *addresses: str, by: Workspace = ACME, **wishes: Any) -> None:
        async with self.storage.begin() as unit:
            workspace = await unit.workspaces.register(by)
            for address in addresses:
                asked: dict[str, Any] = {"origin": DECLARED, "poll_every": EVERY, "name": address, **wishes}
                await unit.feeds.follow(workspace, address, **asked)

    async def unfollows(self, address: str, by: Workspace = ACME) -> None:
        async with self.storage.begin() as unit:
            await unit.feeds.unfollow(await unit.workspaces.register(by), address)

    async def subscribes(self, query: str = "auction", to: str = CHANNEL, **changes: Any) -> Subscription:
        async with self.storage.begin() as unit:
            subscription = await unit.subscriptions.add(a_new_subscription(query, to, **changes))
        assert subscription is not None
        return subscription

    async def reads(self, *addresses: str, query: str = "auction", **wishes: Any) -> None:
        """A channel that subscribes to the feeds named, whose silent first poll is over."""
        await self.follows(*addresses, **wishes)
        await self.subscribes(query)
        await self.polls()

    # ---- what publishers do

    def publishes(self, address: str, *articles: Article | str) -> None:
        """The newest first, above what stands there."""
        page = self.publishers.pages.get(address, Page())
        new = tuple(an_article(one) if isinstance(one, str) else one for one in articles)
        self.publishers.pages[address] = replace(
            page, articles=new + page.articles, version=page.version + 1, trouble=None
        )

    def shows(self, address: str, *articles: Article) -> None:
        """These alone."""
        page = self.publishers.pages.get(address, Page())
        self.publishers.pages[address] = replace(page, articles=articles, version=page.version + 1, trouble=None)

    def changes(self, address: str, guid: str, **changes: Any) -> None:
        page = self.publishers.pages[address]
        self.shows(address, *(replace(one, **changes) if one.guid == guid else one for one in page.articles))

    def breaks(self, address: str, trouble: str = "the server answered 500", **facts: Any) -> None:
        self.publishers.pages.setdefault(address, Page()).trouble = Unreachable(trouble, **facts)

    def mends(self, address: str) -> None:
        self.publishers.pages[address].trouble = None

    def redirects(self, address: str, moved_to: str) -> None:
        """For good, from now on."""
        self.publishers.pages.setdefault(address, Page()).moved_to = moved_to

    # ---- time passes

    async def polls(self, **later: float) -> None:
        """Every feed that is due, after two seconds or as much later as is said."""
        self.clock.advance(**(later or {"seconds": 2}))
        await finished(self.poller.sweep())

    async def delivers(self, **later: float) -> None:
        self.clock.advance(**later)
        await finished(self.deliverer.sweep())

    async def looks_again(self, **later: float) -> None:
        """At what was sent again while it was in doubt."""
        self.clock.advance(**later)
        await finished(self.second_look.sweep())

    async def goes_on(self, **later: float) -> None:
        await self.polls(**later)
        await self.delivers()

    async def feed(self, address: str) -> Feed:
        async with self.storage.read() as unit:
            feed = await unit.feeds.find(address)
        assert feed is not None
        return feed

    async def next_poll(self, address: str) -> datetime:
        async with self.storage.read() as unit:
            for id_, _ in await unit.workspaces.all():
                for status in await unit.feeds.followed(id_):
                    if status.address == address:
                        return status.next_poll
        raise AssertionError(f"nobody follows {address}")

    # ---- what was heard

    def heard_in(self, channel: str = "C1") -> list[str]:
        """Headlines and notices, in the order in which they were posted."""
        posted = (one for one in self.channels.posted if one.destination.channel == channel)
        return [line(one.content) for one in posted]

    def alerts_in(self, channel: str = "C1") -> list[Alert]:
        posted = (one for one in self.channels.posted if one.destination.channel == channel)
        return [one.content for one in posted if isinstance(one.content, Alert)]

    async def overview(self) -> Overview:
        async with self.storage.read() as unit:
            return await unit.overview(None)

    def verdicts(self) -> list[str]:
        """Of the last poll, in the order of its document."""
        return [judged.verdict for judged in self.reports[-1].judged]


def line(content: Content) -> str:
    match content:
        case Alert():
            return content.article.title
        case CatchUp():
            return f"{content.count} together: {', '.join(one.title for one in content.headlines)}"
        case Gathered():
            return f"{content.count} gathered: {', '.join(one.title for one in content.headlines)}"
        case Notice():
            return content.text


async def finished(sweep: Coroutine[Any, Any, None]) -> None:
    """A sweep, and all the work that it began."""
    await sweep
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)
