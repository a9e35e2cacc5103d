"""Polling: what a feed brings becomes articles, alerts and outbox rows in one commit."""

import logging
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.alerts.routing import Hit, route
from bot.errors import LeaseLost, StorageUnavailable
from bot.feeds.cadence import Bounds, next_poll
from bot.feeds.news import news_for
from bot.jobs.crew import OUR_BUG, Crew
from bot.jobs.intake import take_in
from bot.matching.language import read_for
from bot.matching.matcher import Match, ScanAll
from bot.matching.mistakes import QueryError
from bot.matching.names import Names, called
from bot.model.address import without_query
from bot.model.article import Article
from bot.model.feed import Feed, Follow
from bot.model.ids import DestinationId, SubscriptionId
from bot.model.reading import (
    Fetched,
    Judged,
    ParsedFeed,
    PollReport,
    Sighting,
    Unchanged,
    Unreachable,
    Unreadable,
    Verdict,
)
from bot.model.subscription import Subscription
from bot.ports import Fetcher, Parser, Report, Storage, Unit

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Polling:
    """The settings of polling."""

    bounds: Bounds
    story_window: timedelta
    lease: timedelta
    """Longer than any poll may take; who takes longer loses the poll to another process."""
    concurrency: int
    per_host: int = 1


@dataclass
class Poller:
    """Claims due feeds and polls them, several at a time."""

    storage: Storage
    fetcher: Fetcher
    parser: Parser
    settings: Polling
    owner: str
    wake: Callable[[DestinationId], None]
    report: Report
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """As ``bot.matching.names.Names`` holds them."""
    crew: Crew = field(init=False)
    _at_hosts: Counter[str] = field(init=False, default_factory=Counter)
    """Polls in flight, by host."""
    _may_be_more: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.crew = Crew(self.settings.concurrency)

    async def sweep(self) -> None:
        """Begin the polls that are due, as many as there is room for."""
        if not self.crew.free:
            return
        try:
            async with self.storage.begin() as unit:
                due = await unit.feeds.claim_due(
                    self.owner,
                    self.crew.free,
                    self.settings.lease,
                    per_host=self.settings.per_host,
                    busy=[host for host, polls in self._at_hosts.items() if polls >= self.settings.per_host],
                )
        except StorageUnavailable as trouble:
            log.warning("could not look for due feeds; trying again", extra={"reason": str(trouble)})
            return
        self._may_be_more = bool(due)
        for feed in due:
            self._at_hosts[feed.host] += 1
            self.crew.begin(self._take_turn(feed), f"poll of feed {feed.id}")

    async def _take_turn(self, feed: Feed) -> None:
        """One claimed feed; then whose turn it is at its host, or who found no place before."""
        try:
            await self.poll(feed)
        finally:
            self._at_hosts -= Counter([feed.host])
        if self._may_be_more:
            await self.sweep()

    async def poll(self, feed: Feed) -> None:
        """One claimed feed, from the fetch to the commit."""
        try:
            self.report(await self._poll_or_set_aside(feed))
        except StorageUnavailable as trouble:
            # Nothing was written, validators included: the next poll brings the same again.
            log.warning(
                "could not keep a poll; it is repeated",
                extra={"feed": without_query(feed.address), "reason": str(trouble)},
            )
        except LeaseLost:
            log.warning("left a poll to another process", extra={"feed": without_query(feed.address)})

    async def _poll_or_set_aside(self, feed: Feed) -> PollReport:
        """A bug of ours that a feed brings to light is a failure of this feed, and is tried again as such."""
        try:
            return await self._poll(feed)
        except (StorageUnavailable, LeaseLost):
            raise
        except Exception:
            log.exception("set a feed aside", extra={"feed": without_query(feed.address)})
            return await self._note_failure(feed, OUR_BUG, None)

    async def _poll(self, feed: Feed) -> PollReport:
        match await self.fetcher.fetch(feed.address, feed.validators, feed.credential):
            case Unchanged() as unchanged:
                return await self._note_unchanged(feed, unchanged)
            case Unreachable(reason, retry_after):
                return await self._note_failure(feed, reason, retry_after)
            case Fetched() as fetched:
                match await self.parser.parse(fetched):
                    case Unreadable(reason):
                        return await self._note_failure(feed, reason, None)
                    case ParsedFeed() as parsed:
                        return await self._publish(feed, fetched, parsed)

    async def _note_unchanged(self, feed: Feed, unchanged: Unchanged) -> PollReport:
        async with self.storage.begin() as unit:
            await unit.feeds.hold(feed.id, self.owner)
            due = self._next_poll(feed, unit.now, news=0)
            await unit.feeds.unchanged(feed.id, unchanged.validators, due)
        return PollReport(feed.address, unchanged=True, credential=feed.credential)

    async def _note_failure(self, feed: Feed, reason: str, retry_after: timedelta | None) -> PollReport:
        async with self.storage.begin() as unit:
            await unit.feeds.hold(feed.id, self.owner)
            due = self._next_poll(feed, unit.now, news=None, retry_after=retry_after)
            await unit.feeds.failed(feed.id, reason, due)
        return PollReport(feed.address, complaint=reason, failed=True, credential=feed.credential)

    async def _publish(self, feed: Feed, fetched: Fetched, parsed: ParsedFeed) -> PollReport:
        lanes: set[DestinationId] = set()
        async with self.storage.begin() as unit:
            await unit.feeds.hold(feed.id, self.owner)
            sightings = await take_in(unit, feed, parsed.articles, self.settings.story_window)
            verdicts = await self._tell(unit, feed, sightings, lanes)
            fresh = sum(sighting.newness == "new" for sighting in sightings)
            await unit.feeds.read(
                feed.id,
                title=parsed.title,
                validators=fetched.validators,
                complaint=parsed.complaint,
                next_poll=self._next_poll(feed, unit.now, news=fresh),
            )
        for lane in lanes:
            self.wake(lane)
        judged = tuple(Judged(sighting.article, verdict) for sighting, verdict in zip(sightings, verdicts, strict=True))
        return PollReport(feed.address, judged, parsed.complaint, credential=feed.credential)

    def _next_poll(
        self, feed: Feed, now: datetime, *, news: int | None, retry_after: timedelta | None = None
    ) -> datetime:
        bounds, jitter = self.settings.bounds, random.random()  # noqa: S311 - spreads polls, guards nothing
        return next_poll(feed, now, news=news, bounds=bounds, jitter=jitter, retry_after=retry_after)

    async def _tell(
        self, unit: Unit, feed: Feed, sightings: Sequence[Sighting], lanes: set[DestinationId]
    ) -> list[Verdict]:
        """Queue what the followers have to hear; fills ``lanes``. One verdict a sighting."""
        followers = await unit.feeds.followers(feed.id)
        matched = _Matched(feed, followers, await unit.subscriptions.hearing(feed), self.aliases)
        outcomes: dict[int, list[bool]] = {}
        for follow in followers:
            # The oldest first, as a channel wants to read them; feeds stand newest first.
            for sighting in reversed(news_for(follow, sightings)):
                for telling in route(sighting, follow.name, matched.hits(sighting, follow), unit.now):
                    told = await unit.outbox.tell(telling)
                    outcomes.setdefault(id(sighting.article), []).append(told)
                    if told:
                        lanes.add(telling.destination)
        return [_verdict(sighting, outcomes.get(id(sighting.article), ())) for sighting in sightings]


