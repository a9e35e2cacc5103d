from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.cadence import LONGEST_BACKOFF, LONGEST_WAIT, Bounds, next_poll
from bot.model.feed import Feed
from bot.model.ids import FeedId

NOW = datetime(2026, 9, 22, 12, 0, tzinfo=UTC)
BOUNDS = Bounds(timedelta(minutes=2), timedelta(minutes=15))


def feed(
    interval: timedelta | None = None, poll_every: timedelta | None = None, failures: int = 0, primed: bool = True
) -> Feed:
    return Feed(
        FeedId(1),
        "https://wire.example/feed",
        primed=primed,
        failures=failures,
        interval=interval,
        poll_every=poll_every,
    )


def wait(
    feed: Feed, news: int | None, retry_after: timedelta | None = None, jitter: float = 0.0, bounds: Bounds = BOUNDS
) -> timedelta:
    return next_poll(feed, NOW, news=news, bounds=bounds, jitter=jitter, retry_after=retry_after) - NOW


def after(feed: Feed, *polls: int | None) -> list[timedelta]:
    """The waits after each of several polls, as the storage keeps them."""
    waits = []
    for news in polls:
        waits.append(wait(feed, news))
        feed = replace(feed, interval=waits[-1], failures=feed.failures + 1 if news is None else 0)
    return waits


def test_a_quiet_feed_is_looked_at_less_and_less_often_down_to_the_bound() -> None:
    minutes = [interval / timedelta(minutes=1) for interval in after(feed(), 0, 0, 0, 0, 0, 0, 0)]

    assert minutes == [3, 4.5, 6.75, 10.125, 15, 15, 15]


def test_news_bring_a_feed_nearer_to_the_shortest_interval() -> None:
    minutes = [interval / timedelta(minutes=1) for interval in after(feed(timedelta(minutes=15)), 1, 7, 1)]

    assert minutes == [8.5, 5.25, 3.625]


def test_an_explicit_interval_wins_over_the_estimate() -> None:
    for every in (timedelta(seconds=1), timedelta(minutes=5), timedelta(days=2)):
        assert [wait(feed(timedelta(minutes=7), every), news) for news in (0, 3)] == [every, every]


def test_retry_after_wins_over_an_explicit_interval_and_is_capped() -> None:
    eager = feed(poll_every=timedelta(seconds=1))

    assert wait(eager, None, retry_after=timedelta(hours=6)) == timedelta(hours=6)
    assert wait(eager, None, retry_after=timedelta(days=30)) == LONGEST_WAIT
    assert wait(eager, None, retry_after=timedelta()) == timedelta(seconds=2)


def test_failures_put_a_feed_off_twice_as_long_each_time_up_to_four_hours() -> None:
    minutes = [interval / timedelta(minutes=1) for interval in after(feed(), *[None] * 9)]

    assert minutes == [4, 8, 16, 32, 64, 128, 240, 240, 240]


def test_a_failure_never_brings_a_feed_nearer() -> None:
    assert wait(feed(timedelta(minutes=15)), None) == timedelta(minutes=15)
    assert wait(feed(poll_every=timedelta(days=1)), None) == timedelta(days=1)


def test_a_feed_that_the_admin_wants_every_second_is_tried_again_within_the_longest_interval() -> None:
    waits = after(feed(poll_every=timedelta(seconds=1)), *[None] * 12)

    assert [interval.total_seconds() for interval in waits[:4]] == [2, 4, 8, 16]
    assert waits[-1] == BOUNDS.longest


def test_a_feed_that_recovers_is_back_within_the_bounds_at_once() -> None:
    assert wait(feed(LONGEST_BACKOFF), 0) == BOUNDS.longest


durations = st.timedeltas(timedelta(seconds=1), timedelta(days=3))
feeds = st.builds(
    feed,
    interval=st.none() | st.timedeltas(timedelta(), timedelta(days=10)),
    poll_every=st.none() | durations,
    failures=st.integers(0, 100_000),
)
outcomes = st.none() | st.integers(0, 1_000)
jitters = st.floats(0, 1)
bounds = st.tuples(durations, durations).map(lambda pair: Bounds(min(pair), max(pair)))


@given(feeds, outcomes, st.none() | durations, jitters, bounds)
def test_no_poll_comes_before_what_the_server_the_admin_or_the_bounds_ask_for(
    polled: Feed, news: int | None, retry_after: timedelta | None, jitter: float, within: Bounds
) -> None:
    waited = wait(polled, news, retry_after, jitter, within)

    assert waited >= (polled.poll_every or within.shortest)
    assert waited >= min(retry_after or timedelta(), LONGEST_WAIT)


@given(feeds, outcomes, jitters, bounds)
def test_no_feed_is_forgotten(polled: Feed, news: int | None, jitter: float, within: Bounds) -> None:
    longest = max(polled.poll_every or timedelta(), within.longest, LONGEST_BACKOFF if news is None else timedelta())

    assert wait(polled, news, None, jitter, within) <= longest * 1.1 + timedelta(microseconds=2)


@given(feeds, outcomes, jitters, jitters)
def test_more_jitter_is_later_by_a_tenth_at_most(polled: Feed, news: int | None, less: float, more: float) -> None:
    less, more = sorted((less, more))
    unmoved, early, late = (wait(polled, news, jitter=jitter) for jitter in (0.0, less, more))

    assert unmoved <= early <= late <= unmoved * 1.1 + timedelta(microseconds=2)


@given(feeds, st.integers(1, 1_000), bounds)
def test_news_never_make_the_estimate_longer_than_silence(polled: Feed, news: int, within: Bounds) -> None:
    assert wait(polled, news, bounds=within) <= wait(polled, 0, bounds=within)
