"""Pages that are wanted still, in memory, and their leases: a claim puts off when a page is due to its end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.model.reading import Page
from bot.ports import WantedPage
from tests.simulation.memory_articles import SightingRow

if TYPE_CHECKING:
    from tests.simulation.memory import Tables


class MemoryWantedPages:
    def __init__(self, tables: "Tables", now: datetime) -> None:
        self._tables = tables
        self._now = now

    async def any_due(self) -> bool:
        return any(map(self._is_due, self._tables.sightings.values()))

    def _is_due(self, row: SightingRow) -> bool:
        return row.page_due is not None and row.page_due <= self._now

    async def claim(self, limit: int, lease: timedelta) -> Sequence[WantedPage]:
        due = [(row.page_due, row.place, key) for key, row in self._tables.sightings.items() if self._is_due(row)]
        chosen = [key for _, _, key in sorted(due)[:limit]]  # type: ignore[type-var]  # due, and so not None
        until = self._now + lease
        for key in chosen:
            self._tables.sightings[key] = replace(self._tables.sightings[key], page_due=until)
        rows = [(feed, guid, self._tables.sightings[feed, guid]) for feed, guid in chosen]
        return [
            WantedPage(
                feed=feed,
                guid=guid,
                article_id=row.article_id,
                story=self._tables.articles[row.article_id].story,
                article=row.article,
                seen=row.first_seen,
                lease_until=until,
            )
            for feed, guid, row in sorted(rows, key=lambda one: (one[2].first_seen, one[2].place))
        ]

    async def settle(self, wanted: WantedPage, page: Page, due: datetime | None = None) -> bool:
        row = self._tables.sightings.get((wanted.feed, wanted.guid))
        if row is None or not self.is_still_his(row, wanted):
            return False
        kept = Page(page.state, page.text)
        self._tables.sightings[wanted.feed, wanted.guid] = replace(row, page=kept, page_due=due)
        return True

    def is_still_his(self, row: SightingRow, wanted: WantedPage) -> bool:
        """The fence."""
        return (row.article_id, row.page_due) == (wanted.article_id, wanted.lease_until)
