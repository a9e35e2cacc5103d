"""Which standing queries an article meets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.matching.evaluation import holds
from bot.matching.explanation import places_that_made_it_hold
from bot.matching.query import Query
from bot.matching.text import ArticleText, Field
from bot.model.article import Article
from bot.model.ids import SubscriptionId
from bot.model.span import Span, merged


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


class Matcher(Protocol):
    """Holds standing queries and says for each article which of them it meets."""

    def register(self, subscription: SubscriptionId, query: Query) -> None:
        """The query holds for the very next article, and replaces one registered under the same id."""
        ...

    def forget(self, subscription: SubscriptionId) -> None:
        """Its query counts no more. An id that is not registered is no mistake."""
        ...

    def match(self, article: Article) -> Sequence[Match]:
        """One match for each registered query that the article meets, in no promised order."""
        ...


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
