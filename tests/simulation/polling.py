"""Processes that poll and deliver, await by await, and what the channels ought to hear of it.

What ought to be heard is told apart from the application by what was committed alone: which version of a document was
kept after which, and who followed and subscribed then.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

from bot.feeds.cadence import Bounds
from bot.jobs.poll import Poller, Polling
from bot.model.delivery import Alert, CatchUp, Content, Gathered, Noise
from bot.model.destination import Destination, Workspace, parse_destination
from bot.model.feed import NO_VALIDATORS, Validators
from bot.model.ids import FeedId, SubscriptionId
from bot.model.reading import Fetched, FetchOutcome, ParseOutcome, Unreachable
from bot.model.subscription import DECLARED
from bot.ports import Storage
from tests.builders import a_new_subscription
from tests.simulation.memory import MemoryUnit
from tests.simulation.memory_feeds import MemoryFeeds
from tests.simulation.publishers import Document, Publishers, Told
from tests.simulation.world import Gate, Process, Watched, World

LEASE = timedelta(seconds=60)
EVERY = timedelta(seconds=20)
ENDS_WITHIN = timedelta(seconds=30)
"""A fetch."""
SETTINGS = Polling(Bounds(), story_window=timedelta(days=1), lease=LEASE, concurrency=4)
NOISES = (None, Noise(1, timedelta(minutes=10)), Noise(2, timedelta(minutes=10)))
FEEDS = ("https://wire.example.org/rss", "https://post.example.net/atom")
CHANNELS = tuple(map(parse_destination, ("slack:T1/C1", "slack:T1/C2", "discord:100/110")))
WORKSPACES = tuple({channel.workspace: None for channel in CHANNELS})


@dataclass(frozen=True, slots=True)
class Asking:
    """A subscription."""

    channel: Destination
    topic: str


@dataclass
class Seen:
    """What was kept of one feed."""

    is_primed: bool = False
    version: int = -1
    """The last one that was kept since somebody follows it; -1: none."""
    items: dict[int, Told] = field(default_factory=dict)
    """By story, as they stood last."""


@dataclass
class Expected:
    """What every channel has to hear, once, and nothing else."""

    follows: dict[tuple[Workspace, str], int] = field(default_factory=dict)
    """Who follows what, and how many of the newest are still owed."""
    askings: dict[SubscriptionId, Asking] = field(default_factory=dict)
    seen: dict[str, Seen] = field(default_factory=dict)
    stories: dict[Destination, set[int]] = field(default_factory=dict)
    setbacks: list[str] = field(default_factory=list)
    """Feeds of which an older version was kept after a newer one."""

    def follow(self, workspace: Workspace, address: str, backfill: int) -> None:
        seen = self.seen.setdefault(address, Seen())
        if not any(followed == address for _, followed in self.follows):
            seen.is_primed, seen.version = False, -1
        if (workspace, address) not in self.follows or not seen.is_primed:
            self.follows[workspace, address] = backfill

    def unfollow(self, workspace: Workspace, address: str) -> None:
        self.follows.pop((workspace, address), None)

    def keep(self, address: str, version: int, document: Document) -> None:
        """A poll has kept this version."""
        seen = self.seen[address]
        self.setbacks += [address] * (version < seen.version)
        news = [(one, self._before(seen, one)) for one in document if seen.is_primed and self._is_news(seen, one)]
        for (workspace, followed), owed in self.follows.items():
            if followed == address:
                backfill = sorted(document, key=lambda one: one.article.published, reverse=True)[:owed]  # type: ignore[arg-type, return-value]  # all have a date
                self._tell(workspace, news + [(one, frozenset()) for one in backfill])
                self.follows[workspace, address] = 0
        seen.items |= {one.number: one for one in document}
        seen.is_primed, seen.version = True, version

    def _is_news(self, seen: Seen, one: Told) -> bool:
        return one.number not in seen.items or one.topics != seen.items[one.number].topics

    def _before(self, seen: Seen, one: Told) -> frozenset[str]:
        return seen.items[one.number].topics if one.number in seen.items else frozenset()

    def _tell(self, workspace: Workspace, news: Sequence[tuple[Told, frozenset[str]]]) -> None:
        for asking in self.askings.values():
            if asking.channel.workspace == workspace:
                met = {one.number for one, before in news if asking.topic in one.topics - before}
                self.stories.setdefault(asking.channel, set()).update(met)


class WatchedFeeds:
    """Remembers which version of which feed is kept."""

    def __init__(self, feeds: MemoryFeeds) -> None:
        self.kept: list[tuple[FeedId, int]] = []
        self._feeds = feeds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._feeds, name)

    async def read(self, feed: FeedId, **facts: Any) -> None:
        await self._feeds.read(feed, **facts)
        self.kept.append((feed, int(facts["validators"].etag)))


class WatchedPoll(Watched):
    def __init__(self, unit: MemoryUnit) -> None:
        super().__init__(unit)
        self.feeds = WatchedFeeds(unit.feeds)


@dataclass(eq=False, repr=False)
class PollingProcess(Process):
    world: "Newsroom"

    def __post_init__(self) -> None:
        super().__post_init__()
        web = Web(self)
        storage = cast("Storage", self)
        settings = replace(SETTINGS, noise=self.world.noise)
        self.poller = Poller(storage, web, web, settings, self.name, lambda _lane: None, lambda _report: None)

    def sweeps(self) -> None:
        self.world.begins(self.poller.renew())
        self.polls()
        super().sweeps()

    def polls(self) -> None:
        self.world.begins(self.poller.sweep())


@dataclass
class Web:
    """A fetcher and a parser whose every answer stops at gates."""

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


@dataclass
class Newsroom(World):
    expected: Expected = field(default_factory=Expected)
    noise: Noise | None = None
    """When a subscription is noisy, for every process."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.publishers = Publishers(self.clock)

    def process(self, name: str, skew: timedelta) -> PollingProcess:
        return PollingProcess(self, name, skew)

    def watches(self, unit: MemoryUnit) -> WatchedPoll:
        return WatchedPoll(unit)

    def notes(self, unit: Watched) -> None:
        super().notes(unit)
        for feed, version in unit.feeds.kept:
            address = unit.tables.feeds[feed].feed.address
            self.expected.keep(address, version, self.publishers.of(address).versions[version])

    def _ends(self, gate: Gate) -> Any:
        return gate.since + ENDS_WITHIN if gate.at == "fetch" else super()._ends(gate)

    # ---- what people do

    def follows(self, workspace: Workspace, address: str, backfill: int = 0) -> None:
        async def following(unit: MemoryUnit) -> None:
            id_ = await unit.workspaces.register(workspace)
            wishes: dict[str, Any] = {"backfill": backfill, "poll_every": EVERY, "origin": DECLARED}
            await unit.feeds.follow(id_, address, **wishes)
            self.expected.follow(workspace, address, backfill)

        self.commits(following)

    def unfollows(self, workspace: Workspace, address: str) -> None:
        async def unfollowing(unit: MemoryUnit) -> None:
            await unit.feeds.unfollow(await unit.workspaces.register(workspace), address)
            self.expected.unfollow(workspace, address)

        self.commits(unfollowing)

    def subscribes(self, asking: Asking) -> None:
        async def subscribing(unit: MemoryUnit) -> None:
            subscription = await unit.subscriptions.add(a_new_subscription(asking.topic, str(asking.channel)))
            if subscription is not None:
                self.expected.askings[subscription.id] = asking

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
        return super().is_over and all(
            self.expected.seen[address].version == self.publishers.of(address).version
            for _, address in self.expected.follows
        )

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
