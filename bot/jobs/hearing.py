"""What followers hear of the articles in a feed: matched, routed and queued within one unit of work."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
from bot.model.ids import DestinationId, FeedId, SubscriptionId, WorkspaceId
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

    async def tell(
        self, unit: Unit, brought: Sequence[tuple[Feed, News]], *, asked_before: datetime | None = None
    ) -> Sequence[Heard]:
        """Queue what followers have to hear, feed by feed; nothing of subscriptions younger than ``asked_before``."""
        views: dict[_View, Sighting] = {}
        # The oldest first, as a channel wants to read them; feeds stand newest first.
        orders = [
            [(follow, _view(views, one, follow)) for follow, sightings in news for one in reversed(sightings)]
            for _, news in brought
        ]
        feeds = {view: feed for (feed, _), order in zip(brought, orders, strict=True) for _, view in order}
        met = await self._met(unit, feeds, views)
        for _ in brought:
            crash.at("poll.matched")
        judged = _Judged(views, met, await _asking(unit, met, asked_before))
        routed = [await _routed(unit, feed, order, judged) for (feed, _), order in zip(brought, orders, strict=True)]
        told = iter(await unit.outbox.tell([telling for each in routed for _, telling in each.tellings], self.noise))
        return [_heard(each, [next(told) for _ in each.tellings]) for each in routed]

    async def _met(
        self, unit: Unit, feeds: Mapping[_View, Feed], views: Mapping[_View, Sighting]
    ) -> Mapping[_View, "_Met"]:
        if not views:
            return {}
        matcher = await self.standing.matcher(unit)
        breath = Breath()
        met: dict[_View, _Met] = {}
        for view, sighting in views.items():
            met[view] = _Met.of(matcher, sighting, feeds[view].id)
            await breath.take()
        return met


async def listening(
    unit: Unit, feed: Feed, ties: Iterable[Follow], asking: Iterable[Subscription]
) -> Sequence[Subscription]:
    """Those of these subscriptions that hear the feed, in the workspaces that have these ties to it."""
    tied = {tie.workspace: tie for tie in ties}
    here = [one for one in asking if one.workspace in tied]
    before = await unit.feeds.named_before(feed.id) if any(one.feeds for one in here) else {}
    return [
        one
        for one in here
        if one.listens_to(feed.address, tied[one.workspace].tags, tuple(before.get(one.workspace, ())))
    ]


async def _asking(
    unit: Unit, met: Mapping[_View, "_Met"], asked_before: datetime | None
) -> Mapping[SubscriptionId, Subscription]:
    ids = {subscription for each in met.values() for subscription in each.places}
    return {one.id: one for one in await unit.subscriptions.these(ids, asked_before=asked_before)} if ids else {}


class _Judged(NamedTuple):
    views: Mapping[_View, Sighting]
    met: Mapping[_View, "_Met"]
    asking: Mapping[SubscriptionId, Subscription]
    """Those that are met anywhere."""

    def met_by(self, order: Sequence[tuple[Follow, _View]]) -> list[Subscription]:
        ids = {id_ for _, view in order for id_ in self.met[view].places}
        return [self.asking[id_] for id_ in sorted(ids & self.asking.keys())]


class _Routed(NamedTuple):
    """What is to be told of what one feed brought."""

    tellings: Sequence[tuple[_View, Telling]]
    matches: int


async def _routed(unit: Unit, feed: Feed, order: Sequence[tuple[Follow, _View]], judged: _Judged) -> _Routed:
    hearing: dict[WorkspaceId, list[Subscription]] = defaultdict(list)
    for one in await listening(unit, feed, (follow for follow, _ in order), judged.met_by(order)):
        hearing[one.workspace].append(one)
    breath = Breath()
    tellings: list[tuple[_View, Telling]] = []
    matches = 0
    for follow, view in order:
        met = judged.met[view]
        hits = [met.hit(one) for one in hearing[follow.workspace] if one.id in met.places]
        matches += len(hits)
        tellings += [(view, telling) for telling in route(judged.views[view], follow.name, hits, unit.now)]
        await breath.take()
    return _Routed(tellings, matches)


def _heard(routed: _Routed, told: Sequence[bool]) -> Heard:
    outcomes: dict[int, list[bool]] = defaultdict(list)
    for (view, _), is_told in zip(routed.tellings, told, strict=True):
        outcomes[view.article].append(is_told)
    lanes = (telling.destination for (_, telling), is_told in zip(routed.tellings, told, strict=True) if is_told)
    return Heard(frozenset(lanes), routed.matches, outcomes)


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
