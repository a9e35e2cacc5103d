"""What is remembered of workspaces, of what they ask for, and of what they asked."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.model.destination import Workspace
from bot.model.feed import (
    Feed,
)
from bot.model.ids import SubscriptionId, WorkspaceId
from bot.model.subscription import Change, NewSubscription, Position, Subscription


class Workspaces(Protocol):
    async def register(self, workspace: Workspace, name: str = "") -> WorkspaceId:
        """Its id; made where it is new. A name replaces the one before."""
        ...

    async def find(self, workspace: Workspace) -> WorkspaceId | None: ...

    async def all(self) -> Sequence[tuple[WorkspaceId, Workspace]]:
        """In the order in which they came."""
        ...

    async def suspend(self, workspace: Workspace, reason: str) -> None: ...

    async def resume(self, workspace: Workspace) -> None: ...


class Subscriptions(Protocol):
    async def add(self, new: NewSubscription) -> Subscription | None:
        """Keep one. None where the same query already stands for the same destination, feeds and tags."""
        ...

    async def twin(self, new: NewSubscription) -> Subscription | None:
        """The standing subscription that reads the same."""
        ...

    async def end(self, subscription: SubscriptionId) -> bool:
        """End one; False where it had ended. Its number is never given again."""
        ...

    async def standing(self, workspace: WorkspaceId | None = None) -> Sequence[Subscription]:
        """By workspace and number; all workspaces where none is named."""
        ...

    async def changes(self, since: Position, limit: int) -> Sequence[Change]:
        """Of all subscriptions, the next ``limit`` ones in order; fewer where there are no more.

        A subscription is among them once, however often it changed. One changes when it is made, when it ends, when
        it is read anew, and when it asks for feeds by name and its workspace calls or follows others.
        """
        ...

    async def these(
        self, ids: Collection[SubscriptionId], *, asked_before: datetime | None = None
    ) -> Sequence[Subscription]:
        """Those with these ids that stand, and are not younger than ``asked_before``, by id."""
        ...

    async def any_other(self, feed: Feed, workspaces: Collection[WorkspaceId], ids: Collection[SubscriptionId]) -> bool:
        """Whether a subscription of these workspaces, other than these, hears the feed."""
        ...

    async def hearing(self, feed: Feed) -> Sequence[Subscription]:
        """Standing subscriptions that listen to this feed in a workspace that follows it."""
        ...


class Askings(Protocol):
    """What people typed and clicked, by the platform's own id; remembered for ``Keep.askings``."""

    async def claim(self, name: str, owner: str, lease: timedelta) -> bool:
        """Whether it is the owner's to do: nobody has done it, and nobody is at it with a lease that still runs."""
        ...

    async def settle(self, name: str, owner: str) -> None:
        """It is done. Nothing where another has taken over."""
        ...
