"""A noisy subscription gathers in one message, which is edited in its lane; everything else goes on."""

import asyncio
from datetime import timedelta

import pytest

from bot.model.delivery import Deferred, Found, Noise, Reason, Refused, Unconfirmed
from storage.unit import SqlStorage
from tests.builders import SettableClock
from tests.jobs.newsroom import Newsroom, line

WIRE = "https://wire.example.org/rss"
FIVE = [f"Auction {number}" for number in range(1, 6)]


@pytest.fixture
async def noisy(storage: SqlStorage, clock: SettableClock) -> Newsroom:
    """C1 has heard five alerts of a subscription."""
    newsroom = Newsroom(storage, clock, noise=Noise(5, timedelta(minutes=15)))
    await newsroom.reads(WIRE)
    await publishes(newsroom, *FIVE)
    await newsroom.delivers()
    return newsroom


async def publishes(newsroom: Newsroom, *titles: str) -> None:
    newsroom.publishes(WIRE, *reversed(titles))
    await newsroom.polls()


async def polled(newsroom: Newsroom) -> None:
    """Beside other work that is under way."""
    await newsroom.poller.sweep()
    while polls := [task for task in asyncio.all_tasks() if task.get_name().startswith("poll ")]:
        await asyncio.wait(polls)


async def publishes_and_delivers(newsroom: Newsroom, *titles: str) -> None:
    await publishes(newsroom, *titles)
    await newsroom.delivers()


def edits(newsroom: Newsroom) -> list[tuple[str, str]]:
    return [(receipt, line(delivery.content)) for delivery, receipt in newsroom.channels.edited]


async def test_after_five_alerts_the_rest_gathers_in_one_message_that_is_edited(noisy: Newsroom) -> None:
    await publishes_and_delivers(noisy, "Auction 6")
    await publishes_and_delivers(noisy, "Auction 7", "Auction 8")

    assert noisy.heard_in("C1") == [*FIVE, "1 gathered: Auction 6"]
    assert edits(noisy) == [("message 6", "3 gathered: Auction 6, Auction 7, Auction 8")]


async def test_the_limit_holds_within_one_poll(storage: SqlStorage, clock: SettableClock) -> None:
    newsroom = Newsroom(storage, clock, noise=Noise(5, timedelta(minutes=15)))
    await newsroom.reads(WIRE)

    await publishes_and_delivers(newsroom, *FIVE, "Auction 6", "Auction 7")

    assert newsroom.heard_in("C1") == [*FIVE, "2 gathered: Auction 6, Auction 7"]


async def test_other_subscriptions_of_the_channel_go_on(noisy: Newsroom) -> None:
    await noisy.subscribes("ferry")
    await noisy.polls()

    await publishes_and_delivers(noisy, "Auction 6")
    await publishes_and_delivers(noisy, "Ferry sails")

    assert noisy.heard_in("C1") == [*FIVE, "1 gathered: Auction 6", "Ferry sails"]


async def test_what_a_quiet_subscription_meets_as_well_is_an_alert_of_that_one(noisy: Newsroom) -> None:
    await noisy.subscribes("ferry")
    await noisy.polls()

    await publishes_and_delivers(noisy, "Ferry auction")

    assert noisy.heard_in("C1") == [*FIVE, "Ferry auction"]
    assert Reason(2, "ferry") in noisy.alerts_in("C1")[-1].reasons


async def test_once_the_window_has_calmed_alerts_stand_alone_again(noisy: Newsroom) -> None:
    await publishes_and_delivers(noisy, "Auction 6")
    noisy.clock.advance(minutes=15)

    await publishes_and_delivers(noisy, "Auction 7")

    assert noisy.heard_in("C1") == [*FIVE, "1 gathered: Auction 6", "Auction 7"]


async def test_a_later_noise_gathers_in_a_message_of_its_own(noisy: Newsroom) -> None:
    await publishes_and_delivers(noisy, "Auction 6")
    noisy.clock.advance(minutes=15)

    await publishes_and_delivers(noisy, *(f"Later auction {number}" for number in range(1, 7)))

    assert noisy.heard_in("C1")[6:] == [
        *(f"Later auction {number}" for number in range(1, 6)),
        "1 gathered: Later auction 6",
    ]
    assert edits(noisy) == []


