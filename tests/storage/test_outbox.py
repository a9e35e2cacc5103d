"""The outbox: one lane a destination, its deliveries leave it one at a time, in order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.jobs.intake import take_in
from bot.model.delivery import (
    Alert,
    Claimed,
    Content,
    Dead,
    Finished,
    Notice,
    Pending,
    Reason,
    Step,
    Suspended,
    Terms,
    Unknown,
)
from bot.model.destination import Workspace, parse_destination
from bot.model.ids import DestinationId
from bot.ports import Telling, Unit
from storage.engine import open_engine
from storage.tables import deliveries, reasons
from storage.unit import SqlStorage
from tests.builders import ACME, NOON, WINDOW, SettableClock, a_new_subscription, an_alert, an_article

WIRE = "https://wire.example.org/rss"
LEASE, GRACE = timedelta(seconds=60), timedelta(seconds=30)
ONE, TWO, THREE = Notice("One."), Notice("Two."), Notice("Three.")
T1, T2 = Workspace("slack", "T1"), Workspace("slack", "T2")


async def a_lane(unit: Unit, to: str = "slack:T1/C1") -> DestinationId:
    return await unit.outbox.destination(parse_destination(to))


async def queue(unit: Unit, *notices: Notice, to: str = "slack:T1/C1") -> DestinationId:
    lane = await a_lane(unit, to)
    for notice in notices:
        assert await unit.outbox.notify(lane, notice, notice.text)
    return lane


async def claim(
    unit: Unit,
    owner: str = "one",
    limit: int = 9,
    lanes: Sequence[DestinationId] = (),
    *,
    platform: str = "slack",
    knows_again: timedelta = timedelta(),
) -> Sequence[Claimed]:
    return await unit.outbox.claim(owner, limit, Terms(LEASE, GRACE, {platform: knows_again}), lanes)


async def claimed_texts(unit: Unit, **how: object) -> list[Content]:
    return [one.delivery.content for one in await claim(unit, **how)]  # type: ignore[arg-type]  # how are claim's own keywords


async def settle_head(unit: Unit, step: Step) -> Claimed:
    [head] = await claim(unit)
    assert await unit.outbox.settle(head, step)
    return head


async def a_telling(unit: Unit, *queries: str) -> Telling:
    """Of one article in a channel, for new subscriptions with these queries."""
    await unit.feeds.follow(await unit.workspaces.register(ACME), WIRE, origin="command")
    feed = await unit.feeds.find(WIRE)
    assert feed is not None
    [sighting] = await take_in(unit, feed, [an_article()], WINDOW)
    subscriptions = [await unit.subscriptions.add(a_new_subscription(query)) for query in queries]
    kept = [one for one in subscriptions if one is not None]
    alert = an_alert(reasons=tuple(Reason(one.number, one.query) for one in kept))
    return Telling(
        await a_lane(unit), sighting.story, sighting.article_id, alert, tuple(subscription.id for subscription in kept)
    )


async def reasons_kept(address: str) -> list[tuple[int, bool]]:
    """Each subscription, and whether its reason was posted."""
    engine = open_engine(address)
    async with engine.connect() as connection:
        rows = await connection.execute(
            select(reasons.c.subscription_id, reasons.c.posted).order_by(reasons.c.subscription_id)
        )
        kept = [(row.subscription_id, row.posted) for row in rows]
    await engine.dispose()
    return kept


# ---- queueing


async def test_a_destination_keeps_its_id(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        assert await a_lane(unit) == await a_lane(unit) != await a_lane(unit, "slack:T2/C1")


async def test_a_notice_is_queued_once_a_destination_and_occasion(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        lane, other = await a_lane(unit), await a_lane(unit, "slack:T1/C2")

        assert await unit.outbox.notify(lane, ONE, "feed removed")
        assert not await unit.outbox.notify(lane, TWO, "feed removed")
        assert await unit.outbox.notify(lane, TWO, "feed removed again")
        assert await unit.outbox.notify(other, ONE, "feed removed")


async def test_what_was_queued_comes_out_as_it_went_in(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        telling = await a_telling(unit, "auction")
        await unit.outbox.tell([telling])
        await queue(unit, Notice("<@U1> subscribed", "5G “auction”", "<@U1>"))

        [first] = await claim(unit)
        await unit.outbox.settle(first, Finished("1"))
        [second] = await claim(unit)

    assert (first.kind, first.delivery.content) == ("alert", telling.alert)
    assert (second.kind, second.delivery.content) == ("notice", Notice("<@U1> subscribed", "5G “auction”", "<@U1>"))
    assert first.delivery.destination == parse_destination("slack:T1/C1")
    assert 0 < len(first.delivery.key) <= 25
    assert first.delivery.key != second.delivery.key


async def test_a_story_is_told_a_destination_once(storage: SqlStorage, database: str) -> None:
    async with storage.begin() as unit:
        telling = await a_telling(unit, "auction")

        assert await unit.outbox.tell([telling]) == [True]
        assert await unit.outbox.tell([telling]) == [False]
        assert await unit.outbox.tell([replace(telling, destination=await a_lane(unit, "slack:T1/C2"))]) == [True]
        assert (await unit.overview(None)).waiting == 2

    assert [posted for _, posted in await reasons_kept(database)] == [True, True]


async def test_many_alerts_are_told_at_once_and_leave_in_their_order(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        telling = await a_telling(unit, "auction")
        feed = await unit.feeds.find(WIRE)
        assert feed is not None
        sightings = await take_in(
            unit, feed, [an_article(title=f"Frequencies {n}", guid=f"g{n}") for n in (1, 2, 3)], WINDOW
        )
        stories = [
            replace(telling, story=one.story, article=one.article_id, alert=an_alert(article=one.article))
            for one in sightings
        ]
        [second] = await unit.outbox.tell(stories[1:2])
        told = await unit.outbox.tell([telling, *stories])
        heard = []
        while claimed := await claim(unit):
            heard += [one.delivery.content.article.guid for one in claimed if isinstance(one.delivery.content, Alert)]
            await unit.outbox.settle(claimed[0], Finished("1"))

    assert (second, told) == (True, [True, True, False, True])
    assert heard == ["g2", telling.alert.article.guid, "g1", "g3"]


async def test_what_is_told_twice_at_once_is_queued_once_with_all_reasons(storage: SqlStorage, database: str) -> None:
    async with storage.begin() as unit:
        auction, mainz = await a_telling(unit, "auction"), await a_telling(unit, "mainz")

        assert await unit.outbox.tell([auction, mainz]) == [True, False]
        [claimed] = await claim(unit)

    assert isinstance(claimed.delivery.content, Alert)
    assert claimed.delivery.content.reasons == (Reason(1, "auction"), Reason(2, "mainz"))
    assert [posted for _, posted in await reasons_kept(database)] == [True, True]


async def test_new_reasons_join_an_alert_that_waits(storage: SqlStorage, database: str) -> None:
    async with storage.begin() as unit:
        await unit.outbox.tell([await a_telling(unit, "auction")])
        await unit.outbox.tell([await a_telling(unit, "mainz")])

        [claimed] = await claim(unit)

    assert isinstance(claimed.delivery.content, Alert)
    assert claimed.delivery.content.reasons == (Reason(1, "auction"), Reason(2, "mainz"))
    assert [posted for _, posted in await reasons_kept(database)] == [True, True]


async def test_a_reason_keeps_on_what_text_it_was_judged(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        told, late = await a_telling(unit, "auction"), await a_telling(unit, "mainz -bonn")
        await unit.outbox.tell([told])
        alert = replace(late.alert, reasons=tuple(replace(one, on_feed_text=True) for one in late.alert.reasons))
        await unit.outbox.tell([replace(late, alert=alert)])

        [claimed] = await claim(unit)

    assert isinstance(claimed.delivery.content, Alert)
    assert [reason.on_feed_text for reason in claimed.delivery.content.reasons] == [False, True]


@pytest.mark.parametrize("step", [None, Finished("1"), Unknown("no answer", NOON), Dead("invalid_blocks")], ids=repr)
async def test_reasons_that_come_when_the_alert_has_left_are_kept_and_not_posted(
    storage: SqlStorage, database: str, step: Step | None
) -> None:
    async with storage.begin() as unit:
        await unit.outbox.tell([await a_telling(unit, "auction")])
        [claimed] = await claim(unit)
        if step is not None:
            await unit.outbox.settle(claimed, step)

        assert await unit.outbox.tell([await a_telling(unit, "mainz")]) == [False]

    assert [posted for _, posted in await reasons_kept(database)] == [True, False]


# ---- claiming


async def test_only_the_head_of_a_lane_is_claimed_and_it_is_first_come_first_served(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        await queue(unit, ONE, TWO)
        heard = []
        while claimed := await claim(unit):
            assert await claim(unit, "two") == []
            heard += [one.delivery.content for one in claimed]
            await unit.outbox.settle(claimed[0], Finished("1"))

    assert heard == [ONE, TWO]


async def test_no_more_lanes_are_claimed_than_asked_for_and_only_those_named(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        lanes = [await queue(unit, ONE, to=f"slack:T1/C{number}") for number in range(4)]

        assert [one.lane for one in await claim(unit, lanes=lanes[2:3])] == [lanes[2]]
        assert len(await claim(unit, limit=2)) == 2
        assert len(await claim(unit)) == 1


async def test_lanes_that_are_due_are_named_with_their_workspaces_of_each_as_many_as_were_asked_for(
    storage: SqlStorage,
) -> None:
    async with storage.begin() as unit:
        lanes = [await queue(unit, ONE, to=place) for place in ("slack:T1/C1", "slack:T1/C2", "slack:T2/C1")]
        await queue(unit, ONE, to="discord:1/1")
        terms = Terms(LEASE, GRACE, {"slack": timedelta()})

        assert await unit.outbox.due(terms, most=9) == list(zip(lanes, [T1, T1, T2], strict=True))
        assert await unit.outbox.due(terms, most=1) == [(lanes[0], T1), (lanes[2], T2)]
        await claim(unit, lanes=lanes[:1])
        assert await unit.outbox.due(terms, most=1) == [(lanes[1], T1), (lanes[2], T2)]


async def test_a_lane_rests_until_its_platform_takes_the_next_message(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        await queue(unit, ONE, Notice("two"))
        await settle_head(unit, Finished("1", lane_rests_until=unit.now + timedelta(seconds=3)))
        too_soon = await claim(unit)
        not_due = await unit.outbox.due(Terms(LEASE, GRACE, {"slack": timedelta()}), most=9)
    clock.advance(seconds=3)
    async with storage.begin() as unit:
        assert (too_soon, not_due) == ([], [])
        assert await claimed_texts(unit) == [Notice("two")]


async def test_only_lanes_of_platforms_that_run_here_are_claimed(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        await queue(unit, ONE)

        assert await claim(unit, platform="discord") == []
        assert await claimed_texts(unit) == [ONE]


async def test_a_claim_counts_the_attempt_and_remembers_when(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        await queue(unit, ONE)
        head = await settle_head(unit, Pending("rate limited", NOON + GRACE))
    clock.advance(seconds=30)

    async with storage.begin() as unit:
        [again] = await claim(unit)

    assert (head.attempt, head.in_doubt, head.lease_until) == (1, False, NOON + LEASE)
    assert (again.attempt, again.in_doubt, again.epoch) == (2, False, head.epoch + 1)
    assert (again.delivery.first_sent_at, again.delivery.last_sent_at) == (NOON, clock.now)


async def test_what_waits_for_its_time_holds_up_its_lane_until_then(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        await queue(unit, ONE, TWO)
        await settle_head(unit, Pending("rate limited", NOON + timedelta(seconds=40)))
    clock.advance(seconds=39)
    async with storage.begin() as unit:
        assert await claim(unit) == []
    clock.advance(seconds=1)

    async with storage.begin() as unit:
        assert await claimed_texts(unit) == [ONE]


async def test_what_is_in_doubt_is_claimed_to_look_for_it(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        await queue(unit, ONE)
        await settle_head(unit, Unknown("no answer", NOON + GRACE))
        assert await claim(unit) == []
    clock.advance(seconds=30)

    async with storage.begin() as unit:
        [looked] = await claim(unit)
        await unit.outbox.settle(looked, Pending("cannot be known", clock.now, repeated=True))
        [again] = await claim(unit)

    assert (looked.in_doubt, looked.attempt, looked.delivery.last_sent_at) == (True, 1, NOON)
    assert (again.in_doubt, again.attempt, again.delivery.repeated) == (False, 2, True)


async def test_what_is_in_doubt_is_claimed_to_send_it_again_while_its_platform_knows_it_again(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        await queue(unit, ONE)
        await settle_head(unit, Unknown("no answer", NOON + GRACE))
    clock.advance(seconds=119)
    async with storage.begin() as unit:
        [again] = await claim(unit, knows_again=timedelta(seconds=120))
        await unit.outbox.settle(again, Unknown("no answer", clock.now))
    clock.advance(seconds=1)
    async with storage.begin() as unit:
        [looked] = await claim(unit, knows_again=timedelta(seconds=120))

    assert (again.in_doubt, again.is_resend, again.attempt) == (False, True, 2)
    assert (again.delivery.first_sent_at, again.delivery.last_sent_at) == (NOON, NOON + timedelta(seconds=119))
    assert (looked.in_doubt, looked.is_resend) == (True, True)


async def test_what_was_once_in_doubt_is_a_resend_whatever_was_found(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        await queue(unit, ONE)
        first = await settle_head(unit, Unknown("no answer", NOON))
        looked = await settle_head(unit, Pending("it had not arrived", NOON))
        again = await settle_head(unit, Suspended("lane", "shut", NOON, in_doubt=True))
        behind_the_door = await settle_head(unit, Pending("it had not arrived", NOON))

    assert [one.is_resend for one in (first, looked, again, behind_the_door)] == [False, True, True, True]
    assert [one.in_doubt for one in (first, looked, again, behind_the_door)] == [False, True, False, True]


async def test_what_a_process_left_is_claimed_in_doubt_once_its_lease_and_the_grace_are_over(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        await queue(unit, ONE)
        await claim(unit)
    clock.advance(seconds=59)
    async with storage.begin() as unit:
        assert await claim(unit, "two") == []
    clock.advance(seconds=1)

    async with storage.begin() as unit:
        [taken] = await claim(unit, "two")
    assert taken.in_doubt
    assert taken.attempt == 1


# ---- settling


async def test_who_lost_the_lease_changes_nothing(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        await queue(unit, ONE)
        [slow] = await claim(unit, "slow")
    clock.advance(minutes=2)

    async with storage.begin() as unit:
        [taken] = await claim(unit, "two")
        assert not await unit.outbox.settle(slow, Dead("too late"))
        assert await unit.outbox.settle(taken, Finished("1"))
        assert not await unit.outbox.settle(taken, Finished("2"))
        assert (await unit.overview(None)).sent_last_day == 1


async def test_the_outcome_of_another_owner_of_the_same_epoch_changes_nothing(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        await queue(unit, ONE)
        [head] = await claim(unit, "one")

        assert not await unit.outbox.settle(replace(head, owner="two"), Dead("not its own"))
        assert await unit.outbox.settle(head, Finished("1"))


async def test_what_is_finished_or_dead_leaves_its_lane(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        await queue(unit, ONE, TWO, THREE)
        await settle_head(unit, Finished("1"))
        await settle_head(unit, Dead("invalid_blocks"))

        overview = await unit.overview(None)
        assert (overview.sent_last_day, overview.dead_last_day, overview.waiting) == (1, 1, 1)
        assert await claimed_texts(unit) == [THREE]


async def test_a_suspended_lane_holds_only_itself_up_and_tries_again(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        lane = await queue(unit, ONE)
        await settle_head(unit, Suspended("lane", "not_in_channel", NOON + timedelta(minutes=15)))
        await queue(unit, TWO, to="slack:T1/C2")
        assert await claimed_texts(unit) == [TWO]
    clock.advance(minutes=15)

    async with storage.begin() as unit:
        [head] = await claim(unit, lanes=[lane])
        await unit.outbox.settle(head, Finished("1"))

        assert (await unit.overview(None)).suspended == []


async def test_a_lane_that_is_reopened_goes_on_at_once(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        await queue(unit, ONE)
        await settle_head(unit, Suspended("lane", "not_in_channel", NOON + timedelta(minutes=15)))

        await unit.outbox.reopen(parse_destination("slack:T1/C1"))

        assert (await unit.overview(None)).suspended == []
        assert await claimed_texts(unit) == [ONE]


async def test_reopening_does_not_touch_what_is_in_doubt(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        await queue(unit, ONE)
        await settle_head(unit, Unknown("no answer", NOON + GRACE))

        await unit.outbox.reopen(parse_destination("slack:T1/C1"))

        assert await claim(unit) == []


async def test_a_suspended_workspace_holds_up_all_its_lanes_until_it_is_resumed(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        await queue(unit, ONE)
        await settle_head(unit, Suspended("workspace", "token_revoked", NOON + timedelta(minutes=15)))
        await queue(unit, TWO, to="slack:T1/C2")
        await queue(unit, THREE, to="slack:T2/C3")
        assert await claimed_texts(unit) == [THREE]
    clock.advance(seconds=30)

    async with storage.begin() as unit:
        await unit.workspaces.resume(ACME)

        assert await claimed_texts(unit) == [ONE, TWO]


async def test_resuming_a_workspace_that_is_open_hurries_nothing(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        await queue(unit, ONE)
        await settle_head(unit, Pending("rate limited", NOON + GRACE))

        await unit.workspaces.resume(ACME)

        assert await claim(unit) == []


# ---- a payload that another version wrote


async def spoil(address: str) -> None:
    engine = open_engine(address)
    async with engine.begin() as connection:
        head = select(deliveries.c.id).order_by(deliveries.c.id).limit(1).scalar_subquery()
        await connection.execute(update(deliveries).where(deliveries.c.id == head).values(payload='{"wave": 2}'))
    await engine.dispose()


async def test_a_delivery_that_cannot_be_read_any_more_is_dead_and_its_lane_goes_on(
    storage: SqlStorage, database: str
) -> None:
    async with storage.begin() as unit:
        await queue(unit, ONE, TWO)
        await queue(unit, THREE, to="slack:T1/C2")
    await spoil(database)

    async with storage.begin() as unit:
        first = await claimed_texts(unit)
        then = await claimed_texts(unit)
        overview = await unit.overview(None)

    assert (first, then) == ([THREE], [TWO])
    assert overview.dead_last_day == 1


async def test_a_reason_for_an_alert_that_cannot_be_read_any_more_is_kept_and_not_posted(
    storage: SqlStorage, database: str
) -> None:
    async with storage.begin() as unit:
        await unit.outbox.tell([await a_telling(unit, "auction")])
    await spoil(database)

    async with storage.begin() as unit:
        assert await unit.outbox.tell([await a_telling(unit, "mainz")]) == [False]

    assert [posted for _, posted in await reasons_kept(database)] == [True, False]
