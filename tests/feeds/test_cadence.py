from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.cadence import (
    LONGEST_FRESH,
    LONGEST_SKIP,
    LONGEST_WAIT,
    Bounds,
    Failure,
    Success,
    next_poll,
    publishing_rate,
    rate_by_dates,
)
from bot.model.feed import NO_HINTS, Feed, Hints
from bot.model.ids import FeedId
from bot.model.reading import TroubleKind

NOW = datetime(2026, 9, 22, 12, 0, tzinfo=UTC)  # a Tuesday
BOUNDS = Bounds(timedelta(minutes=2), timedelta(minutes=15))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EAGER = timedelta(seconds=1)


def feed(
    rate: float | None = None,
    poll_every: timedelta | None = None,
    failures: int = 0,
    primed: bool = True,
    last_success: datetime | None = None,
) -> Feed:
    return Feed(
        FeedId(1),
        "https://wire.example/feed",
        primed=primed,
        failures=failures,
        rate=rate,
        poll_every=poll_every,
        last_success=last_success,
    )


def wait(
    feed: Feed, brought: Success | Failure, jitter: float = 0.0, bounds: Bounds = BOUNDS, now: datetime = NOW
) -> timedelta:
    return next_poll(feed, brought, now, bounds=bounds, jitter=jitter) - now


def after_failures(
    feed: Feed, count: int, kind: TroubleKind = "passing", retry_after: timedelta | None = None
) -> list[timedelta]:
    """The waits after each of several failures in a row."""
    return [wait(replace(feed, failures=failures), Failure(kind, retry_after)) for failures in range(count)]


def polled(rate: float | None, *news: int, every: timedelta = 5 * MINUTE) -> float | None:
    """The estimate after polls that brought so many new articles each."""
    known, now = feed(rate, last_success=NOW), NOW
    for count in news:
        now += every
        known = replace(known, rate=publishing_rate(known, count, now), last_success=now)
    return known.rate


# ---- the estimate


def test_a_feed_is_looked_at_about_three_times_an_article_within_the_bounds() -> None:
    waits = {rate: wait(feed(), Success(rate)) / MINUTE for rate in (0.0, 1.0, 60.0, 100.0, 200.0, 1_000.0)}

    assert waits == {0.0: 15, 1.0: 15, 60.0: 8.4, 100.0: 5.04, 200.0: 2.52, 1_000.0: 2}


def test_a_feed_of_which_nothing_is_known_yet_is_looked_at_soon() -> None:
    assert wait(feed(), Success(None)) == BOUNDS.shortest


def test_the_dates_of_a_first_document_tell_how_often_a_feed_publishes() -> None:
    hourly = [NOW - number * HOUR for number in range(1, 31)]

    assert rate_by_dates(hourly, NOW) == pytest.approx(24)
    assert rate_by_dates([NOW] * 5, NOW) == pytest.approx(5 * 24), "five in the last hour, as far as dates tell"
    assert rate_by_dates([], NOW) is None


def test_the_estimate_nears_what_a_feed_really_publishes() -> None:
    every_half_hour = [1 if number % 6 == 0 else 0 for number in range(500)]

    assert polled(None, *every_half_hour) == pytest.approx(48, rel=0.1)


def test_a_quiet_feed_is_looked_at_less_and_less_often() -> None:
    rates = [polled(200.0, *[0] * count) or 0.0 for count in (12, 72, 144)]

    assert [round(wait(feed(), Success(rate)) / MINUTE, 1) for rate in rates] == [3.0, 6.9, 15]


def test_news_bring_a_feed_nearer_at_once() -> None:
    quiet, busy = polled(1.0, 0), polled(1.0, 30)

    assert wait(feed(), Success(quiet)) == BOUNDS.longest
    assert wait(feed(), Success(busy)) < 5 * MINUTE


def test_what_came_during_an_outage_counts_over_all_of_it() -> None:
    at_once = publishing_rate(feed(24.0, last_success=NOW - 5 * MINUTE), 24, NOW)
    after_a_day = publishing_rate(feed(24.0, last_success=NOW - DAY), 24, NOW)

    assert after_a_day == pytest.approx(24)
    assert at_once is not None
    assert at_once > 100


