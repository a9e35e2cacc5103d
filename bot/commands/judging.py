"""What the standing subscriptions make of a stored article, and why it was told or not: pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.matching.explanation import Explanation, explained
from bot.matching.language import read_back
from bot.matching.mistakes import QueryError
from bot.matching.names import Names
from bot.matching.query import Not
from bot.matching.text import ArticleText
from bot.model.subscription import Subscription
from bot.ports import Sighted, Told


@dataclass(frozen=True, slots=True)
class Reading:
    """An article as one feed tells it, ready to be looked at by many queries."""

    sighted: Sighted
    text: ArticleText


@dataclass(frozen=True, slots=True)
class Judged:
    """One subscription and an article."""

    subscription: Subscription
    since: datetime
    """When the subscription was made."""
    heard: tuple[Reading, ...] = ()
    """As the feeds tell the article to which it listens: only those that match, where any does."""
    explanation: Explanation | None = None
    """Of the first of these. None where it listens to none, or cannot be read."""
    unreadable: str = ""
    """Why its query cannot be read any more."""

    @property
    def matched(self) -> bool:
        return self.explanation is not None and self.explanation.held

    @property
    def nearness(self) -> float:
        """The share of what it looks for that was found. What it leaves out is missing in most articles."""
        sought = [part.held for part in _sought(self.explanation)] if self.explanation else []
        return sum(sought) / len(sought) if sought else 0.0


def _sought(part: Explanation) -> Iterator[Explanation]:
    if not part.parts:
        yield part
    elif not isinstance(part.node, Not):
        for inner in part.parts:
            yield from _sought(inner)


def _hears(subscription: Subscription, sighted: Sighted) -> bool:
    return subscription.listens_to(sighted.address, sighted.tags, sighted.formerly)


def judge(subscription: Subscription, since: datetime, readings: Sequence[Reading], names: Names) -> Judged:
    heard = tuple(one for one in readings if _hears(subscription, one.sighted))
    if not heard:
        return Judged(subscription, since)
    try:
        # As polling reads it, whatever the aliases are now.
        query = read_back(subscription.normal_form, names)
    except QueryError as error:
        return Judged(subscription, since, heard, unreadable=error.message)
    judged = [(one, explained(query.root, one.text)) for one in heard]
    matching = [(one, explanation) for one, explanation in judged if explanation.held]
    chosen = matching or judged
    return Judged(subscription, since, tuple(one for one, _ in chosen), chosen[0][1])


def nearest_first(judged: Iterable[Judged]) -> list[Judged]:
    """Those that matched, then those of which most was found, then those that do not listen."""
    return sorted(judged, key=lambda one: (not one.matched, not one.heard, -one.nearness, one.subscription.number))


@dataclass(frozen=True, slots=True)
class Alerted:
    """An alert names the subscription."""

    told: Told
    through_another: bool = False
    """Whether it was another article of the story that was told."""


@dataclass(frozen=True, slots=True)
class HeardAlready:
    """Its destination had been told the story before."""

    told: Told


@dataclass(frozen=True, slots=True)
class Younger:
    """The subscription was made when the article stood there already."""

    since: datetime


@dataclass(frozen=True, slots=True)
class FollowedLater:
    """The feed was followed when the article stood in it already."""

    sighted: Sighted


@dataclass(frozen=True, slots=True)
class FirstPoll:
    """It stood in the feed when that was first read."""

    sighted: Sighted


@dataclass(frozen=True, slots=True)
class Untold:
    """Nothing on record says why."""


Outcome = Alerted | HeardAlready | Younger | FollowedLater | FirstPoll | Untold


def outcome(judged: Judged, told: Iterable[Told]) -> Outcome:
    """What came of a match, given all that was told of the story."""
    number = judged.subscription.number
    there = [one for one in told if one.destination == judged.subscription.destination]
    for one in there:
        if number in one.posted:
            return Alerted(one, through_another=one.article != judged.heard[0].sighted.id)
    if there:
        return HeardAlready(there[0])
    excuses = [_excuse(one.sighted, judged.since) for one in judged.heard]
    return Untold() if any(isinstance(one, Untold) for one in excuses) else excuses[0]


def _excuse(sighted: Sighted, since: datetime) -> Outcome:
    if sighted.seen < sighted.followed_since:
        return FollowedLater(sighted)
    if sighted.seen < since:
        return Younger(since)
    return FirstPoll(sighted) if sighted.is_first_poll else Untold()
