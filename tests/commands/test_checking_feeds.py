"""What ``feeds check`` says of a feed, before anybody follows it and afterwards."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.commands.command import Details, Problem
from bot.model.feed import Hints, Validators
from bot.model.reading import Fetched
from tests.builders import GLOBEX, NOON, SettableClock, an_article
from tests.commands.office import FEED, Office
from tests.polls import fails

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def check(office: Office, url: str = FEED) -> dict[str, str]:
    reply = await office.admin("feeds check", url=url)
    assert isinstance(reply, Details), reply
    return dict(reply.facts)


def answers(office: Office, **changes: Any) -> None:
    """As the server answers, beside what it holds."""
    fetched = office.shelf.fetched[FEED]
    assert isinstance(fetched, Fetched)
    office.shelf.fetched[FEED] = replace(fetched, **changes)


async def test_a_feed_in_order_is_told_fact_by_fact(office: Office) -> None:
    articles = [an_article(f"Headline {number}", published=NOON - number * HOUR) for number in range(10)]
    office.shelf.holds(FEED, *articles, marks=b"x", hints=Hints(timedelta(minutes=30), frozenset({3, 4})))
    answers(
        office,
        content_type="application/rss+xml; charset=UTF-8",
        fresh_for=timedelta(minutes=5),
        validators=Validators('"1"', "yesterday"),
    )

    reply = await office.admin("feeds check", url=FEED)

    assert isinstance(reply, Details)
    assert reply.heading == "Example Wire"
    assert reply.facts[:14] == (
        ("address", FEED),
        ("format", "rss20"),
        ("encoding", "utf-8 (the server says so)"),
        ("language", "en"),
        ("articles", "10"),
        ("newest", "2026-03-14 12:00 UTC"),
        ("oldest", "2026-03-14 03:00 UTC"),
        ("without a date", "none"),
        ("told apart by", "identifier (10); 10 distinct"),
        ("text", "teasers, about 43 characters; full_text = true reads the articles' pages"),
        ("answers 'not modified'", "yes: ETag and Last-Modified"),
        (
            "asks for",
            "no poll within 30 minutes (ttl); none in the hours 3, 4 UTC; "
            "none while it is fresh, for 5 minutes (Cache-Control or Expires)",
        ),
        ("read in part", "yes: only what is new in it"),
        ("interval", "every 30 minutes; about 26.7 articles a day"),
    )
    assert reply.facts[14] == ("what is wrong", "nothing")


async def test_programs_get_the_same_in_figures(office: Office) -> None:
    office.shelf.holds(FEED, an_article(), an_article("Second", published=None))

    reply = await office.operator("feeds check", url=FEED)

    assert isinstance(reply, Details)
    assert reply.data["articles"] == 2
    assert reply.data["undated"] == 1
    assert reply.data["newest"] == reply.data["oldest"] == NOON
    assert reply.data["etag"] == '"1"'
    assert reply.data["interval_s"] == 900
    assert reply.data["followed"] is None
    assert [fault["what"] for fault in reply.data["faults"]] == ["one article has no date"]


@pytest.mark.parametrize(
    ("holds", "answer", "wrong", "to_do"),
    [
        ({"complaint": "it is not well-formed in line 9"}, {}, "it is not well-formed in line 9", "Nothing: it can be"),
        ({}, {"validators": Validators()}, "each poll brings the whole document (1 KB)", "Its publisher could send an"),
        (
            {},
            {"moved_to": "https://new.example/rss", "address": "https://new.example/rss"},
            "it has moved for good to https://new.example/rss",
            "Use the new address: /news feeds add https://new.example/rss",
        ),
    ],
)
async def test_what_is_wrong_comes_with_what_to_do(
    office: Office, holds: dict[str, Any], answer: dict[str, Any], wrong: str, to_do: str
) -> None:
    office.shelf.holds(FEED, an_article(), **holds)
    office.shelf.parsed["https://new.example/rss"] = office.shelf.parsed[FEED]
    answers(office, **answer)

    facts = await check(office)

    assert facts["what is wrong"] == wrong
    assert facts["what to do"].startswith(to_do)


async def test_a_redirect_is_told_with_whether_it_is_for_good(office: Office) -> None:
    office.shelf.holds(FEED, an_article())
    office.shelf.parsed["https://other.example/"] = office.shelf.parsed[FEED]

    answers(office, address="https://other.example/")
    for_now = await check(office)
    answers(office, address="https://other.example/", moved_to="https://other.example/")
    for_good = await check(office)

    assert for_now["leads to"] == "https://other.example/ (for now)"
    assert for_now["what is wrong"] == "nothing"
    assert for_good["leads to"] == "https://other.example/ (for good)"


@pytest.mark.parametrize(
    ("articles", "wrong"),
    [
        ([], "there is no article in it"),
        ([an_article(published=NOON - 91 * DAY)], "nothing new since 2025-12-13 12:00 UTC"),
        ([an_article(published=None)], "one article has no date"),
        ([an_article(guid="1"), an_article("Second", guid="1")], "one article has the identifier of another"),
        (
            [an_article(guid="sha256:0", link=""), an_article("Second", guid="sha256:1", link="")],
            "2 articles have neither an identifier nor a link",
        ),
    ],
)
async def test_what_looks_odd_about_the_articles_is_told(office: Office, articles: list[Any], wrong: str) -> None:
    office.shelf.holds(FEED, *articles)

    assert (await check(office))["what is wrong"] == wrong


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "headlines alone; full_text = true reads the articles' pages"),
        ("word " * 40, "teasers, about 200 characters; full_text = true reads the articles' pages"),
        ("word " * 400, "most of it stands in the feed, about 2,000 characters"),
    ],
)
async def test_whether_a_feed_brings_whole_articles_is_told(office: Office, text: str, told: str) -> None:
    office.shelf.holds(FEED, *(an_article(f"Headline {number}", summary="", body=text) for number in range(3)))

    assert (await check(office))["text"] == told


@pytest.mark.parametrize(
    ("guid", "link", "told"),
    [
        ("tag:1", "https://a.example/1", "identifier (1); 1 distinct"),
        ("https://a.example/1", "https://a.example/1", "link (1); 1 distinct"),
        ("sha256:1", "", "text (1); 1 distinct"),
    ],
)
async def test_it_is_told_what_articles_are_told_apart_by(office: Office, guid: str, link: str, told: str) -> None:
    office.shelf.holds(FEED, an_article(guid=guid, link=link))

    assert (await check(office))["told apart by"] == told


@pytest.mark.parametrize(
    ("beginning", "content_type", "told"),
    [
        ("", "text/xml; charset=utf-8", "the server says so"),
        ("<?xml version='1.0' encoding='UTF-8'?>", "text/xml", "its first line says so"),
        ("\ufeff", "text/xml; charset=big5", "its byte order mark says so"),
        ("", "text/xml", "nobody says so, but it reads as such"),
        ("<?xml version='1.0' encoding='big5'?>", "text/xml; charset=big5", "nobody says so, but it reads as such"),
    ],
)
async def test_an_encoding_is_told_with_how_it_is_known(
    office: Office, beginning: str, content_type: str, told: str
) -> None:
    office.shelf.holds(FEED, an_article())
    answers(office, body=f"{beginning}<rss/>".encode(), content_type=content_type)

    assert (await check(office))["encoding"] == f"utf-8 ({told})"


# ---- what is followed already --------------------------------------------------------------------------------------


async def test_of_a_feed_that_is_followed_its_state_is_told_too(office: Office, clock: SettableClock) -> None:
    office.shelf.holds(FEED, an_article())
    await office.admin("feeds add", url=FEED, name="The Wire")
    clock.advance(hours=1)

    facts = await check(office)

    assert facts["followed here as"] == "The Wire"
    assert facts["state"] == "The Wire is followed here; ok; last success 2026-03-14 12:00 UTC"


async def test_of_a_feed_that_fails_it_is_told_since_when(office: Office, clock: SettableClock) -> None:
    office.shelf.holds(FEED, an_article())
    await office.admin("feeds add", url=FEED, name="The Wire")
    async with office.storage.begin() as unit:
        feed = await unit.feeds.find(FEED)
        assert feed is not None
        await fails(unit, feed.id, "The server is in trouble (500).", unit.now + HOUR)
    office.shelf.refuses(FEED, "The server is in trouble (500).")
    clock.advance(hours=3)

    reply = await office.admin("feeds check", url=FEED)

    assert reply == Problem(
        f"{FEED} cannot be fetched: The server is in trouble (500).",
        "The Wire is followed here; failing since 2026-03-14 12:00 UTC (3 hours): The server is in trouble (500); "
        "last success 2026-03-14 12:00 UTC.",
        mistake=False,
    )


async def test_what_another_workspace_follows_is_nobody_elses_business(office: Office) -> None:
    await office.follows(workspace=GLOBEX, name="Theirs")
    office.shelf.holds(FEED, an_article())

    here, operator = await check(office), await office.operator("feeds check", url=FEED)

    assert "state" not in here
    assert isinstance(operator, Details)
    assert dict(operator.facts)["followed here as"] == "Theirs"


async def test_an_interval_that_the_configuration_asks_for_is_the_one_it_gets(office: Office) -> None:
    office.shelf.holds(FEED, an_article())
    await office.follows(origin="config", poll_every=timedelta(seconds=90))

    assert (await check(office))["interval"] == "every 90 seconds (poll_every)"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(1, "every 1 second"), (60, "every 1 minute"), (61, "every 61 seconds"), (7200, "every 2 hours")],
)
async def test_one_of_anything_is_told_as_one(office: Office, seconds: int, told: str) -> None:
    office.shelf.holds(FEED, an_article(summary="A", body=""))
    await office.follows(origin="config", poll_every=timedelta(seconds=seconds))

    facts = await check(office)

    assert facts["interval"] == f"{told} (poll_every)"
    assert facts["text"].startswith("teasers, about 1 character;")


async def test_where_full_text_is_on_that_is_told(office: Office) -> None:
    office.shelf.holds(FEED, an_article(summary="A" * 40, body=""))
    await office.follows(full_text=True)

    reply = await office.admin("feeds check", url=FEED)

    assert isinstance(reply, Details)
    assert dict(reply.facts)["text"] == "about 40 characters in the feed; the articles' pages are read (full_text)"
    assert reply.data["followed"]["full_text"] is True


async def test_a_feed_that_is_gone_is_told_to_be_asked_no_more(office: Office) -> None:
    feed = await office.follows(name="The Wire")
    async with office.storage.begin() as unit:
        await fails(unit, feed, "The feed is gone for good (410).", trouble="gone")
    office.shelf.refuses(FEED, "The feed is gone for good (410).")

    gone = await office.admin("feeds check", url=FEED)
    office.shelf.holds(FEED, an_article())
    back = await check(office)

    assert isinstance(gone, Problem)
    assert "The feed is gone for good (410), asked no more; last success never." in gone.hint
    assert back["what is wrong"] == "it was gone, and answers again"
    assert back["what to do"] == f"Take it up again: /news feeds add {FEED}"


async def test_of_a_feed_that_was_moved_it_is_told_where_it_is_read_from_now(office: Office) -> None:
    new = "http://new.example/rss.xml"
    office.shelf.holds(FEED, an_article())
    office.shelf.holds(new, an_article())
    await office.admin("feeds add", url=FEED, name="The Wire")
    await office.admin("feeds move", old=FEED, new=new)

    standing = await check(office)
    office.shelf.has_moved(FEED, new, an_article())
    redirected = await check(office)
    office.shelf.refuses(FEED, "Nothing stands at this address (404).")
    lost = await office.admin("feeds check", url=FEED)

    assert standing["state"].startswith(f"The Wire is followed here, and read from {new} now; ok; ")
    assert redirected["what is wrong"] == "nothing"
    assert isinstance(lost, Problem)
    assert lost.hint.startswith(f"The Wire is followed here, and read from {new} now; ok; ")
    assert lost.hint.endswith(f"Look there instead: /news feeds check {new}")


async def test_of_a_feed_that_has_moved_to_one_that_is_followed_that_is_told(office: Office) -> None:
    new = "http://new.example/rss.xml"
    await office.follows(address=new, name="The Wire")
    office.shelf.has_moved(FEED, new, an_article())

    facts = await check(office)

    assert facts["state"].startswith(f"The Wire is followed here, and read from {new} now; ")
    assert facts["what is wrong"] == "nothing"
