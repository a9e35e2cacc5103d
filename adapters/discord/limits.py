"""Discord's pace, from what it says in its answers and from nothing else. No clock: times are seconds of the caller's.

https://docs.discord.com/developers/topics/rate-limits: routes share buckets, which are counted apart for every channel,
guild or webhook; beside them there is a limit for all that a bot asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass

KEPT = 2000
"""Buckets that are remembered."""
LONGEST = 86_400.0
"""Seconds that are believed of any pause."""

Route = tuple[str, str]
"""Method, and path with its parameters unfilled."""


@dataclass(slots=True)
class Bucket:
    remaining: int
    resets_at: float


class Limits:
    def __init__(self) -> None:
        self._names: dict[Route, str] = {}
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._all_wait_until = 0.0

    def wait(self, route: Route, major: str, now: float) -> float:
        """Seconds until the route may be asked, 0.0 where it may be now; then one request is taken off its bucket."""
        if (wait := max(self._all_wait_until - now, self.rests_for(route, major, now))) > 0:
            return wait
        if bucket := self._buckets.get(self._key(route, major)):
            bucket.remaining -= 1
        return 0.0

    def rests_for(self, route: Route, major: str, now: float) -> float:
        """Seconds until its bucket takes a request; 0.0: now."""
        bucket = self._buckets.get(self._key(route, major))
        return max(bucket.resets_at - now, 0.0) if bucket and bucket.remaining <= 0 else 0.0

    def note(self, route: Route, major: str, headers: Mapping[str, str], now: float) -> None:
        """What an answer says of its bucket."""
        name, remaining = headers.get("X-RateLimit-Bucket", ""), headers.get("X-RateLimit-Remaining", "")
        after = seconds(headers.get("X-RateLimit-Reset-After", ""))
        if not remaining.isdecimal() or after is None:
            return
        if name:
            self._names[route] = name
        self._keep(self._key(route, major), Bucket(int(remaining), now + after))

    def limited(self, route: Route, major: str, until: float, *, everything: bool) -> None:
        """After a 429: nothing leaves before ``until``, of this bucket or of all."""
        if everything:
            self._all_wait_until = max(self._all_wait_until, until)
        else:
            self._keep(self._key(route, major), Bucket(0, until))

    def _keep(self, key: tuple[str, str], bucket: Bucket) -> None:
        self._buckets.pop(key, None)
        if len(self._buckets) >= KEPT:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[key] = bucket

    def _key(self, route: Route, major: str) -> tuple[str, str]:
        return self._names.get(route, " ".join(route)), major


def seconds(text: str) -> float | None:
    """None where it says no pause."""
    try:
        read = float(text)
    except ValueError:
        return None
    return min(read, LONGEST) if 0 <= read < float("inf") else None
