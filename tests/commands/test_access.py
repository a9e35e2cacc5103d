"""Who may use a command; and status and help, which everybody may."""

from datetime import timedelta

import pytest

from bot.commands.command import Details, Done, Listing, Problem, Reply
from bot.model.delivery import Notice, Suspended, Terms
from bot.model.destination import Destination, Workspace
from tests.builders import ACME, GLOBEX, NOON, SettableClock, an_article
from tests.commands.office import FEED, Office
from tests.polls import fails

MINUTE = timedelta(minutes=1)
GUARDED = ["feeds list", "feeds add", "feeds remove", "feeds move", "feeds check"]
SAID = {"url": FEED, "old": FEED, "new": FEED}


@pytest.mark.parametrize("words", GUARDED)
async def test_who_is_no_admin_is_refused_what_is_for_admins(office: Office, words: str) -> None:
    office.shelf.holds(FEED, an_article())

    reply = await office.asks(words, **SAID)

    assert reply == Problem(
        f"Only admins may use {words} here.",
        "Ask an admin of this workspace, or one named under access.admins in the configuration.",
        mistake=False,
    )
    assert office.shelf.asked == []
    assert office.postbox.posted == [], "the answer is private"
    assert await office.followed() == []


@pytest.mark.parametrize("words", GUARDED)
async def test_who_the_platform_calls_an_admin_may_use_it(office: Office, words: str) -> None:
    office.shelf.holds(FEED, an_article())

    reply = await office.asks(words, is_admin=True, **SAID)

    assert reply != await office.asks(words, **SAID)


async def test_who_the_configuration_calls_an_admin_may_use_it(office: Office) -> None:
    office.configured(admins=frozenset({"slack:T1/U7"}))

    reply = await office.asks("feeds list", user="U7")

    assert isinstance(reply, Listing)


async def test_an_admin_of_one_workspace_is_none_in_another(office: Office) -> None:
    office.configured(admins=frozenset({"slack:T1/U7"}))

    reply = await office.asks("feeds list", user="U7", here=Destination(GLOBEX, "C1"))

    assert isinstance(reply, Problem)


async def test_anyone_subscribes_unless_the_configuration_leaves_it_to_admins(office: Office) -> None:
    office.configured(only_admins_subscribe=True)

    refused = [await office.asks("subscribe", query="huawei"), await office.asks("unsubscribe", subscription="1")]
    allowed = await office.admin("subscribe", query="huawei")

    assert [str(one.text) for one in refused if isinstance(one, Problem)] == [
        "Only admins may use subscribe here.",
        "Only admins may use unsubscribe here.",
    ]
    assert isinstance(allowed, Done)


@pytest.mark.parametrize("words", ["subscriptions", "preview", "status", "help"])
async def test_what_only_looks_is_open_to_everybody(office: Office, words: str) -> None:
    office.configured(only_admins_subscribe=True)
    await office.follows()

    reply = await office.asks(words, query="huawei")

    assert not isinstance(reply, Problem)


# ---- status --------------------------------------------------------------------------------------------------------


async def test_status_counts_what_is_there_and_what_waits(office: Office, clock: SettableClock) -> None:
    office.configured(messengers={})
    await office.follows()
    await office.asks("subscribe", query="huawei")
    clock.advance(seconds=90)

    reply = await office.asks("status")

    assert isinstance(reply, Details)
    assert dict(reply.facts) == {
        "feeds": "1 new",
        "last poll": "never",
        "subscriptions": "1",
        "deliveries waiting": "1, the oldest for 90 s",
        "posted in 24 hours": "0",
        "given up in 24 hours": "0",
    }
    assert reply.data["lag_s"] == 90.0


async def test_status_says_nothing_of_other_workspaces_but_to_the_operator(office: Office) -> None:
    await office.follows()
    await office.follows(workspace=GLOBEX, address="http://other.example/rss.xml")
    async with office.storage.begin() as unit:
        await unit.workspaces.suspend(GLOBEX, "The token was revoked.")

    mine, everything = await office.asks("status"), await office.operator("status")

    assert isinstance(mine, Details)
    assert isinstance(everything, Details)
    assert (mine.data["feeds"], mine.data["suspended"]) == ({"new": 1}, [])
    assert everything.data["feeds"] == {"new": 2}
    assert everything.data["suspended"] == [{"destination": "slack:T2", "reason": "The token was revoked."}]
    assert ("suspended slack:T2", "The token was revoked.") in everything.facts


