"""The pages of new articles, for followers who asked for full text: read while a poll is held for them."""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.feeds.turns import Turns
from bot.jobs.crew import OUR_BUG
from bot.jobs.hearing import Hearing, listening
from bot.jobs.intake import items_of
from bot.matching.matcher import Matcher
from bot.model.address import without_query
from bot.model.article import Article
from bot.model.feed import Feed, Follow, host_of
from bot.model.ids import SubscriptionId
from bot.model.reading import Item, Page
from bot.ports import Pages, Storage, Unit

log = logging.getLogger(__name__)

HOLD = 15.0
"""Seconds from when its feed was read that an article is held at most for its page."""
AT_ONCE, AT_ONE_HOST = 8, 2
"""Pages that one process reads at the same time, and of them of one host, so that a slow one holds up no other."""
LATE = Page("wanted", reason="It was not there in time.")


@dataclass(frozen=True, slots=True)
class NewPages:
    """Without ``pages``, which need an extra, articles are judged on their feeds' own text."""

    storage: Storage
    pages: Pages | None
    hearing: Hearing
    _turns: Turns = field(init=False, default_factory=lambda: Turns(AT_ONCE, AT_ONE_HOST))
    _in_a_hurry: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    def hurry(self) -> None:
        """Hold no article any more: the process is to end, and late pages are read after the next start."""
        self._in_a_hurry.set()

    async def read(self, feed: Feed, articles: Sequence[Article], until: float) -> Mapping[str, Page]:
        """What became of the pages that are wanted, by guid (``ArticleKeys.guid``). ``until``: of the loop's clock.

        Wanted is what is new to the feed, where a follower asked for full text and the feed's own text leaves a
        subscription open. A first poll is history. Raises StorageUnavailable.
        """
        if self.pages is None or not (feed.wants_pages and feed.primed and articles):
            return {}
        async with self.storage.read() as unit:
            wanted = await self._wanted(unit, feed, articles)
        return await self._in_time(self.pages, wanted, until) if wanted else {}

    async def _wanted(self, unit: Unit, feed: Feed, articles: Sequence[Article]) -> Mapping[str, Article]:
        asking = [follow for follow in await unit.feeds.followers(feed.id) if follow.full_text]
        if not asking:
            return {}
        items = await items_of(articles, feed.identified_by)
        known = await unit.articles.pages(feed.id, [item.keys.guid for item in items])
        fresh = await _with_pages_of_their_own(unit, [item for item in items if item.keys.guid not in known])
        if not fresh:
            return {}
        matcher = await self.hearing.standing.matcher(unit)
        return {
            item.keys.guid: item.article for item in fresh if await _may_gain(unit, matcher, feed, asking, item.article)
        }

    async def _in_time(self, pages: Pages, wanted: Mapping[str, Article], until: float) -> Mapping[str, Page]:
        reading = {guid: asyncio.create_task(self._read(pages, article)) for guid, article in wanted.items()}
        all_read: asyncio.Future[Any] = asyncio.gather(*reading.values())
        hurrying: asyncio.Future[Any] = asyncio.create_task(self._in_a_hurry.wait())
        try:
            seconds = max(until - asyncio.get_running_loop().time(), 0)
            await asyncio.wait({all_read, hurrying}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            return {guid: task.result() if task.done() else LATE for guid, task in reading.items()}
        finally:
            hurrying.cancel()
            all_read.cancel()
            # And what became of both is asked for, or asyncio reports it as an error that nobody heard of.
            await asyncio.gather(hurrying, all_read, *reading.values(), return_exceptions=True)

    async def _read(self, pages: Pages, article: Article) -> Page:
        async with self._turns.of(host_of(article.link), paced=False):
            return await read_or_set_aside(pages, article)


async def read_or_set_aside(pages: Pages, article: Article) -> Page:
    """A bug of ours that a page brings to light harms only this page."""
    try:
        return await pages.read(article)
    except Exception:
        log.exception("set a page aside", extra={"link": without_query(article.link)})
        return Page("unreachable", reason=OUR_BUG)


async def _with_pages_of_their_own(unit: Unit, items: Sequence[Item]) -> list[Item]:
    """Several items that link to one page, be it to parts of it, are not told apart by what stands there.

    A link to a part of a page to which another one has led before is one of several.
    """
    folded = {item.keys.guid: item.keys.links[-1] for item in items if item.keys.links}
    shared = {link for link, count in Counter(folded.values()).items() if count > 1}
    shared |= set(await unit.articles.linked([item.keys.links[-1] for item in items if len(item.keys.links) > 1]))
    return [item for item in items if item.keys.guid in folded and folded[item.keys.guid] not in shared]


async def _may_gain(unit: Unit, matcher: Matcher, feed: Feed, asking: Collection[Follow], article: Article) -> bool:
    """Whether the page may change what those who ask for it hear.

    It may where the feed's own text leaves one of their subscriptions open, or meets one that leaves something out.
    """
    matches = matcher.match(replace(article, feed=feed.id))
    met = matches.subscriptions
    if await unit.subscriptions.any_other(feed, {follow.workspace for follow in asking}, frozenset(met)):
        return True
    excluding: list[SubscriptionId] = [one for place, one in enumerate(met) if matches[place].query.excludes]
    return bool(await listening(unit, feed, asking, await unit.subscriptions.these(excluding)))
