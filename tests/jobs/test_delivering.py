"""Lanes, outcomes and what they lead to: nothing lost, nothing sent twice, and each trouble in its own lane."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.jobs.crew import Crew
from bot.jobs.deliver import TURN
from bot.model.delivery import Absent, Deferred, Found, Refused, Sent, Terms, Unconfirmed, Unknowable
from bot.model.destination import Destination, Workspace, parse_destination
from tests.builders import ACME, GLOBEX, HEADLINE
from tests.jobs.newsroom import LEASE, PATIENCE, Newsroom

WIRE = "https://wire.example.org/rss"
FIRST, SECOND, THIRD = "First auction", "Second auction", "Third auction"


@dataclass
class Turnstile:
    """A pace that lets so many through, and then makes everybody wait."""

    left: int

    def wait(self, _workspace: Workspace) -> float:
        return 0.0 if self.left else 60.0

    def take(self, _workspace: Workspace) -> None:
        self.left -= 1

    def give_back(self, _workspace: Workspace) -> None:
        self.left += 1


@pytest.fixture
async def waiting(newsroom: Newsroom) -> Newsroom:
    """Three alerts wait for C1, and the same for C2 and for C3 of another workspace."""
    await newsroom.follows(WIRE)
    await newsroom.follows(WIRE, by=GLOBEX)
    for to in ("slack:T1/C1", "slack:T1/C2", "slack:T2/C3"):
        await newsroom.subscribes("auction", to=to)
    await newsroom.polls()
    newsroom.publishes(WIRE, THIRD, SECOND, FIRST)
    await newsroom.polls()
    return newsroom


async def test_a_channel_hears_in_order(waiting: Newsroom) -> None:
    await waiting.delivers()

    assert waiting.heard_in("C1") == [FIRST, SECOND, THIRD]
    assert waiting.heard_in("C2") == [FIRST, SECOND, THIRD]


async def test_what_waits_wakes_its_lanes(waiting: Newsroom) -> None:
    assert len(set(waiting.woken)) == 3


async def test_more_lanes_than_there_is_room_for_are_all_drained_by_one_look(waiting: Newsroom) -> None:
    waiting.deliverer.crew = Crew(1)

    await waiting.delivers()

    assert [waiting.heard_in(channel) for channel in ("C1", "C2", "C3")] == [[FIRST, SECOND, THIRD]] * 3


async def test_a_lane_with_a_long_backlog_lets_others_have_their_turn(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE)
    await newsroom.follows(WIRE, by=GLOBEX)
    await newsroom.subscribes("auction", to="slack:T1/C1")
    await newsroom.polls()
    newsroom.publishes(WIRE, *(f"Auction number {number}" for number in range(3 * TURN)))
    await newsroom.polls()
    await newsroom.subscribes("tender", to="slack:T2/C2")
    newsroom.publishes(WIRE, "One tender")
    await newsroom.polls()
    newsroom.deliverer.crew = Crew(1)

    await newsroom.delivers()

    heard = [one.destination.channel for one in newsroom.channels.posted]
    assert heard == ["C1"] * TURN + ["C2"] + ["C1"] * 2 * TURN


async def test_after_a_message_its_lane_rests_as_long_as_the_platform_wants_and_is_woken_then(
    waiting: Newsroom,
) -> None:
    waiting.channels.answers("C1", Sent("receipt 1", timedelta(seconds=3)))
    await waiting.delivers()
    await waiting.delivers(seconds=2)
    early = waiting.heard_in("C1")

    [(lane, at)] = waiting.to_wake
    waiting.clock.now = at
    await waiting.deliverer.look_at(lane)

    await waiting.delivers()
    assert early == [FIRST]
    assert waiting.heard_in("C1") == [FIRST, SECOND, THIRD]
    assert waiting.heard_in("C2") == [FIRST, SECOND, THIRD]


async def test_a_workspace_at_its_limit_waits_for_its_turn_and_loses_nothing(waiting: Newsroom) -> None:
    pace = Turnstile(left=2)
    waiting.deliverer = replace(waiting.deliverer, paces={"slack": pace})

    await waiting.delivers()
    at_first = len(waiting.channels.posted)
    pace.left = 1
    await waiting.delivers()
    then = len(waiting.channels.posted)
    pace.left = 100
    await waiting.delivers()

    assert (at_first, then) == (2, 3)
    assert [waiting.heard_in(channel) for channel in ("C1", "C2", "C3")] == [[FIRST, SECOND, THIRD]] * 3
    assert pace.left == 100 - 6


async def test_a_crash_between_commit_and_send_loses_nothing(waiting: Newsroom) -> None:
    await waiting.restarted().delivers()

    assert waiting.heard_in("C1") == [FIRST, SECOND, THIRD]


async def test_what_is_recorded_as_sent_is_never_sent_again(waiting: Newsroom) -> None:
    await waiting.delivers()

    await waiting.restarted().delivers(days=30)

    assert waiting.heard_in("C1") == [FIRST, SECOND, THIRD]


async def test_a_deferred_delivery_waits_its_time_and_its_lane_with_it(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", Deferred("rate limited", timedelta(seconds=40)))
    await waiting.delivers()
    await waiting.delivers(seconds=39)
    early = waiting.heard_in("C1")

    await waiting.delivers(seconds=12)

    assert early == []
    assert waiting.heard_in("C1") == [FIRST, SECOND, THIRD]
    assert waiting.heard_in("C2") == [FIRST, SECOND, THIRD]


async def test_a_deferred_lane_is_woken_when_its_time_has_come(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", Deferred("rate limited", timedelta(seconds=40)))
    await waiting.delivers()

    [(lane, at)] = waiting.to_wake
    waiting.clock.now = at
    await waiting.deliverer.look_at(lane)

    await waiting.delivers()
    assert waiting.heard_in("C1") == [FIRST, SECOND, THIRD]


async def test_an_unconfirmed_delivery_is_looked_for_and_not_sent_again_where_it_arrived(waiting: Newsroom) -> None:
    waiting.channels.arrives_unconfirmed("C1")
    await waiting.delivers()
    before = waiting.heard_in("C1")

    await waiting.delivers(seconds=30)

    assert before == []
    assert waiting.heard_in("C1") == [SECOND, THIRD]
    assert [one.destination.channel for one in waiting.channels.looked_for] == ["C1"]


async def test_an_unconfirmed_delivery_is_sent_again_once_it_is_known_to_be_absent(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", Unconfirmed("no answer"))
    await waiting.delivers()
    await waiting.delivers(seconds=29)
    early = list(waiting.channels.looked_for)

    await waiting.delivers(seconds=1)
    await waiting.delivers()

    assert early == []
    assert waiting.heard_in("C1") == [FIRST, SECOND, THIRD]
    assert not waiting.channels.posted[-1].repeated


async def test_where_the_platform_knows_it_again_it_is_sent_again_without_a_look(waiting: Newsroom) -> None:
    waiting.channels.knows_again = timedelta(seconds=120)
    waiting.channels.answers("C1", Unconfirmed("no answer"), Deferred("rate limited"))
    await waiting.delivers()

    await waiting.delivers(seconds=30)
    await waiting.delivers(seconds=30)

    assert waiting.channels.looked_for == []
    assert waiting.heard_in("C1") == [FIRST, SECOND, THIRD]


async def test_once_the_platform_has_forgotten_it_it_is_looked_for(waiting: Newsroom) -> None:
    waiting.channels.knows_again = timedelta(seconds=20)
    waiting.channels.arrives_unconfirmed("C1")
    await waiting.delivers()

    await waiting.delivers(seconds=30)

    assert waiting.heard_in("C1") == [SECOND, THIRD]
    assert len(waiting.channels.looked_for) == 1


async def test_what_is_refused_after_it_was_absent_is_looked_for_before_it_is_sent_again(waiting: Newsroom) -> None:
    """A late first attempt may have arrived by then."""
    waiting.channels.answers("C1", Unconfirmed("no answer"), Deferred("rate limited"))
    waiting.channels.findings.extend([Absent(), Found(("late",))])
    await waiting.delivers()
    await waiting.delivers(seconds=30)
    await waiting.delivers()

    await waiting.delivers(seconds=30)

    assert waiting.heard_in("C1") == [SECOND, THIRD]
    assert len(waiting.channels.looked_for) == 2


async def test_what_was_sent_again_is_looked_at_once_more_and_the_surplus_copy_is_deleted(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", Unconfirmed("no answer"))
    waiting.channels.findings.append(Absent())
    await waiting.delivers()
    await waiting.delivers(seconds=30)
    await waiting.delivers()
    waiting.channels.findings.append(Found(("late", "message 1")))

    await waiting.looks_again(seconds=59)
    early = list(waiting.channels.looked_for)
    await waiting.looks_again(seconds=1)
    await waiting.looks_again(days=1)

    assert len(early) == 1
    assert waiting.channels.deleted == ["message 1"]
    assert len(waiting.channels.looked_for) == 2


async def test_a_second_look_that_is_put_off_or_broken_off_comes_again(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", Unconfirmed("no answer"))
    waiting.channels.findings.append(Absent())
    await waiting.delivers()
    await waiting.delivers(seconds=30)
    await waiting.delivers()
    waiting.channels.findings.extend([Deferred("rate limited"), Found(("late", "message 1"))])

    for _ in range(3):
        await waiting.looks_again(minutes=1)

    assert waiting.channels.deleted == ["message 1"]


async def test_a_second_look_that_raises_harms_nothing_else(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", Unconfirmed("no answer"))
    waiting.channels.findings.append(Absent())
    await waiting.delivers()
    await waiting.delivers(seconds=30)
    await waiting.delivers()
    waiting.channels.findings.append(KeyError("messages"))

    await waiting.looks_again(minutes=1)
    await waiting.looks_again(minutes=10)

    assert len(waiting.channels.looked_for) == 2
    assert waiting.heard_in("C1") == [FIRST, SECOND, THIRD]


async def test_what_arrived_at_the_first_attempt_is_looked_at_no_more(waiting: Newsroom) -> None:
    waiting.channels.arrives_unconfirmed("C1")
    await waiting.delivers()
    await waiting.delivers(seconds=30)
    looked = len(waiting.channels.looked_for)

    await waiting.looks_again(days=1)

    assert len(waiting.channels.looked_for) == looked


async def test_what_has_waited_longer_than_a_week_is_not_sent_and_says_why(waiting: Newsroom) -> None:
    await waiting.delivers(days=7, seconds=1)

    assert waiting.channels.attempts == []
    assert (await waiting.overview()).dead_last_day == 9


async def test_a_process_that_slept_through_its_lease_sends_nothing(
    waiting: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was stopped between its claim and its attempt, and another may have taken over meanwhile."""
    clock = iter([100.0, *[151.0] * 3, *[200.0] * 100])
    monkeypatch.setattr("bot.jobs.deliver.passed", lambda: next(clock))

    await waiting.delivers()
    asleep = list(waiting.channels.attempts)
    await waiting.delivers()

    assert asleep == []
    assert waiting.heard_in("C1") == [FIRST, SECOND, THIRD]


