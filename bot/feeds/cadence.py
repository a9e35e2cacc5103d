"""When to look at a feed again: a pure function of what its polls brought."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.feed import Feed

LONGEST_BACKOFF = timedelta(hours=4)
LONGEST_WAIT = timedelta(days=1)
"""The most that a server's Retry-After is heeded."""
SHORT = timedelta(minutes=1)
"""Below it, an explicit interval says that the admin wants to know soon, also of a recovery."""
MOST_DOUBLINGS = 20
SPREAD = 10
"""Jitter adds up to one part in so many."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of the adaptive interval (``fetch.min_interval``, ``fetch.max_interval``)."""

    shortest: timedelta = timedelta(minutes=2)
    longest: timedelta = timedelta(minutes=15)


def next_poll(
    feed: Feed,
    now: datetime,
    *,
    news: int | None,
    bounds: Bounds,
    jitter: float,
    retry_after: timedelta | None = None,
) -> datetime:
    """When the feed is due again. ``feed`` is as it was before this poll.

    ``news`` counts what was new in it; None: the poll failed. ``jitter`` between 0 and 1 puts it off by up to a tenth.
    An explicit ``poll_every`` wins over the estimate, a ``retry_after`` over both.
    """
    wait = _after_failure(feed, bounds) if news is None else _after_success(feed, bounds, news)
    wait = max(wait, min(retry_after or timedelta(), LONGEST_WAIT))
    return now + wait + wait * (jitter / SPREAD)


def _after_success(feed: Feed, bounds: Bounds, news: int) -> timedelta:
    if feed.poll_every is not None:
        return feed.poll_every
    interval = _estimate(feed, bounds)
    if news:
        return bounds.shortest + (interval - bounds.shortest) / 2
    return min(interval * 1.5, bounds.longest)


def _after_failure(feed: Feed, bounds: Bounds) -> timedelta:
    """Twice as long with every failure, and never sooner than a feed in order would be looked at."""
    usual = feed.poll_every or _estimate(feed, bounds)
    first = max(feed.poll_every or bounds.shortest, timedelta(seconds=1))
    is_short = feed.poll_every is not None and feed.poll_every < SHORT
    longest = bounds.longest if is_short else LONGEST_BACKOFF
    doublings = min(feed.failures + 1, MOST_DOUBLINGS)
    return max(usual, min(first * (1 << doublings), longest))


def _estimate(feed: Feed, bounds: Bounds) -> timedelta:
    """The last interval. It holds what jitter, failures and Retry-After made of it, so the bounds are applied anew."""
    return min(max(feed.interval or bounds.shortest, bounds.shortest), bounds.longest)
