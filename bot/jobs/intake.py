"""Taking a document's articles in: identify them, group them into stories, keep them, say what is new."""

import logging
import re
from collections.abc import Sequence
from datetime import timedelta

from bot.feeds.identity import keys_of_document, place
from bot.feeds.news import newness
from bot.model.article import Article
from bot.model.feed import Feed
from bot.model.identity import NewArticle, Plan
from bot.model.reading import Item, Sighting
from bot.ports import Unit
from bot.stories.fingerprint import headline_key
from bot.stories.grouping import group

log = logging.getLogger(__name__)

QUERY = re.compile(r"\?\S+")


async def take_in(unit: Unit, feed: Feed, articles: Sequence[Article], story_window: timedelta) -> Sequence[Sighting]:
    """Keep what stood in a feed, within this unit of work; one Sighting an item, two of one guid counted once."""
    items = _items(articles)
    known = await unit.articles.known(feed.id, [item.keys for item in items])
    plan = place([item.keys for item in items], known, unit.now)
    for conflict in plan.conflicts:
        facts = {"feed": without_query(feed.address), "conflict": without_query(conflict)}
        log.warning("kept two articles apart", extra=facts)

    headlines = _headlines_of_new(items, plan)
    standing = await unit.articles.standing({headline for headline in headlines if headline})
    stories = group(headlines, standing, unit.now, story_window)

    is_new = {item.keys.guid: newness(item.keys, known, feed) for item in items}
    changed = {guid for guid, verdict in is_new.items() if verdict == "changed"}
    before = await unit.articles.texts(feed.id, changed) if changed else {}
    kept = await unit.articles.keep(feed.id, items, plan, stories)
    return [
        Sighting(article, story, item.article, is_new[item.keys.guid], before.get(item.keys.guid))
        for item, (article, story) in zip(items, kept, strict=True)
    ]


def without_query(text: str) -> str:
    """For the log: the keys of private feeds often stand in the query strings of addresses."""
    return QUERY.sub("?…", text)


def _items(articles: Sequence[Article]) -> list[Item]:
    items: dict[str, Item] = {}
    for article, keys in zip(articles, keys_of_document(articles), strict=True):
        items.setdefault(keys.guid, Item(article, keys, headline_key(article.title)))
    return list(items.values())


def _headlines_of_new(items: Sequence[Item], plan: Plan) -> list[str | None]:
    """The headline of each new article of the plan, by its index."""
    headlines: dict[int, str | None] = {}
    for item, placement in zip(items, plan.placements, strict=True):
        if isinstance(placement.article, NewArticle):
            headlines.setdefault(placement.article.index, item.headline)
    return [headlines[index] for index in sorted(headlines)]
