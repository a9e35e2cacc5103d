"""Articles, the keys that tell them apart, the stories they tell, and how they stand in each feed."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import astuple
from datetime import datetime
from functools import cache
from itertools import zip_longest
from typing import Any, TypeVar

from sqlalchemy import Row, and_, bindparam, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.article import Article, Image
from bot.model.identity import (
    ArticleRef,
    Decided,
    InStory,
    Known,
    KnownArticle,
    KnownContent,
    KnownSighting,
    NewArticle,
    NewStory,
    StandingStory,
)
from bot.model.ids import ArticleId, FeedId, StoryId, WorkspaceId
from bot.model.reading import NO_PAGE, ArticleKeys, Item, Page
from bot.ports import PAGE_PAUSE, StoredArticle
from storage.dialect import Insert, in_lists, insert_into
from storage.tables import article_keys, articles, feeds, follows, sightings, stories

T = TypeVar("T", bound=Any)

LINK, CONTENT = "link", "content"
KEEPERS_LOCK = 0x70C51A  # any number that nothing else in this database takes as an advisory lock
AT_ONCE = 100  # rows of one statement: making them ready holds the event loop

# Put together once: that takes longer than carrying them out, and every poll that brings something needs them.
_HERE = sightings.c.feed_id == bindparam("feed")
_THESE_GUIDS = and_(_HERE, sightings.c.guid.in_(bindparam("guids", expanding=True)))
_POINTERS = select(article_keys).where(
    or_(
        and_(article_keys.c.kind == LINK, article_keys.c.value.in_(bindparam("links", expanding=True))),
        and_(article_keys.c.kind == CONTENT, article_keys.c.value.in_(bindparam("contents", expanding=True))),
    )
)
# In any of these feeds: which guid is of which is looked at afterwards, since SQLite finds no pairs in an index.
_IN_THESE_FEEDS = sightings.c.feed_id.in_(bindparam("feeds", expanding=True))
_SIGHTINGS = select(sightings.c.feed_id, sightings.c.guid, sightings.c.article_id, sightings.c.text_digest).where(
    _IN_THESE_FEEDS, sightings.c.guid.in_(bindparam("guids", expanding=True))
)
_STANDING_AS = select(sightings.c.feed_id, sightings.c.article_id, sightings.c.guid).where(
    _IN_THESE_FEEDS, sightings.c.article_id.in_(bindparam("ids", expanding=True))
)
_OTHERS = articles.alias()
_SHARED = exists().where(_OTHERS.c.story_id == articles.c.story_id, _OTHERS.c.id != articles.c.id)
_ARTICLES = select(articles.c.id, articles.c.story_id, articles.c.headline, _SHARED.label("shared")).where(
    articles.c.id.in_(bindparam("ids", expanding=True))
)
_TEXTS = select(sightings).where(_THESE_GUIDS)
_PAGES = select(sightings.c.guid, sightings.c.page, sightings.c.page_state).where(_THESE_GUIDS)
_STANDING = select(stories).where(stories.c.headline.in_(bindparam("headlines", expanding=True)))
_LET_GO = update(stories).where(stories.c.id.in_(bindparam("over", expanding=True))).values(headline=None)
_TELLING = select(articles.c.id, articles.c.story_id).where(articles.c.id.in_(bindparam("ids", expanding=True)))
_BEGIN_STORIES = stories.insert().returning(stories.c.id, stories.c.headline)
_BEGIN_ARTICLES = articles.insert().returning(articles.c.id, articles.c.story_id, articles.c.headline)


class StoredArticles:
    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    async def known(self, keys: Mapping[FeedId, Sequence[ArticleKeys]]) -> Mapping[FeedId, Known]:
        await self._keep_others_out()
        guids = {feed: {guid for one in its for guid in one.guids} for feed, its in keys.items()}
        links = {feed: {link for one in its for link in one.links} for feed, its in keys.items()}
        contents = {feed: {one.content for one in its if one.content} for feed, its in keys.items()}
        pointers = await self._pointers(set().union(*links.values()), set().union(*contents.values()))
        leading = {row.value: row.article_id for row in pointers if row.kind == LINK}
        saying = {row.value: KnownContent(row.article_id, row.since) for row in pointers if row.kind == CONTENT}
        seen = await self._sightings(guids)
        pointed = {
            feed: {leading[link] for link in links[feed] & leading.keys() if leading[link] is not None}
            | {saying[content].article for content in contents[feed] & saying.keys()}
            for feed in keys
        }
        articles = await self._articles(pointed)
        return {
            feed: Known(
                sightings=seen[feed],
                links={link: leading[link] for link in links[feed] & leading.keys()},
                contents={content: saying[content] for content in contents[feed] & saying.keys()},
                articles=articles[feed],
            )
            for feed in keys
        }

    async def _keep_others_out(self) -> None:
        """One keeper of articles at a time. SQLite has one writer anyway."""
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": KEEPERS_LOCK})

    async def _pointers(self, links: Collection[str], contents: Collection[str]) -> list[Row[Any]]:
        found: list[Row[Any]] = []
        for some, others in zip_longest(in_lists(links), in_lists(contents), fillvalue=()):
            found += await self._connection.execute(_POINTERS, {"links": some, "contents": others})
        return found

    async def _sightings(self, guids: Mapping[FeedId, Collection[str]]) -> dict[FeedId, dict[str, KnownSighting]]:
        found: dict[FeedId, dict[str, KnownSighting]] = {feed: {} for feed in guids}
        for here, these in _crossed(guids):
            rows = await self._connection.execute(_SIGHTINGS, {"feeds": here, "guids": these})
            for feed, guid, article, digest in rows:
                if guid in guids[feed]:
                    found[feed][guid] = KnownSighting(article, digest)
        return found

    async def _articles(
        self, ids: Mapping[FeedId, Collection[ArticleId]]
    ) -> dict[FeedId, dict[ArticleId, KnownArticle]]:
        guids: dict[tuple[FeedId, ArticleId], set[str]] = defaultdict(set)
        for here, these in _crossed(ids):
            for feed, article, guid in await self._connection.execute(_STANDING_AS, {"feeds": here, "ids": these}):
                guids[feed, article].add(guid)
        found: dict[ArticleId, Row[Any]] = {}
        for these in in_lists(set().union(*ids.values())):
            found.update((row.id, row) for row in await self._connection.execute(_ARTICLES, {"ids": these}))

        def known(feed: FeedId, row: Row[Any]) -> KnownArticle:
            return KnownArticle(frozenset(guids[feed, row.id]), row.story_id, row.headline, bool(row.shared))

        return {feed: {id_: known(feed, found[id_]) for id_ in its if id_ in found} for feed, its in ids.items()}

    async def standing(self, headlines: Collection[str]) -> Mapping[str, StandingStory]:
        found: dict[str, StandingStory] = {}
        for chunk in in_lists(headlines):
            rows = await self._connection.execute(_STANDING, {"headlines": chunk})
            found.update((row.headline, StandingStory(StoryId(row.id), row.begun_at)) for row in rows)
        return found

    async def twins(self, feed: FeedId, digests: Collection[str]) -> Mapping[str, Article]:
        found: dict[str, Article] = {}
        for chunk in in_lists(digests):
            rows = await self._connection.execute(
                select(sightings)
                .where(sightings.c.feed_id == feed, sightings.c.text_digest.in_(chunk))
                .order_by(sightings.c.first_seen_at, sightings.c.id)
            )
            found.update((row.text_digest, article_of(row)) for row in rows)
        return found

    async def newest(self, feed: FeedId) -> datetime | None:
        query = select(func.max(sightings.c.published_at)).where(sightings.c.feed_id == feed)
        newest: datetime | None = (await self._connection.execute(query)).scalar_one()
        return newest

    async def rename(self, feed: FeedId, guids: Mapping[str, str]) -> None:
        taken = (await self._sightings({feed: set(guids.values())}))[feed]
        free = [(old, new) for old, new in guids.items() if new not in taken]
        if free:
            here = (sightings.c.feed_id == feed, sightings.c.guid == bindparam("old"))
            statement = update(sightings).where(*here).values(guid=bindparam("new"))
            await self._connection.execute(statement, [{"old": old, "new": new} for old, new in free])

    async def texts(self, feed: FeedId, guids: Collection[str]) -> Mapping[str, Article]:
        found: dict[str, Article] = {}
        for chunk in in_lists(guids):
            rows = await self._connection.execute(_TEXTS, {"feed": feed, "guids": chunk})
            found.update((row.guid, article_of(row)) for row in rows)
        return found

    async def linked(self, links: Collection[str]) -> Collection[str]:
        return {row.value for row in await self._pointers(links, ())}

    async def pages(self, feed: FeedId, guids: Collection[str]) -> Mapping[str, Page]:
        found: dict[str, Page] = {}
        for chunk in in_lists(guids):
            rows = await self._connection.execute(_PAGES, {"feed": feed, "guids": chunk})
            found.update((row.guid, Page(row.page_state, row.page)) for row in rows)
        return found

    async def keep(self, decided: Mapping[FeedId, Decided]) -> Mapping[FeedId, Sequence[tuple[ArticleId, StoryId]]]:
        stories = await self._begin_stories(decided)

        def told(feed: FeedId, place: InStory) -> dict[str, Any]:
            story = stories[feed, place.story.index] if isinstance(place.story, NewStory) else place.story
            return {"story_id": story, "headline": place.headline}

        begin = [
            ((feed, index), told(feed, place))
            for feed, its in decided.items()
            for index, place in enumerate(its.grouping.new)
        ]
        new = await self._begin_articles(begin)
        for feed, its in decided.items():
            for moving, place in its.grouping.moved.items():
                moved = update(articles).where(articles.c.id == moving).values(**told(feed, place))
                await self._connection.execute(moved)

        def resolved(feed: FeedId, ref: ArticleRef) -> ArticleId:
            return new[feed, ref.index] if isinstance(ref, NewArticle) else ref

        kept = {
            feed: [resolved(feed, placement.article) for placement in its.plan.placements]
            for feed, its in decided.items()
        }
        await self._see(
            [(feed, *seen) for feed, its in decided.items() for seen in zip(its.items, kept[feed], strict=True)]
        )
        await self._point(
            [
                (LINK, link, None if ref is None else resolved(feed, ref))
                for feed, its in decided.items()
                for link, ref in its.plan.links.items()
            ]
            + [
                (CONTENT, content, resolved(feed, ref))
                for feed, its in decided.items()
                for content, ref in its.plan.contents.items()
            ]
        )
        tells = {new[which]: one["story_id"] for which, one in begin}
        tells |= await self._stories_of({article for its in kept.values() for article in its} - tells.keys())
        return {feed: [(article, tells[article]) for article in its] for feed, its in kept.items()}

    async def _begin_stories(self, decided: Mapping[FeedId, Decided]) -> Mapping[tuple[FeedId, int], StoryId]:
        """By feed, and the story's index in its document."""
        begun = {
            (feed, place.story.index): place.story
            for feed, its in decided.items()
            for place in (*its.grouping.new, *its.grouping.moved.values())
            if isinstance(place.story, NewStory)
        }
        for some in in_lists([story.succeeds for story in begun.values() if story.succeeds is not None]):
            await self._connection.execute(_LET_GO, {"over": some})
        rows = [{"headline": story.headline, "begun_at": self._now} for story in begun.values()]
        ids = await self._ids_of(_BEGIN_STORIES, rows, "headline")
        return dict(zip(begun, map(StoryId, ids), strict=True))

    async def _begin_articles(
        self, told: Sequence[tuple[tuple[FeedId, int], Mapping[str, Any]]]
    ) -> Mapping[tuple[FeedId, int], ArticleId]:
        """By feed, and the article's index in its document."""
        rows = [{**one, "first_seen_at": self._now} for _, one in told]
        ids = await self._ids_of(_BEGIN_ARTICLES, rows, "story_id", "headline")
        return dict(zip((which for which, _ in told), map(ArticleId, ids), strict=True))

    async def _ids_of(self, inserting: Any, rows: Sequence[dict[str, Any]], *telling: str) -> list[int]:
        """In the order of the rows, which databases promise only where each is inserted by itself.

        ``telling``: the columns that tell the rows apart; those that say the same may have each other's.
        """
        if not rows:
            return []
        free: dict[tuple[Any, ...], list[int]] = {}
        for id_, *said in sorted(await self._connection.execute(inserting, rows), reverse=True):
            free.setdefault(tuple(said), []).append(id_)
        return [free[tuple(row[name] for name in telling)].pop() for row in rows]

    async def _see(self, seen: Sequence[tuple[FeedId, Item, ArticleId]]) -> None:
        """Keep each item as it stands now; when it was first seen stays."""
        for some in _slices(seen, AT_ONCE):
            rows = [_columns(feed, item, article, self._now) for feed, item, article in some]
            await self._connection.execute(_see(self._connection.dialect.name), rows)

    async def _point(self, pointers: Sequence[tuple[str, str, ArticleId | None]]) -> None:
        """Kind, value, and where it points to."""
        for some in _slices(pointers, AT_ONCE):
            rows = [
                {"kind": kind, "value": value, "article_id": article, "since": self._now}
                for kind, value, article in some
            ]
            await self._connection.execute(_point(self._connection.dialect.name), rows)

    async def _stories_of(self, ids: Collection[ArticleId]) -> dict[ArticleId, StoryId]:
        found: dict[ArticleId, StoryId] = {}
        for chunk in in_lists(ids):
            rows = await self._connection.execute(_TELLING, {"ids": chunk})
            found.update((ArticleId(row.id), StoryId(row.story_id)) for row in rows)
        return found

    async def stored(self, workspace: WorkspaceId | None) -> AsyncIterator[StoredArticle]:
        wants_page = _any_follower_wants_pages() if workspace is None else follows.c.full_text
        standing = (
            select(
                sightings,
                feeds.c.host,
                feeds.c.title.label("feed_title"),
                follows.c.name,
                wants_page.label("wants_page"),
            )
            .join_from(sightings, feeds)
            .join(follows, follows.c.feed_id == feeds.c.id)
            .order_by(sightings.c.first_seen_at.desc(), sightings.c.id.desc())
        )
        standing = standing.where(
            sightings.c.has_text,
            follows.c.workspace_id == (_first_follower() if workspace is None else workspace),
        )
        async for row in await self._connection.stream(standing):
            name = row.name or row.feed_title or row.host
            yield StoredArticle(ArticleId(row.article_id), article_as_judged(row), name, row.first_seen_at)


