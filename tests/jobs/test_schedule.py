"""The manners of the schedule: when feeds are asked, when they are left alone, and what outlives a restart."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.feeds.cadence import Bounds
from bot.jobs.keeping import MAY_MISS
from bot.model.reading import QuietPoll
from storage.feeds import StoredFeeds
from tests.builders import NOON, an_article
from tests.jobs.newsroom import Newsroom

WIRE = "https://wire.example.org/rss"
POST = "https://post.example.org/atom"
NEW_WIRE = "https://news.wire.example.org/rss"
HOUR = timedelta(hours=1)
BOUNDS = Bounds()


async def asked(newsroom: Newsroom, **later: float) -> list[str]:
    """The addresses that a sweep asks for."""
    before = len(newsroom.publishers.asked)
    await newsroom.polls(**later)
    return [address for address, _ in newsroom.publishers.asked[before:]]


async def adaptive(newsroom: Newsroom, *addresses: str) -> None:
    await newsroom.follows(*addresses, poll_every=None)


async def test_a_feed_is_asked_within_the_bounds_of_the_adaptive_interval(newsroom: Newsroom) -> None:
    await adaptive(newsroom, WIRE)
    newsroom.publishes(WIRE, "Quiet since last week")
    await newsroom.polls()

    assert BOUNDS.shortest <= await newsroom.next_poll(WIRE) - newsroom.clock.now <= 2 * BOUNDS.longest
    await newsroom.polls(hours=1)
    assert BOUNDS.shortest <= await newsroom.next_poll(WIRE) - newsroom.clock.now <= 1.1 * BOUNDS.longest


async def test_what_the_server_calls_fresh_is_left_alone(newsroom: Newsroom) -> None:
    await adaptive(newsroom, WIRE)
    newsroom.publishes(WIRE, "Fresh for half an hour")
    newsroom.publishers.pages[WIRE].fresh_for = HOUR / 2
    await newsroom.polls()
    await newsroom.polls(hours=2)

    assert await asked(newsroom, minutes=29) == []
    assert await asked(newsroom, minutes=5) == [WIRE]


async def test_the_schedule_outlives_a_restart_without_a_herd(newsroom: Newsroom) -> None:
    feeds = [f"https://outlet-{number}.example.org/rss" for number in range(40)]
    await adaptive(newsroom, *feeds)
    for address in feeds:
        newsroom.publishes(address, "An old article")
    for _ in range(5):
        await newsroom.polls(seconds=1)
    due = {await newsroom.next_poll(address) for address in feeds}

    restarted = newsroom.restarted()

    assert await asked(restarted, seconds=1) == []
    assert len(due) == len(feeds), "feeds that came in one list are spread at once"
    assert max(due) - min(due) > timedelta(minutes=1)


async def test_retry_after_holds_for_the_whole_registrable_domain(newsroom: Newsroom) -> None:
    sports = "https://sports.wire.example.org/rss"
    await newsroom.follows(WIRE, sports, POST)
    await newsroom.polls()
    newsroom.breaks(WIRE, "too many", kind="throttled", retry_after=2 * HOUR, host="wire.example.org")
    await newsroom.polls()

    assert await asked(newsroom, minutes=90) == []
    assert sorted(await asked(newsroom, minutes=45)) == [POST, sports, WIRE]


async def test_retry_after_of_another_domain_is_no_reason_to_wait(newsroom: Newsroom) -> None:
    other = "https://wire.example.com/rss"
    await newsroom.follows(WIRE, other)
    await newsroom.polls()
    newsroom.breaks(WIRE, "too many", kind="throttled", retry_after=2 * HOUR, host="wire.example.org")
    await newsroom.polls()

    assert await asked(newsroom, minutes=1) == [other]


async def test_an_explicit_interval_never_wins_over_retry_after(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE, poll_every=timedelta(seconds=1))
    newsroom.breaks(WIRE, "too many", kind="throttled", retry_after=HOUR, host="wire.example.org")
    await newsroom.polls()

    assert await asked(newsroom, minutes=59) == []
    assert await asked(newsroom, minutes=9) == [WIRE]


async def test_a_short_retry_after_is_heeded_to_the_second(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE, poll_every=timedelta(seconds=1))
    newsroom.breaks(WIRE, "too many", kind="throttled", retry_after=timedelta(seconds=25), host="wire.example.org")
    await newsroom.polls()

    assert await asked(newsroom, seconds=24) == []
    assert await asked(newsroom, seconds=5) == [WIRE]


async def test_a_feed_that_is_gone_is_asked_no_more(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE)
    newsroom.breaks(WIRE, "The feed is gone for good (410).", kind="gone")
    await newsroom.polls()

    assert await asked(newsroom, days=300) == []


async def test_a_feed_that_is_gone_is_asked_again_once_somebody_follows_it_anew(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE)
    newsroom.breaks(WIRE, "The feed is gone for good (410).", kind="gone")
    await newsroom.polls()
    await newsroom.unfollows(WIRE)
    await newsroom.follows(WIRE)

    assert await asked(newsroom) == [WIRE]


async def test_a_feed_that_is_missing_is_backed_off_from(newsroom: Newsroom) -> None:
    await adaptive(newsroom, WIRE)
    newsroom.breaks(WIRE, "Nothing stands at this address (404).", kind="missing")
    waits = []
    for _ in range(12):
        await newsroom.polls(days=2)
        waits.append(await newsroom.next_poll(WIRE) - newsroom.clock.now)

    assert waits[0] < timedelta(minutes=10)
    assert timedelta(hours=24) <= waits[-1] <= timedelta(hours=27)


async def test_a_feed_that_refuses_is_left_alone_for_hours(newsroom: Newsroom) -> None:
    await newsroom.follows(WIRE)
    newsroom.breaks(WIRE, "The server refuses to show it (403).", kind="forbidden")
    await newsroom.polls()

    assert await newsroom.next_poll(WIRE) - newsroom.clock.now >= 2 * HOUR


async def test_polls_that_bring_nothing_are_written_down_together(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds = [f"https://outlet-{number}.example.org/rss" for number in range(8)]
    await newsroom.follows(*feeds)
    for address in feeds[:7]:
        newsroom.publishes(address, "An old article")
    await newsroom.polls()
    newsroom.breaks(feeds[7])
    noted: list[int] = []
    note = StoredFeeds.note

    async def counted(self: StoredFeeds, owner: str, polls: Sequence[QuietPoll]) -> None:
        noted.append(len(polls))
        await note(self, owner, polls)

    monkeypatch.setattr(StoredFeeds, "note", counted)
    await newsroom.polls(minutes=1)

    assert noted == [8]
    assert {report.address for report in newsroom.reports[-8:]} == set(feeds)


# ---- permanent redirects


async def test_a_permanent_redirect_is_kept_only_after_it_worked_repeatedly(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(NEW_WIRE)
    newsroom.redirects(WIRE, NEW_WIRE)

    for _ in range(3):
        await newsroom.polls(minutes=5)
    assert await asked(newsroom, minutes=5) == [WIRE]
    await newsroom.polls(hours=1)
    assert await asked(newsroom, minutes=5) == [NEW_WIRE]


async def test_a_redirect_that_ends_is_forgotten(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE)
    newsroom.redirects(WIRE, NEW_WIRE)
    for _ in range(2):
        await newsroom.polls(hours=1)
    newsroom.redirects(WIRE, "")
    await newsroom.polls(hours=1)
    newsroom.redirects(WIRE, NEW_WIRE)
    await newsroom.polls(hours=1)

    move = (await newsroom.feed(WIRE)).move
    assert move is not None
    assert (move.address, move.seen) == (NEW_WIRE, 1)


async def test_a_feed_that_moves_for_good_reposts_nothing_and_goes_on_with_its_news(newsroom: Newsroom) -> None:
    old = an_article("The 5G auction is announced")
    newsroom.publishes(WIRE, old)
    await newsroom.reads(WIRE, tags=("telecom",))
    newsroom.publishes(WIRE, "The 5G auction opens")
    await newsroom.goes_on()
    newsroom.publishers.pages[NEW_WIRE] = newsroom.publishers.pages[WIRE]
    newsroom.redirects(WIRE, NEW_WIRE)
    for _ in range(4):
        await newsroom.goes_on(hours=1)

    newsroom.publishes(NEW_WIRE, "The 5G auction ends")
    await newsroom.goes_on(hours=1)

    assert newsroom.heard_in() == ["The 5G auction opens", "The 5G auction ends"]
    assert (await newsroom.feed(NEW_WIRE)).address == NEW_WIRE


# ---- feeds that may be missing items


async def test_a_feed_in_which_everything_is_new_says_so_and_is_looked_at_more_often(newsroom: Newsroom) -> None:
    await adaptive(newsroom, WIRE)
    newsroom.shows(WIRE, an_article("One", published=NOON - HOUR * 30), an_article("Two", published=NOON - HOUR * 60))
    await newsroom.polls()
    await newsroom.polls(hours=5)
    newsroom.shows(WIRE, an_article("Three"), an_article("Four"))
    await newsroom.polls(hours=5)

    assert newsroom.reports[-1].complaint == MAY_MISS
    assert await newsroom.next_poll(WIRE) - newsroom.clock.now <= 1.1 * BOUNDS.shortest


async def test_a_feed_that_was_empty_before_misses_nothing(newsroom: Newsroom) -> None:
    await adaptive(newsroom, WIRE)
    newsroom.shows(WIRE)
    await newsroom.polls()
    newsroom.shows(WIRE, an_article("The first"))
    await newsroom.polls(hours=5)

    assert newsroom.reports[-1].complaint == ""
    assert newsroom.verdicts() == ["no match"]


# ---- guids that are given to one article after another


@pytest.mark.parametrize("reads_only_what_is_new", [False, True])
async def test_guids_that_are_given_to_one_article_after_another_lose_no_alert_and_repeat_none(
    newsroom: Newsroom, reads_only_what_is_new: bool
) -> None:
    newsroom.publishers.reads_only_what_is_new = reads_only_what_is_new
    told = [
        an_article(f"auction {number}", guid=f"slot {number % 9}", published=NOON + timedelta(minutes=number))
        for number in range(41)
    ]
    newsroom.shows(WIRE, told[0])
    await newsroom.reads(WIRE)

    for last in range(1, len(told)):
        newsroom.shows(WIRE, *reversed(told[max(0, last - 7) : last + 1]))
        await newsroom.goes_on(hours=1)
    await newsroom.goes_on(hours=1)

    assert newsroom.heard_in() == [article.title for article in told[1:]]


async def test_an_article_whose_guid_another_one_gets_beside_it_is_not_told_again(newsroom: Newsroom) -> None:
    first = an_article("auction one", guid="latest")
    second = an_article("auction two", guid="latest", published=NOON + timedelta(hours=1))
    newsroom.shows(WIRE, an_article("Before all"))
    await newsroom.reads(WIRE)

    for document in ([first], [second, first], [second], [second, first], [first]):
        newsroom.shows(WIRE, *document)
        await newsroom.goes_on(hours=7)

    assert newsroom.heard_in() == ["auction one", "auction two"]


async def test_why_an_article_that_got_the_guid_of_another_alerted_is_told_of_it_alone(newsroom: Newsroom) -> None:
    newsroom.shows(WIRE, an_article("auction one", guid="latest"))
    await newsroom.reads(WIRE)
    second = an_article("auction two", guid="latest", published=NOON + timedelta(hours=1))
    newsroom.shows(WIRE, second)
    await newsroom.goes_on(hours=1)

    async with newsroom.storage.read() as unit:
        stored = [one.article.title async for one in unit.articles.stored(None)]

    assert stored == ["auction two", "auction one"]
    assert newsroom.heard_in() == ["auction two"]


# ---- guids that change with every answer


def fetched_for_the(time: int, *titles: str) -> list:
    return [an_article(title, guid=f"{title} #{time}") for title in titles]


async def test_guids_that_change_with_every_fetch_repost_nothing_and_news_still_come(newsroom: Newsroom) -> None:
    newsroom.shows(WIRE, *fetched_for_the(1, "auction one", "auction two", "auction three"))
    await newsroom.reads(WIRE)
    for time in range(2, 5):
        newsroom.shows(WIRE, *fetched_for_the(time, "auction one", "auction two", "auction three"))
        await newsroom.goes_on()
        assert newsroom.heard_in() == []
    assert (await newsroom.feed(WIRE)).identified_by == "link"

    newsroom.shows(WIRE, *fetched_for_the(5, "auction four", "auction one", "auction two"))
    await newsroom.goes_on()
    assert newsroom.heard_in() == ["auction four"]


async def test_news_among_guids_that_change_for_the_first_time_are_told(newsroom: Newsroom) -> None:
    newsroom.shows(WIRE, *fetched_for_the(1, "auction one", "auction two"))
    await newsroom.reads(WIRE)
    newsroom.shows(WIRE, *fetched_for_the(2, "auction three", "auction one", "auction two"))
    await newsroom.goes_on()

    assert newsroom.heard_in() == ["auction three"]


async def test_guids_that_change_are_noticed_though_another_feed_has_those_of_yesterday(newsroom: Newsroom) -> None:
    """Their documents are taken in together: guids like 1, 2 and 3 stand in many feeds."""
    newsroom.shows(WIRE, an_article("auction one", guid="1"), an_article("auction two", guid="2"))
    await newsroom.reads(WIRE, POST)

    newsroom.shows(WIRE, an_article("auction one", guid="one"), an_article("auction two", guid="two"))
    newsroom.shows(POST, an_article("auction three", guid="1"))
    await newsroom.goes_on()

    assert newsroom.heard_in() == ["auction three"]
    assert (await newsroom.feed(WIRE)).identified_by == "link"


async def test_where_links_change_too_the_text_tells_items_apart(newsroom: Newsroom) -> None:
    def shown(time: int, *titles: str) -> list:
        return [
            an_article(title, guid=f"{title} #{time}", link=f"https://wire.example.org/?s={time}{title}")
            for title in titles
        ]

    newsroom.shows(WIRE, *shown(1, "auction one", "auction two"))
    await newsroom.reads(WIRE)
    for time in range(2, 4):
        newsroom.shows(WIRE, *shown(time, "auction one", "auction two"))
        await newsroom.goes_on()
    newsroom.shows(WIRE, *shown(4, "auction three", "auction one"))
    await newsroom.goes_on()

    assert newsroom.heard_in() == ["auction three"]
    assert (await newsroom.feed(WIRE)).identified_by == "content"


async def test_a_single_warning_given_again_under_another_guid_is_no_sign_of_changing_guids(newsroom: Newsroom) -> None:
    newsroom.shows(WIRE, an_article("Storm warning for Mainz", guid="w1", link=""))
    await newsroom.reads(WIRE, query="storm")
    newsroom.shows(WIRE, an_article("Storm warning for Mainz", guid="w2", link=""))
    await newsroom.goes_on(days=1)

    assert newsroom.heard_in() == ["Storm warning for Mainz"]


async def test_an_item_that_changes_in_a_feed_of_changing_guids_is_an_update(newsroom: Newsroom) -> None:
    newsroom.shows(WIRE, *fetched_for_the(1, "Mainz one", "Mainz two"))
    await newsroom.reads(WIRE)
    newsroom.shows(WIRE, *fetched_for_the(2, "Mainz one", "Mainz two"))
    await newsroom.goes_on()
    changed = an_article("Mainz one", guid="Mainz one #3", summary="Now there is an auction.")
    newsroom.shows(WIRE, changed, *fetched_for_the(3, "Mainz two"))
    await newsroom.goes_on()

    assert [(alert.article.title, alert.updated) for alert in newsroom.alerts_in()] == [("Mainz one", True)]
