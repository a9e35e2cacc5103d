"""Polling: what a feed brings becomes articles, alerts and outbox rows in one commit."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from bot import crash
from bot.errors import LeaseLost, StorageUnavailable
from bot.feeds.cadence import Bounds, Success, next_poll, publishing_rate, rate_by_dates
from bot.feeds.health import first_rhythm, next_rhythm
from bot.feeds.moves import is_proven, next_move
from bot.feeds.news import news_for
from bot.jobs.crew import OUR_BUG, Crew
from bot.jobs.hearing import Heard, Hearing
from bot.jobs.intake import NO_PAGES, take_in
from bot.jobs.ledger import Ledger
from bot.jobs.pages import HOLD, NewPages
from bot.jobs.places import Places
from bot.jobs.together import Together
from bot.model.address import without_query
from bot.model.delivery import Noise
from bot.model.feed import NO_VALIDATORS, Feed
from bot.model.ids import DestinationId, FeedId
from bot.model.reading import (
    Fetched,
    Judged,
    Page,
    ParsedFeed,
    PollReport,
    QuietPoll,
    Sighting,
    Unchanged,
    Unreachable,
    Unreadable,
    Verdict,
)
from bot.ports import Fetcher, Pages, Parser, Report, Storage, Unit

log = logging.getLogger(__name__)

MAY_MISS = (
    "everything in it is new, so that more may have come and gone since it was last read; "
    "it is looked at more often for a while"
)

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


class _Brought(NamedTuple):
    """What became of a document."""

    sightings: Sequence[Sighting]
    heard: Heard
    complaint: str


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
    _together: Together = field(init=False)

    def __post_init__(self) -> None:
        self.crew = Crew(self.settings.concurrency)
        self._places = Places(self.settings.concurrency, self.settings.per_host)
        self.hearing = Hearing(noise=self.settings.noise)
        self._new_pages = NewPages(self.storage, self.pages, self.hearing)
        self._together = Together(self.storage)
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
        if not self._places and not self._is_sweeping:
            # Nobody else will join those who wait.
            self._ledger.hurry()

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
                match await self.parser.parse(fetched, feed.marks):
                    case Unreadable(reason):
                        return await self._note(feed, Unreachable(reason))
                    case ParsedFeed() as parsed:
                        crash.at("poll.read")
                        pages = await self._new_pages.read(feed, parsed.articles, hold_until)
                        return await self._publish(feed, fetched, parsed, pages)
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

    async def _publish(self, feed: Feed, fetched: Fetched, parsed: ParsedFeed, pages: Mapping[str, Page]) -> PollReport:
        brought = await self._together.write(partial(self._take_in, feed, fetched, parsed, pages))
        if brought is None:
            return PollReport(feed.address, unchanged=True, credential=feed.credential)
        crash.at("poll.after_commit")
        await self._follow_move(feed, fetched.moved_to)
        for lane in brought.heard.lanes:
            self.wake(lane)
        judged = tuple(
            Judged(each.article, _verdict(each, brought.heard.of(each.article))) for each in brought.sightings
        )
        return PollReport(
            feed.address, judged, brought.complaint, credential=feed.credential, matches=brought.heard.matches
        )

    async def _take_in(
        self, feed: Feed, fetched: Fetched, parsed: ParsedFeed, pages: Mapping[str, Page], unit: Unit
    ) -> _Brought | None:
        """None where the whole document has to be read before anything of it is kept."""
        feed = await unit.feeds.hold(feed.id, self.owner)
        if parsed.known and not feed.marks:
            # Somebody asked for the whole document meanwhile: storage makes it due at once.
            await unit.feeds.note(self.owner, [QuietPoll(feed.id, unit.now, NO_VALIDATORS, feed.rate, feed.move)])
            return None
        followers = await unit.feeds.followers(feed.id)
        # All may have left and returned meanwhile: this is a first poll then, and a page of it no news.
        pages = pages if feed.primed else NO_PAGES
        sightings = await take_in(
            unit, feed, parsed.articles, self.settings.story_window, is_whole=not parsed.known, pages=pages
        )
        news = [(follow, news_for(follow, sightings)) for follow in followers]
        heard = await self.hearing.tell(unit, feed, news)
        complaint = await self._advance(unit, feed, fetched, parsed, sightings)
        crash.at("poll.before_commit")
        return _Brought(sightings, heard, complaint)

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

    async def _advance(
        self, unit: Unit, feed: Feed, fetched: Fetched, parsed: ParsedFeed, sightings: Sequence[Sighting]
    ) -> str:
        """Keep what the feed is known by from now on, and when it is due again; answers what is wrong with it."""
        news = sum(sighting.newness == "new" for sighting in sightings)
        is_gap = news == len(sightings) > 0 < feed.items and not parsed.known
        complaint = "; ".join(filter(None, (parsed.complaint, MAY_MISS if is_gap else "")))
        dates = [article.published for article in parsed.articles if article.published]
        rate = publishing_rate(feed, news, unit.now) if feed.primed else rate_by_dates(dates, unit.now)
        brought = Success(rate, fetched.fresh_for, parsed.hints, is_gap=is_gap)
        jitter = random.random()  # noqa: S311 - spreads polls, guards nothing
        move = next_move(feed, fetched.moved_to, unit.now)
        await unit.feeds.read(
            feed.id,
            title=parsed.title,
            validators=fetched.validators,
            complaint=complaint,
            next_poll=next_poll(feed, brought, unit.now, bounds=self.settings.bounds, jitter=jitter),
            rate=rate,
            hints=parsed.hints,
            items=len(parsed.articles) + parsed.known,
            marks=parsed.marks,
            move=move,
            rhythm=next_rhythm(feed, news, unit.now) if feed.primed else first_rhythm(dates, unit.now),
            backfills=not parsed.known,
        )
        return complaint


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