@cache
def _see(dialect: str) -> Insert:
    statement = insert_into(sightings, dialect)
    keep_first = {"id", "feed_id", "guid", "article_id", "first_seen_at", *page_columns(NO_PAGE)}
    kept = {column.name: statement.excluded[column.name] for column in sightings.c if column.name not in keep_first}
    return statement.on_conflict_do_update(index_elements=["feed_id", "guid"], set_=kept)


@cache
def _point(dialect: str) -> Insert:
    statement = insert_into(article_keys, dialect)
    pointed = {"article_id": statement.excluded.article_id, "since": statement.excluded.since}
    return statement.on_conflict_do_update(index_elements=["kind", "value"], set_=pointed)


def _first_follower() -> Any:
    """Of all that follow a feed, one: else what stands in it would come once for each."""
    others = follows.alias()
    return select(func.min(others.c.workspace_id)).where(others.c.feed_id == feeds.c.id).scalar_subquery()


def _any_follower_wants_pages() -> Any:
    others = follows.alias()
    return exists().where(others.c.feed_id == feeds.c.id, others.c.full_text)


def _crossed(asked: Mapping[FeedId, Collection[T]]) -> Iterator[tuple[list[FeedId], list[T]]]:
    """Lists of feeds and of what is asked of them, so that all that is asked of one comes with it."""
    for here in in_lists(asked):
        for these in in_lists(set().union(*(asked[feed] for feed in here))):
            yield here, these