async def test_status_says_when_a_feed_was_polled_last(office: Office, clock: SettableClock) -> None:
    feed = await office.follows()
    async with office.storage.begin() as unit:
        await fails(unit, feed, "The server answered 404 Not Found.", unit.now)
    clock.advance(minutes=2)

    reply = await office.asks("status")

    assert isinstance(reply, Details)
    assert dict(reply.facts)["last poll"] == "120 s ago"
    assert reply.data["last_poll"] == NOON
    assert reply.data["feeds"] == {"failing": 1}


async def test_status_says_how_long_the_news_of_each_feed_takes(office: Office, clock: SettableClock) -> None:
    await office.follows(name="Wire")
    clock.advance(seconds=90)
    await office.follows(an_article("Later", published=NOON + timedelta(seconds=60)), name="Wire")

    reply = await office.asks("status")

    assert isinstance(reply, Details)
    assert dict(reply.facts)["pace of Wire"] == "published to seen p50 30 s, p95 30 s"
    assert reply.data["pace"] == [
        {"feed": "Wire", "published_to_seen": {"count": 1, "p50_s": 30.0, "p95_s": 30.0}, "seen_to_posted": None}
    ]


async def test_people_are_shown_the_slowest_feeds_and_programs_all(office: Office, clock: SettableClock) -> None:
    for number in range(12):
        await office.follows(name=f"Wire {number}", address=f"http://wire.example/{number}")
    for number in range(12):
        clock.advance(seconds=60)
        article = an_article(f"News {number}", published=NOON + timedelta(seconds=1))
        await office.follows(article, name=f"Wire {number}", address=f"http://wire.example/{number}")

    reply = await office.asks("status")

    assert isinstance(reply, Details)
    shown = [name for name, _ in reply.facts if name.startswith("pace")]
    assert shown == [*(f"pace of Wire {number}" for number in range(11, 1, -1)), "pace"]
    assert dict(reply.facts)["pace"] == "of the 10 slowest of 12 feeds"
    assert len(reply.data["pace"]) == 12


async def test_status_of_a_workspace_that_is_not_known_yet_says_so(office: Office) -> None:
    reply = await office.asks("status", here=Destination(Workspace("slack", "T5"), "C1"))

    assert isinstance(reply, Problem)


# ---- help ----------------------------------------------------------------------------------------------------------


async def test_help_lists_every_command_with_its_usage(office: Office) -> None:
    reply = await office.asks("help")

    assert isinstance(reply, Listing)
    assert [row[0] for row in reply.rows] == [
        "subscribe QUERY [--tags TAGS] [--to TO]",
        "unsubscribe SUBSCRIPTION",
        "subscriptions",
        "preview QUERY",
        "why LINK",
        "feeds list",
        "feeds add URL [--name NAME] [--tags TAGS]",
        "feeds remove URL",
        "feeds move OLD NEW",
        "feeds check URL",
        "status",
        "help",
    ]
    assert all(row[1] and not row[1].endswith(".") for row in reply.rows)


async def test_status_names_no_suspended_channel_to_those_who_may_not_be_in_it(office: Office) -> None:
    async with office.storage.begin() as unit:
        for channel in ("C1", "C9"):
            lane = await unit.outbox.destination(Destination(ACME, channel))
            await unit.outbox.notify(lane, Notice("The bell rings."), "once")
        terms = Terms(MINUTE, MINUTE, {"slack": MINUTE})
        for head in await unit.outbox.claim("one", 9, terms):
            await unit.outbox.settle(head, Suspended("lane", "is_archived", unit.now + MINUTE))

    mine, everything = await office.asks("status"), await office.operator("status")

    assert [fact for fact in facts_of(mine) if "suspended" in fact[0]] == [("suspended slack:T1/C1", "is_archived")]
    assert len([fact for fact in facts_of(everything) if "suspended" in fact[0]]) == 2


def facts_of(reply: Reply) -> tuple[tuple[str, str], ...]:
    assert isinstance(reply, Details)
    return reply.facts