def test_a_feed_whose_news_may_come_and_go_unseen_is_looked_at_as_often_as_may_be() -> None:
    assert wait(feed(), Success(1.0, is_gap=True)) == BOUNDS.shortest


# ---- what server, document and admin ask for


def test_the_interval_is_raised_by_what_the_server_calls_fresh() -> None:
    assert wait(feed(), Success(1_000.0, fresh_for=10 * MINUTE)) == 10 * MINUTE
    assert wait(feed(), Success(1.0, fresh_for=5 * MINUTE)) == BOUNDS.longest


def test_the_interval_is_raised_by_the_ttl_of_the_document() -> None:
    assert wait(feed(), Success(1_000.0, hints=Hints(ttl=30 * MINUTE))) == 30 * MINUTE


def test_no_server_and_no_document_keeps_news_back_for_more_than_an_hour() -> None:
    assert wait(feed(), Success(1.0, fresh_for=DAY, hints=Hints(ttl=DAY))) == LONGEST_FRESH == HOUR


def test_skipped_hours_are_waited_for() -> None:
    lunch = Hints(skip_hours=frozenset({12, 13}))

    assert next_poll(feed(), Success(None, hints=lunch), NOW, bounds=BOUNDS, jitter=0) == NOW + 2 * HOUR


def test_skipped_days_are_waited_for_but_not_for_more_than_a_day() -> None:
    tuesdays, most_days = Hints(skip_days=frozenset({1})), Hints(skip_days=frozenset({1, 2, 3, 4}))

    assert next_poll(feed(), Success(None, hints=tuesdays), NOW, bounds=BOUNDS, jitter=0) == NOW + 12 * HOUR
    assert wait(feed(), Success(None, hints=most_days)) == BOUNDS.shortest + LONGEST_SKIP


def test_a_document_that_skips_every_hour_is_not_heeded() -> None:
    assert wait(feed(), Success(None, hints=Hints(skip_hours=frozenset(range(24))))) == BOUNDS.shortest


def test_an_explicit_interval_wins_over_the_estimate_and_what_raises_it() -> None:
    raised = Success(60.0, fresh_for=HOUR, hints=Hints(ttl=HOUR, skip_hours=frozenset({12})), is_gap=True)

    for every in (EAGER, 5 * MINUTE, 2 * DAY):
        assert wait(feed(poll_every=every), raised) == every


def test_retry_after_wins_over_an_explicit_interval_and_is_capped() -> None:
    eager = feed(poll_every=EAGER)

    assert wait(eager, Failure("throttled", 6 * HOUR)) == 6 * HOUR
    assert wait(eager, Failure("passing", 6 * HOUR)) == 6 * HOUR
    assert wait(eager, Failure("throttled", 30 * DAY)) == LONGEST_WAIT


# ---- trouble


def test_failures_put_a_feed_off_twice_as_long_each_time_up_to_four_hours() -> None:
    minutes = [each / MINUTE for each in after_failures(feed(1_000.0), 9)]

    assert minutes == [4, 8, 16, 32, 64, 128, 240, 240, 240]


def test_a_missing_feed_is_backed_off_from_up_to_a_day() -> None:
    assert [each / HOUR for each in after_failures(feed(1_000.0), 12, "missing")][-3:] == [24, 24, 24]


def test_a_feed_that_is_refused_waits_for_hours() -> None:
    kinds: tuple[TroubleKind, ...] = ("forbidden", "subscription", "challenge")
    for kind in kinds:
        assert [each / HOUR for each in after_failures(feed(1_000.0), 5, kind)] == [2, 4, 8, 16, 24]


def test_a_server_that_asks_for_fewer_requests_without_saying_when_waits_a_quarter_of_an_hour() -> None:
    assert [each / MINUTE for each in after_failures(feed(1_000.0), 3, "throttled")] == [15, 30, 60]


def test_a_server_that_says_when_is_asked_then_be_it_soon() -> None:
    soon = timedelta(seconds=25)

    assert wait(feed(poll_every=EAGER), Failure("throttled", soon)) == soon
    assert wait(feed(1_000.0), Failure("throttled", soon)) == BOUNDS.shortest
    assert wait(feed(poll_every=HOUR), Failure("throttled", soon)) == HOUR