async def test_what_comes_while_the_message_waits_joins_it(noisy: Newsroom) -> None:
    await publishes(noisy, "Auction 6")
    await publishes(noisy, "Auction 7")

    await noisy.delivers()

    assert noisy.heard_in("C1")[5:] == ["2 gathered: Auction 6, Auction 7"]
    assert edits(noisy) == []


async def test_what_comes_while_the_message_is_under_way_is_told_by_an_edit(noisy: Newsroom) -> None:
    await publishes(noisy, "Auction 6")
    noisy.publishes(WIRE, "Auction 7")
    noisy.clock.advance(seconds=2)
    noisy.channels.meanwhile = lambda: polled(noisy)

    await noisy.delivers()

    assert noisy.heard_in("C1")[5:] == ["1 gathered: Auction 6"]
    assert edits(noisy) == [("message 6", "2 gathered: Auction 6, Auction 7")]


async def test_a_message_that_arrived_in_doubt_is_edited_to_what_it_is_to_say(noisy: Newsroom) -> None:
    await publishes(noisy, "Auction 6")
    noisy.channels.answers("C1", Unconfirmed("no answer"))
    await noisy.delivers()
    await publishes(noisy, "Auction 7")
    noisy.channels.findings.append(Found(("found",)))

    await noisy.delivers(seconds=30)

    assert edits(noisy) == [("found", "2 gathered: Auction 6, Auction 7")]


async def test_an_edit_that_may_have_arrived_is_made_again_without_a_look(noisy: Newsroom) -> None:
    await publishes_and_delivers(noisy, "Auction 6")
    noisy.channels.answers("C1", Unconfirmed("no answer"), Deferred("rate limited"))
    await publishes_and_delivers(noisy, "Auction 7")

    await noisy.delivers(seconds=30)
    await noisy.delivers(seconds=30)

    assert noisy.channels.looked_for == []
    assert edits(noisy) == [("message 6", "2 gathered: Auction 6, Auction 7")]


async def test_an_edit_keeps_its_lane_waiting(noisy: Newsroom) -> None:
    await noisy.subscribes("ferry")
    await publishes_and_delivers(noisy, "Auction 6")
    noisy.channels.answers("C1", Deferred("rate limited", timedelta(seconds=40)))
    await publishes_and_delivers(noisy, "Auction 7", "Ferry sails")
    early = noisy.heard_in("C1")

    await noisy.delivers(seconds=60)

    assert early[-1] == "1 gathered: Auction 6"
    assert noisy.heard_in("C1")[-1] == "Ferry sails"
    assert edits(noisy) == [("message 6", "2 gathered: Auction 6, Auction 7")]


async def test_where_the_message_was_taken_away_another_gathers_what_comes(noisy: Newsroom) -> None:
    await publishes_and_delivers(noisy, "Auction 6")
    noisy.channels.answers("C1", Refused("delivery", "message_not_found"))
    await publishes_and_delivers(noisy, "Auction 7")

    await publishes_and_delivers(noisy, "Auction 8")

    assert noisy.heard_in("C1")[5:] == ["1 gathered: Auction 6", "1 gathered: Auction 8"]
    assert (await noisy.overview()).dead_last_day == 1


async def test_another_process_goes_on_with_the_same_message(noisy: Newsroom) -> None:
    await publishes_and_delivers(noisy, "Auction 6")
    await publishes(noisy, "Auction 7")

    await noisy.restarted().delivers()

    assert edits(noisy) == [("message 6", "2 gathered: Auction 6, Auction 7")]


async def test_a_copy_that_stays_after_a_second_look_says_all_that_was_gathered(noisy: Newsroom) -> None:
    await publishes(noisy, "Auction 6")
    noisy.channels.answers("C1", Unconfirmed("no answer"))
    await noisy.delivers()
    await noisy.delivers(seconds=30)
    await noisy.delivers()
    noisy.channels.findings.append(Found(("late", "message 6")))
    await noisy.looks_again(minutes=1)

    await noisy.delivers()

    assert noisy.channels.deleted == ["message 6"]
    assert edits(noisy)[-1] == ("late", "1 gathered: Auction 6")
