"""What is learnt of a limit: nearly all that it lets through is used, and hardly anything is refused."""

import heapq
import math
import random

import pytest

from bot.alerts.pace import Limit
from tests.standins.limits import Bucket, Window
from tests.standins.limits import Limit as Hidden

MESSAGES = 1500
ROUND_TRIP = 0.02


def posted(hidden: Hidden, limit: Limit, messages: int = MESSAGES, *, whole_seconds: bool = True) -> tuple[float, int]:
    """The seconds that it takes to post so many, all of which wait from the beginning; and how many were refused."""
    drawn = random.Random(7)
    now, accepted, refused = 0.0, 0, 0
    under_way: list[float] = []
    while accepted < messages:
        wait = limit.wait(now)
        is_more = accepted + len(under_way) < messages
        if is_more and wait <= 0:
            limit.take(now)
            heapq.heappush(under_way, now + ROUND_TRIP * drawn.uniform(0.5, 1.5))
            continue
        now = min([now + wait] * is_more + under_way[:1])
        while under_way and under_way[0] <= now:
            heapq.heappop(under_way)
            if pause := hidden.wait(now):
                limit.refuse(now, math.ceil(pause) if whole_seconds else pause)
                refused += 1
            else:
                hidden.take()
                limit.accept(now)
                accepted += 1
    return now, refused


def fewest_seconds(hidden: Hidden, messages: int = MESSAGES) -> float:
    """For one who knows the limit."""
    now = 0.0
    for _ in range(messages):
        while wait := hidden.wait(now):
            now += wait
        hidden.take()
    return now


@pytest.mark.parametrize("rate", [5, 8, 13, 21, 34])
@pytest.mark.parametrize("burst", [1, 3])
def test_a_bucket_is_used_to_95_percent_in_a_few_minutes(rate: int, burst: int) -> None:
    messages = 300 * rate
    took, refused = posted(Bucket(rate, rate * burst), Limit(5.0), messages)

    assert fewest_seconds(Bucket(rate, rate * burst), messages) / took >= 0.95
    assert refused / messages < 0.01


@pytest.mark.parametrize("number", [20, 25, 30, 40, 50, 60])
def test_a_window_of_a_second_that_names_its_end_is_used_to_95_percent(number: int) -> None:
    messages = 5000
    took, refused = posted(Window(number, 1.0), Limit(50.0), messages, whole_seconds=False)

    assert fewest_seconds(Window(number, 1.0), messages) / took >= 0.95
    assert refused / messages < 0.01


@pytest.mark.parametrize("number", [200, 600])
def test_a_window_of_a_minute_is_refused_about_once_a_window(number: int) -> None:
    took, refused = posted(Window(number, 60.0), Limit(5.0))

    assert fewest_seconds(Window(number, 60.0)) <= took <= (MESSAGES / number + 1) * 60
    assert refused <= 2 * (MESSAGES / number + 1)


def test_nothing_leaves_before_the_pause_is_over_that_a_refusal_named() -> None:
    limit = Limit(5.0)
    limit.take(0.0)
    limit.refuse(0.1, 30.0)

    assert limit.wait(0.1) == pytest.approx(30.0)
    assert limit.wait(30.0) == pytest.approx(0.1)
    assert limit.wait(30.1) == 0.0


def test_what_was_refused_together_counts_as_one_refusal() -> None:
    alone, together = Limit(20.0), Limit(20.0)
    for limit in (alone, together):
        for number in range(10):
            limit.take(number / 20)
            limit.accept(number / 20)
    alone.refuse(0.5, 1.0)
    for _ in range(5):
        together.refuse(0.5, 1.0)

    assert together.rate == alone.rate


def test_a_limit_that_nothing_waits_for_is_not_taken_for_a_wider_one() -> None:
    limit = Limit(5.0)
    for second in range(100):
        limit.take(float(second))
        limit.accept(second + 0.02)

    assert limit.rate == 5.0


def test_what_is_given_back_leaves_its_place_to_another() -> None:
    limit = Limit(5.0)
    limit.take(0.0)
    limit.take(0.0)
    limit.give_back()

    assert limit.wait(0.0) == pytest.approx(0.2)


def test_a_limit_that_grows_is_noticed() -> None:
    hidden = Bucket(5.0, 5.0)
    limit = Limit(5.0)
    posted(hidden, limit)
    narrow = limit.rate
    hidden.rate = hidden.burst = 10.0
    hidden.at = 0.0

    posted(hidden, limit, 4000)

    assert narrow < 5.2
    assert limit.rate > 8.0