def test_a_server_that_says_soon_again_and_again_is_asked_less_and_less() -> None:
    eager = after_failures(feed(poll_every=EAGER), 12, "throttled", timedelta(seconds=1))
    usual = after_failures(feed(1_000.0), 9, "throttled", timedelta(seconds=1))
    at_once = after_failures(feed(poll_every=EAGER), 4, "throttled", timedelta())

    assert [each.total_seconds() for each in eager[:6]] == [1, 2, 4, 8, 16, 32]
    assert eager[-1] == BOUNDS.longest
    assert [each / MINUTE for each in usual] == [2, 4, 8, 16, 32, 64, 128, 240, 240]
    assert [each.total_seconds() for each in at_once] == [1, 2, 4, 8]


def test_a_failure_never_brings_a_feed_nearer() -> None:
    assert wait(feed(1.0), Failure()) == 15 * MINUTE
    assert wait(feed(poll_every=DAY), Failure()) == DAY


def test_a_feed_that_the_admin_wants_every_second_is_tried_again_within_the_longest_interval() -> None:
    waits = after_failures(feed(poll_every=EAGER), 12)

    assert [each.total_seconds() for each in waits[:4]] == [2, 4, 8, 16]
    assert waits[-1] == BOUNDS.longest


# ---- whatever is known and whatever came


durations = st.timedeltas(EAGER, 3 * DAY)
feeds = st.builds(
    feed,
    rate=st.none() | st.floats(0, 1e6),
    poll_every=st.none() | durations,
    failures=st.integers(0, 100_000),
    primed=st.booleans(),
)
hints = st.builds(
    Hints, ttl=durations, skip_hours=st.frozensets(st.integers(0, 23)), skip_days=st.frozensets(st.integers(0, 6))
)
successes = st.builds(
    Success,
    rate=st.none() | st.floats(0, 1e6),
    fresh_for=durations,
    hints=st.just(NO_HINTS) | hints,
    is_gap=st.booleans(),
)
kinds: st.SearchStrategy[TroubleKind] = st.sampled_from(
    ("passing", "gone", "missing", "forbidden", "subscription", "challenge", "throttled", "refused")
)
failures = st.builds(Failure, kind=kinds, retry_after=st.none() | durations)
jitters = st.floats(0, 1)
bounds = st.tuples(durations, durations).map(lambda pair: Bounds(min(pair), max(pair)))


@given(feeds, successes | failures, jitters, bounds)
def test_no_poll_comes_before_what_the_server_the_admin_or_the_bounds_ask_for(
    polled: Feed, brought: Success | Failure, jitter: float, within: Bounds
) -> None:
    waited = wait(polled, brought, jitter, within)

    assert waited >= (polled.poll_every or within.shortest)
    if isinstance(brought, Failure):
        assert waited >= min(brought.retry_after or timedelta(), LONGEST_WAIT)


@given(feeds, successes | failures, jitters, bounds)
def test_no_feed_is_forgotten(polled: Feed, brought: Success | Failure, jitter: float, within: Bounds) -> None:
    longest = max(polled.poll_every or timedelta(), within.longest, LONGEST_WAIT) + LONGEST_SKIP

    assert wait(polled, brought, jitter, within) <= longest * 2


@given(feeds, successes | failures, jitters, jitters)
def test_more_jitter_is_later_by_a_tenth_at_most_but_after_a_first_poll(
    polled: Feed, brought: Success | Failure, less: float, more: float
) -> None:
    less, more = sorted((less, more))
    unmoved, early, late = (wait(polled, brought, jitter) for jitter in (0.0, less, more))

    is_first = isinstance(brought, Success) and not polled.primed and not polled.poll_every
    assert unmoved <= early <= late <= unmoved * (2 if is_first else 1.1) + timedelta(microseconds=2)


@given(st.floats(0, 1e5), st.integers(0, 1_000), st.timedeltas(EAGER, 30 * DAY))
def test_the_estimate_lies_between_what_it_was_and_what_a_poll_tells(rate: float, news: int, since: timedelta) -> None:
    now_told = publishing_rate(feed(rate, last_success=NOW - since), news, NOW)

    lowest, highest = sorted((rate, news / (since / DAY)))
    assert now_told is not None
    assert lowest - 1e-6 * highest <= now_told <= highest * (1 + 1e-6) + 1e-9
