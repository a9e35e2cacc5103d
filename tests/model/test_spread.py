"""Half of them, and 95 of a hundred."""

from datetime import timedelta

from bot.model.pace import Spread, spread


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_of_nothing_there_is_nothing_to_tell() -> None:
    assert spread([]) is None


def test_one_time_is_both() -> None:
    assert spread([seconds(3)]) == Spread(1, seconds(3), seconds(3))


def test_both_are_times_that_were_measured_whatever_their_order() -> None:
    assert spread([seconds(number) for number in range(100, 0, -1)]) == Spread(100, seconds(50), seconds(95))


def test_one_slow_time_of_twenty_is_beyond_both() -> None:
    assert spread([seconds(1)] * 19 + [seconds(900)]) == Spread(20, seconds(1), seconds(1))
