from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.feeds.health import (
    GAPS,
    PASSING,
    SILENCE_UNKNOWN,
    ailment,
    first_rhythm,
    is_worth_telling,
    next_rhythm,
)
from bot.model.feed import Ailment, Feed, Rhythm
from bot.model.ids import FeedId
from bot.model.reading import TroubleKind
from bot.ports import Patient

NOW = datetime(2026, 9, 22, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FEED = Feed(FeedId(1), "https://wire.example/feed", primed=True)


def patient(
    trouble: TroubleKind | None = None, failing_for: timedelta | None = None, rhythm: Rhythm | None = None
) -> Patient:
    since = None if failing_for is None else NOW - failing_for
    return Patient(replace(FEED, failing_since=since, rhythm=rhythm), trouble, "It is broken.", None)


@pytest.mark.parametrize(
    ("ill", "found"),
    [
        (patient(), None),
        (patient("gone", timedelta()), "gone"),
        (patient("passing", PASSING - HOUR), None),
        (patient("passing", PASSING), "failing"),
        (patient("missing", 3 * DAY), "failing"),
        (patient("challenge", HOUR), None),
        (patient("challenge", DAY), "challenge"),
        (patient(rhythm=Rhythm(NOW - 9 * DAY, HOUR, NOW - DAY)), "silent"),
        (patient(rhythm=Rhythm(NOW - 9 * DAY, HOUR, NOW + DAY)), None),
        (patient("passing", HOUR, Rhythm(NOW - 9 * DAY, HOUR, NOW - DAY)), None),
    ],
)
def test_only_what_lasts_or_is_final_is_an_ailment(ill: Patient, found: Ailment | None) -> None:
    assert ailment(ill, NOW) == found


@pytest.mark.parametrize(
    ("found", "told", "is_failing", "worth"),
    [
        ("failing", None, True, True),
        ("failing", "failing", True, False),
        ("challenge", "failing", True, False),
        ("gone", "failing", True, True),
        ("gone", "gone", True, False),
        ("failing", "silent", True, True),
        (None, "failing", False, True),
        (None, "silent", False, True),
        (None, "silent", True, False),
        (None, None, False, False),
        ("silent", "failing", False, False),
    ],
)
def test_each_illness_is_told_once_and_its_end_once(
    found: Ailment | None, told: Ailment | None, is_failing: bool, worth: bool
) -> None:
    assert is_worth_telling(found, told, is_failing=is_failing) is worth


def test_a_feed_is_silent_after_ten_times_its_usual_gap_but_not_within_a_week() -> None:
    hourly = first_rhythm([NOW - number * HOUR for number in range(30)], NOW)
    weekly = first_rhythm([NOW - number * 7 * DAY for number in range(30)], NOW)

    assert (hourly.usual_gap, hourly.silent_at) == (HOUR, NOW + 7 * DAY)
    assert (weekly.usual_gap, weekly.silent_at) == (7 * DAY, NOW + 70 * DAY)


def test_a_feed_of_whose_pace_nothing_is_known_has_a_month() -> None:
    assert first_rhythm([], NOW) == Rhythm(NOW, None, NOW + SILENCE_UNKNOWN)


def test_an_old_feed_that_is_read_for_the_first_time_is_not_silent_at_once() -> None:
    dead_for_years = first_rhythm([NOW - (900 + number) * DAY for number in range(5)], NOW)

    assert dead_for_years.silent_at == NOW + GAPS * DAY


def test_news_move_the_silence_and_the_usual_gap_follows_them() -> None:
    feed = replace(FEED, rhythm=Rhythm(NOW - 2 * DAY, DAY, NOW + 8 * DAY))

    after = next_rhythm(feed, 1, NOW)

    assert after == Rhythm(NOW, DAY * 1.2, NOW + GAPS * DAY * 1.2)
    assert next_rhythm(feed, 0, NOW) == feed.rhythm
