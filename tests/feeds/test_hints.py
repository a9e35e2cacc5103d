from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.hints import hints_of
from bot.feeds.parse import parse_document
from bot.model.feed import Hints
from bot.model.reading import ParsedFeed


def hints(header: str, version: str = "2.0") -> Hints:
    item = "<item><title>x</title><hour>5</hour><day>Friday</day><ttl>9</ttl></item>"
    document = f'<rss version="{version}"><channel><title>Wire</title>{header}{item}</channel></rss>'
    parsed = parse_document(document.encode(), "", "https://wire.example/", datetime(2026, 9, 22, tzinfo=UTC))
    assert isinstance(parsed, ParsedFeed), parsed
    return parsed.hints


@pytest.mark.parametrize("version", ["0.91", "0.92", "2.0"])
def test_a_feed_says_when_looking_again_is_worth_it(version: str) -> None:
    said = (
        "<skipHours><hour>0</hour><hour>23</hour></skipHours><skipDays><day>Saturday</day><day>Sunday</day></skipDays>"
    )

    assert hints(f"<ttl>60</ttl>{said}", version) == Hints(timedelta(hours=1), frozenset({0, 23}), frozenset({5, 6}))


def test_a_malformed_feed_says_it_too() -> None:
    said = "<ttl> 45 </ttl><skipHours><hour> 7 </hour></skipHours><skipDays>&nbsp;<day>MONDAY</day></skipDays>"

    assert hints(said) == Hints(timedelta(minutes=45), frozenset({7}), frozenset({0}))


def test_a_feed_that_says_nothing_gives_no_hint() -> None:
    assert hints("") == Hints()


def test_hour_24_is_midnight() -> None:
    assert hints_of("", ["24", "1"], []).skip_hours == {0, 1}


@pytest.mark.parametrize("ttl", ["", "soon", "-5", "1.5", "PT1H", "60 minutes", "9" * 30, "٣"])
def test_a_ttl_that_makes_no_sense_counts_as_not_said(ttl: str) -> None:
    assert hints_of(ttl, [], []) == Hints()
    assert hints(f"<ttl>{ttl}</ttl>") == Hints()


@pytest.mark.parametrize("hour", ["", "25", "-1", "noon", "7-9", "100000000000"])
def test_an_hour_that_does_not_exist_counts_as_not_said(hour: str) -> None:
    assert hints_of("", [hour, "3"], []).skip_hours == {3}


def test_a_day_that_does_not_exist_counts_as_not_said() -> None:
    assert hints_of("", [], ["Montag", "", "8", "tuesday "]).skip_days == {1}


def test_a_feed_that_would_never_be_looked_at_is_not_taken_at_its_word() -> None:
    hours, days = map(str, range(24)), ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

    assert hints_of("", hours, days) == Hints()


@given(st.text(), st.lists(st.text()), st.lists(st.text()))
def test_garbage_gives_no_hint_and_no_error(ttl: str, hours: list[str], days: list[str]) -> None:
    given_hints = hints_of(ttl, hours, days)

    assert given_hints.ttl >= timedelta()
    assert all(0 <= hour <= 23 for hour in given_hints.skip_hours)
