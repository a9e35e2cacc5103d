"""How long news takes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Spread:
    """Of ``count`` times the one that half of them do not exceed, and the one that 95 of a hundred do not."""

    count: int
    p50: timedelta
    p95: timedelta


@dataclass(frozen=True, slots=True)
class FeedPace:
    feed: str
    """Its name."""
    published_to_seen: Spread | None
    """None: nothing to measure."""
    seen_to_posted: Spread | None
    """None: nothing to measure."""


def spread(times: Sequence[timedelta]) -> Spread | None:
    """By the nearest rank, so that both are times that were measured."""
    if not times:
        return None
    ascending = sorted(times)
    return Spread(len(ascending), _nearest(ascending, 50), _nearest(ascending, 95))


def _nearest(ascending: Sequence[timedelta], percent: int) -> timedelta:
    return ascending[math.ceil(len(ascending) * percent / 100) - 1]
