"""Keeping what polls brought: articles, alerts, outbox rows, and when each feed is due again."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from bot import crash
from bot.feeds.cadence import Bounds, Success, next_poll, publishing_rate, rate_by_dates
from bot.feeds.health import first_rhythm, next_rhythm
from bot.feeds.moves import next_move
from bot.feeds.news import news_for
from bot.feeds.strangers import strangers
from bot.jobs.hearing import Heard, Hearing, News
from bot.jobs.intake import NO_PAGES, Document, take_in_all
from bot.model.feed import NO_VALIDATORS, Feed, Follow
from bot.model.ids import FeedId
from bot.model.reading import Fetched, Page, ParsedFeed, QuietPoll, ReadPoll, Sighting
from bot.ports import Unit

MAY_MISS = (
    "everything in it is new, so that more may have come and gone since it was last read; "
    "it is looked at more often for a while"
)


class Brought(NamedTuple):
    """What a poll brought."""

    feed: Feed
    fetched: Fetched
    parsed: ParsedFeed
    pages: Mapping[str, Page]
    """Those that were read, by guid."""

    @property
    def is_outdated(self) -> bool:
        """Whether it was read in part, and somebody has asked for the whole document meanwhile."""
        return bool(self.parsed.known and not self.feed.marks)

    @property
    def document(self) -> Document:
        # All may have left and returned meanwhile: this is a first poll then, and a page of it no news.
        pages = self.pages if self.feed.primed else NO_PAGES
        return Document(self.feed, self.parsed.articles, not self.parsed.known, pages)


class Kept(NamedTuple):
    """What became of it."""

    sightings: Sequence[Sighting]
    heard: Heard
    complaint: str


@dataclass(frozen=True, slots=True)
class Keeper:
    owner: str
    """Whose the leases of the feeds are."""
    hearing: Hearing
    bounds: Bounds
    story_window: timedelta

    async def keep(self, unit: Unit, brought: Sequence[Brought]) -> Sequence[Kept | None]:
        """As if one after the other; None for one of which the whole document has to be read first.

        Raises LeaseLost where another process has taken over one of the feeds.
        """
        kept: dict[int, Kept | None] = {}
        waiting = brought
        while waiting:
            # Whose lease ran out may have got it again, and read a feed twice.
            some, waiting = strangers(waiting, lambda one: (one.feed.id,))
            for one, its in zip(some, await self._keep(unit, some), strict=True):
                kept[id(one)] = its
        return [kept[id(one)] for one in brought]

    async def _keep(self, unit: Unit, brought: Sequence[Brought]) -> Sequence[Kept | None]:
        """Of each feed one at most."""
        held = await unit.feeds.hold([one.feed.id for one in brought], self.owner)
        now_held = [one._replace(feed=held[one.feed.id]) for one in brought]
        outdated = [_unread(one.feed, unit.now) for one in now_held if one.is_outdated]
        if outdated:
            await unit.feeds.note(self.owner, outdated)
        current = [one for one in now_held if not one.is_outdated]
        kept = await self._take_in(unit, current) if current else {}
        return [kept.get(one.feed.id) for one in brought]

    async def _take_in(self, unit: Unit, brought: Sequence[Brought]) -> Mapping[FeedId, Kept]:
        ties: dict[FeedId, list[Follow]] = defaultdict(list)
        for follow in await unit.feeds.followers(*(one.feed.id for one in brought)):
            ties[follow.feed].append(follow)
        sightings = await take_in_all(unit, [one.document for one in brought], self.story_window)
        by_feed = {one.feed.id: one for one in brought}
        brought = [by_feed[feed] for feed in sightings]
        news = [(one.feed, _news(ties[one.feed.id], sightings[one.feed.id])) for one in brought]
        heard = await self.hearing.tell(unit, news)
        polls = [self._poll(one, sightings[one.feed.id], unit.now) for one in brought]
        await unit.feeds.read(polls)
        for _ in polls:
            crash.at("poll.before_commit")
        return {
            poll.feed: Kept(sightings[poll.feed], its, poll.complaint) for poll, its in zip(polls, heard, strict=True)
        }

    def _poll(self, brought: Brought, sightings: Sequence[Sighting], now: datetime) -> ReadPoll:
        """What the feed is known by from now on, when it is due again, and what is wrong with it."""
        feed, fetched, parsed, _ = brought
        news = sum(sighting.newness == "new" for sighting in sightings)
        is_gap = news == len(sightings) > 0 < feed.items and not parsed.known
        dates = [article.published for article in parsed.articles if article.published]
        rate = publishing_rate(feed, news, now) if feed.primed else rate_by_dates(dates, now)
        success = Success(rate, fetched.fresh_for, parsed.hints, is_gap=is_gap)
        jitter = random.random()  # noqa: S311 - spreads polls, guards nothing
        return ReadPoll(
            feed.id,
            title=parsed.title,
            validators=fetched.validators,
            complaint="; ".join(filter(None, (parsed.complaint, MAY_MISS if is_gap else ""))),
            next_poll=next_poll(feed, success, now, bounds=self.bounds, jitter=jitter),
            rate=rate,
            hints=parsed.hints,
            items=len(parsed.articles) + parsed.known,
            marks=parsed.marks,
            move=next_move(feed, fetched.moved_to, now),
            rhythm=next_rhythm(feed, news, now) if feed.primed else first_rhythm(dates, now),
            backfills=not parsed.known,
        )


def _unread(feed: Feed, now: datetime) -> QuietPoll:
    """Storage makes it due at once, since the whole document was asked for."""
    return QuietPoll(feed.id, now, NO_VALIDATORS, feed.rate, feed.move)


def _news(ties: Sequence[Follow], sightings: Sequence[Sighting]) -> News:
    return [(follow, news_for(follow, sightings)) for follow in ties]
