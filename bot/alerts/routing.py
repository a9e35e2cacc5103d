"""Which destination hears of an article, and why: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.alerts.snippet import snippet
from bot.model.article import Article
from bot.model.delivery import Alert, Reason
from bot.model.ids import DestinationId
from bot.model.reading import Sighting
from bot.model.subscription import Subscription
from bot.ports import Telling

Spans = Mapping[str, Sequence[tuple[int, int]]]
"""Field of the article to where it matched: [start, end) in characters of that field."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A subscription that an article meets."""

    subscription: Subscription
    label: str
    """The query as people read it."""
    spans: Spans
    excludes: bool = False
    """Whether something in the query may be met only because a text is not there (``Query.excludes``)."""


def route(sighting: Sighting, source: str, hits: Iterable[Hit], now: datetime) -> list[Telling]:
    """One telling a destination, whatever the number of its subscriptions; by number, so that the first asked is first.

    ``source`` is the feed as the workspace of these subscriptions calls it: hits of one workspace only. The sighting is
    as that workspace wants it judged, with its page or without.
    """
    by_destination: dict[DestinationId, list[Hit]] = {}
    for hit in sorted(hits, key=lambda hit: hit.subscription.number):
        by_destination.setdefault(hit.subscription.destination_id, []).append(hit)
    return [_telling(sighting, source, destination, group, now) for destination, group in by_destination.items()]


def _telling(
    sighting: Sighting, source: str, destination: DestinationId, hits: Sequence[Hit], now: datetime
) -> Telling:
    alert = Alert(
        article=_without_page(sighting.article),
        source=source,
        seen=now,
        snippet=snippet(sighting.article, _merged(hit.spans for hit in hits)),
        reasons=tuple(_reason(hit, sighting.article) for hit in hits),
        updated=sighting.newness == "changed",
        found_late=sighting.newness == "read late",
        page=sighting.page.state,
    )
    subscriptions = tuple(hit.subscription.id for hit in hits)
    return Telling(destination, sighting.story, sighting.article_id, alert, subscriptions)


def _without_page(article: Article) -> Article:
    """A page may be long, is kept beside its sighting, and of an alert only the snippet is shown."""
    return replace(article, body="") if article.full_text else article


def _reason(hit: Hit, article: Article) -> Reason:
    return Reason(hit.subscription.number, hit.label, on_feed_text=hit.excludes and not article.full_text)


def _merged(spans: Iterable[Spans]) -> Spans:
    merged: dict[str, set[tuple[int, int]]] = {}
    for one in spans:
        for field, places in one.items():
            merged.setdefault(field, set()).update(places)
    return {field: sorted(places) for field, places in merged.items()}
