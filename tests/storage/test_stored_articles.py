"""Articles, their keys, the stories they tell, and how they stand in each feed."""

from dataclasses import replace
from datetime import timedelta

from bot.feeds.identity import place
from bot.jobs.intake import take_in
from bot.model.article import Article, Image
from bot.model.feed import Feed
from bot.model.identity import Decided, Grouping, Known, KnownSighting, StandingStory
from bot.model.reading import Item, Sighting
from bot.ports import Unit
from bot.stories.fingerprint import headline_key
from storage.dialect import LONGEST_LIST
from storage.unit import SqlStorage
from tests.builders import ACME, GLOBEX, HEADLINE, NOON, WINDOW, SettableClock, an_article, an_item

WIRE = "https://wire.example.org/rss"
POST = "https://post.example.org/atom"


async def a_feed(unit: Unit, address: str = WIRE) -> Feed:
    await unit.feeds.follow(await unit.workspaces.register(ACME), address, name=address, origin="command")
    feed = await unit.feeds.find(address)
    assert feed is not None
    return feed


async def keep(unit: Unit, *articles: Article, address: str = WIRE) -> list[Sighting]:
    return list(await take_in(unit, await a_feed(unit, address), articles, WINDOW))


async def known_of(unit: Unit, feed: Feed, *items: Item) -> Known:
    return (await unit.articles.known({feed.id: [item.keys for item in items]}))[feed.id]


async def everything(unit: Unit) -> list[Article]:
    return [stored.article async for stored in unit.articles.stored(None)]


async def test_an_article_comes_back_as_it_was_kept(storage: SqlStorage) -> None:
    article = an_article(
        "孟晚舟 returns — “for good”",
        body="A long text. " * 500,
        author="Ida Example, 王小明",
        tags=("telecom", "people, and more"),
        language="zh-cn",
        image=Image("https://news.example.org/p.jpg", "A plane"),
    )
    async with storage.begin() as unit:
        await keep(unit, article)

    async with storage.read() as unit:
        assert await everything(unit) == [article]


async def test_an_article_without_anything_but_a_title_comes_back_too(storage: SqlStorage) -> None:
    article = Article("Bare", guid="1")
    async with storage.begin() as unit:
        await keep(unit, article)

        assert await everything(unit) == [article]


async def test_what_is_known_of_a_document_is_found_by_each_of_its_keys(storage: SqlStorage) -> None:
    long = an_article(body=" ".join(f"word{number}" for number in range(50)), link=f"{an_article().link}#live")
    item = an_item(long)
    async with storage.begin() as unit:
        [kept] = await keep(unit, long)

        known = await known_of(unit, await a_feed(unit), item)

    assert known.sightings == {long.guid: KnownSighting(kept.article_id, item.keys.text_digest)}
    assert known.links == dict.fromkeys(item.keys.links, kept.article_id)
    assert len(item.keys.links) == 2
    assert {key: content.article for key, content in known.contents.items()} == {item.keys.content: kept.article_id}
    assert known.articles[kept.article_id].guids_here == {long.guid}


