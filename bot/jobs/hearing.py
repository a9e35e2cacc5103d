"""What followers hear of the articles in a feed: matched, routed and queued within one unit of work."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from bot import crash
from bot.alerts.routing import Hit, route
from bot.jobs.breath import Breath
from bot.jobs.standing import Standing
from bot.matching.language import parse
from bot.matching.matcher import Matcher, Matches
from bot.matching.mistakes import QueryError
from bot.model.article import Article
from bot.model.delivery import Noise
from bot.model.feed import Feed, Follow
from bot.model.ids import DestinationId, FeedId, SubscriptionId
from bot.model.reading import NO_PAGE, Newness, Sighting
from bot.model.subscription import Subscription
from bot.ports import Telling, Unit

News = Sequence[tuple[Follow, Sequence[Sighting]]]
"""What each follower has to hear of, as it stands in the feed: newest first."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of it."""

    lanes: frozenset[DestinationId] = frozenset()
    """To be woken once it is committed."""
    matches: int = 0
    """How many subscriptions were met, article by article."""
    _outcomes: Mapping[int, Sequence[bool]] = field(default_factory=dict)

    def of(self, article: Article) -> Sequence[bool]:
        """For each destination that it met a subscription of: whether it is told, or has heard of the story before."""
        return self._outcomes.get(id(article), ())


class _View(NamedTuple):
    """A sighting as some followers want it judged; of one poll, so an article is known by its identity."""

    article: int
    newness: Newness
    with_page: bool


@dataclass(frozen=True, slots=True)
class Hearing:
    standing: Standing = field(default_factory=Standing)
    noise: Noise | None = None
    """When a subscription is noisy; None: never."""

    async def tell(self, unit: Unit, feed: Feed, news: News, *, asked_before: datetime | None = None) -> Heard:
        """Queue what the followers have to hear; of subscriptions that are younger than ``asked_before`` nothing."""
        views: dict[_View, Sighting] = {}
        order: list[tuple[Follow, _View]] = []
        for follow, sightings in news:
            # The oldest first, as a channel wants to read them; feeds stand newest first.
            order += [(follow, _view(views, sighting, follow)) for sighting in reversed(sightings)]
        met = await self._met(unit, feed, views, asked_before)
        crash.at("poll.matched")
        tellings: list[tuple[_View, Telling]] = []
        matches = 0
        for follow, view in order:
            hits = [hit for hit in met[view] if hit.subscription.workspace == follow.workspace]
            matches += len(hits)
            tellings += [(view, telling) for telling in route(views[view], follow.name, hits, unit.now)]
        told = await unit.outbox.tell([telling for _, telling in tellings], self.noise)
        outcomes: dict[int, list[bool]] = defaultdict(list)
        for (view, _), is_told in zip(tellings, told, strict=True):
            outcomes[view.article].append(is_told)
        lanes = (telling.destination for (_, telling), is_told in zip(tellings, told, strict=True) if is_told)
        return Heard(frozenset(lanes), matches, outcomes)

    async def _met(
        self, unit: Unit, feed: Feed, views: Mapping[_View, Sighting], asked_before: datetime | None
    ) -> Mapping[_View, Sequence[Hit]]:
        """What hears this feed and is met."""
        if not views:
            return {}
        matcher = await self.standing.matcher(unit)
        breath = Breath()
        met: dict[_View, _Met] = {}
        for view, sighting in views.items():
            met[view] = _Met.of(matcher, sighting, feed.id)
            await breath.take()
        ids = {subscription for each in met.values() for subscription in each.places}
        hearing = await unit.subscriptions.these(sorted(ids), feed, asked_before=asked_before)
        found: dict[_View, Sequence[Hit]] = {}
        for view, each in met.items():
            found[view] = [each.hit(one) for one in hearing if one.id in each.places]
            await breath.take()
        return found


def _view(views: dict[_View, Sighting], sighting: Sighting, follow: Follow) -> _View:
    view = _View(id(sighting.article), sighting.newness, follow.full_text)
    if view not in views:
        views[view] = _with_page(sighting) if follow.full_text else _without_page(sighting)
    return view


def _without_page(sighting: Sighting) -> Sighting:
    return sighting if sighting.page is NO_PAGE else replace(sighting, page=NO_PAGE)


def _with_page(sighting: Sighting) -> Sighting:
    """For those who asked for full text. What is read late was judged on the feed's own text before."""
    if sighting.page.state != "read":
        return sighting
    before = sighting.before
    if before is not None and sighting.newness != "read late":
        before = before.on_page(sighting.page.text)
    return replace(sighting, article=sighting.article.on_page(sighting.page.text), before=before)


@dataclass(frozen=True, slots=True)
class _Met:
    """What an article meets, of all workspaces; of one that was told before only what it did not meet then."""

    matches: Matches
    places: Mapping[SubscriptionId, int]

    @classmethod
    def of(cls, matcher: Matcher, sighting: Sighting, feed: FeedId) -> "_Met":
        matches = matcher.match(replace(sighting.article, feed=feed))
        before = matcher.match(replace(sighting.before, feed=feed)).subscriptions if sighting.before else ()
        places = {subscription: place for place, subscription in enumerate(matches.subscriptions)}
        return cls(matches, {subscription: places[subscription] for subscription in places.keys() - set(before)})

    def hit(self, subscription: Subscription) -> Hit:
        match = self.matches[self.places[subscription.id]]
        spans = {str(field): places for field, places in match.spans().items()}
        return Hit(subscription, _label(subscription), spans, match.query.excludes)


def _label(subscription: Subscription) -> str:
    """The query as people read it, as far as they could type it today."""
    try:
        return parse(subscription.query).label
    except QueryError:
        return subscription.query
