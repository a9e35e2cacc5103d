"""What would have matched among the stored articles."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.commands.access import OPERATOR
from bot.commands.command import Listing, Problem, Reply, Request
from bot.commands.desk import Desk
from bot.commands.subscribing import unreadable
from bot.commands.tenants import Tenants, feed_names, named_workspace, tenants
from bot.matching.language import parse, read_for
from bot.matching.matcher import Match, ScanAll
from bot.matching.mistakes import QueryError
from bot.matching.query import Query
from bot.model.ids import ArticleId, SubscriptionId
from bot.ports import StoredArticle, Unit

SHOWN = 20
"""How many articles are listed; ``--json`` has all."""
BREATH = 200
"""After how many articles the event loop gets its turn."""


@dataclass(frozen=True, slots=True)
class Found:
    stored: StoredArticle
    match: Match


@dataclass(frozen=True, slots=True)
class Previewing:
    desk: Desk

    async def preview(self, request: Request) -> Reply:
        text = request.arguments["query"].strip()
        try:
            query = parse(text, self.desk.names)
        except QueryError as error:
            return unreadable(error)
        async with self.desk.storage.read() as unit:
            asked = await tenants(unit, request)
            if isinstance(asked, Problem):
                return asked
            try:
                if query.names_feeds:
                    query = read_for(text, await feed_names(unit, asked.values(), self.desk.names))
            except QueryError as error:
                return unreadable(error)
            found, oldest = await _search(_stored(unit, request, asked), query)
            days = (unit.now - oldest) / timedelta(days=1) if oldest else 0.0
        return Listing(
            heading=_with_notes(_heading(query, found, days), query),
            columns=("headline", "feed", "published", "link"),
            rows=tuple(_row(one) for one in found[:SHOWN]),
            empty=_with_notes(_heading(query, found, days) if oldest else "No article is stored here yet.", query),
            data={
                "query": text,
                "normal_form": query.normal_form,
                "days_known": round(days, 2),
                "matches": [_as_data(one) for one in found],
            },
        )


async def _stored(unit: Unit, request: Request, asked: Tenants) -> AsyncIterator[StoredArticle]:
    """The articles of the asker's workspace; the operator's are all, or those of the workspace that he names."""
    whole = request.asker.user == OPERATOR and not named_workspace(request)
    for id_ in [None] if whole else asked.values():
        async for stored in unit.articles.stored(id_):
            yield stored


async def _search(articles: AsyncIterator[StoredArticle], query: Query) -> tuple[list[Found], datetime | None]:
    """The stored articles that match, the newest first and each once, and since when there are any."""
    matcher = ScanAll()
    matcher.register(SubscriptionId(0), query)
    found: dict[ArticleId, Found] = {}
    oldest: datetime | None = None
    count = 0
    async for stored in articles:
        oldest = stored.seen
        for match in matcher.match(stored.article):
            found.setdefault(stored.id, Found(stored, match))
        count += 1
        if count % BREATH == 0:
            await asyncio.sleep(0)
    return list(found.values()), oldest


def _heading(query: Query, found: list[Found], days: float) -> str:
    known = "the last day" if days < 1.5 else f"the last {days:.0f} days"
    if not found:
        return f"{query.normal_form} matches none of the articles that were stored in {known}."
    shown = f"; here are the newest {SHOWN}" if len(found) > SHOWN else ""
    articles = "one article" if len(found) == 1 else f"{len(found)} articles"
    return f"{query.normal_form} would have matched {articles} of {known}{shown}"


def _with_notes(heading: str, query: Query) -> str:
    return " ".join([f"{heading.removesuffix('.')}.", *query.notes]) if query.notes else heading


def _row(one: Found) -> tuple[str, ...]:
    when = one.stored.article.published or one.stored.seen
    return one.stored.article.title, one.stored.feed, f"{when:%Y-%m-%d %H:%M} UTC", one.stored.article.link


def _as_data(one: Found) -> Mapping[str, Any]:
    article = one.stored.article
    return {
        "title": article.title,
        "link": article.link,
        "feed": one.stored.feed,
        "published": article.published,
        "seen": one.stored.seen,
        "spans": {field: [list(span) for span in spans] for field, spans in one.match.spans().items()},
    }
