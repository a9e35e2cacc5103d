"""Taking a document's articles in: identify them, group them into stories, keep them, say what is new."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from bot.feeds.identity import keys_one_by_one, link_keys, place, settled, steadier_identity
from bot.feeds.news import newness
from bot.jobs.breath import Breath
from bot.model.address import without_query
from bot.model.article import Article
from bot.model.feed import Feed, IdentifiedBy
from bot.model.identity import Known
from bot.model.reading import NO_PAGE, ArticleKeys, Item, Page, Sighting
from bot.ports import Unit
from bot.stories.fingerprint import headline_key, headline_keys
from bot.stories.grouping import group, headlines

log = logging.getLogger(__name__)

NO_PAGES: Mapping[str, Page] = MappingProxyType({})


async def take_in(
    unit: Unit,
    feed: Feed,
    articles: Sequence[Article],
    story_window: timedelta,
    *,
    is_whole: bool = True,
    pages: Mapping[str, Page] = NO_PAGES,
) -> Sequence[Sighting]:
    """Keep what stood in a feed, within this unit of work; one Sighting an item, two of one guid counted once.

    ``is_whole``: whether these are all the articles of its document. ``pages``: those that were read, by guid.
    """
    items = await items_of(articles, feed.identified_by)
    if pages:
        items = [replace(item, page=pages.get(item.keys.guid, NO_PAGE)) for item in items]
    known = await unit.articles.known(feed.id, [item.keys for item in items])
    if is_whole and _may_have_lost_its_guids(feed, known):
        steadied = await _steadied(unit, feed, articles)
        if steadied.identified_by != feed.identified_by:
            pages = await _under_other_guids(items, steadied.identified_by) if pages else NO_PAGES
            return await take_in(unit, steadied, articles, story_window, pages=pages)
    items, known, before = await _settled(unit, feed, items, known)
    plan = place([item.keys for item in items], known, unit.now)
    for conflict in plan.conflicts:
        facts = {"feed": without_query(feed.address), "conflict": without_query(conflict)}
        log.warning("kept two articles apart", extra=facts)

    told = list(zip(items, plan.placements, strict=True))
    standing = await unit.articles.standing(headlines(told))
    grouping = group(told, known, standing, unit.now, story_window)

    is_new = {item.keys.guid: newness(item.keys, known, feed) for item in items}
    changed = {guid for guid, verdict in is_new.items() if verdict == "changed"}
    on_page = await unit.articles.pages(feed.id, changed) if changed else {}
    kept = await unit.articles.keep(feed.id, items, plan, grouping)
    return [
        Sighting(
            article,
            story,
            item.article,
            is_new[item.keys.guid],
            before.get(item.keys.guid),
            on_page.get(item.keys.guid, item.page),
        )
        for item, (article, story) in zip(items, kept, strict=True)
    ]


async def items_of(articles: Sequence[Article], identified_by: IdentifiedBy) -> list[Item]:
    """As they are placed: of several with one guid, the first."""
    items: dict[str, Item] = {}
    breath = Breath()
    for article, keys in zip(articles, keys_one_by_one(articles, identified_by), strict=True):
        items.setdefault(keys.guid, Item(article, keys, headline_key(article.title), headline_keys(article.title)))
        await breath.take()
    return list(items.values())


async def _settled(
    unit: Unit, feed: Feed, items: list[Item], known: Known
) -> tuple[list[Item], Known, Mapping[str, Article]]:
    """The items under the guids that they have among all that stood in the feed; what is known of these.

    Third comes what stood there before of those that changed, by guid.
    """
    before = await _before(unit, feed, items, known)
    keys = settled([(item.keys, item.article) for item in items], known, before)
    if all(one.guid == item.keys.guid for one, item in zip(keys, items, strict=True)):
        return items, known, before
    items = [replace(item, keys=one) for one, item in zip(keys, items, strict=True)]
    known = await unit.articles.known(feed.id, [item.keys for item in items])
    return items, known, await _before(unit, feed, items, known)


async def _before(unit: Unit, feed: Feed, items: Sequence[Item], known: Known) -> Mapping[str, Article]:
    changed = {item.keys.guid for item in items if newness(item.keys, known, feed) == "changed"}
    return await unit.articles.texts(feed.id, changed) if changed else {}


def _may_have_lost_its_guids(feed: Feed, known: Known) -> bool:
    return feed.primed and feed.identified_by == "guid" and not known.sightings


async def _steadied(unit: Unit, feed: Feed, articles: Sequence[Article]) -> Feed:
    """The feed as its items are told apart from now on, where its guids turn out to change with every answer.

    What stands there already is known by its steadier identity at once, so nothing of it is news.
    """
    by_guid = {item.keys.text_digest: item.keys for item in await items_of(articles, "guid")}
    stored = await unit.articles.twins(feed.id, tuple(by_guid))
    twins = [(by_guid[digest], _keys_of_stored(twin, digest)) for digest, twin in stored.items()]
    steadier = steadier_identity(twins, len(by_guid))
    if steadier is None:
        return feed
    steadied = {item.keys.text_digest: item.keys.guid for item in await items_of(articles, steadier)}
    await unit.articles.rename(feed.id, {twin.guid: steadied[digest] for digest, twin in stored.items()})
    await unit.feeds.identify(feed.id, steadier)
    log.info("found guids that change", extra={"feed": without_query(feed.address), "identified_by": steadier})
    return replace(feed, identified_by=steadier)


async def _under_other_guids(items: Sequence[Item], identified_by: IdentifiedBy) -> Mapping[str, Page]:
    """Their pages, by the guids that they have from now on."""
    pages = {id(item.article): item.page for item in items}
    others = await items_of([item.article for item in items], identified_by)
    return {other.keys.guid: pages[id(other.article)] for other in others}


def _keys_of_stored(article: Article, digest: str) -> ArticleKeys:
    return ArticleKeys(article.guid, link_keys(article.link), text_digest=digest)
