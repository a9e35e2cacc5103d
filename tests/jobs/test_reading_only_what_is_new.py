"""Polls that read only the items which did not stand in the feed's last document."""

import pytest

from storage.unit import SqlStorage
from tests.builders import GLOBEX, SettableClock, an_article
from tests.jobs.newsroom import Newsroom

WIRE = "https://wire.example.org/rss"


@pytest.fixture
def newsroom(sqlite: SqlStorage, clock: SettableClock) -> Newsroom:
    room = Newsroom(sqlite, clock)
    room.publishers.reads_only_what_is_new = True
    return room


async def test_what_is_new_alerts_and_what_stood_there_is_neither_read_nor_told(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, "An old auction")
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, "The auction opens")
    await newsroom.goes_on()

    assert newsroom.heard_in() == ["The auction opens"]
    assert newsroom.verdicts() == ["alerted"]


async def test_an_item_that_changes_is_read_again(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, "Mainz", "Cologne")
    await newsroom.reads(WIRE)
    newsroom.changes(WIRE, an_article("Mainz").guid, summary="Now with an auction.")
    await newsroom.goes_on()

    assert [(alert.article.title, alert.updated) for alert in newsroom.alerts_in()] == [("Mainz", True)]


async def test_one_that_follows_anew_with_a_backfill_gets_it_out_of_the_whole_document(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, "Auction one", "Auction two")
    await newsroom.reads(WIRE)
    await newsroom.subscribes(to="slack:T2/C9")
    await newsroom.follows(WIRE, by=GLOBEX, backfill=1)
    await newsroom.goes_on()

    assert newsroom.heard_in("C9") == ["Auction one"]
    assert newsroom.heard_in() == []


async def test_a_backfill_asked_for_while_the_feed_is_read_still_comes(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, "Auction one", "Auction two")
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, "Auction three")
    await newsroom.subscribes(to="slack:T2/C9")
    parse = newsroom.publishers.parse

    async def meanwhile_another_follows(*document):
        await newsroom.follows(WIRE, by=GLOBEX, backfill=2)
        return await parse(*document)

    newsroom.publishers.parse = meanwhile_another_follows
    await newsroom.goes_on()
    newsroom.publishers.parse = parse
    await newsroom.goes_on()

    assert newsroom.heard_in("C9") == ["Auction one", "Auction three"]
    assert newsroom.heard_in() == ["Auction three"]


async def test_a_document_of_known_items_alone_is_no_sign_of_missing_ones(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, "Mainz", "Cologne")
    await newsroom.reads(WIRE)
    newsroom.shows(WIRE, an_article("Mainz"))
    await newsroom.goes_on()

    assert newsroom.reports[-1].complaint == ""
    assert (await newsroom.feed(WIRE)).items == 1
