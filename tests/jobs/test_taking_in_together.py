"""Several documents that are taken in at once leave what they would have left one after the other."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from bot.feeds.identity import keys_of_document
from bot.jobs.intake import Document, take_in, take_in_all
from bot.model.article import Article
from bot.model.feed import Feed, Validators
from bot.model.ids import ArticleId, FeedId, StoryId
from bot.model.reading import ReadPoll, Sighting
from bot.ports import Storage, Unit
from bot.stories.fingerprint import headline_key
from storage.unit import SqlStorage
from tests.builders import ACME, NOON, WINDOW, SettableClock, an_article
from tests.jobs.newsroom import LEASE, Newsroom

ADDRESSES = ("https://wire.example.org/rss", "https://post.example.net/atom", "https://blog.example.com/feed")
TITLES = ("Frequencies of band one were sold", "Frequencies of band two were sold", "Read the full article", "Live")
LINKS = tuple(f"https://news.example.org/{n}" for n in range(4))
TEXTS = ("Short.", " ".join(f"word{n}" for n in range(8)))


class Undone(Exception):
    """So that nothing of a unit of work stays."""


async def feeds_of(unit: Unit) -> list[Feed]:
    workspace = await unit.workspaces.register(ACME)
    ids = [await unit.feeds.follow(workspace, address, origin="command") for address in ADDRESSES]
    polls = [ReadPoll(id_, "", Validators(), "", NOON) for id_ in ids]
    await unit.feeds.read(polls)
    return [await unit.feeds.get(id_) for id_ in ids]


def an_item_of(chance: random.Random) -> Article:
    return an_article(
        chance.choice(TITLES),
        guid=f"guid {chance.randrange(4)}",
        link=chance.choice((*LINKS, f"{LINKS[0]}#part", "")),
        body=chance.choice(TEXTS),
        summary="",
    )


def documents(chance: random.Random) -> list[list[Article]]:
    return [[an_item_of(chance) for _ in range(chance.randrange(1, 4))] for _ in ADDRESSES]


EVERYTHING = [
    an_article(title, link=link, body=text, summary="") for title in TITLES for link in LINKS for text in TEXTS
]


async def what_stands(unit: Unit, feeds: Sequence[Feed]) -> object:
    """All that is known, but for the numbers: an article is the guids that it stands under."""
    known = await unit.articles.known({feed.id: keys_of_document(EVERYTHING) for feed in feeds})
    seen: dict[ArticleId, set[tuple[str, str]]] = {}
    async for stored in unit.articles.stored(None):
        seen.setdefault(stored.id, set()).add((stored.feed, stored.article.guid))

    def named(article: ArticleId | None) -> object:
        return None if article is None else frozenset(seen.get(article, ()))

    headlines = {key for title in TITLES if (key := headline_key(title))}
    told: dict[StoryId, set[object]] = {}
    for its in known.values():
        for id_, article in its.articles.items():
            told.setdefault(article.story, set()).add(named(id_))
    standing = await unit.articles.standing(headlines)
    return (
        frozenset(named(id_) for id_ in seen),
        [{link: named(article) for link, article in its.links.items()} for its in known.values()],
        [{content: named(one.article) for content, one in its.contents.items()} for its in known.values()],
        [
            {named(id_): (one.headline, one.shares_its_story) for id_, one in its.articles.items()}
            for its in known.values()
        ],
        frozenset(frozenset(articles) for articles in told.values()),
        {headline: frozenset(told.get(story.id, ())) for headline, story in standing.items()},
    )


def said(found: Mapping[FeedId, Sequence[Sighting]]) -> Mapping[FeedId, Any]:
    return {feed: [(one.article.guid, one.newness) for one in its] for feed, its in sorted(found.items())}


async def left_by(storage: Storage, feeds: Sequence[Feed], rounds: Sequence[Sequence[Document]]) -> tuple[Any, object]:
    """What these leave, of which each round is taken in at once."""
    left: tuple[Any, object] | None = None
    with suppress(Undone):
        async with storage.begin() as unit:
            found: dict[FeedId, Sequence[Sighting]] = {}
            for some in rounds:
                found |= await take_in_all(unit, some, WINDOW)
            left = said(found), await what_stands(unit, feeds)
            raise Undone
    assert left is not None
    return left


async def compare(storage: Storage, clock: SettableClock, seed: int) -> None:
    chance = random.Random(seed)
    async with storage.begin() as unit:
        feeds = await feeds_of(unit)
    for _ in range(4):
        some = [Document(feed, its) for feed, its in zip(feeds, documents(chance), strict=True)]

        together = await left_by(storage, feeds, [some])

        orders = [[[one] for one in order] for order in permutations(some)]
        apart = [await left_by(storage, feeds, order) for order in orders]
        assert together in apart
        async with storage.begin() as unit:
            await take_in_all(unit, some, WINDOW)
        clock.advance(hours=chance.choice((1, 7, 80)))


@pytest.mark.parametrize("seed", range(8))
async def test_what_documents_leave_together_they_leave_in_some_order(
    storage: SqlStorage, clock: SettableClock, seed: int
) -> None:
    await compare(storage, clock, seed)


READ_ON, FERRY, BRIDGE = "Read the full article here", "Ferry to Mainz sinks", "Bridge to Mainz opens"


async def test_an_article_that_two_documents_know_leaves_its_story_once(storage: SqlStorage) -> None:
    """By each of them it is known by another link, and told under another headline."""
    async with storage.begin() as unit:
        wire, post, blog = await feeds_of(unit)
        ours = an_article(READ_ON, guid="1", link=LINKS[0])
        await take_in(unit, blog, [ours, an_article(READ_ON, guid="2", link=LINKS[3])], WINDOW)
        await take_in(unit, blog, [replace(ours, link=LINKS[1])], WINDOW)

        found = await take_in_all(
            unit,
            [
                Document(wire, [an_article(FERRY, link=LINKS[0])]),
                Document(post, [an_article(BRIDGE, link=LINKS[1])]),
            ],
            WINDOW,
        )

    [here], [there] = found[wire.id], found[post.id]
    assert (here.article_id, here.story) == (there.article_id, there.story)


async def test_every_article_of_a_document_that_tells_another_story_leaves_its_own(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        wire, _, blog = await feeds_of(unit)
        some = [an_article(READ_ON, guid=f"{n}", link=LINKS[n]) for n in range(3)]
        [one, *_] = await take_in(unit, blog, some, WINDOW)

        [ferry, bridge] = await take_in(
            unit, wire, [an_article(FERRY, link=LINKS[0]), an_article(BRIDGE, link=LINKS[1])], WINDOW
        )

    assert len({one.story, ferry.story, bridge.story}) == 3


async def test_of_two_articles_of_a_story_only_one_leaves_it(storage: SqlStorage) -> None:
    """The other one tells it alone then."""
    async with storage.begin() as unit:
        wire, post, blog = await feeds_of(unit)
        both = [an_article(READ_ON, guid=f"{n}", link=LINKS[n]) for n in range(2)]
        [one, other] = await take_in(unit, blog, both, WINDOW)
        assert one.story == other.story

        found = await take_in_all(
            unit,
            [
                Document(wire, [an_article(FERRY, link=LINKS[0])]),
                Document(post, [an_article(BRIDGE, link=LINKS[1])]),
            ],
            WINDOW,
        )

    assert [found[wire.id][0].story == one.story, found[post.id][0].story == other.story] == [False, True]


async def test_of_two_documents_that_each_add_to_a_story_which_the_other_one_may_leave_one_comes_first(
    storage: SqlStorage,
) -> None:
    """An article leaves its story once others tell it: taken in at once, neither would see what the other one added."""
    async with storage.begin() as unit:
        wire, post, blog = feeds = await feeds_of(unit)
        apart = [an_article(FERRY, guid="1", link=LINKS[0]), an_article(BRIDGE, guid="2", link=LINKS[1])]
        await take_in(unit, blog, apart, WINDOW)
    some = [
        Document(wire, [an_article("Mainz without its ferry", link=LINKS[0]), an_article(BRIDGE, link=LINKS[2])]),
        Document(post, [an_article("Mainz without its bridge", link=LINKS[1]), an_article(FERRY, link=LINKS[3])]),
    ]

    together = await left_by(storage, feeds, [some])

    assert together in [await left_by(storage, feeds, [[one] for one in order]) for order in permutations(some)]


async def test_a_channel_hears_of_documents_in_the_order_in_which_they_were_taken_in(
    storage: SqlStorage, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who brings a story that another one brings, too, comes behind the others."""
    monkeypatch.setattr(random, "random", lambda: 0.5)  # so that they are due in this order
    newsroom = Newsroom(storage, clock)
    await newsroom.reads(*ADDRESSES)
    wire, post, blog = ADDRESSES

    newsroom.publishes(wire, an_article("Auction of a ferry in Mainz"))
    newsroom.publishes(post, an_article("Auction of a ferry in Mainz"), an_article("Auction of a bridge"))
    newsroom.publishes(blog, an_article("Auction of a castle"))
    await newsroom.goes_on()

    assert newsroom.heard_in() == ["Auction of a ferry in Mainz", "Auction of a castle", "Auction of a bridge"]


