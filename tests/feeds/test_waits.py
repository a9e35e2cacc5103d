from datetime import timedelta

import pytest

from bot.feeds.waits import LONGEST_WAIT, MOST_DOMAINS, Waits

MINUTE = timedelta(minutes=1)


def test_a_wait_holds_for_the_whole_registrable_domain_until_it_is_over() -> None:
    waits = Waits()
    waits.keep("feeds.example.co.uk", MINUTE, now=100.0)

    assert waits.left("www.example.co.uk", now=100.0) == MINUTE
    assert waits.left("example.co.uk", now=130.5) == timedelta(seconds=30)
    assert waits.left("example.co.uk", now=160.0) is None
    assert waits.left("example.co.uk", now=100.0) is None


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        ("one.example.org", "example.net"),
        ("example.co.uk", "other.co.uk"),
        ("one.github.io", "two.github.io"),
        ("192.0.2.1", "192.0.2.2"),
        ("localhost", "intranet"),
    ],
)
def test_a_wait_is_no_concern_of_other_domains(asked: str, other: str) -> None:
    waits = Waits()
    waits.keep(asked, MINUTE, now=0.0)

    assert waits.left(asked, now=1.0) == timedelta(seconds=59)
    assert waits.left(other, now=1.0) is None


def test_the_longer_of_two_waits_holds_and_none_for_more_than_a_day() -> None:
    waits = Waits()
    waits.keep("example.org", 2 * MINUTE, now=0.0)
    waits.keep("www.example.org", MINUTE, now=0.0)
    waits.keep("example.net", timedelta(days=7), now=0.0)

    assert waits.left("example.org", now=0.0) == 2 * MINUTE
    assert waits.left("example.net", now=0.0) == LONGEST_WAIT


def test_no_wait_at_all_is_not_kept() -> None:
    waits = Waits()
    waits.keep("example.org", timedelta(), now=0.0)

    assert waits.left("example.org", now=0.0) is None


def test_no_more_waits_are_kept_than_there_is_room_for_and_what_is_over_goes_first() -> None:
    waits = Waits()
    waits.keep("lasting.example", timedelta(days=1), now=0.0)
    for number in range(MOST_DOMAINS + 10):
        waits.keep(f"{number}.example", MINUTE, now=number)

    assert waits.left("lasting.example", now=100.0)
    assert len(waits._until) <= MOST_DOMAINS

    for number in range(MOST_DOMAINS + 10):
        waits.keep(f"again-{number}.example", timedelta(days=1), now=0.0)

    assert len(waits._until) <= MOST_DOMAINS