async def test_where_nobody_can_know_whether_it_arrived_it_is_sent_again_marked(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", Unconfirmed("no answer"))
    waiting.channels.findings.append(Unknowable("the app may not read here"))
    await waiting.delivers()

    await waiting.delivers(seconds=30)
    await waiting.delivers()

    posted = [one for one in waiting.channels.posted if one.destination.channel == "C1"]
    assert [one.repeated for one in posted] == [True, False, False]


async def test_a_crash_in_mid_send_is_looked_for_when_its_lease_has_ended(waiting: Newsroom) -> None:
    async with waiting.storage.begin() as unit:
        claimed = await unit.outbox.claim("killed", 1, Terms(LEASE, PATIENCE.grace, {"slack": timedelta()}))
    other = waiting.restarted()
    waiting.channels.findings.append(Found(("found",)))

    await other.delivers(seconds=59)
    early = list(waiting.channels.looked_for)
    await other.delivers(seconds=1)

    assert early == []
    assert [one.key for one in waiting.channels.looked_for] == [claimed[0].delivery.key]
    assert waiting.heard_in(claimed[0].delivery.destination.channel) == [SECOND, THIRD]


async def test_a_refused_lane_is_suspended_and_the_others_go_on(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", Refused("lane", "not_in_channel", "/invite @Tocsin"))

    await waiting.delivers()

    assert waiting.heard_in("C1") == []
    assert waiting.heard_in("C2") == waiting.heard_in("C3") == [FIRST, SECOND, THIRD]
    assert (await waiting.overview()).suspended == [(parse_destination("slack:T1/C1"), "not_in_channel")]


async def test_a_suspended_lane_tries_its_door_and_goes_on_when_it_opens(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", Refused("lane", "not_in_channel"), Refused("lane", "not_in_channel"))
    await waiting.delivers()

    await waiting.delivers(minutes=15)
    still_shut = waiting.heard_in("C1")
    await waiting.delivers(minutes=15)

    assert still_shut == []
    assert waiting.heard_in("C1") == [FIRST, SECOND, THIRD]
    assert (await waiting.overview()).suspended == []


async def test_a_suspended_lane_goes_on_at_once_where_the_bot_was_seen_to_be_able_to_post(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", Refused("lane", "not_in_channel"))
    await waiting.delivers()

    async with waiting.storage.begin() as unit:
        await unit.outbox.reopen(parse_destination("slack:T1/C1"))
    await waiting.delivers()

    assert waiting.heard_in("C1") == [FIRST, SECOND, THIRD]


async def test_a_refused_workspace_is_suspended_and_the_other_goes_on(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", Refused("workspace", "token_revoked"))
    waiting.channels.answers("C2", Refused("workspace", "token_revoked"))

    await waiting.delivers()
    await waiting.delivers(minutes=14)

    assert waiting.heard_in("C1") == waiting.heard_in("C2") == []
    assert waiting.heard_in("C3") == [FIRST, SECOND, THIRD]
    assert (await waiting.overview()).suspended == [(Destination(ACME), "token_revoked")]


async def test_a_suspended_workspace_tries_its_door_again_and_goes_on_where_it_opens(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", Refused("workspace", "accesslimited"))
    waiting.channels.answers("C2", Refused("workspace", "accesslimited"))
    await waiting.delivers()

    await waiting.delivers(minutes=15)

    assert waiting.heard_in("C1") == waiting.heard_in("C2") == [FIRST, SECOND, THIRD]
    assert (await waiting.overview()).suspended == []


async def test_a_suspended_workspace_goes_on_as_soon_as_it_is_resumed(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", Refused("workspace", "token_revoked"))
    await waiting.delivers()

    async with waiting.storage.begin() as unit:
        await unit.workspaces.resume(ACME)
    await waiting.delivers()

    assert waiting.heard_in("C1") == [FIRST, SECOND, THIRD]


async def test_a_delivery_refused_for_its_content_is_dead_with_the_reason_and_its_lane_goes_on(
    waiting: Newsroom,
) -> None:
    waiting.channels.answers("C1", Refused("delivery", "invalid_blocks"))

    await waiting.delivers()

    assert waiting.heard_in("C1") == [SECOND, THIRD]
    assert (await waiting.overview()).dead_last_day == 1


async def test_a_messenger_that_raises_holds_up_no_other_lane(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", KeyError("ts"))

    await waiting.delivers()

    assert waiting.heard_in("C2") == waiting.heard_in("C3") == [FIRST, SECOND, THIRD]


async def test_what_a_bug_broke_off_may_have_left_and_is_looked_for(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", KeyError("ts"))
    waiting.channels.findings.append(Found(("found",)))

    await waiting.delivers()
    await waiting.delivers(seconds=30)

    assert waiting.heard_in("C1") == [SECOND, THIRD]


async def test_a_messenger_that_raises_again_and_again_harms_only_its_delivery(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", *(KeyError("ts") for _ in range(20)))

    for _ in range(20):
        await waiting.delivers(seconds=30)
        await waiting.delivers()

    assert waiting.heard_in("C1") == [SECOND, THIRD]
    assert (await waiting.overview()).dead_last_day == 1


async def test_what_was_put_off_again_and_again_is_not_given_up_for_one_bug(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", *[Deferred("rate limited", timedelta(seconds=1))] * 20, KeyError("ts"))
    for _ in range(21):
        await waiting.delivers(seconds=1)

    await waiting.delivers(seconds=30)
    await waiting.delivers()

    assert waiting.heard_in("C1") == [FIRST, SECOND, THIRD]


async def test_a_search_that_raises_does_not_hold_up_its_lane_for_ever(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", Unconfirmed("no answer"))
    waiting.channels.findings.append(KeyError("messages"))

    await waiting.delivers()
    await waiting.delivers(seconds=30)
    await waiting.delivers()

    assert waiting.heard_in("C1") == [FIRST, SECOND, THIRD]


async def test_a_lane_of_a_platform_that_does_not_run_here_waits(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE)
    await newsroom.subscribes("auction", to="slack:T1/C1")
    await newsroom.polls()
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.polls()
    newsroom.deliverer.messengers = {"discord": newsroom.channels}

    await newsroom.delivers()

    assert newsroom.channels.attempts == []
    assert (await newsroom.overview()).waiting == 1


async def test_a_lane_that_is_shut_tries_its_door_when_its_workspace_signs_in_again(waiting: Newsroom) -> None:
    waiting.channels.answers("C1", Refused("lane", "is_archived"))
    await waiting.delivers()

    async with waiting.storage.begin() as unit:
        await unit.workspaces.resume(ACME)
    await waiting.delivers()

    assert waiting.heard_in("C1") == [FIRST, SECOND, THIRD]
    assert (await waiting.overview()).suspended == []
