"""What is learnt of how much Discord takes of a bot: nearly all of it is used, and hardly anything is refused."""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import pytest

from adapters.discord.pace import DiscordPace, Leaving
from bot.model.destination import Workspace
from tests.standins.limits import Bucket, Limit, SlidingWindow, Window

GUILD = Workspace("discord", "100")
SECONDS = 240


@dataclass
class Wire:
    """One bot that always has something to say, a network that is sometimes late, and what stands behind it."""

    hidden: Limit
    pace: DiscordPace = field(init=False)
    now: float = field(default=0.0, init=False)
    accepted: int = field(default=0, init=False)
    refused: int = field(default=0, init=False)
    _events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list, init=False)
    _number: Callable[[], int] = field(default_factory=lambda: count().__next__, init=False)
    _drawn: random.Random = field(default_factory=lambda: random.Random(7), init=False)

    def __post_init__(self) -> None:
        self.pace = DiscordPace(lambda: self.now)

    def posts_for(self, seconds: float) -> None:
        end = self.now + seconds
        self._at(self.now, self._claim)
        while self._events and self._events[0][0] < end:
            self.now, _, happens = heapq.heappop(self._events)
            happens()
        self._events.clear()
        self.now = end

    def _claim(self) -> None:
        if wait := self.pace.wait(GUILD):
            self._at(self.now + wait + self._drawn.uniform(0, 0.002), self._claim)
            return
        self.pace.take(GUILD)
        self._at(self.now + self._drawn.uniform(0.002, 0.01), self._leave)
        self._at(self.now, self._claim)

    def _leave(self) -> None:
        request = self.pace.leaves("POST")
        late = self._drawn.uniform(0.02, 0.06) if self._drawn.random() < 0.02 else 0.0
        self._at(self.now + late + self._drawn.uniform(0.001, 0.005), lambda: self._arrive(request))

    def _arrive(self, request: Leaving) -> None:
        pause = self.hidden.wait(self.now)
        if not pause:
            self.hidden.take()
        self._at(self.now + self._drawn.uniform(0.001, 0.005), lambda: self._answer(request, pause))

    def _answer(self, request: Leaving, pause: float) -> None:
        if pause:
            self.refused += 1
            self.pace.refused(request, pause)
        else:
            self.accepted += 1
            self.pace.accepted(request)

    def _at(self, when: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when, self._number(), happens))


@pytest.mark.parametrize("number", [5, 18, 25, 32, 50, 80])
@pytest.mark.parametrize("window", [Window, SlidingWindow])
def test_what_a_second_lets_through_is_used_to_95_percent(number: int, window: type[Window | SlidingWindow]) -> None:
    wire = Wire(window(number, 1.0))
    wire.posts_for(SECONDS)

    assert wire.accepted >= 0.95 * number * SECONDS
    assert wire.refused < 0.01 * wire.accepted


@pytest.mark.parametrize("rate", [10, 25, 50])
def test_a_bucket_with_a_burst_is_used_to_95_percent_as_well(rate: int) -> None:
    wire = Wire(Bucket(rate, 2 * rate))
    wire.posts_for(SECONDS)

    assert wire.accepted >= 0.95 * rate * SECONDS
    assert wire.refused < 0.02 * wire.accepted


@pytest.mark.parametrize(("before", "afterwards"), [(25, 40), (25, 12)])
def test_a_limit_that_changes_is_noticed(before: int, afterwards: int) -> None:
    wire = Wire(SlidingWindow(before, 1.0))
    wire.posts_for(60)
    wire.hidden = SlidingWindow(afterwards, 1.0)
    wire.posts_for(300)

    assert wire.pace.most == afterwards


def test_what_others_used_of_the_first_second_is_soon_found_out() -> None:
    """A process before this one, or another one beside it."""
    hidden = SlidingWindow(25, 1.0)
    for _ in range(22):
        assert hidden.wait(0.0) == 0
        hidden.take()
    wire = Wire(hidden)
    wire.posts_for(60)

    assert wire.pace.most >= 25
    assert wire.accepted >= 0.75 * 25 * 60


