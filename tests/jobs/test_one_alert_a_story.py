"""However many feeds, articles and subscriptions carry it, a channel hears of a story once."""

from dataclasses import replace

from bot.model.delivery import Reason
from tests.builders import GLOBEX, HEADLINE, an_article
from tests.jobs.newsroom import Newsroom

FEEDS = [f"https://outlet-{number}.example.org/rss" for number in range(40)]
WIRE, POST, HERALD = FEEDS[:3]


def as_told_by(outlet: str, title: str = HEADLINE) -> dict[str, str]:
    """Of an article of that outlet's own: guid, link and text are its own, the headline is shared."""
    return {"title": title, "guid": f"{outlet}#1", "link": f"{outlet}/story", "summary": f"{outlet} tells it."}


async def test_one_article_in_three_feeds_for_three_subscriptions_is_one_alert_with_three_reasons(
    newsroom: Newsroom,
) -> None:
    await newsroom.follows(WIRE, POST, HERALD)
    for query in ("auction", "5G", "mainz"):
        await newsroom.subscribes(query)
    await newsroom.polls()
    for feed, link in [(WIRE, ""), (POST, "?utm_source=rss"), (HERALD, "#xtor=RSS-1")]:
        newsroom.publishes(feed, replace(an_article(), guid=f"{feed}/1", link=an_article().link + link))

    await newsroom.goes_on()

    assert [alert.reasons for alert in newsroom.alerts_in()] == [
        (Reason(1, "auction"), Reason(2, "5G"), Reason(3, "mainz"))
    ]


async def test_forty_outlets_with_one_headline_within_six_hours_are_one_alert(newsroom: Newsroom) -> None:
    await newsroom.reads(*FEEDS)

    for first in range(0, 40, 8):
        for feed in FEEDS[first : first + 8]:
            newsroom.publishes(feed, an_article(**as_told_by(feed)))
        await newsroom.goes_on(minutes=89)

    assert newsroom.heard_in() == [HEADLINE]


async def test_after_six_hours_the_same_headline_is_another_story(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE, POST, HERALD)
    newsroom.publishes(WIRE, an_article(**as_told_by(WIRE)))
    await newsroom.goes_on()
    newsroom.publishes(POST, an_article(**as_told_by(POST)))
    await newsroom.goes_on(hours=5, minutes=59)

    newsroom.publishes(HERALD, an_article(**as_told_by(HERALD)))
    await newsroom.goes_on(minutes=1)

    assert newsroom.heard_in() == [HEADLINE, HEADLINE]
    assert [alert.article.summary for alert in newsroom.alerts_in()] == [f"{WIRE} tells it.", f"{HERALD} tells it."]


async def test_a_headline_of_three_words_does_not_group(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE, POST)
    for feed in (WIRE, POST):
        newsroom.publishes(feed, an_article(**as_told_by(feed, "5G auction opens")))

    await newsroom.goes_on()

    assert newsroom.heard_in() == ["5G auction opens", "5G auction opens"]


async def test_every_channel_hears_of_it_and_each_with_its_own_reasons(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE)
    await newsroom.subscribes("auction", to="slack:T1/C1")
    await newsroom.subscribes("mainz", to="slack:T1/C2")
    await newsroom.polls()
    newsroom.publishes(WIRE, HEADLINE)

    await newsroom.goes_on()

    assert [alert.reasons for alert in newsroom.alerts_in("C1")] == [(Reason(1, "auction"),)]
    assert [alert.reasons for alert in newsroom.alerts_in("C2")] == [(Reason(2, "mainz"),)]


async def test_each_workspace_hears_it_from_a_feed_of_its_own_by_the_name_it_gave(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE, name="The Wire")
    await newsroom.follows(WIRE, by=GLOBEX, name="Wire of ours")
    await newsroom.subscribes("auction", to="slack:T1/C1")
    await newsroom.subscribes("auction", to="slack:T2/C2")
    await newsroom.polls()
    newsroom.publishes(WIRE, HEADLINE)

    await newsroom.goes_on()

    assert [alert.source for alert in newsroom.alerts_in("C1")] == ["The Wire"]
    assert [alert.source for alert in newsroom.alerts_in("C2")] == ["Wire of ours"]


async def test_a_workspace_hears_nothing_from_a_feed_it_does_not_follow(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE)
    await newsroom.follows(POST, by=GLOBEX)
    await newsroom.subscribes("auction", to="slack:T2/C2")
    await newsroom.polls()
    newsroom.publishes(WIRE, HEADLINE)

    await newsroom.goes_on()

    assert newsroom.heard_in("C1") == [HEADLINE]
    assert newsroom.heard_in("C2") == []


async def test_a_subscription_to_some_feeds_hears_nothing_of_the_others(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE, POST)
    await newsroom.follows(HERALD, tags=("telecom",))
    await newsroom.subscribes("auction", feeds=(POST,))
    await newsroom.subscribes("auction", to="slack:T1/C2", tags=("telecom",))
    await newsroom.polls()
    for feed, title in [(WIRE, "Auction one"), (POST, "Auction two"), (HERALD, "Auction three")]:
        newsroom.publishes(feed, an_article(title))

    await newsroom.goes_on()

    assert newsroom.heard_in("C1") == ["Auction two"]
    assert newsroom.heard_in("C2") == ["Auction three"]


async def test_reasons_that_arrive_while_the_delivery_waits_join_it(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE, POST)
    await newsroom.subscribes("auction", feeds=(WIRE,))
    await newsroom.subscribes("mainz", feeds=(POST,))
    await newsroom.polls()
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.polls()
    newsroom.publishes(POST, HEADLINE)

    await newsroom.goes_on()

    assert [alert.reasons for alert in newsroom.alerts_in()] == [(Reason(1, "auction"), Reason(2, "mainz"))]


async def test_reasons_that_arrive_after_the_post_are_not_posted(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE, POST)
    await newsroom.subscribes("auction", feeds=(WIRE,))
    await newsroom.subscribes("mainz", feeds=(POST,))
    await newsroom.polls()
    newsroom.publishes(WIRE, HEADLINE)
    await newsroom.goes_on()
    newsroom.publishes(POST, HEADLINE)

    await newsroom.goes_on()

    assert [alert.reasons for alert in newsroom.alerts_in()] == [(Reason(1, "auction"),)]


async def test_headlines_of_a_blog_of_links_that_say_nothing_hide_no_story_from_others(newsroom: Newsroom) -> None:
    blog, press = POST, WIRE
    await newsroom.follows(blog, by=GLOBEX)
    await newsroom.reads(press, query="huawei OR auction")
    told = {"title": "Read the full article here", "summary": ""}
    newsroom.publishes(blog, *(an_article(guid=f"b{n}", link=f"https://press.example.org/{n}", **told) for n in (1, 2)))
    await newsroom.goes_on()
    titles = ["Huawei is banned from the core network", "Spectrum auction raises nine billion"]

    for number, title in enumerate(titles, 1):
        newsroom.publishes(press, an_article(title, guid=f"p{number}", link=f"https://press.example.org/{number}"))
        await newsroom.goes_on(hours=1)

    assert newsroom.heard_in() == titles
