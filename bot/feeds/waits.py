"""Who asked to be left alone, and for how long."""

import math
from datetime import timedelta

from bot.model.sites import registrable_domain

LONGEST_WAIT = timedelta(days=1)
"""What a longer one counts as; the schedule of the feed itself knows the whole."""
MOST_DOMAINS = 10_000


class Waits:
    """What answered 429 or 503 with a Retry-After, for as long as it asked. Times are seconds of one steady clock.

    It holds for the whole registrable domain, since behind its names mostly stands one server; for the host alone
    where there is none. Kept in memory: what is claimed already, the schedule cannot put off any more.
    """

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def keep(self, host: str, wait: timedelta, now: float) -> None:
        seconds = min(wait, LONGEST_WAIT).total_seconds()
        if seconds <= 0:
            return
        domain = domain_of(host)
        until = max(self._until.pop(domain, 0.0), now + seconds)
        if len(self._until) >= MOST_DOMAINS:
            self._make_room(now)
        self._until[domain] = until

    def left(self, host: str, now: float) -> timedelta | None:
        """In whole seconds, rounded up; None where nothing holds."""
        if not self._until:
            return None
        domain = domain_of(host)
        seconds = self._until.get(domain, now) - now
        if seconds > 0:
            return timedelta(seconds=math.ceil(seconds))
        self._until.pop(domain, None)
        return None

    def _make_room(self, now: float) -> None:
        self._until = {domain: until for domain, until in self._until.items() if until > now}
        while len(self._until) >= MOST_DOMAINS:
            del self._until[next(iter(self._until))]


def domain_of(host: str) -> str:
    return registrable_domain(host) or host.lower().rstrip(".")
