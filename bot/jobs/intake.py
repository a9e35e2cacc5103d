"""Taking documents in: identify their articles, group them into stories, keep them, say what is new."""

import logging
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from bot.feeds.identity import keys_one_by_one, link_keys, place, settled, steadier_identity
from bot.feeds.news import newness
from bot.feeds.strangers import keys_in, stories_in, strangers
from bot.jobs.breath import Breath
from bot.model.address import without_query
from bot.model.article import Article
from bot.model.feed import Feed, IdentifiedBy
from bot.model.identity import Decided, Known, StandingStory
from bot.model.ids import ArticleId, FeedId, StoryId
from bot.model.reading import NO_PAGE, ArticleKeys, Item, Page, Sighting
from bot.ports import Unit
from bot.stories.fingerprint import headline_key, headline_keys
from bot.stories.grouping import group

log = logging.getLogger(__name__)

NO_PAGES: Mapping[str, Page] = MappingProxyType({})
NO_STORIES: Mapping[str, StandingStory] = MappingProxyType({})


class Document(NamedTuple):
    """What stood in a feed."""

    feed: Feed
    articles: Sequence[Article]
    is_whole: bool = True
    """Whether these are all the articles of the document."""
    pages: Mapping[str, Page] = NO_PAGES
    """Those that were read, by guid."""


class _Itemized(NamedTuple):
    """A document on its way in."""

    document: Document
    items: Sequence[Item]
    touched: frozenset[Hashable]


class _Read(NamedTuple):
    """The same, with what is stored of it."""

    brought: _Itemized
    items: Sequence[Item]
    """Under the guids that they have among all that stood in the feed."""
    known: Known
    before: Mapping[str, Article]
    """What stood there of the items that changed, by guid."""
    standing: Mapping[str, StandingStory] = NO_STORIES
    """Those that hold its headlines."""

    @property
    def feed(self) -> Feed:
        return self.brought.document.feed

    @property
    def headlines(self) -> frozenset[str]:
        return frozenset(item.headline for item in self.items if item.headline)


async def take_in(unit: Unit, feed: Feed, articles: Sequence[Article], story_window: timedelta) -> Sequence[Sighting]:
    """A whole document: see ``take_in_all``."""
    return (await take_in_all(unit, [Document(feed, articles)], story_window))[feed.id]


async def take_in_all(
    unit: Unit, documents: Sequence[Document], story_window: timedelta
) -> Mapping[FeedId, Sequence[Sighting]]:
    """Keep what stood in feeds, within this unit of work: no two documents of one feed, and as if one after the other.

    One Sighting an item; two of one guid are counted once. The answer stands in the order in which they were taken in.
    """
    found: dict[FeedId, Sequence[Sighting]] = {}
    waiting = [await _itemized(document) for document in documents]
    while waiting:
        some, waiting = strangers(waiting, lambda one: one.touched)
        together, others = strangers(await _read(unit, some), lambda one: stories_in(one.known, one.standing.values()))
        found |= await _keep(unit, together, story_window)
        waiting += [one.brought for one in others]
    return found


async def _itemized(document: Document) -> _Itemized:
    items = await items_of(document.articles, document.feed.identified_by)
    if document.pages:
        items = [replace(item, page=document.pages.get(item.keys.guid, NO_PAGE)) for item in items]
    return _Itemized(document, items, keys_in(items))


async def _read(unit: Unit, brought: Sequence[_Itemized]) -> list[_Read]:
    known = await unit.articles.known({one.document.feed.id: _keys(one.items) for one in brought})
    read = [await _settled(unit, one, known[one.document.feed.id]) for one in brought]
    standing = await unit.articles.standing({headline for one in read for headline in one.headlines})
    return [one._replace(standing={key: standing[key] for key in one.headlines & standing.keys()}) for one in read]


async def _keep(unit: Unit, together: Sequence[_Read], story_window: timedelta) -> Mapping[FeedId, Sequence[Sighting]]:
    decided = {one.feed.id: _decided(one, unit.now, story_window) for one in together}
    pages = {one.feed.id: await _standing_pages(unit, one) for one in together}
    kept = await unit.articles.keep(decided)
    return {one.feed.id: _sightings(one, kept[one.feed.id], pages[one.feed.id]) for one in together}


def _sightings(read: _Read, kept: Sequence[tuple[ArticleId, StoryId]], pages: Mapping[str, Page]) -> Sequence[Sighting]:
    return [
        Sighting(
            article,
            story,
            item.article,
            newness(item.keys, read.known, read.feed),
            read.before.get(item.keys.guid),
            pages.get(item.keys.guid, item.page),
        )
        for item, (article, story) in zip(read.items, kept, strict=True)
    ]


def _decided(read: _Read, now: datetime, story_window: timedelta) -> Decided:
    plan = place(_keys(read.items), read.known, now)
    for conflict in plan.conflicts:
        facts = {"feed": without_query(read.feed.address), "conflict": without_query(conflict)}
        log.warning("kept two articles apart", extra=facts)
    told = list(zip(read.items, plan.placements, strict=True))
    return Decided(tuple(read.items), plan, group(told, read.known, read.standing, now, story_window))


async def _standing_pages(unit: Unit, read: _Read) -> Mapping[str, Page]:
    """Of the items that changed."""
    changed = _changed(read.items, read.known, read.feed)
    return await unit.articles.pages(read.feed.id, changed) if changed else {}


def _changed(items: Sequence[Item], known: Known, feed: Feed) -> set[str]:
    """Their guids."""
    return {item.keys.guid for item in items if newness(item.keys, known, feed) == "changed"}


async def items_of(articles: Sequence[Article], identified_by: IdentifiedBy) -> list[Item]:
    """As they are placed: of several with one guid, the first."""
    items: dict[str, Item] = {}
    breath = Breath()
    for article, keys in zip(articles, keys_one_by_one(articles, identified_by), strict=True):
        items.setdefault(keys.guid, Item(article, keys, headline_key(article.title), headline_keys(article.title)))
        await breath.take()
    return list(items.values())


async def _settled(unit: Unit, brought: _Itemized, known: Known) -> _Read:
    document, items, _ = brought
    if document.is_whole and _may_have_lost_its_guids(document.feed, known):
        steadied = await _steadied(unit, document.feed, document.articles)
        if steadied.identified_by != document.feed.identified_by:
            pages = await _under_other_guids(items, steadied.identified_by) if document.pages else NO_PAGES
            brought = await _itemized(Document(steadied, document.articles, pages=pages))
            document, items, _ = brought
            known = await _known(unit, steadied, items)
    before = await _before(unit, document.feed, items, known)
    keys = settled([(item.keys, item.article) for item in items], known, before)
    if all(one.guid == item.keys.guid for one, item in zip(keys, items, strict=True)):
        return _Read(brought, items, known, before)
    under = [replace(item, keys=one) for one, item in zip(keys, items, strict=True)]
    known = await _known(unit, document.feed, under)
    return _Read(brought, under, known, await _before(unit, document.feed, under, known))


def _keys(items: Sequence[Item]) -> list[ArticleKeys]:
    return [item.keys for item in items]


async def _known(unit: Unit, feed: Feed, items: Sequence[Item]) -> Known:
    return (await unit.articles.known({feed.id: _keys(items)}))[feed.id]


async def _before(unit: Unit, feed: Feed, items: Sequence[Item], known: Known) -> Mapping[str, Article]:
    changed = _changed(items, known, feed)
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
