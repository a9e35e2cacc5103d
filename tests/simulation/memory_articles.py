"""Articles, their keys, their stories and how they stand in feeds with their pages, in memory."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.model.article import Article
from bot.model.identity import (
    ArticleRef,
    Decided,
    Grouping,
    InStory,
    Known,
    KnownArticle,
    KnownContent,
    KnownSighting,
    NewArticle,
    NewStory,
    Plan,
    StandingStory,
)
from bot.model.ids import ArticleId, FeedId, StoryId, WorkspaceId
from bot.model.reading import ArticleKeys, Item, Page
from bot.ports import PAGE_PAUSE, StoredArticle

if TYPE_CHECKING:
    from tests.simulation.memory import Tables


@dataclass(frozen=True, slots=True)
class StoryRow:
    headline: str | None
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class ArticleRow:
    story: StoryId
    headline: str | None


@dataclass(frozen=True, slots=True)
class SightingRow:
    place: int
    """In the order in which they came."""
    article_id: ArticleId
    first_seen: datetime
    digest: str
    article: Article
    page: Page
    page_due: datetime | None


class MemoryArticles:
    def __init__(self, tables: "Tables", now: datetime) -> None:
        self._tables = tables
        self._now = now

    async def known(self, keys: Mapping[FeedId, Sequence[ArticleKeys]]) -> Mapping[FeedId, Known]:
        return {feed: self._known(feed, its) for feed, its in keys.items()}

    def _known(self, feed: FeedId, keys: Sequence[ArticleKeys]) -> Known:
        links = {link for one in keys for link in one.links} & self._tables.links.keys()
        contents = {one.content for one in keys if one.content} & self._tables.contents.keys()
        pointed = {self._tables.links[link] for link in links}
        pointed |= {self._tables.contents[content].article for content in contents}
        return Known(
            sightings={
                guid: KnownSighting(row.article_id, row.digest)
                for guid, row in self._here(feed, {guid for one in keys for guid in one.guids}).items()
            },
            links={link: self._tables.links[link] for link in links},
            contents={content: self._tables.contents[content] for content in contents},
            articles={article: self._known_article(feed, article) for article in pointed if article is not None},
        )

    def _here(self, feed: FeedId, guids: Collection[str]) -> Mapping[str, SightingRow]:
        return {guid: row for guid in guids if (row := self._tables.sightings.get((feed, guid)))}

    def _known_article(self, feed: FeedId, article: ArticleId) -> KnownArticle:
        row = self._tables.articles[article]
        guids = (
            guid for (one, guid), seen in self._tables.sightings.items() if (one, seen.article_id) == (feed, article)
        )
        shared = sum(other.story == row.story for other in self._tables.articles.values()) > 1
        return KnownArticle(frozenset(guids), row.story, row.headline, shared)

    async def standing(self, headlines: Collection[str]) -> Mapping[str, StandingStory]:
        return {
            story.headline: StandingStory(id_, story.begun_at)
            for id_, story in self._tables.stories.items()
            if story.headline in headlines
        }

    async def twins(self, feed: FeedId, digests: Collection[str]) -> Mapping[str, Article]:
        rows = [row for (one, _), row in self._tables.sightings.items() if one == feed and row.digest in digests]
        return {row.digest: row.article for row in sorted(rows, key=lambda row: (row.first_seen, row.place))}

    async def newest(self, feed: FeedId) -> datetime | None:
        rows = [row.article.published for (one, _), row in self._tables.sightings.items() if one == feed]
        return max((date for date in rows if date), default=None)

    async def rename(self, feed: FeedId, guids: Mapping[str, str]) -> None:
        for old, new in guids.items():
            if (feed, new) not in self._tables.sightings:
                row = self._tables.sightings.pop((feed, old))
                self._tables.sightings[feed, new] = replace(row, article=replace(row.article, guid=new))

    async def texts(self, feed: FeedId, guids: Collection[str]) -> Mapping[str, Article]:
        return {guid: row.article for guid, row in self._here(feed, guids).items()}

    async def linked(self, links: Collection[str]) -> Collection[str]:
        return self._tables.links.keys() & set(links)

    async def pages(self, feed: FeedId, guids: Collection[str]) -> Mapping[str, Page]:
        return {guid: row.page for guid, row in self._here(feed, guids).items()}

    async def keep(self, decided: Mapping[FeedId, Decided]) -> Mapping[FeedId, Sequence[tuple[ArticleId, StoryId]]]:
        return {feed: self._keep(feed, its.items, its.plan, its.grouping) for feed, its in decided.items()}

    def _keep(
        self, feed: FeedId, items: Sequence[Item], plan: Plan, grouping: Grouping
    ) -> Sequence[tuple[ArticleId, StoryId]]:
        places = (*grouping.new, *grouping.moved.values())
        begun = {place.story: self._begin(place.story) for place in places if isinstance(place.story, NewStory)}

        def told(place: InStory) -> ArticleRow:
            story = begun[place.story] if isinstance(place.story, NewStory) else place.story
            return ArticleRow(story, place.headline)

        new = [self._bring(told(place)) for place in grouping.new]
        self._tables.articles |= {moving: told(place) for moving, place in grouping.moved.items()}

        def resolved(ref: ArticleRef) -> ArticleId:
            return new[ref.index] if isinstance(ref, NewArticle) else ref

        kept = [resolved(placement.article) for placement in plan.placements]
        for item, article in zip(items, kept, strict=True):
            self._see(feed, item, article)
        self._tables.links |= {link: None if ref is None else resolved(ref) for link, ref in plan.links.items()}
        contents = {content: KnownContent(resolved(ref), self._now) for content, ref in plan.contents.items()}
        self._tables.contents |= contents
        return [(article, self._tables.articles[article].story) for article in kept]

    def _begin(self, story: NewStory) -> StoryId:
        if story.succeeds is not None:
            self._tables.stories[story.succeeds] = replace(self._tables.stories[story.succeeds], headline=None)
        id_ = StoryId(len(self._tables.stories) + 1)
        self._tables.stories[id_] = StoryRow(story.headline, self._now)
        return id_

    def _bring(self, row: ArticleRow) -> ArticleId:
        id_ = ArticleId(len(self._tables.articles) + 1)
        self._tables.articles[id_] = row
        return id_

    def _see(self, feed: FeedId, item: Item, article: ArticleId) -> None:
        """As it stands now; when it was first seen stays, and which article it is."""
        guid = item.keys.guid
        says = replace(item.article, guid=guid, feed=feed)
        before = self._tables.sightings.get((feed, guid))
        if before is None:
            due = self._now + PAGE_PAUSE if item.page.is_wanted else None
            page = Page(item.page.state, item.page.text)
            before = SightingRow(len(self._tables.sightings), article, self._now, "", says, page, due)
        self._tables.sightings[feed, guid] = replace(before, digest=item.keys.text_digest, article=says)

    async def stored(self, workspace: WorkspaceId | None) -> AsyncIterator[StoredArticle]:
        followers: dict[FeedId, WorkspaceId] = {}
        for one, feed in sorted(self._tables.ties):
            if workspace in (None, one):
                followers.setdefault(feed, one)
        rows = [(feed, row) for (feed, _), row in self._tables.sightings.items() if feed in followers]
        for feed, row in sorted(rows, key=lambda one: (one[1].first_seen, one[1].place), reverse=True):
            known = self._tables.feeds[feed].feed
            name = self._tables.ties[followers[feed], feed].name or known.title or known.host
            judged = self._judged(feed, row, workspace)
            yield StoredArticle(row.article_id, judged, name, row.first_seen)

    def _judged(self, feed: FeedId, row: SightingRow, workspace: WorkspaceId | None) -> Article:
        """With its page, where the workspace asked for full text; None: where any did."""
        ties = self._tables.ties.items()
        asked = any(tie.full_text for (one, followed), tie in ties if followed == feed and workspace in (None, one))
        return row.article.on_page(row.page.text) if row.page.state == "read" and asked else row.article
