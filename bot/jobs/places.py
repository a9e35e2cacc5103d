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
    _taken: dict[FeedId, str] = field(default_factory=dict)
    """The hosts that are asked, by feed."""

    def __bool__(self) -> bool:
        """Whether any is taken."""
        return bool(self._taken)

    @property
    def free(self) -> int:
        return self.size - len(self._taken)

    def take(self, feed: Feed) -> None:
        """Even beyond the size: what was claimed must be worked on."""
        self._taken[feed.id] = feed.host

    def leave(self, feed: Feed) -> None:
        """Once, however often it is said."""
        self._taken.pop(feed.id, None)

    def busy(self) -> Sequence[str]:
        """Hosts of which no more feeds are wanted now."""
        return [host for host, polls in Counter(self._taken.values()).items() if polls >= self.per_host]
