"""When to look at a feed again: pure functions of what is known of it and what its polls brought."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.feed import NO_HINTS, Feed, Hints
from bot.model.reading import TroubleKind

AIM = 0.35
"""New articles a poll: more, and news waits; fewer, and the publisher is asked in vain."""
MEMORY = timedelta(hours=6)
"""After which time without news the estimated rate has fallen to a third: short enough to follow day and night."""
SAMPLE = 20
"""Of the newest dates of a first document: what they say of the rate."""
LONGEST_FRESH = timedelta(hours=1)
"""The most that a server's or a document's "still fresh" is heeded: many say a day, and publish within the hour."""
LONGEST_SKIP = timedelta(days=1)
"""The most that skipHours and skipDays put a poll off."""
LONGEST_WAIT = timedelta(days=1)
"""The most that a server's Retry-After is heeded, and the longest pause after a refusal."""
LONGEST_BACKOFF = timedelta(hours=4)
FIRST_AFTER_REFUSAL = timedelta(hours=2)
FIRST_AFTER_TOO_MANY = timedelta(minutes=15)
SHORT = timedelta(minutes=1)
"""Below it, an explicit interval says that the admin wants to know soon, also of a recovery."""
MOST_DOUBLINGS = 20
SPREAD = 0.1
"""What jitter adds at most, as a share of the wait. After a first poll ten times that: feeds come in lists."""
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of the adaptive interval (``fetch.min_interval``, ``fetch.max_interval``)."""

    shortest: timedelta = timedelta(minutes=2)
    longest: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Success:
    """A poll that was answered, as far as it says when to look again."""

    rate: float | None
    """As ``publishing_rate`` has it, this poll included."""
    fresh_for: timedelta = timedelta()
    hints: Hints = NO_HINTS
    is_gap: bool = False
    """Whether news may have come and gone between two polls."""


@dataclass(frozen=True, slots=True)
class Failure:
    kind: TroubleKind = "passing"
    retry_after: timedelta | None = None


def next_poll(feed: Feed, brought: Success | Failure, now: datetime, *, bounds: Bounds, jitter: float) -> datetime:
    """When the feed is due again. ``feed`` is as it was before this poll.

    The estimate is raised by what server and document ask for, within reason. An explicit ``poll_every`` wins over
    both, a ``retry_after`` over all. ``jitter`` between 0 and 1 puts it off by up to a tenth, after a first poll by up
    to the whole wait.
    """
    match brought:
        case Success():
            wait = _after_success(feed, brought, now, bounds)
        case Failure():
            asked = min(brought.retry_after or timedelta(), LONGEST_WAIT)
            wait = max(_after_failure(feed, brought, bounds), asked)
    is_first = isinstance(brought, Success) and not feed.primed and feed.poll_every is None
    spread = 10 * SPREAD if is_first else SPREAD
    return now + wait + wait * (jitter * spread)


def publishing_rate(feed: Feed, news: int, now: datetime) -> float | None:
    """New articles a day: an exponentially weighted average over time, after a poll that brought so many.

    None where nothing is known yet: before the second poll of a feed whose articles have no dates.
    """
    if feed.last_success is None:
        return feed.rate
    elapsed = max((now - feed.last_success) / DAY, 1e-6)
    weight = -math.expm1(-elapsed * DAY / MEMORY)
    before = feed.rate or 0.0
    return before + weight * (news / elapsed - before)


def rate_by_dates(published: Sequence[datetime], now: datetime) -> float | None:
    """New articles a day, as the newest dates of a first document tell; None where there are none."""
    newest = sorted(published, reverse=True)[:SAMPLE]
    if not newest:
        return None
    return len(newest) / max((now - newest[-1]) / DAY, HOUR / DAY)


def _after_success(feed: Feed, brought: Success, now: datetime, bounds: Bounds) -> timedelta:
    if feed.poll_every is not None:
        return feed.poll_every
    estimate = bounds.shortest if brought.is_gap else _estimate(brought.rate, bounds)
    asked = min(max(brought.fresh_for, brought.hints.ttl), LONGEST_FRESH)
    return _awake(now + max(estimate, asked), brought.hints) - now


def _estimate(rate: float | None, bounds: Bounds) -> timedelta:
    """Where nothing is known yet, soon."""
    if rate is None:
        return bounds.shortest
    wanted = bounds.longest / DAY if rate <= 0 else AIM / rate
    return min(max(timedelta(days=min(wanted, bounds.longest / DAY)), bounds.shortest), bounds.longest)


def _awake(due: datetime, hints: Hints) -> datetime:
    """The first moment from ``due`` on that the document does not ask to skip; ``due`` where it skips for too long."""
    at = due
    while at - due < LONGEST_SKIP:
        if at.hour not in hints.skip_hours and at.weekday() not in hints.skip_days:
            return at
        at = at.replace(minute=0, second=0, microsecond=0) + HOUR
    return due if len(hints.skip_hours) >= 24 or len(hints.skip_days) >= 7 else due + LONGEST_SKIP


def _after_failure(feed: Feed, failure: Failure, bounds: Bounds) -> timedelta:
    """Twice as long with every failure, and never sooner than a feed in order would be looked at."""
    usual = feed.poll_every or _estimate(feed.rate, bounds)
    doublings = min(feed.failures, MOST_DOUBLINGS)
    is_short = feed.poll_every is not None and feed.poll_every < SHORT
    match failure.kind:
        case "gone":
            return max(usual, LONGEST_WAIT)
        case "forbidden" | "subscription" | "challenge":
            return max(usual, min(FIRST_AFTER_REFUSAL * (1 << doublings), LONGEST_WAIT))
        case "throttled" if failure.retry_after is not None:
            # It says itself when it is ready. One that says "soon" again and again is not taken at its word.
            return max(usual, min(usual * (1 << doublings), bounds.longest if is_short else LONGEST_BACKOFF))
        case "throttled":
            return max(usual, min(FIRST_AFTER_TOO_MANY * (1 << doublings), LONGEST_BACKOFF))
        case "missing" | "passing" | "refused":
            first = max(feed.poll_every or bounds.shortest, timedelta(seconds=1))
            longest = bounds.longest if is_short else LONGEST_WAIT if failure.kind == "missing" else LONGEST_BACKOFF
            return max(usual, min(first * (2 << doublings), longest))