async def test_a_feed_that_tells_an_article_anew_and_one_that_takes_it_out_of_its_story_are_told_one_after_the_other(
    storage: SqlStorage, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One knows the article by its guid, the other one by its link: the first would tell the second one's story."""
    monkeypatch.setattr(random, "random", lambda: 0.5)  # so that they are due in this order
    newsroom = Newsroom(storage, clock)
    wire, post, blog = ADDRESSES
    newsroom.publishes(wire, an_article(READ_ON, guid="1", link=LINKS[0]))
    newsroom.publishes(blog, an_article(READ_ON, guid="2", link=LINKS[1]))
    await newsroom.reads(*ADDRESSES)

    newsroom.shows(wire, an_article("Auction of a castle", guid="1", link=LINKS[2]))
    newsroom.publishes(post, an_article("Auction of a ferry in Mainz", link=LINKS[0]))
    await newsroom.goes_on()

    assert newsroom.heard_in() == ["Auction of a castle", "Auction of a ferry in Mainz"]


async def test_a_feed_that_one_process_has_read_twice_is_kept_once(storage: SqlStorage, clock: SettableClock) -> None:
    """Its lease ran out, and the same process got it again."""
    newsroom = Newsroom(storage, clock)
    await newsroom.reads(*ADDRESSES)
    newsroom.publishes(ADDRESSES[0], "Auction of a ferry")
    newsroom.publishes(ADDRESSES[1], "Auction of a castle")
    clock.advance(seconds=2)
    async with storage.begin() as unit:
        claimed = {feed.address: feed for feed in await unit.feeds.claim_due("first", 9, LEASE)}

    some = [claimed[ADDRESSES[0]], claimed[ADDRESSES[1]], claimed[ADDRESSES[0]]]
    await asyncio.gather(*map(newsroom.poller.poll, some))
    await newsroom.delivers()

    assert newsroom.heard_in() == ["Auction of a ferry", "Auction of a castle"]
    assert len(newsroom.reports) == len(ADDRESSES) + 2


async def test_each_poll_reports_what_became_of_its_own_document(storage: SqlStorage, clock: SettableClock) -> None:
    newsroom = Newsroom(storage, clock)
    await newsroom.reads(*ADDRESSES)
    wire, post, blog = ADDRESSES
    newsroom.publishes(wire, an_article("Auction of a ferry in Mainz"))
    newsroom.publishes(post, an_article("Weather", guid="1", link=LINKS[0]), an_article("Auction", link=LINKS[1]))
    newsroom.publishes(blog, an_article("Auction of a ferry in Mainz"))
    clock.advance(seconds=2)
    async with storage.begin() as unit:
        claimed = {feed.address: feed for feed in await unit.feeds.claim_due("first", 9, LEASE)}

    await asyncio.gather(*(newsroom.poller.poll(claimed[address]) for address in (blog, wire, post)))

    verdicts = {report.address: [one.verdict for one in report.judged] for report in newsroom.reports[-3:]}
    assert verdicts == {blog: ["alerted"], wire: ["duplicate"], post: ["no match", "alerted"]}


async def test_a_query_that_names_a_feed_is_met_by_the_documents_of_that_feed_alone(
    storage: SqlStorage, clock: SettableClock
) -> None:
    newsroom = Newsroom(storage, clock)
    await newsroom.follows(*ADDRESSES)
    await newsroom.follows(ADDRESSES[1], name="The Post")
    await newsroom.subscribes('auction feed:"the post"')
    await newsroom.polls()

    for number, address in enumerate(ADDRESSES):
        newsroom.publishes(address, an_article(f"Auction {number}"))
    await newsroom.goes_on()

    assert newsroom.heard_in() == ["Auction 1"]


async def test_what_stands_in_no_two_documents_is_asked_for_once(
    storage: SqlStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with storage.begin() as unit:
        feeds = await feeds_of(unit)
        asked: list[int] = []
        known = unit.articles.known

        async def counted(keys: Mapping[FeedId, Any]) -> Any:
            asked.append(len(keys))
            return await known(keys)

        monkeypatch.setattr(unit.articles, "known", counted)
        apart = [Document(feed, [an_article(feed.address)]) for feed in feeds]
        await take_in_all(unit, apart, WINDOW)
        await take_in_all(unit, [Document(feed, [an_article(TITLES[0])]) for feed in feeds], WINDOW)

    assert asked == [3, 1, 1, 1]
