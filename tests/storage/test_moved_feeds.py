"""A feed that has moved, by command or by a permanent redirect: nothing is lost, and nothing is posted again."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.commands.access import OPERATOR
from bot.commands.catalogue import catalogue
from bot.commands.command import Asker, Details, Done, Listing, Problem, Reply, Request
from bot.commands.desk import Desk
from bot.commands.phrasing import as_a_line
from bot.jobs.declared import declare
from bot.jobs.intake import take_in
from bot.model.article import Article
from bot.model.declared import DeclaredFeed
from bot.model.destination import Destination, Workspace
from bot.model.feed import Feed, FeedStatus, Validators
from bot.model.subscription import COMMANDED, DECLARED
from storage.unit import SqlStorage
from tests.builders import ACME, GLOBEX, HEADLINE, NOON, WINDOW, SettableClock, an_article
from tests.jobs.newsroom import Newsroom

OLD = "https://wire.example.org/rss"
NEW = "https://new.example.net/feed"
NEWER = "https://newest.example.com/feed"
THEIRS = "slack:T2/C9"
LATER = "The auction ends in Mainz"
YEARS_AGO = NOON - timedelta(days=900)
HOUR = timedelta(hours=1)


@pytest.fixture
def newsroom(storage: SqlStorage, clock: SettableClock) -> Newsroom:
    return Newsroom(storage, clock)


async def say(newsroom: Newsroom, words: str, by: Workspace = ACME, *, operator: bool = False, **said: str) -> Reply:
    """As an admin of the workspace, or as the operator."""
    desk = Desk(newsroom.storage, newsroom.publishers, newsroom.publishers, partial(take_in, story_window=WINDOW))
    commands = catalogue(desk)

    async def is_admin() -> bool:
        return True

    asker = Asker(by, OPERATOR if operator else "U1", "<@U1>", is_admin)
    command = next(each for each in commands if each.name == words)
    return await command.run(Request(asker, Destination(by, "C1"), as_a_line(commands, "/news"), said))


async def moves(newsroom: Newsroom, old: str = OLD, new: str = NEW, by: Workspace = ACME, **how: Any) -> Done:
    reply = await say(newsroom, "feeds move", by, old=old, new=new, **how)
    assert isinstance(reply, Done), reply
    return reply


async def followed(newsroom: Newsroom, by: Workspace = ACME) -> Sequence[FeedStatus]:
    async with newsroom.storage.read() as unit:
        id_ = await unit.workspaces.find(by)
        return [] if id_ is None else await unit.feeds.followed(id_)


async def feed_at(newsroom: Newsroom, address: str, credential: str = "") -> Feed | None:
    async with newsroom.storage.read() as unit:
        return await unit.feeds.find(address, credential)


async def begins(newsroom: Newsroom, *articles: Article, **wishes: Any) -> None:
    """ACME follows OLD, whose articles its channel has heard; the same stand at NEW."""
    await newsroom.reads(OLD, **wishes)
    newsroom.publishes(OLD, *articles)
    newsroom.publishes(NEW, *articles)
    await newsroom.goes_on(hours=1)


# ---- one workspace follows it ---------------------------------------------------------------------------------------


async def test_after_a_move_nothing_is_posted_again_and_what_is_new_is_posted_once(newsroom: Newsroom) -> None:
    await begins(newsroom, an_article(), an_article("Another auction"))

    reply = await moves(newsroom)
    await newsroom.goes_on()
    newsroom.publishes(NEW, LATER)
    await newsroom.goes_on()
    await newsroom.goes_on()

    assert reply.text == f"{OLD} is read from {NEW} from now on."
    assert reply.notes[0] == "What stands there now is kept as history; what comes next is news."
    assert newsroom.heard_in() == ["Another auction", HEADLINE, LATER]


@pytest.mark.parametrize("operator", [False, True])
async def test_the_new_address_is_read_once_and_the_old_one_never_again(newsroom: Newsroom, operator: bool) -> None:
    await begins(newsroom, an_article())
    before = await feed_at(newsroom, OLD)
    asked = len(newsroom.publishers.asked)

    await moves(newsroom, operator=operator)
    read_at_once = newsroom.publishers.asked[asked:]
    await newsroom.goes_on(hours=1)

    after = await feed_at(newsroom, NEW)
    assert before is not None
    assert after is not None
    assert read_at_once == [(NEW, Validators())]
    assert [address for address, _ in newsroom.publishers.asked[asked + 1 :]] == [NEW]
    assert newsroom.publishers.asked[-1] == (NEW, after.validators)
    assert after.id == before.id
    assert (after.host, after.primed, after.failures) == ("new.example.net", True, 0)
    assert await feed_at(newsroom, OLD) is None


SAME_TEXT = " ".join(f"word{number}" for number in range(60))


@pytest.mark.parametrize(
    "there",
    [
        {"guid": "https://new.example.net/?p=1"},
        {"guid": "https://new.example.net/?p=1", "published": None},
        {"link": "https://new.example.net/another"},
        {"guid": "https://new.example.net/?p=1", "link": "https://new.example.net/1"},
        {"guid": "new", "link": "https://new.example.net/1", "published": None},
    ],
    ids=["another guid", "another guid, no date", "another link", "both", "both, no date"],
)
@pytest.mark.parametrize("others", [(), (GLOBEX,)], ids=["alone", "with others"])
async def test_articles_are_known_by_guid_link_or_content(
    newsroom: Newsroom, clock: SettableClock, there: dict[str, Any], others: Sequence[Workspace]
) -> None:
    articles = [an_article(f"Auction number {number}", summary=f"{SAME_TEXT} {number}") for number in range(3)]
    for other in others:
        await newsroom.follows(OLD, by=other)
    await newsroom.reads(OLD)
    newsroom.publishes(OLD, *articles)
    await newsroom.goes_on()
    heard = newsroom.heard_in()
    changed = [{name: value and f"{value}{at}" for name, value in there.items()} for at in range(3)]
    standing = zip(articles, changed, strict=True)
    newsroom.publishes(NEW, *(an_article(one.title, summary=one.summary, **new) for one, new in standing))
    clock.advance(hours=7)  # the headlines alone would not tell any more that they are the same

    await moves(newsroom)
    for _ in range(3):
        await newsroom.goes_on(hours=7)
    newsroom.publishes(NEW, LATER)
    await newsroom.goes_on(hours=1)

    assert len(heard) == 3
    assert newsroom.heard_in() == [*heard, LATER]


async def test_what_was_published_while_the_feed_could_not_be_read_is_news_and_what_is_older_is_not(
    newsroom: Newsroom, clock: SettableClock
) -> None:
    await begins(newsroom, an_article())
    newsroom.breaks(OLD)
    for _ in range(3):
        await newsroom.goes_on(hours=20)
    newsroom.publishes(
        NEW,
        an_article("Missed auction", published=clock.now - HOUR),
        an_article("Another missed auction", published=clock.now - 2 * HOUR),
        an_article("Auction of years ago", published=YEARS_AGO),
    )

    reply = await moves(newsroom)
    before = newsroom.heard_in()
    await newsroom.goes_on()
    newsroom.publishes(NEW, LATER)
    await newsroom.goes_on(hours=1)

    assert reply.notes[0] == "2 articles there are news since it was last read; they come with the next poll."
    assert before == [HEADLINE]
    assert newsroom.heard_in() == [HEADLINE, "Another missed auction", "Missed auction", LATER]


@pytest.mark.parametrize("others", [(), (GLOBEX,)], ids=["alone", "with others"])
async def test_what_a_frozen_feed_never_showed_is_news_although_it_is_older_than_the_last_successful_poll(
    newsroom: Newsroom, clock: SettableClock, others: Sequence[Workspace]
) -> None:
    for other in others:
        await newsroom.follows(OLD, by=other)
    await begins(newsroom)
    newsroom.publishes(OLD, an_article(published=NOON + 4 * HOUR), an_article("First auction", published=NOON))
    await newsroom.goes_on(hours=4)
    for _ in range(3):
        await newsroom.goes_on(hours=20)
    newsroom.shows(
        NEW,
        an_article("Missed auction", published=clock.now - 30 * HOUR),
        an_article(published=NOON + 4 * HOUR),
        an_article("Late auction", published=NOON + HOUR),
        an_article("First auction", published=NOON),
        an_article("Auction of years ago", published=YEARS_AGO),
    )

    reply = await moves(newsroom)
    for _ in range(3):
        await newsroom.goes_on(hours=1)

    assert reply.data["news"] == 2
    assert newsroom.heard_in() == ["First auction", HEADLINE, "Late auction", "Missed auction"]


async def test_a_subscription_that_is_younger_than_an_article_does_not_hear_it_through_a_move(
    newsroom: Newsroom, clock: SettableClock
) -> None:
    await begins(newsroom, an_article())
    await newsroom.subscribes("auction", "slack:T1/CLATER")
    newsroom.publishes(NEW, an_article("Missed auction", published=clock.now))

    await moves(newsroom)
    await newsroom.goes_on()

    assert newsroom.heard_in("CLATER") == ["Missed auction"]


async def test_news_at_the_new_address_wait_until_it_can_be_read_again(
    newsroom: Newsroom, clock: SettableClock
) -> None:
    await begins(newsroom, an_article())
    newsroom.publishes(NEW, an_article("Missed auction", published=clock.now))
    await moves(newsroom)
    newsroom.breaks(NEW)
    await newsroom.goes_on()

    newsroom.mends(NEW)
    await newsroom.goes_on(hours=7)

    assert newsroom.heard_in() == [HEADLINE, "Missed auction"]


async def test_without_dates_what_stands_above_all_that_is_known_is_news(newsroom: Newsroom) -> None:
    await begins(newsroom, an_article(published=None))
    newsroom.shows(
        NEW,
        an_article("Missed auction", published=None),
        an_article(published=None),
        an_article("Auction of years ago", published=None),
    )

    await moves(newsroom)
    await newsroom.goes_on()

    assert newsroom.heard_in() == [HEADLINE, "Missed auction"]


async def test_subscriptions_by_address_by_tag_and_by_name_still_hear_it(newsroom: Newsroom) -> None:
    await newsroom.follows(OLD, name="", tags=("telecom",), origin=COMMANDED)
    await newsroom.subscribes("auction", "slack:T1/CADDRESS", feeds=(OLD,))
    await newsroom.subscribes("auction", "slack:T1/CTAG", tags=("telecom",))
    await newsroom.subscribes(f'feed:"{OLD} by its own title" AND auction', "slack:T1/CNAME")
    await newsroom.subscribes("auction", "slack:T1/CELSEWHERE", feeds=("https://elsewhere.example/",))
    await newsroom.polls()

    await moves(newsroom)
    newsroom.publishes(NEW, HEADLINE)
    await newsroom.goes_on(hours=1)

    heard = {channel: newsroom.heard_in(channel) for channel in ("CADDRESS", "CTAG", "CNAME", "CELSEWHERE")}
    assert heard == {"CADDRESS": [HEADLINE], "CTAG": [HEADLINE], "CNAME": [HEADLINE], "CELSEWHERE": []}
    (feed,) = await followed(newsroom)
    assert (feed.name, feed.tags, feed.formerly) == (f"{OLD} by its own title", ("telecom",), (OLD,))


async def test_why_an_article_alerted_is_told_of_subscriptions_by_the_old_address(newsroom: Newsroom) -> None:
    await newsroom.follows(OLD, origin=COMMANDED)
    await newsroom.subscribes(feeds=(OLD,))
    await newsroom.polls()
    await moves(newsroom)
    newsroom.publishes(NEW, an_article())
    await newsroom.goes_on(hours=1)

    reply = await say(newsroom, "why", link=an_article().link)

    assert isinstance(reply, Details)
    (workspace,) = reply.data["workspaces"]
    assert [(one["listens"], one["matched"]) for one in workspace["subscriptions"]] == [(True, True)]
    assert [one["address"] for one in workspace["feeds"]] == [NEW]


async def test_the_old_address_goes_on_meaning_the_feed(newsroom: Newsroom) -> None:
    await begins(newsroom, origin=COMMANDED, name="The Wire")
    await moves(newsroom)
    asked = len(newsroom.publishers.asked)

    added = await say(newsroom, "feeds add", url="HTTPS://Wire.example.org:443/rss#top")
    moved = await say(newsroom, "feeds move", old=OLD, new=NEW)
    removed = await say(newsroom, "feeds remove", url=OLD)

    assert [reply.text for reply in (added, moved, removed) if isinstance(reply, Done)] == [
        "The Wire is followed already.",
        f"The Wire is read from {NEW} already.",
        "The Wire is not followed any more.",
    ]
    assert len(newsroom.publishers.asked) == asked
    assert await followed(newsroom) == []


async def test_once_the_tie_has_ended_the_old_address_means_nothing_any_more(newsroom: Newsroom) -> None:
    await begins(newsroom, origin=COMMANDED)
    await moves(newsroom)
    await say(newsroom, "feeds remove", url=NEW)

    await say(newsroom, "feeds add", url=OLD)

    assert [feed.address for feed in await followed(newsroom)] == [OLD]


@pytest.mark.parametrize("others", [(), (GLOBEX,)], ids=["alone", "with others"])
async def test_a_move_can_be_taken_back(newsroom: Newsroom, others: Sequence[Workspace]) -> None:
    for other in others:
        await newsroom.follows(OLD, by=other)
    await begins(newsroom, an_article(), origin=COMMANDED)
    reply = await moves(newsroom)
    await newsroom.goes_on(hours=1)

    await moves(newsroom, NEW, OLD)
    newsroom.publishes(OLD, LATER)
    await newsroom.goes_on(hours=1)
    await newsroom.goes_on(hours=1)

    assert reply.notes[-1] == f"To take it back: /news feeds move {NEW} {OLD}"
    assert [(feed.address, feed.formerly) for feed in await followed(newsroom)] == [(OLD, ())]
    assert newsroom.heard_in() == [HEADLINE, LATER]


async def test_once_a_move_was_taken_back_the_other_address_is_a_feed_of_its_own(newsroom: Newsroom) -> None:
    await begins(newsroom, an_article(), origin=COMMANDED)
    await moves(newsroom)
    await moves(newsroom, NEW, OLD)

    await say(newsroom, "feeds add", url=NEW)

    assert sorted(feed.address for feed in await followed(newsroom)) == [NEW, OLD]


async def test_a_feed_that_moves_twice_is_known_at_both_addresses(newsroom: Newsroom) -> None:
    await begins(newsroom, an_article(), origin=COMMANDED)
    await moves(newsroom)
    newsroom.publishes(NEWER, an_article())

    await moves(newsroom, OLD, NEWER)
    await newsroom.goes_on(hours=1)

    assert [(feed.address, feed.formerly) for feed in await followed(newsroom)] == [(NEWER, (NEW, OLD))]
    assert newsroom.heard_in() == [HEADLINE]


async def test_what_is_known_of_a_feed_moves_with_it(newsroom: Newsroom) -> None:
    await begins(newsroom, an_article(), name="The Wire")
    newsroom.shows(NEW, an_article("Another auction", published=YEARS_AGO))

    await moves(newsroom)

    preview = await say(newsroom, "preview", query="auction")
    assert isinstance(preview, Listing)
    assert len(preview.rows) == 2


async def test_a_resurrected_article_stays_old_after_a_move(newsroom: Newsroom) -> None:
    await begins(newsroom, an_article(), an_article("Gone auction"))
    newsroom.shows(NEW, an_article())

    await moves(newsroom)
    await newsroom.goes_on(hours=24)
    newsroom.publishes(NEW, an_article("Gone auction"))
    await newsroom.subscribes("gone", "slack:T1/C5")
    await newsroom.goes_on(hours=24)

    assert newsroom.heard_in("C5") == []


# ---- what keeps it from moving --------------------------------------------------------------------------------------


async def test_an_address_that_cannot_be_read_moves_nothing(newsroom: Newsroom) -> None:
    await begins(newsroom, an_article())
    newsroom.breaks(NEW, "192.0.2.1 is not a public address.")

    reply = await say(newsroom, "feeds move", old=OLD, new=NEW)

    assert reply == Problem(f"{NEW} cannot be fetched: 192.0.2.1 is not a public address.", mistake=False)
    assert [(feed.address, feed.formerly) for feed in await followed(newsroom)] == [(OLD, ())]
    assert await feed_at(newsroom, NEW) is None


async def test_what_is_not_followed_here_cannot_be_moved(newsroom: Newsroom) -> None:
    await newsroom.follows(OLD, by=GLOBEX)

    reply = await say(newsroom, "feeds move", old=OLD, new=NEW)

    assert reply == Problem(f"{OLD} is not followed here.", "See the feeds with: /news feeds list", mistake=False)
    assert newsroom.publishers.asked == []


async def test_a_private_feed_is_not_moved_to_where_its_secret_would_go_to_another_server(newsroom: Newsroom) -> None:
    await newsroom.follows(OLD, name="The Wire", credential="ACME_HEADERS")
    here = OLD.replace("/rss", "/new")
    newsroom.publishes(here, an_article())

    away = await say(newsroom, "feeds move", old=OLD, new=NEW)
    by_http = await say(newsroom, "feeds move", old=OLD, new=here.replace("https", "http"))
    asked_before = list(newsroom.publishers.asked)
    within = await say(newsroom, "feeds move", old=OLD, new=here)

    assert away == by_http
    assert isinstance(away, Problem)
    assert away.text == "The Wire is private: its secret request headers would go to another server."
    assert asked_before == []
    assert isinstance(within, Done)
    assert [(feed.address, feed.credential) for feed in await followed(newsroom)] == [(here, "ACME_HEADERS")]


async def test_a_poll_under_way_leaves_nothing_behind_at_the_new_address(newsroom: Newsroom) -> None:
    await begins(newsroom, an_article())
    async with newsroom.storage.begin() as unit:
        await unit.feeds.claim_due("another process", 9, HOUR)

    await moves(newsroom)

    async with newsroom.storage.begin() as unit:
        feed = await unit.feeds.find(NEW)
        assert feed is not None
        with pytest.raises(Exception, match="taken over"):
            await unit.feeds.hold([feed.id], "another process")


# ---- others follow it, too -----------------------------------------------------------------------------------------


async def test_where_others_follow_it_one_workspace_alone_moves(newsroom: Newsroom) -> None:
    await newsroom.follows(OLD, by=GLOBEX, name="Theirs")
    await newsroom.subscribes("auction", THEIRS)
    await begins(newsroom, an_article(), name="The Wire", tags=("telecom",))

    await moves(newsroom)
    await newsroom.goes_on(hours=1)
    newsroom.publishes(OLD, "Auction at the old address")
    newsroom.publishes(NEW, "Auction at the new address")
    await newsroom.goes_on(hours=1)

    assert newsroom.heard_in("C1") == [HEADLINE, "Auction at the new address"]
    assert newsroom.heard_in("C9") == [HEADLINE, "Auction at the old address"]
    (ours,), (theirs,) = await followed(newsroom), await followed(newsroom, GLOBEX)
    assert (ours.address, ours.name, ours.tags, ours.formerly) == (NEW, "The Wire", ("telecom",), (OLD,))
    assert (theirs.address, theirs.name, theirs.formerly) == (OLD, "Theirs", ())


async def test_a_tie_that_moves_keeps_since_when_it_stands(newsroom: Newsroom, clock: SettableClock) -> None:
    await newsroom.follows(OLD, by=GLOBEX)
    await begins(newsroom, an_article(), full_text=True)
    async with newsroom.storage.read() as unit:
        feed = await unit.feeds.find(OLD)
        assert feed is not None
        (before,) = [tie for tie in await unit.feeds.followers(feed.id) if tie.name == OLD][:1]

    clock.advance(days=3)
    await moves(newsroom)

    async with newsroom.storage.read() as unit:
        moved = await unit.feeds.find(NEW)
        assert moved is not None
        (after,) = await unit.feeds.followers(moved.id)
    assert (after.since, after.tags, after.name) == (before.since, before.tags, before.name)


async def test_who_followed_a_feed_until_it_moved_is_known_by_the_feed_that_it_follows_instead(
    newsroom: Newsroom,
) -> None:
    await newsroom.follows(OLD, by=GLOBEX)
    await begins(newsroom, an_article(), full_text=True)
    before = await feed_at(newsroom, OLD)
    assert before is not None
    await moves(newsroom)
    there = await feed_at(newsroom, NEW)
    assert there is not None

    async with newsroom.storage.read() as unit:
        (moved,) = await unit.feeds.moved_followers(before.id)
        assert await unit.feeds.moved_followers(there.id) == []
        assert await unit.feeds.followers(there.id) == [moved]
    await newsroom.unfollows(NEW)

    async with newsroom.storage.read() as unit:
        assert (moved.feed, moved.full_text) == (there.id, True)
        assert await unit.feeds.moved_followers(before.id) == []
        assert len(await unit.feeds.followers(before.id)) == 1


async def test_what_one_workspace_missed_is_news_to_it_alone(newsroom: Newsroom, clock: SettableClock) -> None:
    """The other one follows the new address already, and has heard."""
    await newsroom.follows(NEW, by=GLOBEX)
    await newsroom.subscribes("auction", THEIRS)
    await begins(newsroom, an_article())
    newsroom.breaks(OLD)
    await newsroom.goes_on(hours=20)
    newsroom.publishes(NEW, an_article("Missed auction", published=clock.now))
    await newsroom.goes_on(hours=1)
    theirs = newsroom.heard_in("C9")

    reply = await moves(newsroom)
    await newsroom.goes_on()
    newsroom.publishes(NEW, LATER)
    await newsroom.goes_on(hours=1)

    assert reply.notes[0] == "One article there is news since it was last read; it comes with the next poll."
    assert newsroom.heard_in("C1") == [HEADLINE, "Missed auction", LATER]
    assert theirs == [HEADLINE, "Missed auction"]
    assert newsroom.heard_in("C9") == [*theirs, LATER]


async def test_moving_a_tie_takes_no_news_from_those_who_follow_the_new_address(
    newsroom: Newsroom, clock: SettableClock
) -> None:
    await newsroom.follows(NEW, by=GLOBEX)
    await newsroom.subscribes("auction", THEIRS)
    await begins(newsroom)
    newsroom.publishes(NEW, an_article(published=clock.now))

    await moves(newsroom)
    await newsroom.goes_on()

    assert newsroom.heard_in("C9") == [HEADLINE]


@pytest.mark.parametrize("origin", [COMMANDED, DECLARED])
async def test_a_feed_does_not_move_onto_another_that_the_workspace_follows(newsroom: Newsroom, origin: str) -> None:
    await begins(newsroom, an_article(), name="The Wire", tags=("telecom",))
    await newsroom.follows(NEW, tags=("press",), name="The Press", origin=origin)
    before = await followed(newsroom)
    asked = len(newsroom.publishers.asked)

    reply = await say(newsroom, "feeds move", old=OLD, new=NEW)

    step = {COMMANDED: f"/news feeds remove {NEW}", DECLARED: "take it out of the configuration file"}[origin]
    assert reply == Problem(
        f"{NEW} is followed already, as The Press.",
        f"To read both as one, remove that one first: {step}",
        mistake=False,
    )
    assert await followed(newsroom) == before
    assert len(newsroom.publishers.asked) == asked


async def test_a_feed_moves_onto_another_once_that_one_is_removed_and_posts_nothing_again(
    newsroom: Newsroom, clock: SettableClock
) -> None:
    await newsroom.follows(NEW, name="The Press", origin=COMMANDED)
    await begins(newsroom, an_article(), name="The Wire", tags=("telecom",))
    newsroom.publishes(NEW, an_article("Auction heard already", published=clock.now))
    await newsroom.goes_on(minutes=20)

    await say(newsroom, "feeds remove", url=NEW)
    await moves(newsroom)
    newsroom.publishes(NEW, LATER)
    for _ in range(2):
        await newsroom.goes_on(hours=1)

    (feed,) = await followed(newsroom)
    assert (feed.address, feed.name, feed.tags, feed.formerly) == (NEW, "The Wire", ("telecom",), (OLD,))
    heard = [alert.article.title for alert in newsroom.alerts_in()]
    assert heard == [HEADLINE, "Auction heard already", LATER]


async def test_what_a_workspace_says_of_a_feed_moves_nothing_of_another(newsroom: Newsroom) -> None:
    """Neither does the old address mean the new one to others, nor do they see what stood at the old one."""
    secret = an_article("Secret auction", published=YEARS_AGO)
    await begins(newsroom, secret, origin=COMMANDED)
    await newsroom.follows(NEWER, by=GLOBEX)
    newsroom.shows(NEW, an_article("Public auction", published=YEARS_AGO))

    await moves(newsroom)
    added = await say(newsroom, "feeds add", GLOBEX, url=OLD)
    await say(newsroom, "feeds remove", GLOBEX, url=OLD)
    await say(newsroom, "feeds add", GLOBEX, url=NEW)

    preview = await say(newsroom, "preview", GLOBEX, query="auction")
    assert isinstance(added, Done)
    assert added.data == {"address": OLD}
    assert isinstance(preview, Listing)
    assert [row[0] for row in preview.rows] == ["Public auction"]


# ---- declared feeds ------------------------------------------------------------------------------------------------


async def starts(newsroom: Newsroom, *feeds: DeclaredFeed) -> None:
    """As a start with this configuration file does."""
    async with newsroom.storage.begin() as unit:
        await declare(unit, feeds, ())


@pytest.mark.parametrize("others", [(), (GLOBEX,)], ids=["alone", "with others"])
async def test_a_file_that_declares_the_old_address_goes_on_meaning_the_feed(
    newsroom: Newsroom, others: Sequence[Workspace]
) -> None:
    for other in others:
        await newsroom.follows(OLD, by=other, origin=COMMANDED)
    await newsroom.subscribes("auction")
    await newsroom.subscribes("auction", "slack:T1/C2", feeds=(OLD,))
    declared = DeclaredFeed(OLD, tags=("telecom",), poll_every=timedelta(minutes=1))
    await starts(newsroom, declared)
    newsroom.publishes(OLD, HEADLINE)
    newsroom.publishes(NEW, HEADLINE)
    await newsroom.goes_on()

    reply = await moves(newsroom)
    await starts(newsroom, declared)
    newsroom.publishes(NEW, LATER)
    await newsroom.goes_on(minutes=10)

    (feed,) = await followed(newsroom)
    assert f"declares it at {OLD}: write {NEW} there. Until then both mean this feed." in reply.notes[1]
    assert (feed.address, feed.tags, feed.declared) == (NEW, ("telecom",), True)
    assert feed.name == f"{OLD} by its own title"
    assert newsroom.heard_in("C1") == newsroom.heard_in("C2") == [LATER]


async def test_a_file_may_name_the_new_address_afterwards_and_then_neither(newsroom: Newsroom) -> None:
    await starts(newsroom, DeclaredFeed(OLD, name="The Wire"))
    await newsroom.subscribes("auction")
    await starts(newsroom, DeclaredFeed(OLD, name="The Wire"))
    await newsroom.polls()
    await moves(newsroom)

    await starts(newsroom, DeclaredFeed(NEW, name="The New Wire"))
    renamed = await followed(newsroom)
    await starts(newsroom, DeclaredFeed(NEWER))

    assert [(feed.address, feed.name) for feed in renamed] == [(NEW, "The New Wire")]
    assert [feed.address for feed in await followed(newsroom)] == [NEWER]


async def test_a_file_that_puts_the_old_address_behind_a_key_means_a_feed_of_its_own(newsroom: Newsroom) -> None:
    await newsroom.subscribes("auction")
    await starts(newsroom, DeclaredFeed(OLD))
    await newsroom.polls()
    await moves(newsroom)

    await starts(newsroom, DeclaredFeed(OLD, credential="ACME_HEADERS"))

    assert [(feed.address, feed.credential) for feed in await followed(newsroom)] == [(OLD, "ACME_HEADERS")]


# ---- permanent redirects -------------------------------------------------------------------------------------------


async def is_led(newsroom: Newsroom, old: str = OLD, new: str = NEW, credential: str = "") -> None:
    """As the poller does once a permanent redirect has proved itself."""
    async with newsroom.storage.begin() as unit:
        feed = await unit.feeds.find(old, credential)
        assert feed is not None
        await unit.feeds.move(feed.id, new)


async def test_a_permanent_redirect_moves_the_feed_of_all(newsroom: Newsroom) -> None:
    await newsroom.follows(OLD, by=GLOBEX)
    await newsroom.subscribes("auction", THEIRS)
    await begins(newsroom, an_article())

    await is_led(newsroom)
    await newsroom.goes_on(hours=1)
    newsroom.publishes(NEW, LATER)
    await newsroom.goes_on(hours=1)

    assert newsroom.heard_in("C1") == newsroom.heard_in("C9") == [HEADLINE, LATER]
    for workspace in (ACME, GLOBEX):
        assert [(feed.address, feed.formerly) for feed in await followed(newsroom, workspace)] == [(NEW, (OLD,))]


async def test_a_permanent_redirect_to_a_feed_that_others_follow_joins_them(newsroom: Newsroom) -> None:
    await newsroom.follows(NEW, by=GLOBEX)
    await newsroom.subscribes("auction", THEIRS)
    await begins(newsroom, an_article())
    await newsroom.goes_on(hours=1)

    await is_led(newsroom)
    await newsroom.goes_on(hours=1)
    newsroom.publishes(NEW, LATER)
    await newsroom.goes_on(hours=1)

    assert newsroom.heard_in("C1") == newsroom.heard_in("C9") == [HEADLINE, LATER]
    (ours,), (theirs,) = await followed(newsroom), await followed(newsroom, GLOBEX)
    assert (ours.id, ours.name) == (theirs.id, OLD)


async def test_two_feeds_of_a_workspace_that_a_permanent_redirect_leads_together_become_one(newsroom: Newsroom) -> None:
    await newsroom.follows(NEW, tags=("press",), name="")
    await begins(newsroom, an_article(), name="The Wire", tags=("telecom",))
    await newsroom.subscribes("auction", "slack:T1/C2", feeds=(OLD,))

    await is_led(newsroom)
    newsroom.publishes(NEW, LATER)
    await newsroom.goes_on(hours=1)

    (feed,) = await followed(newsroom)
    assert (feed.address, feed.name, feed.tags, feed.formerly) == (NEW, "The Wire", ("telecom", "press"), (OLD,))
    assert newsroom.heard_in("C1") == [HEADLINE, LATER]
    assert newsroom.heard_in("C2") == [LATER]


async def test_a_feed_that_was_never_read_is_not_joined_yet(newsroom: Newsroom) -> None:
    await begins(newsroom, an_article())
    await newsroom.follows(NEW, by=GLOBEX)

    await is_led(newsroom)

    assert [feed.address for feed in await followed(newsroom)] == [OLD]


async def test_a_feed_joins_another_only_once_it_has_read_what_that_one_has_brought(newsroom: Newsroom) -> None:
    """To its followers it would be news no more."""
    await newsroom.follows(NEW, by=GLOBEX)
    await begins(newsroom, an_article())
    newsroom.redirects(OLD, NEW)
    await newsroom.goes_on(hours=1)
    newsroom.publishes(NEW, LATER)
    for _ in range(3):
        await newsroom.goes_on(hours=1)
    before = [feed.address for feed in await followed(newsroom)]

    newsroom.publishes(OLD, LATER)
    await newsroom.goes_on(hours=1)

    assert before == [OLD]
    assert [feed.address for feed in await followed(newsroom)] == [NEW]
    assert newsroom.heard_in("C1") == [HEADLINE, LATER]


async def test_a_feed_that_nobody_follows_any_more_makes_room(newsroom: Newsroom) -> None:
    await newsroom.follows(NEW, by=GLOBEX)
    await begins(newsroom, an_article())
    await newsroom.unfollows(NEW, by=GLOBEX)
    before = await feed_at(newsroom, OLD)

    await is_led(newsroom)
    newsroom.publishes(NEW, LATER)
    await newsroom.goes_on(hours=1)

    after = await feed_at(newsroom, NEW)
    assert before is not None
    assert after is not None
    assert after.id == before.id
    assert newsroom.heard_in() == [HEADLINE, LATER]


@pytest.mark.parametrize(("address", "moved"), [(NEW, False), (OLD.replace("/rss", "/new"), True)])
async def test_a_private_feed_moves_within_its_origin_alone(newsroom: Newsroom, address: str, moved: bool) -> None:
    await newsroom.follows(OLD, credential="ACME_HEADERS")
    await newsroom.polls()

    await is_led(newsroom, new=address, credential="ACME_HEADERS")

    (feed,) = await followed(newsroom)
    assert feed.address == (address if moved else OLD)
