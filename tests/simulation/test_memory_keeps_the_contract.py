"""The storage in memory does what the others do, by their own tests: all but those that look into a database.

And with it the jobs do what they do with the others.
"""

import inspect
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import pytest

from bot.model.ids import FeedId
from tests import polls
from tests.builders import SettableClock
from tests.jobs import (
    test_counting_matches,
    test_delivering,
    test_full_text,
    test_noisy_subscriptions,
    test_one_alert_a_story,
    test_schedule,
    test_standing_queries,
    test_trouble_in_polling,
    test_what_is_news,
)
from tests.jobs.newsroom import Newsroom
from tests.jobs.test_delivering import waiting  # noqa: F401 - a fixture of its tests
from tests.jobs.test_full_text import PagedNewsroom, impatient  # noqa: F401 - a fixture of its tests
from tests.jobs.test_noisy_subscriptions import noisy  # noqa: F401 - a fixture of its tests
from tests.simulation.memory import MemoryStorage, MemoryUnit
from tests.storage import (
    test_catching_up,
    test_changes_of_subscriptions,
    test_handing_back,
    test_moved_feeds,
    test_outbox,
    test_second_looks,
    test_stored_articles,
    test_stored_feeds,
    test_stored_private_feeds,
    test_stored_subscriptions,
    test_units_of_work,
    test_wanted_pages,
)
from tests.storage.test_units_of_work import feeds  # noqa: F401 - a fixture of its tests

DATABASES = {
    "database",
    "sqlite_database",
    "postgresql_database",
    "postgresql",
    "on_postgresql",
    "tmp_path",
    "postgres",
}


def contract(module: ModuleType, *but: str) -> type:
    """The tests of a module, ``but`` some: they ask for what is not simulated, or break the other storage off."""
    tests = {name: test for name, test in vars(module).items() if name.startswith("test_")}
    chosen = {name: staticmethod(test) for name, test in tests.items() if name not in but and not looks_into_one(test)}
    assert tests.keys() >= set(but)
    return type(module.__name__, (), chosen)


def looks_into_one(test: Callable[..., object]) -> bool:
    return not DATABASES.isdisjoint(inspect.signature(test).parameters)


@pytest.fixture
def storage(clock: SettableClock, monkeypatch: pytest.MonkeyPatch) -> MemoryStorage:
    async def lease(unit: MemoryUnit, feed: FeedId, owner: str = polls.POLLER) -> None:
        unit.tables.feeds[feed] = replace(unit.tables.feeds[feed], owner=owner)

    monkeypatch.setattr(polls, "lease", lease)
    return MemoryStorage(clock)


@pytest.fixture
def newsroom(storage: MemoryStorage, clock: SettableClock) -> Newsroom:
    return Newsroom(storage, clock)


@pytest.fixture
def room(storage: MemoryStorage, clock: SettableClock) -> PagedNewsroom:
    return PagedNewsroom(storage, clock)  # type: ignore[arg-type]  # it stands in for the other storage


TestOutbox = contract(test_outbox)
TestCatchingUp = contract(test_catching_up)
TestSecondLooks = contract(test_second_looks)
TestHandingBack = contract(test_handing_back)
TestFeeds = contract(test_stored_feeds)
TestMovedFeeds = contract(test_moved_feeds, "test_why_an_article_alerted_is_told_of_subscriptions_by_the_old_address")
TestPrivateFeeds = contract(test_stored_private_feeds)
TestArticles = contract(test_stored_articles)
TestSubscriptions = contract(test_stored_subscriptions)
TestChanges = contract(test_changes_of_subscriptions)
TestWantedPages = contract(test_wanted_pages)
TestUnitsOfWork = contract(test_units_of_work, "test_our_own_mistakes_are_not_taken_for_an_outage")

TestNews = contract(
    test_what_is_news, "test_an_alias_widens_what_stands", "test_an_alias_widens_a_query_that_names_a_feed_too"
)
TestStories = contract(test_one_alert_a_story)
TestStanding = contract(test_standing_queries)
TestSchedule = contract(
    test_schedule,
    "test_polls_that_bring_nothing_are_written_down_together",
)
TestTrouble = contract(
    test_trouble_in_polling,
    "test_the_same_holds_for_whatever_breaks_a_transaction_off",
    "test_a_database_that_is_away_when_feeds_are_due_is_asked_again",
    "test_no_log_line_holds_the_query_string_of_a_private_feed",
)
TestCounting = contract(test_counting_matches)
TestFullText = contract(test_full_text, "test_pages_of_one_host_are_asked_for_two_at_a_time_and_of_all_hosts_eight")
TestDelivering = contract(test_delivering)
TestNoise = contract(test_noisy_subscriptions)
