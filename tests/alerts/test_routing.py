"""Which destination hears of an article, and why."""

from dataclasses import replace
from typing import get_args

import pytest

from bot.alerts.routing import Hit, route
from bot.alerts.wording import WHY_NOT_ITS_PAGE, caveat
from bot.model.delivery import Reason
from bot.model.ids import ArticleId, DestinationId, StoryId, SubscriptionId
from bot.model.reading import Newness, Page, PageState, Sighting
from tests.builders import NOON, a_subscription, an_article


def a_sighting(newness: Newness = "new") -> Sighting:
    return Sighting(ArticleId(5), StoryId(6), an_article(summary="The 5G auction opens."), newness)


def a_hit(number: int, query: str = "auction", channel: int = 1, spans: tuple[tuple[int, int], ...] = ()) -> Hit:
    subscription = a_subscription(number, query, destination_id=DestinationId(channel))
    return Hit(subscription, query, {"summary": spans} if spans else {})


def test_nobody_hears_of_what_nobody_asked_for() -> None:
    assert route(a_sighting(), "The Wire", [], NOON) == []


def test_a_destination_hears_once_with_all_reasons_by_number() -> None:
    hits = [a_hit(3, "5G"), a_hit(1, "auction"), a_hit(2, "mainz")]

    [telling] = route(a_sighting(), "The Wire", hits, NOON)

    assert telling.alert.reasons == (Reason(1, "auction"), Reason(2, "mainz"), Reason(3, "5G"))
    assert telling.subscriptions == (SubscriptionId(101), SubscriptionId(102), SubscriptionId(103))
    assert (telling.destination, telling.article, telling.story) == (1, 5, 6)


def test_each_destination_hears_only_its_own_reasons() -> None:
    tellings = route(a_sighting(), "The Wire", [a_hit(2, channel=8), a_hit(1, channel=9), a_hit(3, channel=8)], NOON)

    heard = {telling.destination: [reason.subscription for reason in telling.alert.reasons] for telling in tellings}
    assert heard == {8: [2, 3], 9: [1]}


def test_the_snippet_marks_what_any_of_its_subscriptions_matched() -> None:
    hits = [a_hit(1, spans=((7, 14),)), a_hit(2, "5G", spans=((4, 6), (7, 14))), a_hit(3, "x", channel=2)]

    mine, others = route(a_sighting(), "The Wire", hits, NOON)

    assert mine.alert.snippet.marks == ((4, 6), (7, 14))
    assert others.alert.snippet.marks == ()


def test_an_alert_says_whence_and_when_and_whether_it_is_an_update() -> None:
    [telling] = route(a_sighting(), "The Wire", [a_hit(1)], NOON)
    [update] = route(a_sighting("changed"), "The Wire", [a_hit(1)], NOON)

    assert (telling.alert.source, telling.alert.seen, telling.alert.updated) == ("The Wire", NOON, False)
    assert update.alert.updated


def test_what_leaves_something_out_says_when_only_the_feed_was_looked_at() -> None:
    hits = [a_hit(1), replace(a_hit(2, "auction -bonn"), excludes=True), a_hit(3, channel=2)]

    mine, others = route(a_sighting(), "The Wire", hits, NOON)

    assert [reason.on_feed_text for reason in mine.alert.reasons] == [False, True]
    assert mine.alert.on_feed_text
    assert not others.alert.on_feed_text


@pytest.mark.parametrize("state", sorted(set(get_args(PageState)) - {"", "read"}))
def test_an_article_whose_page_was_asked_for_and_not_read_says_that_only_the_feed_was_looked_at(
    state: PageState,
) -> None:
    [telling] = route(replace(a_sighting(), page=Page(state)), "The Wire", [a_hit(1)], NOON)

    assert telling.alert.on_feed_text
    assert telling.alert.page == state
    assert WHY_NOT_ITS_PAGE[state] in caveat(telling.alert)


def test_what_is_found_on_a_page_that_came_late_is_no_update() -> None:
    sighting = replace(a_sighting("read late"), article=an_article().on_page("All of it."), page=Page("read"))

    [telling] = route(sighting, "The Wire", [a_hit(1)], NOON)

    assert (telling.alert.found_late, telling.alert.updated, telling.alert.on_feed_text) == (True, False, False)


def test_an_alert_carries_no_more_of_a_page_than_its_snippet() -> None:
    sighting = replace(a_sighting(), article=an_article().on_page("All of it, at length."), page=Page("read"))
    hit = replace(a_hit(1, "length"), spans={"body": [(14, 20)]})

    [telling] = route(sighting, "The Wire", [hit], NOON)

    assert "at length" in telling.alert.snippet.text
    assert telling.alert.article.body == ""


def test_what_was_judged_on_the_whole_page_needs_no_such_word() -> None:
    sighting = replace(a_sighting(), article=an_article(full_text=True))

    [telling] = route(sighting, "The Wire", [replace(a_hit(1, "auction -bonn"), excludes=True)], NOON)

    assert not telling.alert.on_feed_text
