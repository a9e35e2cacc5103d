"""Feeds and who follows them, in memory, as far as a poll needs them: no health is told."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.errors import LeaseLost
from bot.model.feed import (
    NO_VALIDATORS,
    Feed,
    FeedState,
    FeedStatus,
    Follow,
    IdentifiedBy,
)
from bot.model.ids import FeedId, WorkspaceId
from bot.model.reading import QuietPoll, ReadPoll, TroubleKind
from bot.model.sites import registrable_domain
from bot.model.subscription import DECLARED
from tests.simulation.memory_moves import IN_ORDER, UNREAD, MemoryMoves

if TYPE_CHECKING:
    from tests.simulation.memory import Tables

WEEK, DAY = timedelta(days=7), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FeedRow:
    feed: Feed
    next_poll: datetime
    error: str = ""
    trouble: TroubleKind | None = None
    owner: str = ""
    lease_until: datetime | None = None

    @property
    def domain(self) -> str:
        return registrable_domain(self.feed.host) or self.feed.host

    def with_feed(self, **facts: Any) -> "FeedRow":
        return replace(self, feed=replace(self.feed, **facts))

    def freed(self) -> "FeedRow":
        return replace(self, owner="", lease_until=None)


@dataclass(frozen=True, slots=True)
class Tie:
    since: datetime
    backfill: int
    name: str
    tags: tuple[str, ...]
    full_text: bool
    origin: str


class MemoryFeeds:
    def __init__(self, tables: "Tables", now: datetime) -> None:
        self._tables = tables
        self._rows = tables.feeds
        self._ties = tables.ties
        self._now = now
        self._moves = MemoryMoves(tables, now)

    async def find(self, address: str, credential: str = "") -> Feed | None:
        found = (row.feed for row in self._rows.values())
        return next((feed for feed in found if (feed.address, feed.credential) == (address, credential)), None)

    async def get(self, feed: FeedId) -> Feed:
        return self._rows[feed].feed

    async def claim_due(
        self, owner: str, limit: int, lease: timedelta, *, per_host: int | None = None, busy: Collection[str] = ()
    ) -> Sequence[Feed]:
        claimed: list[Feed] = []
        of_host: Counter[str] = Counter()
        for row in sorted(filter(self._is_due, self._rows.values()), key=lambda row: (row.next_poll, row.feed.id)):
            host = row.feed.host
            if len(claimed) < limit and host not in busy and (per_host is None or of_host[host] < per_host):
                of_host[host] += 1
                self._rows[row.feed.id] = replace(row, owner=owner, lease_until=self._now + lease)
                claimed.append(replace(row.feed, wants_pages=any(tie.full_text for tie in self._of(row.feed.id))))
        return claimed

    def _is_due(self, row: FeedRow) -> bool:
        is_free = row.lease_until is None or row.lease_until <= self._now
        return row.next_poll <= self._now and row.trouble != "gone" and is_free and bool(self._of(row.feed.id))

    def _of(self, feed: FeedId) -> Sequence[Tie]:
        return [tie for (_, followed), tie in self._ties.items() if followed == feed]

    async def follow(
        self,
        workspace: WorkspaceId,
        address: str,
        *,
        name: str = "",
        tags: Sequence[str] = (),
        backfill: int = 0,
        full_text: bool = False,
        poll_every: timedelta | None = None,
        origin: str,
        credential: str = "",
    ) -> FeedId:
        standing = self.followed_at(workspace, address)
        if standing and standing.credential != credential:
            if origin != DECLARED:
                return standing.id
            await self.unfollow(workspace, address)
        elif standing:
            address, name = standing.address, name or self._called(workspace, standing, address)
        feed = await self._ensured(address, credential)
        if origin == DECLARED and feed.poll_every != poll_every:
            self._change(feed.id, next_poll=self._now, poll_every=poll_every)
        before = self._ties.get((workspace, feed.id))
        tie = Tie(self._now, backfill, name, tuple(tags), full_text, origin)
        if before:
            tie = replace(tie, since=before.since, backfill=before.backfill if feed.primed else backfill)
        elif backfill:
            self._change(feed.id, next_poll=self._now, **UNREAD)
        self._ties[workspace, feed.id] = tie
        self._tables.note_other_names(workspace)
        return feed.id

    def followed_at(self, workspace: WorkspaceId, address: str) -> Feed | None:
        """There, or it stood there before it moved."""
        followed = (self._rows[feed].feed for follower, feed in self._ties if follower == workspace)
        formerly = self._tables.former.get((workspace, address))
        return next((feed for feed in followed if feed.address == address or feed.id == formerly), None)

    def _called(self, workspace: WorkspaceId, feed: Feed, address: str) -> str:
        """What has moved keeps its name where it is given none."""
        return "" if feed.address == address else self._ties[workspace, feed.id].name

    async def _ensured(self, address: str, credential: str) -> Feed:
        feed = await self.find(address, credential)
        if feed is None:
            feed = Feed(FeedId(len(self._rows) + 1), address, credential=credential)
            self._rows[feed.id] = FeedRow(feed, self._now)
        elif not self._of(feed.id):
            # What stands in a feed that nobody followed meanwhile is history, not news.
            row = self._rows[feed.id].with_feed(primed=False, **UNREAD, **IN_ORDER)
            self._rows[feed.id] = replace(row, error="", trouble=None, next_poll=self._now)
        return self._rows[feed.id].feed

    def _change(self, feed: FeedId, next_poll: datetime, **facts: Any) -> None:
        self._rows[feed] = replace(self._rows[feed].with_feed(**facts), next_poll=next_poll)

    async def unfollow(self, workspace: WorkspaceId, address: str) -> bool:
        feed = self.followed_at(workspace, address)
        if feed is None:
            return False
        del self._ties[workspace, feed.id]
        for former in self._tables.formerly(workspace, feed.id):
            del self._tables.former[workspace, former]
        self._tables.note_other_names(workspace)
        return True

    async def want_full_text(self, *, by_default: bool) -> None:
        for key, tie in list(self._ties.items()):
            if tie.origin != DECLARED:
                self._ties[key] = replace(tie, full_text=by_default)

    async def move(self, feed: FeedId, address: str, *, by: WorkspaceId | None = None) -> FeedId:
        return await self._moves.move(feed, address, by, self._ensured)

    async def owe(self, workspace: WorkspaceId, feed: FeedId, count: int) -> None:
        self._moves.owe(workspace, feed, count)

    async def revive(self, feed: FeedId) -> None:
        if self._rows[feed].trouble == "gone":
            self._rows[feed] = replace(self._rows[feed], trouble="passing", next_poll=self._now)

    async def followers(self, *feeds: FeedId) -> Sequence[Follow]:
        return [
            self._follow(workspace, followed, tie)
            for (workspace, followed), tie in sorted(self._ties.items())
            if followed in feeds
        ]

    async def named_before(self, feed: FeedId) -> Mapping[WorkspaceId, Sequence[str]]:
        ties = [workspace for workspace, followed in self._ties if followed == feed]
        return {workspace: self._tables.formerly(workspace, feed) for workspace in ties}

    async def moved_followers(self, feed: FeedId) -> Sequence[Follow]:
        before = self._rows[feed].feed
        return [
            self._follow(workspace, there, tie)
            for (workspace, there), tie in sorted(self._ties.items())
            if there != feed
            and self._rows[there].feed.credential == before.credential
            and self._tables.former.get((workspace, before.address)) == there
        ]

    def _follow(self, workspace: WorkspaceId, feed: FeedId, tie: "Tie") -> Follow:
        known = self._rows[feed].feed
        name = tie.name or known.title or known.host
        return Follow(workspace, feed, name, tie.tags, tie.since, tie.backfill, tie.full_text)

    async def followed(self, workspace: WorkspaceId) -> Sequence[FeedStatus]:
        ties = self._ties.items()
        listed = [self._status(self._rows[feed], one, tie) for (one, feed), tie in ties if one == workspace]
        return sorted(listed, key=lambda feed: (feed.name.casefold(), feed.address))

    def _status(self, row: FeedRow, workspace: WorkspaceId, tie: Tie) -> FeedStatus:
        feed = row.feed
        return FeedStatus(
            id=feed.id,
            address=feed.address,
            name=tie.name or feed.title or feed.host,
            tags=tie.tags,
            state=self._state(row),
            error=row.error,
            last_success=feed.last_success,
            next_poll=row.next_poll,
            items_per_day=self._items_per_day(feed.id),
            declared=tie.origin == DECLARED,
            credential=feed.credential,
            formerly=self._tables.formerly(workspace, feed.id),
            full_text=tie.full_text,
        )

    def _state(self, row: FeedRow) -> FeedState:
        if row.trouble == "gone":
            return "gone"
        if row.feed.failures:
            return "failing"
        if row.feed.last_success is None:
            return "new"
        rhythm = row.feed.rhythm
        return "silent" if rhythm is not None and rhythm.silent_at <= self._now else "ok"

    def _items_per_day(self, feed: FeedId) -> float:
        seen = [row.first_seen for (one, _), row in self._tables.sightings.items() if one == feed]
        days = max(min(self._now - min(seen, default=self._now), WEEK) / DAY, 1.0)
        return round(sum(at > self._now - WEEK for at in seen) / days, 1)

    async def read(self, polls: Sequence[ReadPoll]) -> None:
        for poll in polls:
            self._read(poll)

    def _read(self, poll: ReadPoll) -> None:
        row = self._rows[poll.feed]
        read = row.with_feed(
            title=poll.title,
            validators=poll.validators,
            primed=True,
            rate=poll.rate,
            hints=poll.hints,
            items=poll.items,
            marks=poll.marks,
            move=poll.move,
            rhythm=poll.rhythm,
            last_success=self._now,
            **IN_ORDER,
        )
        self._rows[poll.feed] = replace(read.freed(), error=poll.complaint, trouble=None, next_poll=poll.next_poll)
        for (workspace, followed), tie in list(self._ties.items()):
            if poll.backfills and followed == poll.feed:
                self._ties[workspace, followed] = replace(tie, backfill=0)

    async def note(self, owner: str, polls: Sequence[QuietPoll]) -> None:
        for poll in polls:
            row = self._rows[poll.feed]
            if row.owner == owner:
                self._rows[poll.feed] = (self._failed if poll.failure else self._unchanged)(row, poll).freed()

    def _unchanged(self, row: FeedRow, poll: QuietPoll) -> FeedRow:
        noted = row.with_feed(rate=poll.rate, last_success=self._now, **IN_ORDER)
        if poll.validators is not None:
            noted = noted.with_feed(move=poll.move)
        if row.feed.validators == NO_VALIDATORS:
            # Somebody has asked for the whole document meanwhile.
            return replace(noted, trouble=None, next_poll=self._now)
        validators = row.feed.validators if poll.validators is None else poll.validators
        return replace(noted.with_feed(validators=validators), trouble=None, next_poll=poll.next_poll)

    def _failed(self, row: FeedRow, poll: QuietPoll) -> FeedRow:
        noted = row.with_feed(failures=row.feed.failures + 1, failing_since=row.feed.failing_since or self._now)
        return replace(noted, error=poll.failure, trouble=poll.trouble, next_poll=poll.next_poll)

    async def identify(self, feed: FeedId, by: IdentifiedBy) -> None:
        self._rows[feed] = self._rows[feed].with_feed(identified_by=by)

    async def hush(self, domain: str, until: datetime) -> None:
        for row in list(self._rows.values()):
            if row.domain == domain and row.next_poll < until:
                self._rows[row.feed.id] = replace(row, next_poll=until)

    async def hushed_until(self, domain: str) -> datetime | None:
        asked = [row.next_poll for row in self._rows.values() if row.domain == domain and row.trouble == "throttled"]
        return max((until for until in asked if until > self._now), default=None)

    async def release(self, owner: str) -> None:
        for row in list(self._rows.values()):
            if row.owner == owner:
                self._rows[row.feed.id] = row.freed()

    async def renew(self, owner: str, feeds: Collection[FeedId], lease: timedelta) -> None:
        for feed in feeds:
            if self._rows[feed].owner == owner:
                self._rows[feed] = replace(self._rows[feed], lease_until=self._now + lease)

    async def hold(self, feeds: Collection[FeedId], owner: str) -> Mapping[FeedId, Feed]:
        for feed in feeds:
            if self._rows[feed].owner != owner:
                raise LeaseLost(f"feed {feed} was taken over by another process")
        return {feed: self._rows[feed].feed for feed in feeds}
