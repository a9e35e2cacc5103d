"""Processes that poll, read late pages and deliver, await by await, and those who ask them for news."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from bot.feeds.cadence import Bounds
from bot.jobs.late_pages import LatePages
from bot.jobs.poll import Poller, Polling
from bot.model.article import Article
from bot.model.delivery import Alert, CatchUp, Content, Gathered, Noise
from bot.model.destination import Destination, Workspace, parse_destination
from bot.model.feed import NO_VALIDATORS, Validators
from bot.model.ids import ArticleId, FeedId
from bot.model.reading import Fetched, FetchOutcome, Page, ParseOutcome, Unreachable
from bot.model.subscription import DECLARED
from bot.ports import Storage, WantedPage
from tests.builders import a_new_subscription
from tests.simulation.expected import Asking, Expected, Version
from tests.simulation.memory import MemoryUnit
from tests.simulation.publishers import Publishers, topics_of
from tests.simulation.watched import WatchedPoll
from tests.simulation.world import Gate, Process, Watched, World

LEASE = timedelta(seconds=60)
EVERY = timedelta(seconds=20)
ENDS_WITHIN = timedelta(seconds=30)
"""A fetch, of a feed or a page."""
SETTINGS = Polling(Bounds(), story_window=timedelta(days=7), lease=LEASE, concurrency=4)
NOISES = (None, Noise(1, timedelta(minutes=10)), Noise(2, timedelta(minutes=10)))
FEEDS = ("https://wire.example.org/rss", "https://post.example.net/atom")
ELSEWHERE = "https://elsewhere.example.com/feed"
"""Where nobody has published before."""
CHANNELS = tuple(map(parse_destination, ("slack:T1/C1", "slack:T1/C2", "discord:100/110")))
WORKSPACES = tuple({channel.workspace: None for channel in CHANNELS})


@dataclass(eq=False, repr=False)
class PollingProcess(Process):
    world: "Newsroom"

    def __post_init__(self) -> None:
        super().__post_init__()
        web = Web(self)
        pages = web if self.world.full_text else None
        storage = cast("Storage", self)
        settings = replace(SETTINGS, noise=self.world.noise)
        self.poller = Poller(storage, web, web, settings, self.name, lambda _lane: None, lambda _report: None, pages)
        self.late_pages = LatePages(storage, pages, self.poller.hearing, LEASE, lambda _lane: None)

    def sweeps(self) -> None:
        self.world.begins(self.poller.renew())
        self.polls()
        self.reads_late_pages()
        super().sweeps()

    def polls(self) -> None:
        self.world.begins(self.poller.sweep())

    def reads_late_pages(self) -> None:
        self.world.begins(self.late_pages.sweep())


@dataclass
class Web:
    """A fetcher, a parser and a reader of pages whose every answer stops at gates."""

    process: PollingProcess

    async def fetch(self, address: str, validators: Validators = NO_VALIDATORS, credential: str = "") -> FetchOutcome:
        answer = await self.process.reaches("fetch")
        if answer == "not written":
            return Unreachable("no answer in time")
        outcome = self.process.world.publishers.answer(address, validators, cast("Any", answer))
        await self.process.reaches("answered")
        return outcome

    async def parse(self, fetched: Fetched, marks: bytes = b"") -> ParseOutcome:
        await self.process.reaches("parse")
        return self.process.world.publishers.parsed(fetched, marks)

    async def read(self, article: Article) -> Page:
        answer = await self.process.reaches("page")
        if answer == "not written":
            return Page("troubled", reason="no answer in time")
        return self.process.world.publishers.page(article, cast("Any", answer))


@dataclass
class Newsroom(World):
    expected: Expected = field(default_factory=Expected)
    noise: Noise | None = None
    """When a subscription is noisy, for every process."""
    full_text: Collection[Workspace] = ()
    """Who judges articles on their pages."""
    late_pages: dict[tuple[FeedId, ArticleId], WantedPage] = field(default_factory=dict)
    """As they were claimed last."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.publishers = Publishers(self.clock)

    def process(self, name: str, skew: timedelta) -> PollingProcess:
        return PollingProcess(self, name, skew)

    def watches(self, unit: MemoryUnit) -> WatchedPoll:
        return WatchedPoll(unit)

    def notes(self, unit: Watched) -> None:
        super().notes(unit)
        for feed in unit.feeds.claimed:
            self.expected.claim(self._address(unit, feed))
        for feed, etag in unit.feeds.kept:
            source, _, number = etag.rpartition("#")
            version = Version(source, int(number), self.publishers.of(source).versions[int(number)])
            self.expected.keep(self._address(unit, feed), version, unit.articles.pages_of[feed], unit.now)
        for moved in unit.feeds.moved:
            self.expected.move(moved.before, moved.now, is_itself=moved.is_itself)
        self.late_pages |= {(wanted.feed, wanted.article_id): wanted for wanted in unit.wanted_pages.claimed}
        for wanted, page in unit.wanted_pages.settled:
            if self.late_pages.pop((wanted.feed, wanted.article_id), None) != wanted:
                self.expected.wrong.append(f"{wanted} was settled by a process from which another had taken over")
            number = self.publishers.number_of(wanted.article)
            said = topics_of(wanted.article)
            self.expected.settle(self._address(unit, wanted.feed), number, said, page, unit.now)

    def _address(self, unit: Watched, feed: FeedId) -> str:
        address: str = unit.tables.feeds[feed].feed.address
        return address

    def _ends(self, gate: Gate) -> datetime:
        return gate.since + ENDS_WITHIN if gate.at in ("fetch", "page") else super()._ends(gate)

    # ---- what people do

    def follows(self, workspace: Workspace, address: str, backfill: int = 0) -> None:
        async def following(unit: MemoryUnit) -> None:
            id_ = await unit.workspaces.register(workspace)
            full_text = workspace in self.full_text
            wishes: dict[str, Any] = {"backfill": backfill, "poll_every": EVERY, "origin": DECLARED}
            feed = await unit.feeds.get(await unit.feeds.follow(id_, address, full_text=full_text, **wishes))
            self.expected.follow(workspace, feed.address, backfill, unit.now, full_text=full_text)

        self.commits(following)

    def unfollows(self, workspace: Workspace, address: str) -> None:
        async def unfollowing(unit: MemoryUnit) -> None:
            id_ = await unit.workspaces.register(workspace)
            # It may have moved meanwhile.
            if feed := unit.feeds.followed_at(id_, address):
                await unit.feeds.unfollow(id_, address)
                self.expected.unfollow(workspace, feed.address)

        self.commits(unfollowing)

    def subscribes(self, asking: Asking) -> None:
        async def subscribing(unit: MemoryUnit) -> None:
            subscription = await unit.subscriptions.add(a_new_subscription(asking.topic, str(asking.channel)))
            if subscription is not None:
                self.expected.subscribe(subscription.id, asking, unit.now)

        self.commits(subscribing)

    def unsubscribes(self, asking: Asking) -> None:
        async def unsubscribing(unit: MemoryUnit) -> None:
            for id_ in [id_ for id_, one in self.expected.askings.items() if one == asking]:
                await unit.subscriptions.end(id_)
                del self.expected.askings[id_]

        self.commits(unsubscribing)

    # ---- the end

    @property
    def is_over(self) -> bool:
        return (
            super().is_over
            and not self.wants_pages
            and all(self.has_read(address) for _, address in self.expected.ties)
        )

    def has_read(self, address: str) -> bool:
        """All that stands there now."""
        feed, seen = self.publishers.standing_at(address), self.expected.seen.get(address)
        return seen is not None and (seen.source, seen.version) == (feed.address, feed.version)

    @property
    def wants_pages(self) -> bool:
        return any(row.page.is_wanted for row in self.storage.tables.sightings.values())

    def heard_in(self, channel: Destination) -> Counter[str]:
        """Headlines that stand there, by themselves or in the midst of others."""
        contents = [self.platform.says[receipt] for receipt, _ in self.platform.stands.get(channel, [])]
        return Counter(title for content in contents for title in titles(content))

    def ought_to_be_heard_in(self, channel: Destination) -> Counter[str]:
        return Counter(self.publishers.headlines[number] for number in self.expected.stories.get(channel, ()))


def titles(content: Content) -> Sequence[str]:
    """The headlines that a message tells."""
    match content:
        case Alert():
            return [content.article.title]
        case CatchUp() | Gathered():
            return [one.title for one in content.headlines]
        case _:
            return []