async def test_another_feed_knows_the_article_by_its_link_and_not_by_its_guid(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        [kept] = await keep(unit, an_article())

        known = await known_of(unit, await a_feed(unit, POST), an_item())

    assert known.sightings == {}
    assert list(known.links.values()) == [kept.article_id]
    assert known.articles[kept.article_id].guids_here == frozenset()


async def test_nothing_is_known_of_an_empty_document(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        feed = await a_feed(unit)

        assert await keep(unit) == []
        assert not (await known_of(unit, feed)).sightings
        assert await unit.articles.standing([]) == {}
        assert await unit.articles.texts(feed.id, []) == {}


async def test_a_link_that_tells_nothing_any_more_is_known_as_such(storage: SqlStorage) -> None:
    page = "https://wire.example.org/ticker"
    items = [an_item(an_article("One", link=page)), an_item(an_article("Two", link=page))]
    async with storage.begin() as unit:
        await keep(unit, items[0].article)
        first, second = await keep(unit, *(item.article for item in items))

        known = await known_of(unit, await a_feed(unit), *items)

    assert first.article_id != second.article_id
    assert list(known.links.values()) == [None]


async def test_a_document_of_more_items_than_fit_one_question_is_kept_whole(storage: SqlStorage) -> None:
    articles = [an_article(f"Article number {number} of many") for number in range(LONGEST_LIST + 2)]
    async with storage.begin() as unit:
        first = await keep(unit, *articles)
        again = await keep(unit, *articles)

    assert len({sighting.article_id for sighting in first}) == len(articles)
    assert [sighting.article_id for sighting in again] == [sighting.article_id for sighting in first]


async def test_a_changed_text_is_kept_and_when_it_was_first_seen_stays(
    storage: SqlStorage, clock: SettableClock
) -> None:
    async with storage.begin() as unit:
        await keep(unit, an_article(summary="Before."))
    clock.advance(hours=1)

    async with storage.begin() as unit:
        feed = await a_feed(unit)
        before = await unit.articles.texts(feed.id, [an_article().guid])
        await keep(unit, an_article(summary="After."))
        [stored] = [stored async for stored in unit.articles.stored(None)]

    assert [article.summary for article in before.values()] == ["Before."]
    assert (stored.article.summary, stored.seen) == ("After.", NOON)


async def test_a_story_holds_its_headline_until_another_takes_it(storage: SqlStorage, clock: SettableClock) -> None:
    key = headline_key(HEADLINE)
    assert key is not None
    async with storage.begin() as unit:
        [first] = await keep(unit, an_article())
        assert await unit.articles.standing([key]) == {key: StandingStory(first.story, NOON)}
    clock.advance(hours=6)

    async with storage.begin() as unit:
        [second] = await keep(unit, an_article(link="https://post.example.org/1", guid="1"), address=POST)

        assert second.story != first.story
        assert await unit.articles.standing([key]) == {key: StandingStory(second.story, clock.now)}


async def test_articles_of_one_document_with_one_headline_begin_one_story(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        first, other, second = await keep(
            unit,
            an_article(guid="1", link="https://news.example.org/1"),
            an_article("Something else is told here"),
            an_article(guid="2", link="https://news.example.org/2"),
        )

    assert first.story == second.story != other.story
    assert len({first.article_id, second.article_id, other.article_id}) == 3


async def test_each_article_of_a_long_document_tells_the_story_of_its_headline(storage: SqlStorage) -> None:
    headlines = [f"Frequencies of band {number} were sold" for number in range(40)]
    articles = [an_article(title, guid=title, link="") for title in (*headlines, "Live", "Later", *headlines[::3])]
    async with storage.begin() as unit:
        kept = await keep(unit, *[replace(article, guid=f"{at}") for at, article in enumerate(articles)])
        keys = {key for title in headlines if (key := headline_key(title))}
        standing = await unit.articles.standing(keys)
        known = await known_of(unit, await a_feed(unit), *(an_item(one.article) for one in kept))

    assert len(standing) == len(headlines)
    told = {key: one.story for one in kept if (key := headline_key(one.article.title))}
    assert told == {key: story.id for key, story in standing.items()}
    assert {guid: one.article for guid, one in known.sightings.items()} == {
        one.article.guid: one.article_id for one in kept
    }
    assert len({one.article_id for one in kept}) == len(articles)


async def test_stored_articles_come_the_newest_first_once_a_feed(storage: SqlStorage, clock: SettableClock) -> None:
    async with storage.begin() as unit:
        await keep(unit, an_article("Older"))
    clock.advance(minutes=1)
    async with storage.begin() as unit:
        await keep(unit, an_article("Newer"))
        await keep(unit, an_article("Newer"), address=POST)

        stored = [(one.article.title, one.feed) async for one in unit.articles.stored(None)]

    assert stored == [("Newer", POST), ("Newer", WIRE), ("Older", WIRE)]


async def test_for_the_operator_an_article_comes_once_however_many_workspaces_follow_its_feed(
    storage: SqlStorage,
) -> None:
    async with storage.begin() as unit:
        await keep(unit, an_article())
        await unit.feeds.follow(await unit.workspaces.register(GLOBEX), WIRE, name="Ours", origin="command")

        assert len(await everything(unit)) == 1


async def test_history_of_a_feed_that_nobody_follows_is_kept_and_not_shown(storage: SqlStorage) -> None:
    async with storage.begin() as unit:
        await keep(unit, an_article())
        await unit.feeds.unfollow(await unit.workspaces.register(ACME), WIRE)

        assert await everything(unit) == []

        await a_feed(unit)
        assert await everything(unit) == [an_article()]


async def test_a_plan_is_carried_out_as_it_was_made(storage: SqlStorage) -> None:
    items = [an_item(an_article("One")), an_item(an_article("Two"))]
    keys = [item.keys for item in items]
    async with storage.begin() as unit:
        feed = await a_feed(unit)
        [first, second] = await keep(unit, *(item.article for item in items))

        plan = place(keys, await known_of(unit, feed, *items), NOON + timedelta(days=1))
        kept = await unit.articles.keep({feed.id: Decided(tuple(items), plan, Grouping(()))})

    assert list(kept[feed.id]) == [(first.article_id, first.story), (second.article_id, second.story)]