class _Matched:
    """The subscriptions that hear a feed, and which of them an article meets."""

    def __init__(
        self,
        feed: Feed,
        followers: Iterable[Follow],
        hearing: Iterable[Subscription],
        aliases: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._feed = feed.id
        self._matcher = ScanAll()
        self._subscriptions: dict[SubscriptionId, tuple[Subscription, str]] = {}
        names = {
            follow.workspace: Names(aliases, called([(feed.id, (follow.name, *follow.tags))]), complete=False)
            for follow in followers
        }
        for subscription in hearing:
            try:
                query = read_for(subscription.query, names[subscription.workspace])
            except QueryError as error:
                # One query that cannot be read any more harms only itself.
                facts = {"number": subscription.number, "reason": str(error)}
                log.error("set a subscription aside", extra=facts)  # noqa: TRY400 - no bug of ours, no traceback
                continue
            self._matcher.register(subscription.id, query)
            self._subscriptions[subscription.id] = subscription, query.label

    def hits(self, sighting: Sighting, follow: Follow) -> list[Hit]:
        """Of the follower's workspace; of a changed article only what it did not meet before."""
        met_before = {match.subscription for match in self._match(sighting.before)} if sighting.before else set()
        hits = []
        for match in self._match(sighting.article):
            subscription, label = self._subscriptions[match.subscription]
            if subscription.workspace == follow.workspace and subscription.id not in met_before:
                spans = {str(field): places for field, places in match.spans().items()}
                hits.append(Hit(subscription, label, spans, match.query.excludes))
        return hits

    def _match(self, article: Article) -> Sequence[Match]:
        return self._matcher.match(replace(article, feed=self._feed))


def _verdict(sighting: Sighting, told: Iterable[bool]) -> Verdict:
    outcomes = list(told)
    if any(outcomes):
        return "updated" if sighting.newness == "changed" else "alerted"
    if outcomes:
        return "duplicate"
    match sighting.newness:
        case "first poll":
            return "first poll"
        case "new":
            return "no match"
        case _:
            return "known"
