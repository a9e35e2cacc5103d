"""Alerts that have waited too long end in one summary, which takes their place in the lane."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.jobs.intake import take_in
from bot.model.delivery import (
    Ages,
    Alert,
    CatchUp,
    Claimed,
    Content,
    Finished,
    Headline,
    Notice,
    Pending,
    Reason,
    Suspended,
    Terms,
    Unknown,
)
from bot.model.destination import parse_destination
from bot.model.ids import DestinationId
from bot.ports import Telling, Unit
from storage.engine import open_engine
from storage.tables import deliveries
from storage.unit import SqlStorage
from tests.builders import ACME, CHANNEL, NOON, WINDOW, SettableClock, a_new_subscription, an_alert, an_article

WIRE = "https://wire.example.org/rss"
AGES = Ages(timedelta(hours=6), timedelta(days=7))
LEASE, GRACE = timedelta(seconds=60), timedelta(seconds=30)


async def queue_alerts(unit: Unit, *titles: str, to: str = CHANNEL) -> DestinationId:
    return (await tell(unit, *titles, to=to))[0].destination


async def tell(unit: Unit, *titles: str, to: str = CHANNEL) -> Sequence[Telling]:
    await unit.feeds.follow(await unit.workspaces.register(ACME), WIRE, origin="command")
    feed = await unit.feeds.find(WIRE)
    assert feed is not None
    await unit.subscriptions.add(a_new_subscription("auction", to))
    known = [one for one in await unit.subscriptions.standing() if one.destination == parse_destination(to)]
    lane = await unit.outbox.destination(parse_destination(to))
    articles = [an_article(title) for title in titles]
    sightings = await take_in(unit, feed, articles, WINDOW)
    reasons = (Reason(known[0].number, "auction"),)
    tellings = [
        Telling(lane, one.story, one.article_id, an_alert(article=article, reasons=reasons), (known[0].id,))
        for one, article in zip(sightings, articles, strict=True)
    ]
    assert all(await unit.outbox.tell(tellings))
    return tellings


async def claim(unit: Unit, owner: str = "one") -> Sequence[Claimed]:
    return await unit.outbox.claim(owner, 9, Terms(LEASE, GRACE, {"slack": timedelta()}, AGES))


async def claims_and_breaks_off(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        [head] = await claim(unit)
        assert head.kind == "catch-up"
        raise ZeroDivisionError


async def drained(storage: SqlStorage) -> list[str]:
    """What is posted where every attempt succeeds."""
    posted = []
    while True:
        async with storage.begin() as unit:
            heads = await claim(unit)
            for head in heads:
                assert await unit.outbox.settle(head, Finished("1"))
                posted.append(said(head.delivery.content))
        if not heads:
            return posted


def said(content: Content) -> str:
    match content:
        case Alert():
            return content.article.title
        case CatchUp():
            return f"{content.count}: {' '.join(one.title for one in content.headlines)}"
        case Notice():
            return content.text


async def ended(address: str) -> list[tuple[str, str, str | None]]:
    """State, reason and what tells it, of every alert."""
    engine = open_engine(address)
    async with engine.connect() as connection:
        found = await connection.execute(
            select(deliveries.c.state, deliveries.c.reason, deliveries.c.told_in)
            .where(deliveries.c.kind == "alert")
            .order_by(deliveries.c.id)
        )
        rows = [(row.state, row.reason, row.told_in) for row in found]
    await engine.dispose()
    return rows


async def test_old_alerts_are_told_in_one_summary_that_names_them_in_order(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        await queue_alerts(unit, "One", "Two", "Three")
    clock.advance(hours=6)

    async with storage.begin() as unit:
        [head] = await claim(unit)

    assert head.kind == "catch-up"
    assert head.delivery.content == CatchUp(
        count=3,
        since=NOON,
        headlines=tuple(
            Headline(title, f"https://news.example.org/{title.lower()}", "Example Wire")
            for title in ("One", "Two", "Three")
        ),
        reasons=(Reason(1, "auction"),),
    )
    assert (head.attempt, head.is_resend, head.queued_at) == (1, False, clock.now)
    assert 0 < len(head.delivery.key) <= 25


async def test_what_was_summed_up_ends_with_a_reason_that_names_the_summary_and_counts_as_no_failure(
    storage: SqlStorage, clock: SettableClock, database: str
) -> None:
    async with storage.begin() as unit:
        await queue_alerts(unit, "One", "Two")
    clock.advance(hours=6)

    async with storage.begin() as unit:
        [head] = await claim(unit)
        counted = await unit.overview(None)

    key = head.delivery.key
    assert await ended(database) == [("dead", f"told in the catch-up summary {key}", key)] * 2
    assert (counted.dead_last_day, counted.waiting) == (0, 1)


async def test_summing_up_and_queueing_of_the_summary_are_one_transaction(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        await queue_alerts(unit, "One", "Two")
    clock.advance(hours=6)

    with pytest.raises(ZeroDivisionError):
        await claims_and_breaks_off(storage)

    assert await drained(storage) == ["2: One Two"]


async def test_younger_alerts_and_notices_follow_by_themselves(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        lane = await queue_alerts(unit, "One")
        await unit.outbox.notify(lane, Notice("A line."), "once")
        await queue_alerts(unit, "Two")
    clock.advance(hours=5, minutes=59)
    async with storage.begin() as unit:
        await queue_alerts(unit, "Three")
    clock.advance(minutes=1)

    assert await drained(storage) == ["2: One Two", "A line.", "Three"]


async def test_one_old_alert_is_told_as_itself(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        await queue_alerts(unit, "One")
    clock.advance(hours=6)

    assert await drained(storage) == ["One"]


async def test_each_destination_gets_its_own(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        await queue_alerts(unit, "One", "Two")
        await queue_alerts(unit, "Three", "Four", to="slack:T1/C2")
    clock.advance(hours=6)

    assert sorted(await drained(storage)) == ["2: One Two", "2: Three Four"]


async def test_what_may_have_arrived_is_never_summed_up(
    storage: SqlStorage, clock: SettableClock, database: str
) -> None:
    async with storage.begin() as unit:
        await queue_alerts(unit, "One", "Two", "Three")
        [head] = await claim(unit)
        await unit.outbox.settle(head, Unknown("no answer", NOON))
    clock.advance(hours=6)

    async with storage.begin() as unit:
        [looked_for] = await claim(unit)
        assert (looked_for.in_doubt, said(looked_for.delivery.content)) == (True, "One")
        await unit.outbox.settle(looked_for, Pending("it had not arrived", clock.now))

    assert await drained(storage) == ["One", "2: Two Three"]
    assert [state for state, *_ in await ended(database)] == ["sent", "dead", "dead"]


async def test_a_summary_that_waits_takes_in_what_grows_old_behind_it(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        await queue_alerts(unit, "One", "Two")
    clock.advance(hours=3)
    async with storage.begin() as unit:
        await queue_alerts(unit, "Three")
    clock.advance(hours=3)
    async with storage.begin() as unit:
        [first] = await claim(unit)
        await unit.outbox.settle(first, Suspended("lane", "is_archived", clock.now))
    clock.advance(hours=3)

    async with storage.begin() as unit:
        [again] = await claim(unit)
        await unit.outbox.settle(again, Finished("1"))

    assert (said(first.delivery.content), said(again.delivery.content)) == ("2: One Two", "3: One Two Three")
    assert again.delivery.key == first.delivery.key
    assert await drained(storage) == []


async def test_a_summary_in_doubt_stays_as_it_was_and_holds_its_place(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        await queue_alerts(unit, "One", "Two")
    clock.advance(hours=6)
    async with storage.begin() as unit:
        [summary] = await claim(unit)
        await unit.outbox.settle(summary, Unknown("no answer", clock.now))
        await queue_alerts(unit, "Three", "Four")
    clock.advance(hours=6)

    async with storage.begin() as unit:
        [looked_for] = await claim(unit)
        await unit.outbox.settle(looked_for, Pending("it had not arrived", clock.now))

    assert (looked_for.in_doubt, looked_for.delivery.key) == (True, summary.delivery.key)
    assert await drained(storage) == ["2: One Two", "2: Three Four"]


async def test_a_waiting_summary_stays_before_what_was_queued_before_it(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        lane = await queue_alerts(unit, "One", "Two")
        await unit.outbox.notify(lane, Notice("A line."), "once")
    clock.advance(hours=6)
    async with storage.begin() as unit:
        [summary] = await claim(unit)
        await unit.outbox.settle(summary, Pending("rate limited", clock.now + GRACE))
        assert await claim(unit) == []
    clock.advance(seconds=30)

    assert await drained(storage) == ["2: One Two", "A line."]


async def test_the_outcome_of_a_summary_is_fenced(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        await queue_alerts(unit, "One", "Two")
    clock.advance(hours=6)
    async with storage.begin() as unit:
        [slow] = await claim(unit)
    clock.advance(minutes=2)

    async with storage.begin() as unit:
        [taken] = await claim(unit, "two")

        assert not await unit.outbox.settle(slow, Finished("too late"))
        assert taken.in_doubt
        assert await unit.outbox.settle(taken, Finished("1"))


async def test_what_has_expired_is_in_no_summary(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        await queue_alerts(unit, "One", "Two")
    clock.advance(days=7, seconds=1)

    async with storage.begin() as unit:
        [head] = await claim(unit)

    assert (head.kind, head.queued_at) == ("alert", NOON)


async def test_of_very_many_the_last_are_named_and_all_are_counted(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        await queue_alerts(unit, *(f"Number {number}" for number in range(60)))
    clock.advance(hours=6)

    async with storage.begin() as unit:
        [head] = await claim(unit)

    content = head.delivery.content
    assert isinstance(content, CatchUp)
    assert content.count == 60
    assert [one.title for one in content.headlines] == [f"Number {number}" for number in range(10, 60)]


async def test_a_story_that_was_summed_up_is_not_told_again(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        tellings = await tell(unit, "One", "Two")
    clock.advance(hours=6)

    async with storage.begin() as unit:
        [summary] = await claim(unit)
        more = (Reason(2, "5G"),)
        assert await unit.outbox.tell([replace(one, alert=an_alert(reasons=more)) for one in tellings]) == [False] * 2
        await unit.outbox.settle(summary, Finished("1"))

    assert await drained(storage) == []
