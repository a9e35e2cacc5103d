from datetime import timedelta

import pytest

from bot.commands.command import Listing, Problem
from bot.matching.names import Names, read_aliases
from bot.model.destination import Destination
from tests.builders import GLOBEX, NOON, SettableClock, an_article
from tests.commands.office import Office

FERRY = an_article("Ferry line puts wifi on every deck")
OTHER = "http://other.example/rss.xml"


async def preview(office: Office, query: str, **arguments: str) -> Listing:
    reply = await office.asks("preview", query=query, **arguments)
    assert isinstance(reply, Listing)
    return reply


async def test_it_shows_what_would_have_matched_in_the_feeds_that_are_followed_here(office: Office) -> None:
    await office.follows(an_article(), FERRY, name="The Wire")

    reply = await preview(office, "auction")

    assert reply.heading == "auction would have matched one article of the last day"
    assert reply.rows == (
        (
            "5G auction opens in Mainz",
            "The Wire",
            "2026-03-14 12:00 UTC",
            "https://news.example.org/5g-auction-opens-in-mainz",
        ),
    )


async def test_programs_get_query_days_and_spans(office: Office, clock: SettableClock) -> None:
    await office.follows(an_article(), name="The Wire")
    clock.advance(days=3)

    reply = await preview(office, " title:AUCTION ")

    assert reply.data == {
        "query": "title:AUCTION",
        "normal_form": "title:auction",
        "days_known": 3.0,
        "matches": [
            {
                "title": "5G auction opens in Mainz",
                "link": "https://news.example.org/5g-auction-opens-in-mainz",
                "feed": "The Wire",
                "published": NOON,
                "seen": NOON,
                "spans": {"title": [[3, 10]]},
            }
        ],
    }


async def test_what_no_article_matches_is_said_with_the_days_that_are_known(
    office: Office, clock: SettableClock
) -> None:
    await office.follows(an_article())
    clock.advance(days=3)

    reply = await preview(office, "submarine")

    assert reply.rows == ()
    assert reply.empty == "submarine matches none of the articles that were stored in the last 3 days."


async def test_it_says_what_the_asker_should_know_about_how_the_query_was_read(office: Office) -> None:
    await office.follows(an_article())

    reply = await preview(office, "auction OR C++")

    note = "C++ is read as the word c: write `C++` in backticks to find it exactly as typed."
    assert reply.heading == f"auction OR c would have matched one article of the last day. {note}"


async def test_where_nothing_is_stored_that_is_said(office: Office) -> None:
    reply = await preview(office, "huawei")

    assert reply.empty == "No article is stored here yet."
    assert reply.data["days_known"] == 0.0


async def test_the_newest_come_first_and_twenty_are_shown(office: Office, clock: SettableClock) -> None:
    for number in range(25):
        await office.follows(an_article(f"Auction number {number}"), address=f"http://{number}.example/rss.xml")
        clock.now += timedelta(minutes=1)

    reply = await preview(office, "auction")

    assert reply.heading == "auction would have matched 25 articles of the last day; here are the newest 20"
    assert [row[0] for row in reply.rows[:2]] == ["Auction number 24", "Auction number 23"]
    assert len(reply.rows) == 20
    assert len(reply.data["matches"]) == 25


async def test_an_article_that_two_feeds_carry_is_shown_once(office: Office) -> None:
    await office.follows(an_article())
    await office.follows(an_article(), address=OTHER)

    reply = await preview(office, "auction")

    assert len(reply.rows) == 1


async def test_nothing_of_another_workspace_is_seen(office: Office) -> None:
    await office.follows(an_article(), workspace=GLOBEX)
    await office.follows(FERRY, address=OTHER)

    reply = await preview(office, "auction OR ferry", workspace="slack:T2")

    assert [row[0] for row in reply.rows] == [FERRY.title]


async def test_the_operator_previews_all_or_one_workspace(office: Office) -> None:
    await office.follows(an_article(), workspace=GLOBEX)
    await office.follows(FERRY, address=OTHER)

    everything = await office.operator("preview", query="auction OR ferry")
    named = await office.operator("preview", query="auction OR ferry", workspace="slack:T2")

    assert isinstance(everything, Listing)
    assert isinstance(named, Listing)
    assert len(everything.rows) == 2
    assert [row[0] for row in named.rows] == [an_article().title]


@pytest.mark.parametrize("workspace", ["slack:T7", "nonsense"])
async def test_a_workspace_that_is_not_known_is_a_mistake(office: Office, workspace: str) -> None:
    reply = await office.operator("preview", query="huawei", workspace=workspace)

    assert isinstance(reply, Problem)
    assert reply.text == f"There is no workspace {workspace} here."


async def test_a_query_that_cannot_be_read_is_answered_with_the_place(office: Office) -> None:
    reply = await office.asks("preview", query="NOT", here=Destination(GLOBEX, "C9"))

    assert isinstance(reply, Problem)
    assert reply.code.splitlines()[0] == "NOT"
    assert "(at character" in reply.text


@pytest.mark.parametrize("query", ["ferry", 'ferry feed:"the wire"'])
async def test_an_alias_widens_what_is_searched_for(office: Office, query: str) -> None:
    office.configured(names=Names(read_aliases({"ferry": ["auction"]})))
    await office.follows(an_article(), name="The Wire")

    reply = await preview(office, query)

    assert [row[0] for row in reply.rows] == [an_article().title]
    assert reply.heading.startswith(
        query.replace("ferry", "(ferry OR auction)") if " " in query else "ferry OR auction"
    )
