"""Feeds: who follows them, when they are polled, and what their last poll left behind."""

from datetime import timedelta

import psycopg
import pytest

from bot.errors import LeaseLost
from bot.jobs.intake import take_in
from bot.model.feed import Feed, Move, Validators
from bot.model.reading import ReadPoll
from bot.ports import Unit
from storage.claims import WINDOW as WINDOW_OF_CLAIMS
from storage.unit import SqlStorage
from tests.builders import ACME, GLOBEX, NOON, WINDOW, SettableClock, an_article
from tests.polls import fails, finds_nothing_changed

WIRE = "https://wire.example.org/rss"
POST = "https://post.example.org/atom"
LEASE = timedelta(minutes=1)
VALIDATORS = Validators('W/"v1"', "Sat, 14 Mar 2026 12:00:00 GMT", "abc")
LATER = NOON + timedelta(minutes=5)


async def follow(unit: Unit, address: str = WIRE, **wishes: object) -> Feed:
    workspace = await unit.workspaces.register(ACME)
    await unit.feeds.follow(workspace, address, **{"origin": "command", **wishes})  # type: ignore[arg-type]  # wishes are follow's own keywords
    return await the_feed(unit, address)


async def the_feed(unit: Unit, address: str = WIRE) -> Feed:
    feed = await unit.feeds.find(address)
    assert feed is not None
    return feed


async def addresses_due(unit: Unit, owner: str = "one", limit: int = 9) -> list[str]:
    return [feed.address for feed in await unit.feeds.claim_due(owner, limit, LEASE)]


async def read(unit: Unit, feed: Feed, validators: Validators = VALIDATORS) -> None:
    await unit.feeds.read([ReadPoll(feed.id, title="The Wire", validators=validators, complaint="", next_poll=LATER)])


async def test_a_feed_that_nobody_knows_is_none(storage: SqlStorage) -> None:
    async with storage.read() as unit:
        assert await unit.feeds.find(WIRE) is None


