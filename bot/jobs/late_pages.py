"""Pages that were not there in time: read afterwards, within the hour, and told where something is met only now."""

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.errors import StorageUnavailable
from bot.jobs.crew import Crew
from bot.jobs.hearing import Hearing
from bot.jobs.pages import read_or_set_aside
from bot.model.address import without_query
from bot.model.feed import Follow
from bot.model.ids import DestinationId, FeedId
from bot.model.reading import Page, Sighting
from bot.ports import PAGE_PAUSE, Pages, Storage, Unit, WantedPage

log = logging.getLogger(__name__)

GIVE_UP = timedelta(hours=1)
"""After it was first seen an article's page is wanted no more."""
AT_ONCE = 4


@dataclass
class LatePages:
    """``lease`` is longer than reading a page may take."""

    storage: Storage
    pages: Pages | None
    hearing: Hearing
    lease: timedelta
    wake: Callable[[DestinationId], None]
    crew: Crew = field(init=False, default_factory=lambda: Crew(AT_ONCE))

    async def sweep(self) -> None:
        """Begin to read those that are due, as many as there is room for."""
        if self.pages is None or not self.crew.free:
            return
        try:
            async with self.storage.read() as unit:
                if not await unit.wanted_pages.any_due():
                    return
            await self.hearing.standing.load(self.storage)
            async with self.storage.begin() as unit:
                claimed = await unit.wanted_pages.claim(self.crew.free, self.lease)
        except StorageUnavailable as trouble:
            log.warning("could not look for wanted pages; trying again", extra={"reason": str(trouble)})
            return
        for wanted in claimed:
            self.crew.begin(self._read(self.pages, wanted), f"page of article {wanted.article_id}")

    async def _read(self, pages: Pages, wanted: WantedPage) -> None:
        page = await read_or_set_aside(pages, wanted.article)
        try:
            async with self.storage.begin() as unit:
                told = await self._settle(unit, wanted, page)
        except StorageUnavailable as trouble:
            # It is due again once its lease is over.
            log.warning("could not keep a page; it is read again", extra={"reason": str(trouble)})
            return
        for lane in told:
            self.wake(lane)

    async def _settle(self, unit: Unit, wanted: WantedPage, page: Page) -> frozenset[DestinationId]:
        due = next_try(wanted.seen, page, unit.now)
        if page.is_wanted and due is None:
            page = replace(page, state="unreachable")
        if not await unit.wanted_pages.settle(wanted, page, due):
            return frozenset()
        told = await self._tell(unit, wanted, page) if page.state == "read" else frozenset()
        facts = {"link": without_query(wanted.article.link), "state": page.state, "alerts": len(told)}
        log.info("read a page late", extra=facts | ({"reason": page.reason} if page.reason else {}))
        return told

    async def _tell(self, unit: Unit, wanted: WantedPage, page: Page) -> frozenset[DestinationId]:
        """To those who asked for full text and followed when the article came, of what they asked for by then.

        Those whose feed has moved meanwhile hear it as if it had come there.
        """
        followers = [*await unit.feeds.followers(wanted.feed), *await unit.feeds.moved_followers(wanted.feed)]
        article = wanted.article
        sighting = Sighting(wanted.article_id, wanted.story, article, "read late", before=article, page=page)
        news: dict[FeedId, list[tuple[Follow, list[Sighting]]]] = defaultdict(list)
        for follow in followers:
            if follow.full_text and follow.since <= wanted.seen:
                news[follow.feed].append((follow, [sighting]))
        lanes: frozenset[DestinationId] = frozenset()
        for feed, heard_there in news.items():
            brought = [(await unit.feeds.get(feed), heard_there)]
            (told,) = await self.hearing.tell(unit, brought, asked_before=wanted.seen)
            lanes |= told.lanes
        return lanes


def next_try(seen: datetime, page: Page, now: datetime) -> datetime | None:
    """When a page is tried again that did not come: later and later, not before its server wants; None: never."""
    if not page.is_wanted:
        return None
    due = now + max(PAGE_PAUSE, now - seen, page.retry_after or timedelta())
    return due if due <= seen + GIVE_UP else None
