"""What a poll brings to a channel, and what it keeps back."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from tests.builders import GLOBEX, HEADLINE, NOON, an_article
from tests.jobs.newsroom import Newsroom, finished

WIRE = "https://wire.example.org/rss"
POST = "https://post.example.org/atom"
OLD = "The 5G auction is announced"


async def test_a_first_poll_is_silent_and_keeps_what_it_found_as_history(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, HEADLINE, OLD)
    await newsroom.follows(WIRE)
    await newsroom.subscribes("auction")

    await newsroom.goes_on()

    assert newsroom.heard_in() == []
    assert newsroom.verdicts() == ["first poll", "first poll"]
    async with newsroom.storage.read() as unit:
        assert {stored.article.title async for stored in unit.articles.stored(None)} == {HEADLINE, OLD}


async def test_what_comes_after_the_first_poll_is_news(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, OLD)
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)

    await newsroom.goes_on()

    assert newsroom.heard_in() == [HEADLINE]
    assert newsroom.verdicts() == ["alerted", "known"]


async def test_a_first_poll_that_failed_was_none(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, OLD)
    newsroom.breaks(WIRE)
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)

    await newsroom.goes_on(hours=5)

    assert newsroom.heard_in() == []
    assert newsroom.verdicts() == ["first poll", "first poll"]


async def test_a_backfill_brings_the_newest_the_oldest_of_them_first(newsroom: Newsroom) -> None:
    days = [an_article(f"Day {day} of the 5G auction", published=NOON - timedelta(days=9 - day)) for day in range(1, 6)]
    newsroom.publishes(WIRE, *reversed(days))
    await newsroom.reads(WIRE, backfill=2)

    await newsroom.delivers()

    assert newsroom.heard_in() == ["Day 4 of the 5G auction", "Day 5 of the 5G auction"]


async def test_a_backfill_comes_once(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, "Day 2 of the 5G auction", "Day 1 of the 5G auction")
    await newsroom.reads(WIRE, backfill=1)
    newsroom.publishes(WIRE, "Nothing about it")

    await newsroom.goes_on()

    assert newsroom.heard_in() == ["Day 2 of the 5G auction"]


async def test_a_workspace_that_follows_a_feed_others_follow_hears_only_what_comes_next(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, OLD)
    await newsroom.reads(WIRE)
    await newsroom.follows(WIRE, by=GLOBEX)
    await newsroom.subscribes("auction", to="slack:T2/C2")
    newsroom.publishes(WIRE, HEADLINE)

    await newsroom.goes_on()

    assert newsroom.heard_in("C2") == [HEADLINE]


async def test_it_hears_the_backfill_it_asks_for_although_the_server_would_say_not_modified(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, HEADLINE, OLD)
    await newsroom.reads(WIRE)
    await newsroom.follows(WIRE, by=GLOBEX, backfill=1)
    await newsroom.subscribes("auction", to="slack:T2/C2")

    await newsroom.goes_on()

    assert newsroom.heard_in("C2") == [HEADLINE]
    assert newsroom.heard_in("C1") == []


async def test_a_backfill_brings_an_article_that_changed_meanwhile_too(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.reads(WIRE)
    await newsroom.follows(WIRE, by=GLOBEX, backfill=1)
    await newsroom.subscribes("auction", to="slack:T2/C2")
    newsroom.changes(WIRE, an_article().guid, summary="The auction, told anew.")

    await newsroom.goes_on()

    assert [alert.updated for alert in newsroom.alerts_in("C2")] == [False]
    assert newsroom.heard_in("C1") == []


async def test_an_article_known_through_another_feed_is_still_news(newsroom: Newsroom) -> None:
    newsroom.publishes(POST, HEADLINE)
    await newsroom.follows(POST, by=GLOBEX)
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)

    await newsroom.goes_on()

    assert newsroom.heard_in() == [HEADLINE]


async def test_an_item_that_is_reissued_with_a_bumped_date_never_alerts(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, OLD)
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()

    newsroom.changes(WIRE, an_article().guid, published=NOON + timedelta(days=30))
    newsroom.changes(WIRE, an_article(OLD).guid, published=NOON + timedelta(days=30))
    await newsroom.goes_on(days=30)

    assert newsroom.heard_in() == [HEADLINE]
    assert newsroom.verdicts() == ["known", "known"]


async def test_a_feed_that_vanished_and_came_back_with_old_items_stays_silent(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, OLD)
    await newsroom.reads(WIRE)
    newsroom.breaks(WIRE, "the server answered 404")
    await newsroom.polls()
    newsroom.shows(WIRE)
    await newsroom.polls(days=20)
    newsroom.publishes(WIRE, OLD)

    await newsroom.goes_on(days=20)

    assert newsroom.heard_in() == []
    assert newsroom.verdicts() == ["known"]


async def test_a_feed_that_nobody_followed_for_a_while_begins_silently_again(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, OLD)
    await newsroom.reads(WIRE)
    await newsroom.unfollows(WIRE)
    newsroom.publishes(WIRE, HEADLINE)
    newsroom.changes(WIRE, an_article(OLD).guid, summary="Bidders are named.")
    await newsroom.subscribes("bidders")
    await newsroom.follows(WIRE)

    await newsroom.goes_on(days=3)

    assert newsroom.heard_in() == []


async def changes_hands_during_a_poll(newsroom: Newsroom) -> None:
    """While the feed is asked nobody follows it any more, and then somebody does again."""
    answer = newsroom.publishers.slow[WIRE] = asyncio.Event()
    newsroom.clock.advance(seconds=2)
    await newsroom.poller.sweep()
    await newsroom.unfollows(WIRE)
    await newsroom.follows(WIRE)
    answer.set()
    await finished(asyncio.sleep(0))


async def test_who_follows_a_feed_that_nobody_followed_hears_nothing_of_a_poll_that_was_under_way(
    newsroom: Newsroom,
) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, HEADLINE)

    await changes_hands_during_a_poll(newsroom)
    await newsroom.goes_on()

    assert newsroom.heard_in() == []


async def test_who_follows_a_feed_that_nobody_followed_loses_nothing_to_a_poll_that_was_under_way(
    newsroom: Newsroom,
) -> None:
    """It found the feed unchanged, which says nothing to whom it is new."""
    await newsroom.reads(WIRE)

    await changes_hands_during_a_poll(newsroom)
    await newsroom.polls()
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()

    assert newsroom.heard_in() == [HEADLINE]


async def test_an_article_that_comes_to_match_alerts_once_marked_updated(newsroom: Newsroom) -> None:
    ballot = an_article("Ministry names the bidders")
    newsroom.publishes(WIRE, ballot)
    await newsroom.reads(WIRE)

    newsroom.changes(WIRE, ballot.guid, summary="The 5G auction has three.")
    await newsroom.goes_on()
    newsroom.changes(WIRE, ballot.guid, summary="The 5G auction has four.")
    await newsroom.goes_on()

    assert [(alert.article.summary, alert.updated) for alert in newsroom.alerts_in()] == [
        ("The 5G auction has three.", True)
    ]


async def test_an_update_tells_nobody_who_has_heard_of_the_story(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE)
    await newsroom.subscribes("bidders")
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()

    newsroom.changes(WIRE, an_article().guid, summary="Three bidders are in.")
    await newsroom.goes_on()

    assert newsroom.heard_in() == [HEADLINE]
    assert newsroom.verdicts() == ["duplicate"]


async def test_an_article_whose_text_changes_but_matched_before_stays_silent(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.reads(WIRE)

    newsroom.changes(WIRE, an_article().guid, title=f"{HEADLINE} at noon")
    await newsroom.goes_on()

    assert newsroom.heard_in() == []


async def test_nothing_that_matches_nothing_is_posted(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, "Storm closes the harbour")

    await newsroom.goes_on()

    assert newsroom.heard_in() == []
    assert newsroom.verdicts() == ["no match"]


async def test_one_document_whose_items_all_have_one_guid_alerts_each(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE)
    titles = ["Bids in the 5G auction rise", "5G auction pauses over lunch", "5G auction ends in a tie"]
    page = "https://wire.example.org/ticker"
    newsroom.publishes(WIRE, *(an_article(title, guid="0", link=page) for title in titles))

    await newsroom.goes_on()

    assert newsroom.heard_in() == list(reversed(titles))


async def test_an_item_that_stands_twice_in_one_document_alerts_once(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE)
    twice = an_article("Auction opens")
    newsroom.publishes(WIRE, replace(twice, link=f"{twice.link}?utm_source=top"), twice)

    await newsroom.goes_on()

    assert newsroom.heard_in() == ["Auction opens"]


async def test_an_alias_widens_what_stands(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE, query='"Meng Wanzhou"')
    await newsroom.knows({"meng wanzhou": ["孟晚舟"]})

    newsroom.publishes(WIRE, "孟晚舟在法庭上")
    await newsroom.goes_on()

    [alert] = newsroom.alerts_in()
    assert alert.article.title == "孟晚舟在法庭上"
    assert [reason.query for reason in alert.reasons] == ["Meng Wanzhou"]


async def test_an_alias_widens_a_query_that_names_a_feed_too(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE, name="The Wire")
    await newsroom.subscribes('huawei feed:"the wire"')
    await newsroom.knows({"huawei": ["华为"]})
    await newsroom.polls()

    newsroom.publishes(WIRE, "华为在德国")
    await newsroom.goes_on()

    assert newsroom.heard_in() == ["华为在德国"]


async def test_an_alert_of_a_query_that_leaves_something_out_says_that_only_the_feed_was_looked_at(
    newsroom: Newsroom,
) -> None:
    await newsroom.reads(WIRE, query="auction -bonn")
    await newsroom.subscribes("auction", "slack:T1/C2")

    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()

    [here], [there] = newsroom.alerts_in("C1"), newsroom.alerts_in("C2")
    assert [reason.on_feed_text for reason in here.reasons] == [True]
    assert [reason.on_feed_text for reason in there.reasons] == [False]
