"""Which standing queries an article meets."""

import asyncio
import gc
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import overload

from bot.matching.book import Book, Page
from bot.matching.evaluation import holds
from bot.matching.explanation import places_that_made_it_hold
from bot.matching.fresh import Fresh
from bot.matching.index import Index, filed
from bot.matching.query import Query
from bot.matching.table import Numbers
from bot.matching.text import ArticleText, Field, make_ready
from bot.model.article import Article
from bot.model.ids import SubscriptionId
from bot.model.span import Span, merged

MOST_FRESH = 1_000
"""How many queries may wait to be filed: they cost more per article than filed ones."""
MANY = 10_000
"""Queries among which a garbage collection takes long."""


@dataclass(frozen=True, slots=True)
class Match:
    """An article and a subscription that it meets; where is worked out when asked for."""

    subscription: SubscriptionId
    query: Query = field(repr=False)
    text: ArticleText = field(repr=False, compare=False)

    def spans(self) -> Mapping[Field, tuple[Span, ...]]:
        """What matched, by field: [start, end) in characters of the original text, ascending, never overlapping.

        Fields without a match are missing; what stands under a NOT has no place. Those of tags count in all tags, one
        behind the other, with a comma and a space between.
        """
        return spans(self.query, self.text)


class Matches(Sequence[Match]):
    """What one article meets, in no promised order: a match is made when it is looked at."""

    def __init__(
        self,
        text: ArticleText,
        filed: tuple[Numbers, Numbers],
        book: Book,
        fresh: Sequence[tuple[SubscriptionId, Query]],
    ) -> None:
        self._text = text
        self._subscriptions, self._entries = filed
        self._book = book
        self._fresh = fresh

    @property
    def subscriptions(self) -> list[SubscriptionId]:
        filed: list[SubscriptionId] = self._subscriptions.tolist()
        return filed + [one for one, _ in self._fresh]

    def __len__(self) -> int:
        return len(self._subscriptions) + len(self._fresh)

    @overload
    def __getitem__(self, at: int) -> Match: ...
    @overload
    def __getitem__(self, at: slice) -> list[Match]: ...
    def __getitem__(self, at: int | slice) -> Match | list[Match]:
        places = range(len(self))[at]
        return [self._match(place) for place in places] if isinstance(places, range) else self._match(places)

    def _match(self, place: int) -> Match:
        if place >= len(self._subscriptions):
            subscription, query = self._fresh[place - len(self._subscriptions)]
            return Match(subscription, query, self._text)
        query = self._book.query(int(self._entries[place]))
        return Match(SubscriptionId(int(self._subscriptions[place])), query, self._text)


class Matcher:
    """Holds standing queries and says for each article which of them it meets.

    Most are filed in an index that does not change. Those of the last moments, and those who have left, are kept beside
    it until ``merge`` files everything anew. One thread at a time may use it.
    """

    def __init__(self) -> None:
        self._book = Book()
        self._index = filed(self._book, Page())
        self._fresh = Fresh()
        self._changed: set[SubscriptionId] | None = None
        """Who has come or gone since filing began; None while nothing is filed."""
        self._filing = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._index) + len(self._fresh.queries)

    @property
    def is_due(self) -> bool:
        """Whether it is time for a merge."""
        return len(self._fresh.queries) >= MOST_FRESH

    def register(self, subscription: SubscriptionId, query: Query) -> None:
        """The query holds for the very next article, and replaces one registered under the same id."""
        self.forget(subscription)
        self._fresh.add(subscription, query)

    def forget(self, subscription: SubscriptionId) -> None:
        """Its query counts no more. An id that is not registered is no mistake."""
        self._fresh.remove(subscription)
        self._index.forget(subscription)
        if self._changed is not None:
            self._changed.add(subscription)

    def match(self, article: Article) -> Matches:
        """One match for each registered query that the article meets."""
        text = ArticleText(article)
        return Matches(text, self._index.match(text), self._book, self._fresh.met_by(text))

    async def load(self, batches: AsyncIterable[Iterable[tuple[SubscriptionId, Query]]]) -> None:
        """Register many and file them at once, in a thread of its own; a later query of an id replaces an earlier one.

        They hold once all are filed. What is registered or forgotten meanwhile counts at once, and stays so.
        """
        with _uncollected():
            await self._file(batches)
        await asyncio.to_thread(make_ready)
        if len(self) >= MANY:
            # What stands now stays: a collection that looks through it holds everything up for half a second.
            gc.collect()
            gc.freeze()

    async def merge(self) -> None:
        """File the queries of the last moments; does nothing while others are being filed."""
        if not self._filing.locked():
            await self._file(self._moments())

    async def _file(self, batches: AsyncIterable[Iterable[tuple[SubscriptionId, Query]]]) -> None:
        async with self._filing:
            self._changed = set()
            try:
                with self._page() as page:
                    async for batch in batches:
                        await asyncio.to_thread(self._book.write, page, batch)
                    self._take_over(await asyncio.to_thread(filed, self._book, page, self._index), page)
            finally:
                self._changed = None

    async def _moments(self) -> AsyncIterator[Iterable[tuple[SubscriptionId, Query]]]:
        yield list(self._fresh.queries.items())

    def settle(self) -> None:
        """As ``merge``, at once."""
        if self._filing.locked():
            raise RuntimeError("queries are being filed already")
        with self._page() as page:
            self._book.write(page, self._fresh.queries.items())
            self._take_over(filed(self._book, page, self._index), page)

    @contextmanager
    def _page(self) -> Iterator[Page]:
        known = len(self._book)
        try:
            yield Page()
        except BaseException:
            # What stands in no index must not look as if it did, cancelled or failed.
            self._book.forget(range(known, len(self._book)))
            raise

    def _take_over(self, index: Index, page: Page) -> None:
        changed = self._changed or set()
        for subscription in changed:
            index.forget(subscription)
        if self._fresh.queries:
            for subscription in self._fresh.queries.keys() & set(page.subscriptions) - changed:
                self._fresh.remove(subscription)
        self._index = index


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without garbage collections, which would come again and again while so much is made that stays."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class ScanAll:
    """The honest baseline: evaluates every registered query against every article."""

    def __init__(self) -> None:
        self._queries: dict[SubscriptionId, Query] = {}

    def register(self, subscription: SubscriptionId, query: Query) -> None:
        self._queries[subscription] = query

    def forget(self, subscription: SubscriptionId) -> None:
        self._queries.pop(subscription, None)

    def match(self, article: Article) -> Sequence[Match]:
        text = ArticleText(article)
        return [
            Match(subscription, query, text) for subscription, query in self._queries.items() if holds(query.root, text)
        ]


def matches(query: Query, article: Article) -> bool:
    """Whether one article meets one query."""
    return holds(query.root, ArticleText(article))


def spans(query: Query, text: ArticleText) -> Mapping[Field, tuple[Span, ...]]:
    """Where a query that holds found what made it hold, as ``Match.spans`` promises."""
    found: dict[Field, list[Span]] = {}
    for name, place in places_that_made_it_hold(query.root, text):
        found.setdefault(name, []).append(place)
    return {name: merged(places) for name, places in found.items()}
