"""What is remembered of deliveries."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.model.delivery import (
    Alert,
    Claimed,
    Content,
    Looked,
    Noise,
    Posted,
    Step,
    Terms,
)
from bot.model.destination import Destination, Workspace
from bot.model.ids import ArticleId, DestinationId, StoryId, SubscriptionId


class Outbox(Protocol):
    async def tell(self, tellings: Sequence["Telling"], noise: Noise | None = None) -> Sequence[bool]:
        """Queue alerts in this order; for each whether it is, False where the destination has heard of the story.

        Reasons that are new join an alert that still waits, and are kept for "why" in any case. What only noisy
        subscriptions ask for gathers in one message each, which is edited as more comes; without ``noise`` none is.
        """
        ...

    async def notify(self, destination: DestinationId, content: Content, occasion: str) -> bool:
        """Queue a notice, once per destination and occasion: False where it stands already."""
        ...

    async def heard(self, subscriptions: Iterable[SubscriptionId], since: datetime) -> Mapping[SubscriptionId, int]:
        """In how many alerts each had a part since then; those that had none are left out."""
        ...

    async def destination(self, destination: Destination) -> DestinationId:
        """Its id; made where it is new."""
        ...

    async def due(self, terms: Terms, most: int) -> Sequence[tuple[DestinationId, Workspace]]:
        """The lanes that could be claimed now, the longest due first, of each workspace at most so many."""
        ...

    async def claim(
        self, owner: str, limit: int, terms: Terms, lanes: Sequence[DestinationId] = ()
    ) -> Sequence[Claimed]:
        """Lease the heads of up to ``limit`` lanes that are due, the longest due first; of the named ones, if any are.

        A lane that rests (``Finished.lane_rests_until``) is not due, whatever is in it.

        What a process left unsettled is claimed, in doubt, once its lease and ``grace`` since the attempt are over. It
        is to be sent again while its platform knows it again (``Messenger.knows_again``), else to be looked for.

        Where a head is an alert old enough to catch up, and others in its lane are, too, they end, and one summary in
        their place is claimed. A summary that waits takes in what has grown old behind it. What may have arrived is
        told by itself.
        """
        ...

    async def settle(self, claimed: Claimed, step: Step) -> bool:
        """Record what ``alerts.retry`` decided. False where another process has taken over: nothing was changed."""
        ...

    async def release(self, owner: str, grace: timedelta) -> None:
        """Hand back what this owner still has in hand, so that nobody waits for its leases.

        What it was sending may have arrived: that is in doubt, and not looked at before ``grace`` is over.
        """
        ...

    async def reopen(self, destination: Destination) -> None:
        """The bot was seen to be able to post there: a suspended lane goes on."""
        ...


class SecondLooks(Protocol):
    """Deliveries that were sent again while nobody knew whether they stood there."""

    async def any_due(self) -> bool: ...

    async def claim(self, owner: str, limit: int, lease: timedelta, platforms: Sequence[str]) -> Sequence[Posted]:
        """Lease up to ``limit`` of these platforms that are due, the longest due first."""
        ...

    async def settle(self, posted: Posted, looked: Looked) -> bool:
        """Record what ``alerts.retry`` decided. False where another process has taken over: nothing was changed."""
        ...


@dataclass(frozen=True, slots=True)
class Telling:
    """What one destination is to hear of one story."""

    destination: DestinationId
    story: StoryId
    article: ArticleId
    alert: Alert
    subscriptions: tuple[SubscriptionId, ...]
    """In the order of the alert's reasons."""


SettledReport = Callable[[Claimed, Step], None]
"""Hears of every attempt to deliver, and every look for one, that is on record; must not raise."""