# ---- one by one ------------------------------------------------------------------------------------------------------


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def asked(pace: DiscordPace, clock: Clock, took: float = 0.01) -> None:
    """One message, from its claim to its answer."""
    pace.take(GUILD)
    request = pace.leaves("POST")
    clock.now += took
    pace.accepted(request)


def test_as_many_leave_as_are_let_through_and_the_next_one_when_the_first_counts_no_more() -> None:
    clock = Clock()
    pace = DiscordPace(clock, most=3)
    for _ in range(3):
        asked(pace, clock)

    assert pace.wait(GUILD) == pytest.approx(1.0, abs=0.05)
    clock.now += 0.98
    assert pace.wait(GUILD) == 0.0


def test_one_whose_answer_came_late_counts_as_if_it_had_arrived_late() -> None:
    clock = Clock()
    pace = DiscordPace(clock, most=2)
    asked(pace, clock)
    clock.now += 2
    asked(pace, clock, took=0.08)
    asked(pace, clock)

    assert pace.wait(GUILD) == pytest.approx(1.002 + 0.07 - 0.09, abs=0.001)


def test_what_is_under_way_counts() -> None:
    clock = Clock()
    pace = DiscordPace(clock, most=1)
    pace.take(GUILD)
    pace.leaves("POST")
    clock.now += 1.5

    assert pace.wait(GUILD) > 0


def test_what_is_asked_beside_messages_waits_for_room_and_then_messages_wait_for_it() -> None:
    clock = Clock()
    pace = DiscordPace(clock, most=3)
    for _ in range(3):
        asked(pace, clock)

    assert pace.room() == pytest.approx(pace.wait(GUILD)) == pytest.approx(0.972)
    pace.waiting = 1
    assert pace.room() < pace.wait(GUILD)


def test_what_a_message_asks_first_leaves_in_the_place_that_was_kept_for_it() -> None:
    clock = Clock()
    pace = DiscordPace(clock, most=1)
    pace.take(GUILD)

    assert pace.room() == 0.0
    pace.leaves("GET")
    assert pace.room() > 0


def test_what_is_given_back_leaves_its_place_to_another() -> None:
    clock = Clock()
    pace = DiscordPace(clock, most=1)
    pace.take(GUILD)
    pace.give_back(GUILD)
    clock.now += 0.6

    assert pace.wait(GUILD) == 0.0


def test_a_place_that_leads_to_no_request_is_free_again_after_a_while() -> None:
    clock = Clock()
    pace = DiscordPace(clock, most=1)
    pace.take(GUILD)

    assert pace.wait(GUILD) > 0
    clock.now += 2.1
    assert pace.wait(GUILD) == 0.0


def test_what_nobody_answered_counts_for_a_second_more() -> None:
    clock = Clock()
    pace = DiscordPace(clock, most=1)
    pace.take(GUILD)
    request = pace.leaves("POST")
    clock.now += 1.5
    pace.lost(request)

    assert pace.wait(GUILD) == pytest.approx(1.002)


def test_nothing_leaves_before_the_pause_is_over_that_a_refusal_named() -> None:
    clock = Clock()
    pace = DiscordPace(clock)
    pace.take(GUILD)
    pace.refused(pace.leaves("POST"), 30.0)

    assert pace.wait(GUILD) == pytest.approx(30.0)
    clock.now += 30.0
    assert pace.wait(GUILD) == pytest.approx(0.0)


def test_requests_that_were_refused_together_are_concluded_from_once() -> None:
    clock = Clock()
    pace = DiscordPace(clock)
    for _ in range(20):
        asked(pace, clock)
    together = [pace.leaves("POST") for _ in range(5)]
    clock.now += 0.01
    for request in together:
        pace.refused(request, 0.5)

    assert pace.most == 20


def test_a_channel_that_takes_no_more_says_nothing_about_the_bot() -> None:
    clock = Clock()
    pace = DiscordPace(clock)
    pace.take(GUILD)
    pace.refused(pace.leaves("POST"))
    clock.now += 0.1

    assert (pace.most, pace.wait(GUILD)) == (50, 0.0)


def test_a_limit_that_nothing_waits_for_is_not_taken_for_a_wider_one() -> None:
    clock = Clock()
    pace = DiscordPace(clock)
    for _ in range(300):
        asked(pace, clock)
        clock.now += 0.2

    assert pace.most == 50
