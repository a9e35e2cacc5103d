"""Why a stored article did or did not alert."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.commands.command import Details, Problem
from bot.matching.names import Names, read_aliases
from bot.model.article import Article
from bot.model.delivery import Deferred, Refused, Unconfirmed
from bot.model.destination import Destination
from bot.model.reading import Page
from storage.unit import SqlStorage
from tests.builders import ACME, GLOBEX, SettableClock, an_article
from tests.commands.office import HERE, Office
from tests.jobs.newsroom import Newsroom

AUCTION = an_article(summary="After a long wait the regulator opens the auction for 5G frequencies in Mainz today.")
LINK = AUCTION.link
FERRY = an_article("Ferry line puts wifi on every deck")
WIRE, POST = "http://wire.example/rss.xml", "http://post.example/rss.xml"


@pytest.fixture
def newsroom(sqlite: SqlStorage, clock: SettableClock) -> Newsroom:
    """On the same database as the office."""
    return Newsroom(sqlite, clock)


async def why(office: Office, link: str = LINK, **how: Any) -> Details:
    reply = await office.asks("why", link=link, **how)
    assert isinstance(reply, Details), reply
    return reply


async def told(office: Office, name: str, link: str = LINK, **how: Any) -> list[str]:
    """What is said under a name that begins so."""
    return [said for called, said in (await why(office, link, **how)).facts if called.startswith(name)]


async def breaks_the_news(
    newsroom: Newsroom, *queries: str, article: Article = AUCTION, full_text: bool = False
) -> None:
    """An article comes in after the silent first poll of the wire, and what is to be told is delivered."""
    await newsroom.follows(WIRE, name="The Wire", full_text=full_text)
    for query in queries:
        await newsroom.subscribes(query)
    await newsroom.polls()
    newsroom.publishes(WIRE, article)
    await newsroom.goes_on()


# ---- an article that was told --------------------------------------------------------------------------------------


async def test_an_alert_is_explained_part_by_part(office: Office, newsroom: Newsroom) -> None:
    await breaks_the_news(newsroom, "auction (mainz OR bonn) -ferry")

    reply = await why(office)

    around = "…opens the auction for 5G frequencies in Mainz today."
    assert reply.heading == "5G auction opens in Mainz"
    assert reply.facts == (
        ("link", LINK),
        ("first seen", "2026-03-14 12:00 UTC in The Wire"),
        ("alert to slack:T1/C1", "was posted 2026-03-14 12:00 UTC, for subscription 1"),
        (
            "subscription 1, auction (mainz OR bonn) -ferry",
            "matched; the alert was posted 2026-03-14 12:00 UTC",
        ),
        (
            "– auction",
            f"held: “auction” in the title; “auction” in the summary (“{around}”)",
        ),
        ("– mainz OR bonn", "held: one of them"),
        (
            "– mainz",
            f"held: “Mainz” in the title; “Mainz” in the summary (“{around}”)",
        ),
        ("– bonn", "not held: nowhere in title, summary and text"),
        ("– -ferry", "held: nowhere in title, summary and text"),
    )


@pytest.mark.parametrize(
    "spelling",
    [
        f"{LINK}?utm_source=mail",
        f"<{LINK}>",
        f"<{LINK}|the article>",
        LINK.replace("https://", "http://www."),
        f" {LINK}/#comments",
    ],
)
async def test_every_spelling_of_a_link_finds_the_article(office: Office, newsroom: Newsroom, spelling: str) -> None:
    await breaks_the_news(newsroom, "auction")

    assert (await why(office, spelling)).heading == AUCTION.title


async def test_what_waits_for_a_closed_channel_says_why(office: Office, newsroom: Newsroom) -> None:
    newsroom.channels.answers("C1", Refused("lane", "not_in_channel"))
    await breaks_the_news(newsroom, "auction")

    assert await told(office, "alert to") == [
        "waits since 2026-03-14 12:00 UTC: nothing is posted there at present (not_in_channel), for subscription 1"
    ]


async def test_what_was_told_in_a_summary_says_so(office: Office, newsroom: Newsroom) -> None:
    newsroom.channels.answers("C1", Deferred("the connection was refused", timedelta(hours=6)))
    await breaks_the_news(newsroom, "auction")
    newsroom.publishes(WIRE, "Another auction")
    await newsroom.polls()

    await newsroom.delivers(hours=12)

    (became,) = await told(office, "alert to")
    key = newsroom.channels.posted[0].key
    assert became == f"was told in the catch-up summary {key}, 2026-03-15 00:00 UTC, for subscription 1"


async def test_what_was_given_up_says_why(office: Office, newsroom: Newsroom) -> None:
    newsroom.channels.answers("C1", Refused("delivery", "msg_too_long"))
    await breaks_the_news(newsroom, "auction")

    (verdict,) = await told(office, "subscription 1")
    assert verdict == "matched; the alert was given up 2026-03-14 12:00 UTC: msg_too_long"


async def test_what_nobody_knows_to_have_arrived_is_said_so(office: Office, newsroom: Newsroom) -> None:
    newsroom.channels.answers("C1", Unconfirmed("no answer"))
    await breaks_the_news(newsroom, "auction")

    (verdict,) = await told(office, "alert to")
    assert verdict.startswith("left 2026-03-14 12:00 UTC, and whether it arrived is not known yet: no answer")


async def test_what_was_not_delivered_yet_waits_for_its_turn(office: Office, newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, AUCTION)
    await newsroom.polls()

    assert await told(office, "alert to") == ["waits for its turn since 2026-03-14 12:00 UTC, for subscription 1"]


# ---- full text -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OnePage:
    """What stands wherever a page is asked for."""

    page: Page

    async def read(self, article: Article) -> Page:
        return self.page


async def breaks_the_news_in_full(newsroom: Newsroom, page: Page, *queries: str) -> None:
    newsroom.poller.pages = OnePage(page)
    newsroom.poller.__post_init__()
    await breaks_the_news(newsroom, *queries, full_text=True)


async def test_what_stood_only_on_its_page_is_shown_there(office: Office, newsroom: Newsroom) -> None:
    await breaks_the_news_in_full(newsroom, Page("read", "Seen from the lighthouse of Sandholm."), "lighthouse")

    reply = await why(office)

    assert "held: “lighthouse” in the text (“Seen from the lighthouse of Sandholm.”)" in dict(reply.facts).values()
    assert await told(office, "text") == []


async def test_why_only_the_feeds_own_text_was_judged_is_told(office: Office, newsroom: Newsroom) -> None:
    await breaks_the_news_in_full(newsroom, Page("subscription"), "auction", "lighthouse")

    assert await told(office, "text") == ["the feed's own (subscription required)"]


# ---- an article that was not told ----------------------------------------------------------------------------------


async def test_what_matched_nothing_shows_the_nearest_first(office: Office, newsroom: Newsroom) -> None:
    await breaks_the_news(newsroom, "ferry -huawei", "auction bonn", "ferry bonn")

    facts = (await why(office)).facts

    assert [fact for fact in facts if fact[0].startswith("subscription")] == [
        ("subscription 2, auction bonn", "did not match"),
        ("subscription 1, ferry -huawei", "did not match"),
        ("subscription 3, ferry bonn", "did not match"),
    ]


async def test_a_match_in_the_first_poll_is_history(office: Office, newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, AUCTION)
    await newsroom.reads(WIRE)

    (verdict,) = await told(office, "subscription 1")
    assert verdict == f"matched; no alert: it stood in {WIRE} when that was first read, which makes it history"


async def test_a_subscription_that_is_younger_than_the_article_says_so(office: Office, newsroom: Newsroom) -> None:
    await breaks_the_news(newsroom)
    newsroom.clock.advance(hours=1)
    await newsroom.subscribes("auction")

    (verdict,) = await told(office, "subscription 1")
    assert verdict == (
        "matched; no alert: the subscription is younger than the article, it stands since 2026-03-14 13:00 UTC"
    )


async def test_a_feed_that_was_followed_too_late_is_named(office: Office, newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE, by=GLOBEX)
    await newsroom.polls()
    newsroom.publishes(WIRE, AUCTION)
    await newsroom.polls()
    newsroom.clock.advance(hours=1)
    await newsroom.follows(WIRE, name="The Wire")
    await newsroom.subscribes("auction")

    (verdict,) = await told(office, "subscription 1")
    assert verdict == "matched; no alert: it stood in The Wire before that was followed here, 2026-03-14 13:00 UTC"


async def test_a_story_that_was_heard_already_names_what_was_told(office: Office, newsroom: Newsroom) -> None:
    elsewhere = replace(AUCTION, guid="7", link="https://post.example.org/7", summary="Bonn looks on.")
    await newsroom.follows(POST, name="The Post")
    await breaks_the_news(newsroom, "auction", "bonn")
    await newsroom.polls()
    newsroom.publishes(POST, elsewhere)
    await newsroom.goes_on()

    assert await told(office, "same story", elsewhere.link) == [
        "2026-03-14 12:00 UTC in The Wire: 5G auction opens in Mainz"
    ]
    assert await told(office, "subscription", elsewhere.link) == [
        "matched; the alert as “5G auction opens in Mainz” was posted 2026-03-14 12:00 UTC",
        "matched; no alert of its own: the story was told there already as “5G auction opens in Mainz”, "
        "2026-03-14 12:00 UTC",
    ]


async def test_a_match_of_which_nothing_is_on_record_is_admitted(office: Office, newsroom: Newsroom) -> None:
    await newsroom.subscribes("ferry")
    await breaks_the_news(newsroom, article=FERRY)
    tagged = await newsroom.subscribes("auction", tags=("telecom",))
    newsroom.clock.advance(minutes=1)
    newsroom.publishes(WIRE, AUCTION)
    await newsroom.goes_on()

    await newsroom.follows(WIRE, name="The Wire", tags=["telecom"])

    assert await told(office, f"subscription {tagged.number}") == [
        "matched; no alert is on record: the article, the query or the feed's tags may have been others when it came"
    ]


async def test_a_subscription_that_does_not_listen_to_the_feed_says_so(office: Office, newsroom: Newsroom) -> None:
    await newsroom.subscribes("auction", tags=("regulation",))
    await breaks_the_news(newsroom)

    assert await told(office, "subscription 1") == ["does not listen to The Wire"]
    assert await told(office, "– ") == []


async def test_a_query_that_cannot_be_read_any_more_harms_only_itself(office: Office, newsroom: Newsroom) -> None:
    await newsroom.subscribes("(", normal_form="(")
    await breaks_the_news(newsroom, "auction")

    first, second = await told(office, "subscription")
    assert first.startswith("matched; the alert was posted")
    assert second.startswith("cannot be read any more: ")


async def test_of_several_feeds_the_one_that_matches_is_named(office: Office, newsroom: Newsroom) -> None:
    await newsroom.follows(POST, name="The Post")
    await breaks_the_news(newsroom, "bonn")
    newsroom.publishes(POST, replace(AUCTION, guid="7", summary="Bonn looks on."))
    await newsroom.goes_on()

    assert await told(office, "also seen") == ["2026-03-14 12:00 UTC in The Post"]
    (verdict,) = await told(office, "subscription 1")
    assert verdict.startswith("matched in The Post; the alert was posted")


async def test_many_subscriptions_are_counted(office: Office, newsroom: Newsroom) -> None:
    await breaks_the_news(newsroom, *(f"auction OR word{number}" for number in range(6)), "ferry", "bonn")

    reply = await why(office)

    assert ("other subscriptions", "2 more matched, 2 more did not match") in reply.facts
    assert len([name for name, _ in reply.facts if name.startswith("subscription")]) == 4
    assert len(reply.data["workspaces"][0]["subscriptions"]) == 8


async def test_an_alert_names_all_the_subscriptions_that_it_names(office: Office, newsroom: Newsroom) -> None:
    await breaks_the_news(newsroom, "auction", "mainz", *(f"word{number}" for number in range(3)))

    assert await told(office, "alert to") == ["was posted 2026-03-14 12:00 UTC, for subscriptions 1, 2"]
    assert await told(office, "other subscriptions") == ["1 more did not match"]


async def test_the_parts_of_a_long_query_are_counted(office: Office, newsroom: Newsroom) -> None:
    await breaks_the_news(newsroom, " OR ".join(f"word{number}" for number in range(9)))

    assert await told(office, "– …") == ["4 more parts"]


async def test_what_is_longest_still_fits_into_what_a_platform_shows(office: Office, newsroom: Newsroom) -> None:
    await breaks_the_news(newsroom, *(f"{' '.join(f'w{n}' for n in range(20))} x{at}" for at in range(9)))
    for number in range(6):
        address = f"http://{number}.example/rss.xml"
        await newsroom.follows(address)
        await newsroom.polls()
        newsroom.publishes(address, replace(AUCTION, link=LINK if number % 2 else f"http://e.example/{number}"))
        await newsroom.polls()

    assert len((await why(office)).facts) <= 40


# ---- who sees what -------------------------------------------------------------------------------------------------


async def test_nothing_of_another_workspace_is_seen(office: Office, newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE, by=GLOBEX, name="Globex reads")
    await newsroom.subscribes("5g", "slack:T2/C2")
    await breaks_the_news(newsroom, "auction")

    ours = await why(office)
    theirs = await why(office, here=Destination(GLOBEX, "C2"))

    assert "Globex" not in str(ours)
    assert "C2" not in str(ours)
    assert "5g, " not in str(ours.facts)
    assert "The Wire" not in str(theirs)
    assert [name for name, _ in theirs.facts if name.startswith("subscription")] == ["subscription 1, 5g"]


async def test_an_article_of_another_workspace_is_not_known(office: Office, newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE, by=GLOBEX)
    newsroom.publishes(WIRE, AUCTION)
    await newsroom.polls()
    await newsroom.follows(POST)

    known = await office.asks("why", link=LINK)
    nowhere = await office.asks("why", link="https://news.example.org/nowhere")

    assert isinstance(known, Problem)
    assert isinstance(nowhere, Problem)
    assert not known.mistake
    assert known.text == f"No article is known here at {LINK}"
    assert known.hint == nowhere.hint


async def test_what_other_channels_ask_for_is_seen_by_the_operator_alone(office: Office, newsroom: Newsroom) -> None:
    await newsroom.subscribes("5g", "slack:T1/CPRIVATE")
    await newsroom.subscribes("mainz", "slack:T1/@U1")
    await breaks_the_news(newsroom, "auction")

    asker = await why(office)
    admin = await why(office, user="UADMIN", is_admin=True)
    operator = await why(office, user="operator", here=Destination(ACME))

    assert "CPRIVATE" not in str(asker) + str(admin)
    assert [said for name, said in asker.facts if name.startswith("subscription 2")] == [
        "matched for slack:T1/@U1; the alert was posted 2026-03-14 12:00 UTC"
    ]
    assert [name for name, _ in operator.facts if name.startswith("subscription")] == [
        "subscription 1, 5g",
        "subscription 2, mainz",
        "subscription 3, auction",
    ]


async def test_the_operator_sees_every_workspace_by_its_name(office: Office, newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE, by=GLOBEX, name="Globex reads")
    await breaks_the_news(newsroom, "auction")

    all_of_them = await office.operator("why", link=LINK)
    one = await office.operator("why", link=LINK, workspace="slack:T2")

    assert isinstance(all_of_them, Details)
    assert isinstance(one, Details)
    assert [said for name, said in all_of_them.facts if name == "workspace"] == ["slack:T2", "slack:T1"]
    assert ("first seen", "2026-03-14 12:00 UTC in Globex reads") in one.facts
    assert "workspace" not in dict(one.facts)


async def test_a_workspace_that_is_not_known_is_a_mistake(office: Office) -> None:
    reply = await office.operator("why", link=LINK, workspace="slack:T7")

    assert isinstance(reply, Problem)
    assert reply.mistake


# ---- links, texts and programs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", ["auction", "ftp://news.example.org/1", "http://[", "https://"])
async def test_what_is_no_link_is_a_mistake(office: Office, link: str) -> None:
    reply = await office.asks("why", link=link)

    assert reply == Problem(f"{link} is no link to an article.", "It begins with http:// or https://")


async def test_a_front_page_is_a_mistake(office: Office) -> None:
    reply = await office.asks("why", link="https://news.example.org/")

    assert isinstance(reply, Problem)
    assert reply.mistake
    assert reply.text == "https://news.example.org/ leads to a front page, and to no article."


async def test_a_link_that_is_not_known_says_how_to_search(office: Office) -> None:
    reply = await office.asks("why", link=LINK)

    assert isinstance(reply, Problem)
    assert not reply.mistake
    assert reply.hint.endswith("To search what is stored: /news preview huawei")


async def test_an_article_whose_text_was_tidied_away_says_so(office: Office) -> None:
    await office.follows(Article("", link=LINK, guid="1"), name="The Wire")
    await office.asks("subscribe", query="auction")

    reply = await why(office)

    assert ("text", "tidied away: what would match it cannot be told any more") in reply.facts
    assert not [name for name, _ in reply.facts if name.startswith("subscription ")]
    assert not reply.data["workspaces"][0]["text_stored"]


async def test_where_nobody_subscribed_it_says_how_to_begin(office: Office) -> None:
    await office.follows(AUCTION)

    assert await told(office, "subscriptions") == ["none stands here; to begin: /news subscribe huawei"]


async def test_what_was_told_is_explained_when_its_feed_is_followed_no_more(office: Office, newsroom: Newsroom) -> None:
    await breaks_the_news(newsroom, "auction")
    await newsroom.unfollows(WIRE)

    reply = await why(office)

    assert reply.heading == AUCTION.title
    assert ("feeds", "none that is followed here still has it") in reply.facts
    assert await told(office, "alert to") == ["was posted 2026-03-14 12:00 UTC, for subscription 1"]
    elsewhere = await office.asks("why", link=LINK, here=Destination(HERE.workspace, "C2"))
    assert isinstance(elsewhere, Problem)


async def test_an_address_at_which_several_articles_stand_says_so(office: Office) -> None:
    await office.follows(*(an_article(title, link=LINK) for title in ("One", "Two", "Three")))

    assert await told(office, "same link") == ["2 other articles stand at this address; this is the newest"]


async def test_programs_get_the_whole_tree(office: Office, newsroom: Newsroom) -> None:
    await breaks_the_news(newsroom, "title:auction -ferry")

    (workspace,) = json.loads(json.dumps((await why(office)).data, default=str))["workspaces"]

    (subscription,) = workspace["subscriptions"]
    assert subscription["parts"] == {
        "part": "title:auction -ferry",
        "held": True,
        "places": [],
        "parts": [
            {
                "part": "title:auction",
                "held": True,
                "places": [],
                "parts": [
                    {
                        "part": "auction",
                        "held": True,
                        "places": [{"field": "title", "span": [3, 10], "words": "auction"}],
                        "parts": [],
                    }
                ],
            },
            {
                "part": "-ferry",
                "held": True,
                "places": [],
                "parts": [{"part": "ferry", "held": False, "places": [], "parts": []}],
            },
        ],
    }
    assert (subscription["listens"], subscription["matched"], subscription["feed"]) == (True, True, "The Wire")
    assert workspace["alerts"][0]["state"] == "sent"
    assert workspace["feeds"][0]["name"] == "The Wire"


async def test_what_an_alias_added_is_a_part_of_its_own(office: Office, newsroom: Newsroom) -> None:
    await newsroom.subscribes("versteigerung")
    await newsroom.knows({"versteigerung": ["auction"]})
    await breaks_the_news(newsroom)

    (verdict,) = await told(office, "subscription 1, versteigerung OR auction")
    assert verdict.startswith("matched; the alert was posted")
    assert [name for name, _ in (await why(office)).facts if name.startswith("–")] == ["– versteigerung", "– auction"]


async def test_an_alias_that_holds_only_from_the_next_start_explains_nothing_yet(
    office: Office, newsroom: Newsroom
) -> None:
    office.configured(names=Names(read_aliases({"versteigerung": ["auction"]})))
    await breaks_the_news(newsroom, "versteigerung")

    assert await told(office, "subscription 1") == ["did not match"]


async def test_a_query_that_names_a_feed_says_whether_it_was_this_one(office: Office, newsroom: Newsroom) -> None:
    await newsroom.follows(POST, name="The Post")
    await breaks_the_news(newsroom, 'auction feed:"the wire"', 'auction feed:"the post"', "auction feed:gone")

    assert [verdict.partition(";")[0] for verdict in await told(office, "subscription")] == [
        "matched",
        "did not match",
        "did not match",
    ]
    assert await told(office, "– feed:gone") == ["not held: the feed is not called so"]