def _slices(rows: Sequence[T], size: int) -> list[list[T]]:
    return [list(rows[start : start + size]) for start in range(0, len(rows), size)]


def _columns(feed: FeedId, item: Item, article_id: ArticleId, now: datetime) -> dict[str, Any]:
    article = item.article
    url, alt = astuple(article.image) if article.image else ("", "")
    return {
        "feed_id": feed,
        "guid": item.keys.guid,
        "article_id": article_id,
        "first_seen_at": now,
        "last_seen_at": now,
        "has_text": True,
        "text_digest": item.keys.text_digest,
        "title": article.title,
        "link": article.link,
        "summary": article.summary,
        "body": article.body,
        "author": article.author,
        "tags": article.tags,
        "language": article.language,
        "published_at": article.published,
        "image_url": url,
        "image_alt": alt,
        **page_columns(item.page, now + PAGE_PAUSE if item.page.is_wanted else None),
    }


def page_columns(page: Page, due: datetime | None = None) -> dict[str, Any]:
    """Of its sighting; ``due``: when it is fetched next."""
    return {"page": page.text, "page_state": page.state, "page_due_at": due}


def article_as_judged(row: Row[Any]) -> Article:
    """As a feed tells it, and its page too where that was read and is wanted, given its sighting and ``wants_page``."""
    article = article_of(row)
    return article.on_page(row.page) if row.wants_page and row.page_state == "read" else article


def article_of(row: Row[Any]) -> Article:
    """As a feed tells it, given its sighting."""
    return Article(
        title=row.title,
        link=row.link,
        guid=row.guid,
        summary=row.summary,
        body=row.body,
        author=row.author,
        tags=row.tags,
        language=row.language,
        published=row.published_at,
        image=Image(row.image_url, row.image_alt) if row.image_url else None,
        feed=FeedId(row.feed_id),
    )
