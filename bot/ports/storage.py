"""The memory as a whole, and one unit of work in it."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from bot.model.ids import SubscriptionId, WorkspaceId
from bot.ports.news import Articles, Feeds, Stories, WantedPages
from bot.ports.outbox import Outbox, SecondLooks
from bot.ports.people import Askings, Subscriptions, Workspaces
from bot.ports.upkeep import Overview, Tidying, Vitals


class Unit(Protocol):
    """One unit of work: a transaction. Leaving it commits, an exception rolls everything back."""

    @property
    def now(self) -> datetime:
        """The time of this unit of work: the database's clock on PostgreSQL, the machine's on SQLite."""
        ...

    @property
    def workspaces(self) -> Workspaces: ...
    @property
    def feeds(self) -> Feeds: ...
    @property
    def articles(self) -> Articles: ...
    @property
    def wanted_pages(self) -> WantedPages: ...
    @property
    def stories(self) -> Stories: ...
    @property
    def subscriptions(self) -> Subscriptions: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def second_looks(self) -> SecondLooks: ...
    @property
    def tidying(self) -> Tidying: ...
    @property
    def askings(self) -> Askings: ...

    async def read_by(self) -> str:
        """By what standing subscriptions were last read anew, as ``reread`` was told; empty: never."""
        ...

    async def reread(self, readings: Mapping[SubscriptionId, str], by: str = "") -> int:
        """Keep the normal forms that standing subscriptions have now; answers how many had another one.

        Two of a destination that now read the same both stand.
        """
        ...

    async def vitals(self) -> Vitals: ...

    async def overview(self, workspace: WorkspaceId | None) -> Overview:
        """Of one workspace; None: of all."""
        ...


class Storage(Protocol):
    def begin(self) -> AbstractAsyncContextManager[Unit]:
        """A unit of work that may write. Never await the network inside. Raises StorageUnavailable."""
        ...

    def read(self) -> AbstractAsyncContextManager[Unit]:
        """A unit of work that only reads, and never stands in a writer's way. Raises StorageUnavailable."""
        ...

    async def close(self) -> None: ...
