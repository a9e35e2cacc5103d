"""What would have matched among the stored articles."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.commands.access import OPERATOR
from bot.commands.command import Listing, Reply, Request
from bot.commands.desk import Desk
from bot.commands.subscribing import unreadable
from bot.matching.language import parse
from bot.matching.matcher import Match, ScanAll
from bot.matching.mistakes import QueryError
from bot.matching.query import Query
from bot.model.destination import parse_workspace
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
            query = parse(text)
        except QueryError as error:
            return unreadable(error)
        async with self.desk.storage.read() as unit:
            found, oldest = await _search(unit, request, query)
            days = (unit.now - oldest) / timedelta(days=1) if oldest else 0.0
        return Listing(
            heading=_heading(query, found, days),
            columns=("headline", "feed", "published", "link"),
            rows=tuple(_row(one) for one in found[:SHOWN]),
            empty=_heading(query, found, days),
            data={
                "query": text,
                "normal_form": query.normal_form,
                "days_known": round(days, 2),
                "matches": [_as_data(one) for one in found],
            },
        )


async def _search(unit: Unit, request: Request, query: Query) -> tuple[list[Found], datetime | None]:
    """The stored articles that match, the newest first and each once, and since when there are any."""
    matcher = ScanAll()
    matcher.register(SubscriptionId(0), query)
    found: dict[ArticleId, Found] = {}
    oldest: datetime | None = None
    count = 0
    async for stored in _stored(unit, request):
        oldest = stored.seen
        for match in matcher.match(stored.article):
            found.setdefault(stored.id, Found(stored, match))
        count += 1
        if count % BREATH == 0:
            await asyncio.sleep(0)
    return list(found.values()), oldest


async def _stored(unit: Unit, request: Request) -> AsyncIterator[StoredArticle]:
    """Of the asker's workspace; the operator's are all, or those of the workspace that he names."""
    named = request.arguments.get("workspace", "")
    if request.asker.user == OPERATOR and not named:
        workspace = None
    else:
        asked = parse_workspace(named) if request.asker.user == OPERATOR else request.asker.workspace
        workspace = await unit.workspaces.find(asked)
        if workspace is None:
            return
    async for stored in unit.articles.stored(workspace):
        yield stored


def _heading(query: Query, found: list[Found], days: float) -> str:
    known = "the last day" if days < 1.5 else f"the last {days:.0f} days"
    if not found:
        return f"{query.normal_form} matches none of the articles that were stored in {known}."
    shown = f"; here are the newest {SHOWN}" if len(found) > SHOWN else ""
    articles = "one article" if len(found) == 1 else f"{len(found)} articles"
    return f"{query.normal_form} would have matched {articles} of {known}{shown}"


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
