"""Polling: what a feed brings becomes articles, alerts and outbox rows in one commit."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot import crash
from bot.errors import LeaseLost, StorageUnavailable
from bot.feeds.cadence import Bounds
from bot.feeds.moves import is_proven
from bot.jobs.crew import OUR_BUG, Crew
from bot.jobs.hearing import Hearing
from bot.jobs.keeping import Brought, Keeper, Kept
from bot.jobs.ledger import Ledger
from bot.jobs.pages import HOLD, NewPages
from bot.jobs.places import Places
from bot.jobs.together import Together
from bot.model.address import without_query
from bot.model.delivery import Noise
from bot.model.feed import Feed
from bot.model.ids import DestinationId, FeedId
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
from bot.ports import Fetcher, Pages, Parser, Report, Storage

log = logging.getLogger(__name__)

MANY = 2
"""Feeds are claimed together, once so great a part of the places is free: each claim is a commit."""


@dataclass(frozen=True, slots=True)
class Polling:
    """The settings of polling."""

    bounds: Bounds
    story_window: timedelta
    lease: timedelta
    """How long a claim lasts that is not renewed: so long a feed waits whose process was killed."""
    concurrency: int
    per_host: int = 1
    noise: Noise | None = None
    """When a subscription is noisy; None: never."""


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
    pages: Pages | None = None
    """Needs an extra; without it the feeds' own text is all there is."""
    crew: Crew = field(init=False)
    hearing: Hearing = field(init=False)
    _new_pages: NewPages = field(init=False)
    _places: Places = field(init=False)
    _in_hand: dict[FeedId, Feed] = field(init=False, default_factory=dict)
    """As they were claimed last."""
    _may_be_more: bool = field(init=False, default=False)
    _is_sweeping: bool = field(init=False, default=False)
    _ledger: Ledger = field(init=False)
    _together: Together[Brought, Kept | None] = field(init=False)

    def __post_init__(self) -> None:
        self.crew = Crew(self.settings.concurrency)
        self._places = Places(self.settings.concurrency, self.settings.per_host)
        self.hearing = Hearing(noise=self.settings.noise)
        self._new_pages = NewPages(self.storage, self.pages, self.hearing)
        keeper = Keeper(self.owner, self.hearing, self.settings.bounds, self.settings.story_window)
        self._together = Together(self.storage, keeper.keep, lambda brought: max(len(brought.parsed.articles), 1))
        self._ledger = Ledger(self.storage, self.owner, self.settings.bounds)

    def hurry(self) -> None:
        """Hold nothing any more: what is in flight is to be finished at once."""
        self._new_pages.hurry()

    async def sweep(self) -> None:
        """Begin the polls that are due, as many as there is room for. One sweep at a time sees all there are."""
        if self._is_sweeping or not self._free:
            return
        self._is_sweeping = True
        try:
            await self._sweep()
        finally:
            self._is_sweeping = False
        self._settle()

    async def _sweep(self) -> None:
        try:
            await self.hearing.standing.load(self.storage)
            async with self.storage.begin() as unit:
                due = await unit.feeds.claim_due(
                    self.owner,
                    self._free,
                    self.settings.lease,
                    per_host=self.settings.per_host,
                    busy=self._places.busy(),
                )
        except StorageUnavailable as trouble:
            log.warning("could not look for due feeds; trying again", extra={"reason": str(trouble)})
            return
        self._may_be_more = bool(due)
        self._in_hand.update((feed.id, feed) for feed in due)
        for feed in due:
            crash.at("poll.claimed")
            self._places.take(feed)
            self.crew.begin(self._take_turn(feed), f"poll of feed {feed.id}")

    async def renew(self) -> None:
        """Go on holding what is in hand. To be called several times within a lease."""
        if not self._in_hand:
            return
        try:
            async with self.storage.begin() as unit:
                await unit.feeds.renew(self.owner, self._in_hand, self.settings.lease)
        except StorageUnavailable as trouble:
            log.warning("could not renew leases; trying again", extra={"reason": str(trouble)})

    async def _take_turn(self, feed: Feed) -> None:
        """One claimed feed, and then the next."""
        try:
            await self.poll(feed)
        finally:
            if self._in_hand.get(feed.id) is feed:
                del self._in_hand[feed.id]
            self._places.leave(feed)
        await self._go_on()

    async def _go_on(self) -> None:
        """Whose turn it is at a host now, or who found no place before."""
        if self._may_be_more and self._free * MANY >= self.settings.concurrency:
            await self.sweep()
        else:
            self._settle()

    def _settle(self) -> None:
        if self._places.taken <= self._together.unanswered and not self._is_sweeping:
            # Nobody else will join those who wait.
            self._ledger.hurry()
            self._together.hurry()

    @property
    def _free(self) -> int:
        return self._places.free if self.crew.is_open else 0

    async def poll(self, feed: Feed) -> None:
        """One claimed feed, from the fetch to the commit."""
        try:
            self.report(await self._poll_or_set_aside(feed))
            await self.hearing.standing.file()
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
            return await self._note(feed, Unreachable(OUR_BUG))

    async def _poll(self, feed: Feed) -> PollReport:
        match await self.fetcher.fetch(feed.address, feed.validators, feed.credential):
            case Fetched() as fetched:
                hold_until = asyncio.get_running_loop().time() + HOLD
                read = await self.parser.parse(fetched, feed.marks)
                # It may be large, and what else is to be done may take long.
                fetched = replace(fetched, body=b"")
                match read:
                    case Unreadable(reason):
                        return await self._note(feed, Unreachable(reason))
                    case ParsedFeed() as parsed:
                        crash.at("poll.read")
                        pages = await self._new_pages.read(feed, parsed.articles, hold_until)
                        return await self._publish(Brought(feed, fetched, parsed, pages))
            case quiet:
                return await self._note(feed, quiet)

    async def _note(self, feed: Feed, outcome: Unchanged | Unreachable) -> PollReport:
        written = self._ledger.enter(feed, outcome)
        # The publisher has answered: what remains to be written down takes no place from other feeds.
        self._places.leave(feed)
        await self._go_on()
        await written
        if isinstance(outcome, Unchanged):
            await self._follow_move(feed, outcome.moved_to)
            return PollReport(feed.address, unchanged=True, credential=feed.credential)
        return PollReport(feed.address, complaint=outcome.reason, failed=True, credential=feed.credential)

    async def _publish(self, brought: Brought) -> PollReport:
        feed = brought.feed
        written = self._together.write(brought)
        self._settle()
        kept = await written
        if kept is None:
            return PollReport(feed.address, unchanged=True, credential=feed.credential)
        crash.at("poll.after_commit")
        await self._follow_move(feed, brought.fetched.moved_to)
        for lane in kept.heard.lanes:
            self.wake(lane)
        judged = tuple(Judged(each.article, _verdict(each, kept.heard.of(each.article))) for each in kept.sightings)
        return PollReport(feed.address, judged, kept.complaint, credential=feed.credential, matches=kept.heard.matches)

    async def _follow_move(self, feed: Feed, moved_to: str) -> None:
        """Keep the new address of a feed whose permanent redirect has worked repeatedly."""
        if not moved_to:
            return
        async with self.storage.begin() as unit:
            standing = await unit.feeds.find(feed.address, feed.credential)
            if standing is None or standing.move is None or not is_proven(standing.move, unit.now):
                return
            moved = await unit.feeds.get(await unit.feeds.move(standing.id, standing.move.address))
        if moved.address != standing.move.address:
            return
        facts = {"feed": without_query(feed.address), "to": without_query(standing.move.address)}
        log.info("moved a feed", extra=facts)


def _verdict(sighting: Sighting, outcomes: Sequence[bool]) -> Verdict:
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
