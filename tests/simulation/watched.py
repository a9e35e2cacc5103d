"""Units of work of those who poll, which remember what of feeds and pages they are about to commit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bot.model.feed import Feed
from bot.model.identity import Decided
from bot.model.ids import ArticleId, FeedId, StoryId
from bot.model.reading import Page, PageState, ReadPoll
from bot.ports import WantedPage
from tests.simulation.memory import MemoryUnit
from tests.simulation.memory_articles import MemoryArticles
from tests.simulation.memory_feeds import MemoryFeeds
from tests.simulation.memory_pages import MemoryWantedPages
from tests.simulation.world import Watched


class Moved(NamedTuple):
    before: str
    now: str
    is_itself: bool
    """Else its followers follow another feed from now on."""


class WatchedFeeds:
    """Which feeds are claimed, which version of which is kept, and which have moved."""

    def __init__(self, feeds: MemoryFeeds) -> None:
        self.claimed: list[FeedId] = []
        self.kept: list[tuple[FeedId, str]] = []
        """And by which validator its server knows that version."""
        self.moved: list[Moved] = []
        self._feeds = feeds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._feeds, name)

    async def claim_due(self, *how: Any, **more: Any) -> Sequence[Feed]:
        claimed = await self._feeds.claim_due(*how, **more)
        self.claimed += [feed.id for feed in claimed]
        return claimed

    async def read(self, polls: Sequence[ReadPoll]) -> None:
        await self._feeds.read(polls)
        self.kept += [(poll.feed, poll.validators.etag) for poll in polls]

    async def move(self, feed: FeedId, address: str) -> FeedId:
        before = await self._feeds.get(feed)
        there = await self._feeds.move(feed, address)
        after = await self._feeds.get(there)
        if after.address != before.address:
            self.moved.append(Moved(before.address, after.address, is_itself=there == feed))
        return there


class WatchedArticles:
    """What became of the pages of what is kept."""

    def __init__(self, articles: MemoryArticles) -> None:
        self.pages_of: dict[FeedId, dict[str, PageState]] = {}
        """By headline."""
        self._articles = articles

    def __getattr__(self, name: str) -> Any:
        return getattr(self._articles, name)

    async def keep(self, decided: Mapping[FeedId, Decided]) -> Mapping[FeedId, Sequence[tuple[ArticleId, StoryId]]]:
        for feed, its in decided.items():
            self.pages_of[feed] = {item.article.title: item.page.state for item in its.items}
        return await self._articles.keep(decided)


class WatchedPages:
    """Which are claimed, and what became of them."""

    def __init__(self, pages: MemoryWantedPages) -> None:
        self.claimed: list[WantedPage] = []
        self.settled: list[tuple[WantedPage, PageState]] = []
        self._pages = pages

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pages, name)

    async def claim(self, *how: Any) -> Sequence[WantedPage]:
        claimed = await self._pages.claim(*how)
        self.claimed += claimed
        return claimed

    async def settle(self, wanted: WantedPage, page: Page, due: datetime | None = None) -> bool:
        recorded = await self._pages.settle(wanted, page, due)
        self.settled += [(wanted, page.state)] * recorded
        return recorded


class WatchedPoll(Watched):
    def __init__(self, unit: MemoryUnit) -> None:
        super().__init__(unit)
        self.feeds = WatchedFeeds(unit.feeds)
        self.articles = WatchedArticles(unit.articles)
        self.wanted_pages = WatchedPages(unit.wanted_pages)
