"""A feed that stands at another address from now on, in memory: what ``storage.moves`` does in databases."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.model.address import same_origin
from bot.model.feed import NO_VALIDATORS, Feed
from bot.model.ids import FeedId, WorkspaceId
from bot.model.subscription import DECLARED

if TYPE_CHECKING:
    from tests.simulation.memory import Tables
    from tests.simulation.memory_feeds import FeedRow, Tie

UNREAD: dict[str, Any] = {"validators": NO_VALIDATORS, "marks": b"", "items": 0}
"""The next poll brings the whole document, and all of it is read."""
IN_ORDER: dict[str, Any] = {"failures": 0, "failing_since": None}
Ensure = Callable[[str, str], Awaitable[Feed]]
"""The feed of an address and a credential, made where there is none."""


@dataclass(frozen=True, slots=True)
class MemoryMoves:
    tables: "Tables"
    now: datetime

    async def move(self, feed: FeedId, address: str, by: WorkspaceId | None, ensure: Ensure) -> FeedId:
        old = self.tables.feeds[feed]
        if old.feed.address == address or (old.feed.credential and not same_origin(old.feed.address, address)):
            return feed
        other = self._standing_at(address, old.feed.credential)
        is_taken = other is not None and any(followed == other.feed.id for _, followed in self.tables.ties)
        if by is None and not is_taken:
            self._resettle(old, address, other)
            return feed
        if by is None and other is not None and not other.feed.primed:
            return feed
        if by is None and other is not None and self._has_more(old, other):
            return feed
        there = other.feed.id if other is not None and is_taken else await self._begun(old, address, ensure)
        for workspace, followed in sorted(self.tables.ties):
            if followed == feed and by in (None, workspace):
                self._carry(workspace, old, there)
                self._remember(workspace, old.feed.address, there, address)
        return there

    def owe(self, workspace: WorkspaceId, feed: FeedId, count: int) -> None:
        self.tables.feeds[feed] = replace(self.tables.feeds[feed].with_feed(**UNREAD), next_poll=self.now)
        tie = self.tables.ties[workspace, feed]
        self.tables.ties[workspace, feed] = replace(tie, backfill=max(tie.backfill, count))

    def _standing_at(self, address: str, credential: str) -> "FeedRow | None":
        rows = self.tables.feeds.values()
        return next((row for row in rows if (row.feed.address, row.feed.credential) == (address, credential)), None)

    def _has_more(self, old: "FeedRow", other: "FeedRow") -> bool:
        """Whether the other feed has brought, since this one is redirected there, what this one has not read yet."""
        sightings = self.tables.sightings.items()
        read = {known for (feed, guid), row in sightings if feed == old.feed.id for known in (guid, row.article_id)}
        return old.feed.move is not None and any(
            feed == other.feed.id and row.first_seen >= old.feed.move.since and read.isdisjoint({guid, row.article_id})
            for (feed, guid), row in sightings
        )

    def _resettle(self, old: "FeedRow", address: str, other: "FeedRow | None") -> None:
        if other is not None:
            # Nobody follows what stands there: it makes room, to where no address leads.
            nowhere = f"{other.feed.address}#{other.feed.id}"
            self.tables.feeds[other.feed.id] = other.with_feed(address=nowhere)
        moved = old.with_feed(address=address, move=None, **UNREAD, **IN_ORDER).freed()
        self.tables.feeds[old.feed.id] = replace(moved, error="", trouble=None)
        for (workspace, followed), tie in list(self.tables.ties.items()):
            if followed == old.feed.id:
                self.tables.ties[workspace, followed] = replace(tie, name=_called(tie, old))
                self._remember(workspace, old.feed.address, old.feed.id, address)

    async def _begun(self, old: "FeedRow", address: str, ensure: Ensure) -> FeedId:
        there = (await ensure(address, old.feed.credential)).id
        self.tables.feeds[there] = self.tables.feeds[there].with_feed(poll_every=old.feed.poll_every)
        return there

    def _carry(self, workspace: WorkspaceId, old: "FeedRow", there: FeedId) -> None:
        """Where the workspace follows the other feed too, the two ties become one."""
        tie = self.tables.ties.pop((workspace, old.feed.id))
        standing = self.tables.ties.get((workspace, there))
        if standing is None:
            self.tables.ties[workspace, there] = replace(tie, name=_called(tie, old))
        else:
            self.tables.ties[workspace, there] = replace(
                standing,
                name=tie.name or standing.name or _called(tie, old),
                tags=tuple(dict.fromkeys((*tie.tags, *standing.tags))),
                since=min(tie.since, standing.since),
                full_text=tie.full_text or standing.full_text,
                origin=DECLARED if DECLARED in (tie.origin, standing.origin) else tie.origin,
            )
        for (one, address), feed in self.tables.former.items():
            if (one, feed) == (workspace, old.feed.id):
                self.tables.former[one, address] = there

    def _remember(self, workspace: WorkspaceId, before: str, feed: FeedId, now_at: str) -> None:
        """Unless the move took another back that no file knows of."""
        returned = self.tables.former.pop((workspace, now_at), None)
        if returned is None or self.tables.ties[workspace, feed].origin == DECLARED:
            self.tables.former[workspace, before] = feed
        self.tables.note_other_names(workspace)


def _called(tie: "Tie", row: "FeedRow") -> str:
    return tie.name or row.feed.title or row.feed.host
