"""Feeds are read rightly whatever happens, and the simulation sees it where they are not."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.alerts.catching_up import summed_up
from bot.alerts.noise import gathered
from bot.feeds.news import newness
from bot.jobs import hearing, intake, late_pages
from bot.jobs.late_pages import LatePages
from bot.jobs.standing import Standing
from bot.matching.matcher import Matcher
from bot.model.delivery import Alert, CatchUp, Gathered, Reason
from bot.model.feed import Feed, Follow
from bot.model.identity import Known
from bot.model.ids import FeedId, SubscriptionId
from bot.model.reading import ArticleKeys, Newness, QuietPoll
from bot.model.subscription import Subscription
from bot.ports import Pages, Unit, WantedPage
from tests.simulation import memory
from tests.simulation.memory import MemoryOutbox, MemoryStorage, MemoryUnit
from tests.simulation.memory_feeds import FeedRow, MemoryFeeds
from tests.simulation.memory_moves import MemoryMoves
from tests.simulation.memory_pages import MemoryWantedPages
from tests.simulation.memory_subscriptions import MemorySubscriptions
from tests.simulation.polling_machine import Reading
from tests.simulation.runs import RUNS, finds_it, runs

Break = Callable[[pytest.MonkeyPatch], None]


def test_whatever_happens_each_channel_hears_once_what_it_asked_for_and_nothing_else() -> None:
    runs(Reading, usually=150)


def without_the_unique_key(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MemoryOutbox, "is_new", lambda _self, _key: True)


def without_the_lease(patch: pytest.MonkeyPatch) -> None:
    """Whoever was stopped keeps what he read before."""
    patch.setattr(MemoryFeeds, "hold", lambda self, feed, _owner: self.get(feed))


def with_a_first_poll_that_tells(patch: pytest.MonkeyPatch) -> None:
    def telling(keys: ArticleKeys, known: Known, feed: Feed) -> Newness:
        return newness(keys, known, replace(feed, primed=True))

    patch.setattr(intake, "newness", telling)


def without_revisions(patch: pytest.MonkeyPatch) -> None:
    """A process knows the subscriptions that stood when it began."""

    async def matcher(self: Standing, _unit: Unit) -> Matcher:
        return self._matcher

    patch.setattr(Standing, "matcher", matcher)


def with_articles_that_are_kept_by_themselves(patch: pytest.MonkeyPatch) -> None:
    """In a commit before that of the alerts."""

    @asynccontextmanager
    async def begin(self: MemoryStorage, skew: timedelta = timedelta()) -> AsyncIterator[MemoryUnit]:
        async with self._turn:
            tables = self.tables.copy()
            try:
                yield MemoryUnit(tables, self._clock() + skew)
            except BaseException:
                self.tables = replace(
                    self.tables,
                    stories=tables.stories,
                    articles=tables.articles,
                    links=tables.links,
                    contents=tables.contents,
                    sightings=tables.sightings,
                )
                raise
            self.tables = tables

    patch.setattr(MemoryStorage, "begin", begin)


def judging_by_the_feed_that_was_claimed(patch: pytest.MonkeyPatch) -> None:
    """Whatever has become of it since."""
    claimed: dict[FeedId, Feed] = {}
    claim, hold = MemoryFeeds.claim_due, MemoryFeeds.hold

    async def remembering(self: MemoryFeeds, *how: Any, **more: Any) -> Sequence[Feed]:
        found = await claim(self, *how, **more)
        claimed.update((feed.id, feed) for feed in found)
        return found

    async def as_claimed(self: MemoryFeeds, feed: FeedId, owner: str) -> Feed:
        await hold(self, feed, owner)
        return claimed[feed]

    patch.setattr(MemoryFeeds, "claim_due", remembering)
    patch.setattr(MemoryFeeds, "hold", as_claimed)


def with_validators_of_a_document_that_nobody_has_read(patch: pytest.MonkeyPatch) -> None:
    """Of the followers who have come during a poll."""
    unchanged = MemoryFeeds._unchanged

    def keeping(self: MemoryFeeds, row: FeedRow, poll: QuietPoll) -> FeedRow:
        noted = unchanged(self, row, poll)
        return replace(noted.with_feed(validators=poll.validators), next_poll=poll.next_poll)

    patch.setattr(MemoryFeeds, "_unchanged", keeping)


def taking_other_guids_for_other_articles(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(intake, "_may_have_lost_its_guids", lambda _feed, _known: False)


def gathering_by_forgetting(patch: pytest.MonkeyPatch) -> None:
    def alone(alert: Alert, reason: Reason, _standing: Gathered | None) -> Gathered:
        return gathered(alert, reason, None)

    patch.setattr(memory, "gathered", alone)


def summing_up_by_forgetting(patch: pytest.MonkeyPatch) -> None:
    """What a summary that waits says already."""

    def anew(named: Sequence[Alert], count: int, since: datetime, _before: CatchUp | None) -> CatchUp:
        return summed_up(named, count, since, None)

    patch.setattr(memory, "summed_up", anew)


def taking_everybody_for_one_who_asked_for_full_text(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(hearing, "_without_page", hearing._with_page)
    followers = MemoryFeeds.followers

    async def all_asking(self: MemoryFeeds, feed: FeedId) -> Sequence[Follow]:
        return [replace(follow, full_text=True) for follow in await followers(self, feed)]

    patch.setattr(MemoryFeeds, "followers", all_asking)


def without_the_lease_of_a_page(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MemoryWantedPages, "is_still_his", lambda _self, _row, _wanted: True)


def telling_late_pages_to_those_who_asked_later(patch: pytest.MonkeyPatch) -> None:
    these = MemorySubscriptions.these

    async def of_any_age(
        self: MemorySubscriptions, ids: Sequence[SubscriptionId], feed: Feed, **_: Any
    ) -> Sequence[Subscription]:
        return await these(self, ids, feed)

    patch.setattr(MemorySubscriptions, "these", of_any_age)


def giving_a_page_up_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(late_pages, "next_try", lambda *_: None)


def telling_a_late_page_after_its_commit(patch: pytest.MonkeyPatch) -> None:
    """In a unit of work of its own, before which a process may be killed."""

    async def read(self: LatePages, pages: Pages, wanted: WantedPage) -> None:
        page = await late_pages.read_or_set_aside(pages, wanted.article)
        async with self.storage.begin() as unit:
            due = late_pages.next_try(wanted.seen, page, unit.now)
            is_his = await unit.wanted_pages.settle(wanted, page, due)
        async with self.storage.begin() as unit:
            if is_his and page.state == "read":
                await self._tell(unit, wanted, page)

    patch.setattr(LatePages, "_read", read)


def forgetting_what_stood_in_a_feed_that_moves(patch: pytest.MonkeyPatch) -> None:
    move = MemoryFeeds.move

    async def forgetting(self: MemoryFeeds, feed: FeedId, address: str) -> FeedId:
        for key in [key for key in self._tables.sightings if key[0] == feed]:
            del self._tables.sightings[key]
        return await move(self, feed, address)

    patch.setattr(MemoryFeeds, "move", forgetting)


def moving_followers_as_if_they_came_anew(patch: pytest.MonkeyPatch) -> None:
    """Since now."""
    move = MemoryFeeds.move

    async def anew(self: MemoryFeeds, feed: FeedId, address: str) -> FeedId:
        there = await move(self, feed, address)
        for key, tie in self._tables.ties.items():
            if key[1] == there:
                self._tables.ties[key] = replace(tie, since=self._now)
        return there

    patch.setattr(MemoryFeeds, "move", anew)


def joining_feeds_of_which_one_has_brought_more(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MemoryMoves, "_has_more", lambda *_: False)


FOUND = [
    (taking_other_guids_for_other_articles, 2),
    (without_the_unique_key, 1),
    (without_the_lease, 1),
    (with_a_first_poll_that_tells, 1),
    (without_revisions, 1),
    (gathering_by_forgetting, 1),
    (taking_everybody_for_one_who_asked_for_full_text, 8),
    (giving_a_page_up_at_once, 5),
    (telling_a_late_page_after_its_commit, 4),
    (forgetting_what_stood_in_a_feed_that_moves, 3),
]
FOUND_LATE = [
    (with_articles_that_are_kept_by_themselves, 3),
    (summing_up_by_forgetting, 2),
    (judging_by_the_feed_that_was_claimed, 2),
    (with_validators_of_a_document_that_nobody_has_read, 2),
    (without_the_lease_of_a_page, 2),
    (telling_late_pages_to_those_who_asked_later, 1),
    (joining_feeds_of_which_one_has_brought_more, 3),
    (moving_followers_as_if_they_came_anew, 3),
]
"""Where many runs are asked for: what it takes is rare."""


@pytest.mark.parametrize(("broken", "seed"), [*FOUND, *(FOUND_LATE if RUNS else [])])
def test_the_simulation_finds_what_is_broken(broken: Break, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)

    assert finds_it(Reading, seed)
