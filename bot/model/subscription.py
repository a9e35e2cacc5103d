"""A query standing for a destination."""

from dataclasses import dataclass
from typing import NamedTuple

from bot.model.destination import Destination
from bot.model.ids import DestinationId, SubscriptionId, WorkspaceId

CADENCE_NOW = "now"
DECLARED = "config"
COMMANDED = "command"

_BEFORE_ALL = SubscriptionId(0)


@dataclass(frozen=True, slots=True)
class Subscription:
    id: SubscriptionId
    workspace: WorkspaceId
    number: int
    """Counted per workspace; what people call it."""
    destination_id: DestinationId
    destination: Destination
    query: str
    """As typed."""
    normal_form: str
    owner: str
    """Who subscribed, as the platform names them; ``config`` or ``operator`` where no person on a platform did."""
    origin: str
    """``config``: the file alone changes it. ``command``: a command made it."""
    name: str = ""
    feeds: tuple[str, ...] = ()
    """Addresses of the only feeds it listens to; empty: all that the workspace follows."""
    tags: tuple[str, ...] = ()
    """Tags of the only feeds it listens to; empty: all."""
    cadence: str = CADENCE_NOW

    @property
    def is_declared(self) -> bool:
        return self.origin == DECLARED

    def listens_to(self, address: str, tags: tuple[str, ...], formerly: tuple[str, ...] = ()) -> bool:
        """Whether a feed of that address, tagged so by the workspace, is one that this subscription hears.

        ``formerly``: as ``FeedStatus.formerly``.
        """
        return _listens(self.feeds, self.tags, (address, *formerly), tags)


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """What is needed to make one; the storage gives it its id and number."""

    destination: Destination
    query: str
    normal_form: str
    owner: str
    origin: str
    name: str = ""
    feeds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def listens_to(self, address: str, tags: tuple[str, ...], formerly: tuple[str, ...] = ()) -> bool:
        """As ``Subscription.listens_to``."""
        return _listens(self.feeds, self.tags, (address, *formerly), tags)


def _listens(
    feeds: tuple[str, ...], wanted: tuple[str, ...], addresses: tuple[str, ...], tags: tuple[str, ...]
) -> bool:
    if feeds and set(feeds).isdisjoint(addresses):
        return False
    return not wanted or not set(wanted).isdisjoint(tags)


class Position(NamedTuple):
    """How far somebody has followed the changes of all subscriptions."""

    revision: int = 0
    subscription: SubscriptionId = _BEFORE_ALL


class Change(NamedTuple):
    """What a subscription reads as since its last change."""

    position: Position
    workspace: WorkspaceId
    normal_form: str
    """Empty: it has ended."""

    @property
    def has_ended(self) -> bool:
        return not self.normal_form

    @property
    def subscription(self) -> SubscriptionId:
        return self.position.subscription
