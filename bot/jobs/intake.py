"""Taking a document's articles in: identify them, group them into stories, keep them, say what is new."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from bot.feeds.identity import keys_of_document, place
from bot.feeds.news import newness
from bot.model.address import without_query
from bot.model.article import Article
from bot.model.feed import Feed
from bot.model.reading import Item, Sighting
from bot.ports import Unit
from bot.stories.fingerprint import headline_key, headline_keys
from bot.stories.grouping import group, headlines

log = logging.getLogger(__name__)


async def take_in(unit: Unit, feed: Feed, articles: Sequence[Article], story_window: timedelta) -> Sequence[Sighting]:
    """Keep what stood in a feed, within this unit of work; one Sighting an item, two of one guid counted once."""
    items = _items(articles)
    known = await unit.articles.known(feed.id, [item.keys for item in items])
    plan = place([item.keys for item in items], known, unit.now)
    for conflict in plan.conflicts:
        facts = {"feed": without_query(feed.address), "conflict": without_query(conflict)}
        log.warning("kept two articles apart", extra=facts)

    told = list(zip(items, plan.placements, strict=True))
    standing = await unit.articles.standing(headlines(told))
    grouping = group(told, known, standing, unit.now, story_window)

    is_new = {item.keys.guid: newness(item.keys, known, feed) for item in items}
    changed = {guid for guid, verdict in is_new.items() if verdict == "changed"}
    before = await unit.articles.texts(feed.id, changed) if changed else {}
    kept = await unit.articles.keep(feed.id, items, plan, grouping)
    return [
        Sighting(article, story, item.article, is_new[item.keys.guid], before.get(item.keys.guid))
        for item, (article, story) in zip(items, kept, strict=True)
    ]


def _items(articles: Sequence[Article]) -> list[Item]:
    items: dict[str, Item] = {}
    for article, keys in zip(articles, keys_of_document(articles), strict=True):
        items.setdefault(keys.guid, Item(article, keys, headline_key(article.title), headline_keys(article.title)))
    return list(items.values())
