"""Who is polling now: so many feeds at once in all, and so many of one host."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.model.feed import Feed
from bot.model.ids import FeedId


@dataclass(slots=True)
class Places:
    size: int
    per_host: int
    _taken: dict[FeedId, Feed] = field(default_factory=dict)
    """As it was claimed: a poll that ends late is told by that from the next one of its feed."""

    @property
    def taken(self) -> int:
        return len(self._taken)

    @property
    def free(self) -> int:
        return self.size - self.taken

    def take(self, feed: Feed) -> None:
        """Even beyond the size: what was claimed must be worked on."""
        self._taken[feed.id] = feed

    def leave(self, feed: Feed) -> None:
        """Once, however often it is said."""
        if self._taken.get(feed.id) is feed:
            del self._taken[feed.id]

    def busy(self) -> Sequence[str]:
        """Hosts of which no more feeds are wanted now."""
        polls = Counter(feed.host for feed in self._taken.values())
        return [host for host, count in polls.items() if count >= self.per_host]