async def test_a_new_feed_is_due_at_once_and_has_no_past(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        feed = await follow(unit)

        assert feed == Feed(feed.id, WIRE)
        assert await addresses_due(unit) == [WIRE]


async def test_a_leased_feed_is_not_leased_again_until_the_lease_ends(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        await follow(unit)
        await addresses_due(unit)
        assert await addresses_due(unit, "two") == []

    clock.advance(minutes=1)

    async with storage.begin() as unit:
        assert await addresses_due(unit, "two") == [WIRE]


async def test_the_longest_due_come_first_and_no_more_than_asked_for(storage: SqlStorage, clock: SettableClock) -> None:
    for address in (POST, WIRE, "https://herald.example.org/rss"):
        async with storage.begin() as unit:
            await follow(unit, address)
        clock.advance(seconds=1)

    async with storage.begin() as unit:
        assert await addresses_due(unit, limit=2) == [POST, WIRE]


async def test_no_more_are_claimed_than_asked_for_whatever_plan_the_database_makes(
    postgresql: SqlStorage, postgresql_database: str
) -> None:
    async with postgresql.begin() as unit:
        await follow(unit, WIRE)
    # Where it believes that there is one feed, it looks for those that are due once for every feed.
    with psycopg.connect(postgresql_database, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    async with postgresql.begin() as unit:
        for number in range(8):
            await follow(unit, f"https://outlet-{number}.example.org/rss")

    async with postgresql.begin() as unit:
        assert len(await addresses_due(unit, limit=2)) == 2


async def test_a_host_with_more_feeds_than_are_looked_at_holds_up_the_others_only_until_it_is_busy(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        for number in range(WINDOW_OF_CLAIMS + 1):
            await follow(unit, f"https://many.example.org/{number}")
    clock.advance(seconds=1)
    async with storage.begin() as unit:
        await follow(unit, WIRE)

        [first] = await unit.feeds.claim_due("one", 1, LEASE, per_host=1)
        [second] = await unit.feeds.claim_due("one", 1, LEASE, per_host=1, busy=[first.host])

    assert [first.host, second.address] == ["many.example.org", WIRE]


async def test_hosts_take_turns_with_so_many_feeds_each(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        for number in range(3):
            await follow(unit, f"https://one.example.org/{number}")
            await follow(unit, f"https://two.example.org/{number}")

        claimed = await unit.feeds.claim_due("one", 9, LEASE, per_host=2)

    assert sorted(feed.host for feed in claimed) == ["one.example.org"] * 2 + ["two.example.org"] * 2


async def test_a_feed_that_nobody_follows_is_not_polled(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        await follow(unit)
        await unit.feeds.unfollow(await unit.workspaces.register(ACME), WIRE)

        assert await addresses_due(unit) == []


async def test_a_reading_advances_everything_together(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        feed = await follow(unit, backfill=3)
        await addresses_due(unit)
        await fails(unit, feed.id, "the server answered 500", NOON)
        await read(unit, feed)

        after = await the_feed(unit)
        [status] = await unit.feeds.followed(await unit.workspaces.register(ACME))
        [tie] = await unit.feeds.followers(feed.id)

    assert after == Feed(feed.id, WIRE, "The Wire", VALIDATORS, primed=True, last_success=NOON)
    assert (status.state, status.last_success, status.next_poll, status.error) == ("ok", NOON, LATER, "")
    assert (tie.backfill, tie.name, tie.since) == (0, "The Wire", NOON)


async def test_a_reading_frees_the_lease(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        feed = await follow(unit)
        await addresses_due(unit)
        await unit.feeds.read(
            [ReadPoll(feed.id, title="", validators=VALIDATORS, complaint="it is cut off", next_poll=NOON)]
        )

        assert await addresses_due(unit, "two") == [WIRE]
        [status] = await unit.feeds.followed(await unit.workspaces.register(ACME))
        assert (status.state, status.error) == ("ok", "it is cut off")


async def test_nothing_changed_is_a_success_that_keeps_what_was_known(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        feed = await follow(unit)
        await read(unit, feed)
        await fails(unit, feed.id, "the server answered 500", NOON)
        await finds_nothing_changed(unit, feed.id, LATER, Validators('W/"v2"'))

        after = await the_feed(unit)

    assert (after.primed, after.failures, after.validators, after.title) == (True, 0, Validators('W/"v2"'), "The Wire")


async def test_where_the_validators_are_what_they_were_they_stay_and_so_does_the_move(storage: SqlStorage) -> None:
    move = Move("https://wire.example.net/rss", 1, NOON)
    async with storage.begin() as unit:
        feed = await follow(unit)
        await unit.feeds.read(
            [ReadPoll(feed.id, title="T", validators=VALIDATORS, complaint="", next_poll=NOON, move=move)]
        )
        await finds_nothing_changed(unit, feed.id, LATER, None)
        after = await the_feed(unit)

        assert (after.validators, after.move, after.last_success) == (VALIDATORS, move, unit.now)
        assert await addresses_due(unit) == []


@pytest.mark.parametrize("found", [None, VALIDATORS])
async def test_a_document_asked_for_during_a_poll_that_finds_nothing_changed_is_due_at_once(
    storage: SqlStorage, found: Validators | None
) -> None:
    async with storage.begin() as unit:
        feed = await follow(unit)
        await read(unit, feed)
        await unit.feeds.owe(await unit.workspaces.register(ACME), feed.id, 3)
        await finds_nothing_changed(unit, feed.id, LATER, found)

        assert (await the_feed(unit)).validators == Validators()
        assert await addresses_due(unit) == [WIRE]


async def test_failures_are_counted_with_the_last_reason_and_the_validators_stay(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        feed = await follow(unit)
        await read(unit, feed)
        await fails(unit, feed.id, "the server answered 500", LATER)
        await fails(unit, feed.id, "no answer within 30 s", LATER)

        after = await the_feed(unit)
        [status] = await unit.feeds.followed(await unit.workspaces.register(ACME))

    assert (after.failures, after.validators, after.primed) == (2, VALIDATORS, True)
    assert (status.state, status.error) == ("failing", "no answer within 30 s")


async def test_who_lost_the_lease_may_keep_nothing(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        feed = await follow(unit)
        await addresses_due(unit, "one")
        await unit.feeds.hold([feed.id], "one")
        clock.advance(minutes=1)

    async with storage.begin() as unit:
        await addresses_due(unit, "two")
        await unit.feeds.hold([feed.id], "two")
        with pytest.raises(LeaseLost, match="taken over"):
            await unit.feeds.hold([feed.id], "one")


async def test_of_several_feeds_each_has_to_be_leased_still(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        wire, post = await follow(unit), await follow(unit, POST)
        await addresses_due(unit, "one", limit=1)
        await addresses_due(unit, "two")

        assert list(await unit.feeds.hold([wire.id], "one")) == [wire.id]
        with pytest.raises(LeaseLost, match=f"feed {post.id} was taken over"):
            await unit.feeds.hold([post.id, wire.id], "one")


async def test_several_readings_spend_the_backfills_of_those_that_were_read_as_a_whole(storage: SqlStorage) -> None:
    addresses = [f"https://outlet-{number}.example.org/rss" for number in range(4)]
    async with storage.begin() as unit:
        feeds = [await follow(unit, address, backfill=3) for address in addresses]

        polls = [ReadPoll(feed.id, "", VALIDATORS, "", LATER, backfills=feed is not feeds[1]) for feed in feeds]
        await unit.feeds.read(polls)

        left = {tie.feed: tie.backfill for tie in await unit.feeds.followers(*(feed.id for feed in feeds))}
        assert [left[feed.id] for feed in feeds] == [0, 3, 0, 0]


async def test_a_follow_that_stands_keeps_its_since_and_takes_the_rest(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        await follow(unit, name="Wire", tags=("telecom",))
    clock.advance(days=1)

    async with storage.begin() as unit:
        feed = await follow(unit, name="The wire", tags=("news", "5g"), origin="config")

        [tie] = await unit.feeds.followers(feed.id)
        [status] = await unit.feeds.followed(tie.workspace)
    assert (tie.name, tie.tags, tie.since, status.declared) == ("The wire", ("news", "5g"), NOON, True)


async def test_a_backfill_that_was_told_is_not_wished_for_again_by_the_next_start(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        feed = await follow(unit, backfill=3)
        await read(unit, feed)
        await follow(unit, backfill=3)

        assert [tie.backfill for tie in await unit.feeds.followers(feed.id)] == [0]
        assert (await the_feed(unit)).validators == VALIDATORS


async def test_the_wish_for_a_backfill_may_change_until_the_first_reading(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        feed = await follow(unit)
        await follow(unit, backfill=3)

        assert [tie.backfill for tie in await unit.feeds.followers(feed.id)] == [3]


async def test_a_new_follow_with_a_backfill_asks_for_the_whole_document_at_once(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        feed = await follow(unit)
        await read(unit, feed)
        await unit.feeds.follow(await unit.workspaces.register(GLOBEX), WIRE, backfill=2, origin="command")

        [due] = await unit.feeds.claim_due("one", 9, LEASE)
        assert (due.validators, due.primed) == (Validators(), True)


async def test_a_backfill_wished_for_during_a_poll_that_finds_nothing_changed_still_comes(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        feed = await follow(unit)
        await read(unit, feed)
        await unit.feeds.follow(await unit.workspaces.register(GLOBEX), WIRE, backfill=2, origin="command")
        await finds_nothing_changed(unit, feed.id, LATER, VALIDATORS)

        [due] = await unit.feeds.claim_due("one", 9, LEASE)
        assert due.validators == Validators()


async def test_a_feed_that_nobody_followed_any_more_begins_anew(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        feed = await follow(unit)
        await read(unit, feed)
        await fails(unit, feed.id, "gone", LATER)
        await unit.feeds.unfollow(await unit.workspaces.register(ACME), WIRE)

        again = await follow(unit)

        assert (again.id, again.primed, again.validators, again.failures) == (feed.id, False, Validators(), 0)
        assert await addresses_due(unit) == [WIRE]


async def test_one_that_begins_anew_during_a_poll_is_read_whatever_that_finds(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        feed = await follow(unit)
        await read(unit, feed)
    clock.now = LATER
    async with storage.begin() as unit:
        await addresses_due(unit, "one")
        await unit.feeds.unfollow(await unit.workspaces.register(ACME), WIRE)
        await follow(unit)

        held = (await unit.feeds.hold([feed.id], "one"))[feed.id]
        await finds_nothing_changed(unit, feed.id, LATER + timedelta(minutes=5), VALIDATORS)
        [due] = await unit.feeds.claim_due("two", 9, LEASE)

    assert (held.primed, held.validators) == (due.primed, due.validators) == (False, Validators())


async def test_only_the_configuration_sets_an_interval_and_a_changed_one_counts_at_once(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        feed = await follow(unit, poll_every=timedelta(seconds=30), origin="config")
        await read(unit, feed)
        await follow(unit, poll_every=timedelta(seconds=30), origin="config")
        unchanged = await addresses_due(unit)
        await follow(unit, poll_every=timedelta(seconds=5), origin="config")

        assert unchanged == []
        assert [due.poll_every for due in await unit.feeds.claim_due("one", 9, LEASE)] == [timedelta(seconds=5)]


async def test_feeds_are_listed_by_name_whatever_its_case(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        for address, name in [(WIRE, "wire"), (POST, "Post"), ("https://a.example.org/", "")]:
            await follow(unit, address, name=name)

        listed = await unit.feeds.followed(await unit.workspaces.register(ACME))

    assert [status.name for status in listed] == ["a.example.org", "Post", "wire"]
    assert {status.state for status in listed} == {"new"}


async def test_a_listing_says_how_many_articles_a_day_came_within_a_week(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        feed = await follow(unit)
        await take_in(unit, feed, [an_article(f"Old article {number}") for number in range(9)], WINDOW)
    clock.advance(days=8)
    async with storage.begin() as unit:
        await take_in(unit, feed, [an_article(f"New article {number}") for number in range(14)], WINDOW)

        [status] = await unit.feeds.followed(await unit.workspaces.register(ACME))

    assert status.items_per_day == 2.0


async def test_a_domain_is_left_alone_for_as_long_as_its_throttled_feed_waits(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        feed = await follow(unit)
        await follow(unit, POST)
        before = await unit.feeds.hushed_until("example.org")
        await fails(unit, feed.id, "The server asks for fewer requests (429).", LATER, trouble="throttled")

    async with storage.read() as unit:
        during, elsewhere = await unit.feeds.hushed_until("example.org"), await unit.feeds.hushed_until("example.net")
    clock.advance(minutes=5)
    async with storage.read() as unit:
        afterwards = await unit.feeds.hushed_until("example.org")

    assert (before, during, elsewhere, afterwards) == (None, LATER, None, None)
