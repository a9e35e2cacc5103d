"""Slack's two limits, of a channel and of a workspace, told apart by what was used of each."""

import heapq
import math
from collections import deque
from dataclasses import dataclass

import pytest

from adapters.slack.pace import SlackPace
from bot.model.destination import Workspace
from tests.standins.limits import Bucket

T1, T2 = Workspace("slack", "T1"), Workspace("slack", "T2")


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> SlackPace:
    return SlackPace(clock)


@dataclass
class Posted:
    seconds: float
    refused: int


def backlog(pace: SlackPace, clock: Clock, whole: Bucket, each: Bucket, *, channels: int, messages: int) -> Posted:
    """So many messages to each of the channels of a workspace that lets through what the buckets do."""
    buckets = {f"C{number}": Bucket(each.rate, each.burst) for number in range(channels)}
    left = dict.fromkeys(buckets, messages)
    rest = [(0.0, name) for name in buckets]
    waiting: deque[str] = deque()
    refused = 0
    while rest or waiting:
        while rest and rest[0][0] <= clock.now:
            waiting.append(heapq.heappop(rest)[1])
        wait = pace.wait(T1) if waiting else math.inf
        if wait > 0:
            clock.now = min(clock.now + wait, rest[0][0] if rest else math.inf)
            continue
        name = waiting.popleft()
        pace.take(T1)
        pause = max(whole.wait(clock.now), buckets[name].wait(clock.now))
        if pause:
            refused += 1
            pace.refused(T1, name, math.ceil(pause))
            heapq.heappush(rest, (clock.now + math.ceil(pause), name))
            continue
        whole.take()
        buckets[name].take()
        left[name] -= 1
        again = clock.now + pace.posted(T1, name)
        if left[name]:
            heapq.heappush(rest, (again, name))
    return Posted(clock.now, refused)


@pytest.mark.parametrize("rate", [3.5, 5.0, 8.0])
def test_a_workspace_with_many_channels_is_used_to_95_percent(pace: SlackPace, clock: Clock, rate: float) -> None:
    messages = 40 * 40

    posted = backlog(pace, clock, Bucket(rate, 2 * rate), Bucket(1.0, 2.0), channels=40, messages=40)

    assert messages / rate / posted.seconds >= 0.95
    assert posted.refused / messages < 0.01


@pytest.mark.parametrize("rate", [1.0, 1.15, 1.3])
def test_few_channels_are_used_to_95_percent_of_what_each_may_have(pace: SlackPace, clock: Clock, rate: float) -> None:
    posted = backlog(pace, clock, Bucket(20.0, 40.0), Bucket(rate, 2.0), channels=4, messages=400)

    assert 400 / rate / posted.seconds >= 0.95
    assert posted.refused / 1600 < 0.01


def test_a_channel_rests_for_a_second_to_begin_with(pace: SlackPace) -> None:
    assert pace.posted(T1, "C1") == pytest.approx(1.0)


def test_one_workspace_at_its_limit_holds_up_no_other(pace: SlackPace) -> None:
    for _ in range(6):
        pace.take(T1)
    pace.refused(T1, "C1", 30.0)

    assert pace.wait(T1) > 0
    assert pace.wait(T2) == 0.0


def test_a_channel_that_alone_is_refused_holds_up_no_other_channel(pace: SlackPace, clock: Clock) -> None:
    for _ in range(5):
        pace.take(T1)
        clock.now += pace.posted(T1, "C1")
    pace.take(T1)

    pace.refused(T1, "C1", 30.0)

    clock.now += 1
    assert pace.wait(T1) == 0.0
