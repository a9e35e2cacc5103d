"""Feeds, who follows them, and when they are polled next. ``next_poll_at`` here is the truth; engines only wake."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, case, exists, func, literal_column, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.feed import (
    NO_HINTS,
    Ailment,
    Feed,
    FeedState,
    FeedStatus,
    Follow,
    Hints,
    IdentifiedBy,
    Move,
    Rhythm,
    Validators,
    host_of,
)
from bot.model.ids import FeedId, WorkspaceId
from bot.model.reading import QuietPoll, ReadPoll
from bot.model.subscription import DECLARED
from bot.ports import Patient
from storage.claims import claim_due, hold, release, renew
from storage.dialect import in_lists, insert
from storage.moves import FREE, IN_ORDER, UNREAD, former_addresses_of, meant_by, move, named_before, owe, place
from storage.revisions import note_other_names
from storage.tables import Instant, feeds, follows, former_addresses, sightings, workspaces

RATE_WINDOW = timedelta(days=7)


# Put together once, for every poll: that takes longer than carrying them out.
FOLLOWERS = (
    select(follows, feeds.c.title, feeds.c.address)
    .join_from(follows, feeds)
    .where(follows.c.feed_id.in_(bindparam("feeds", expanding=True)))
    .order_by(follows.c.workspace_id)
)
_BEFORE = feeds.alias()
MOVED_FOLLOWERS = (
    select(follows, feeds.c.title, feeds.c.address)
    .join_from(follows, feeds)
    .join(_BEFORE, and_(_BEFORE.c.id != feeds.c.id, _BEFORE.c.credential == feeds.c.credential))
    .join(
        former_addresses,
        and_(
            former_addresses.c.workspace_id == follows.c.workspace_id,
            former_addresses.c.feed_id == follows.c.feed_id,
            former_addresses.c.address == _BEFORE.c.address,
        ),
    )
    .where(_BEFORE.c.id == bindparam("feed"))
    .order_by(follows.c.workspace_id)
)
READ = (
    update(feeds)
    .where(feeds.c.id == bindparam("of_feed"))
    .values(
        primed=True,
        whole_at=func.coalesce(feeds.c.whole_at, bindparam("now_whole", type_=Instant())),
        **IN_ORDER,
        **FREE,
    )
)
BACKFILL_TOLD = (
    update(follows)
    .where(follows.c.feed_id.in_(bindparam("feeds", expanding=True)), follows.c.backfill != 0)
    .values(backfill=0)
)


def _written_out(columns: Mapping[str, Any]) -> dict[str, Any]:
    """What is the same for all rows, which bound would be made ready for each: numbers, plain words or NULL."""
    return {name: null() if value is None else literal_column(repr(value)) for name, value in columns.items()}


# One statement for the quiet polls of many feeds; what another process has taken over is left to it.
_QUIET = and_(feeds.c.id == bindparam("of_feed"), feeds.c.lease_owner == bindparam("of_owner"))
# A server that found nothing changed was told of a document. Where nothing is known of one now, somebody has asked for
# the whole of it meanwhile: that is still to be read.
_EMPTY: Any = literal_column("''")
_IS_UNREAD = and_(feeds.c.etag == _EMPTY, feeds.c.last_modified == _EMPTY, feeds.c.body_hash == _EMPTY)
# Most are as they were, and each column that is written costs every one of them.
_AT = bindparam("at", type_=Instant())
UNCHANGED = (
    update(feeds)
    .where(_QUIET)
    .values(
        next_poll_at=case((_IS_UNREAD, _AT), else_=bindparam("due", type_=Instant())),
        last_poll_at=_AT,
        last_success_at=_AT,
        rate=bindparam("rate_now"),
        **_written_out(IN_ORDER | FREE),
    )
)
UNCHANGED_BUT_MARKED = UNCHANGED.values(
    **{
        column.name: case((_IS_UNREAD, _EMPTY), else_=bindparam(f"its_{column.name}"))
        for column in (feeds.c.etag, feeds.c.last_modified, feeds.c.body_hash)
    },
)
FAILED = (
    update(feeds)
    .where(_QUIET)
    .values(
        failures=feeds.c.failures + 1,
        failing_since=func.coalesce(feeds.c.failing_since, bindparam("at", type_=Instant())),
        **_written_out(FREE),
    )
)


class StoredFeeds:
    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    async def find(self, address: str, credential: str = "") -> Feed | None:
        row = (await self._connection.execute(select(feeds).where(_is(address, credential)))).first()
        return _feed(row._mapping) if row else None

    async def get(self, feed: FeedId) -> Feed:
        return _feed((await self._connection.execute(select(feeds).where(feeds.c.id == feed))).mappings().one())

    async def claim_due(
        self, owner: str, limit: int, lease: timedelta, *, per_host: int | None = None, busy: Collection[str] = ()
    ) -> Sequence[Feed]:
        rows = await claim_due(self._connection, self._now, owner, limit, lease, per_host=per_host, busy=busy)
        return [_feed(row, wants_pages=bool(row["wants_pages"])) for row in rows]

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
        meant = await self._meant(workspace, address)
        if meant and meant.credential != credential:
            if origin != DECLARED:
                return FeedId(meant.id)
            await self.unfollow(workspace, address)
        elif meant and meant.address != address:
            # It has moved; what it is called is kept where the file gives it no name.
            address, name = meant.address, name or await self._name(workspace, meant.id)
        feed = await self._ensure(address, credential)
        if origin == DECLARED:
            await self._retime(feed, poll_every)
        wanted: dict[str, Any] = {"name": name, "tags": tuple(tags), "full_text": full_text, "origin": origin}
        inserted = await self._connection.execute(
            insert(self._connection, follows)
            .values(workspace_id=workspace, feed_id=feed, since=self._now, backfill=backfill, **wanted)
            .on_conflict_do_nothing()
            .returning(follows.c.feed_id)
        )
        await note_other_names(self._connection, workspace)
        if inserted.first() is None:
            await self._refollow(workspace, feed, backfill, wanted)
        elif backfill:
            # The whole document is wanted once more, so the server must not answer "not modified".
            await self._connection.execute(
                update(feeds).where(feeds.c.id == feed).values(**UNREAD, next_poll_at=self._now)
            )
        return feed

    async def _refollow(self, workspace: WorkspaceId, feed: FeedId, backfill: int, wanted: Mapping[str, Any]) -> None:
        """Takes no row in hand in which that changes nothing: each start would wait for the polls of others."""
        never_read = select(~feeds.c.primed).where(feeds.c.id == feed).scalar_subquery()
        wanted = {**wanted, "backfill": case((never_read, backfill), else_=follows.c.backfill)}
        differs = or_(*(follows.c[name].is_distinct_from(value) for name, value in wanted.items()))
        await self._connection.execute(
            update(follows)
            .where(follows.c.workspace_id == workspace, follows.c.feed_id == feed, differs)
            .values(wanted)
        )

    async def _meant(self, workspace: WorkspaceId, address: str) -> Row[Any] | None:
        """The feed that the workspace follows at that address, or that stood there before it moved.

        From here to the end of the unit of work nobody else ties this workspace to anything: SQLite has one writer.
        """
        if self._connection.dialect.name == "postgresql":
            held = select(workspaces.c.id).where(workspaces.c.id == workspace).with_for_update(key_share=True)
            await self._connection.execute(held)
        found: Row[Any] | None = (await self._connection.execute(meant_by(workspace, address))).first()
        return found

    async def _name(self, workspace: WorkspaceId, feed: int) -> str:
        named = select(follows.c.name).where(follows.c.workspace_id == workspace, follows.c.feed_id == feed)
        return str((await self._connection.execute(named)).scalar_one())

    async def _ensure(self, address: str, credential: str) -> FeedId:
        # PostgreSQL would wait at the insertion for the poll that is being written, whether or not it matters.
        known = select(feeds.c.id).where(_is(address, credential), _is_followed())
        if row := (await self._connection.execute(known)).first():
            return FeedId(row.id)
        inserted = await self._connection.execute(
            insert(self._connection, feeds)
            .values(address=address, credential=credential, **place(address), next_poll_at=self._now)
            .on_conflict_do_nothing()
            .returning(feeds.c.id)
        )
        if row := inserted.first():
            return FeedId(row.id)
        # What stands in a feed that nobody followed meanwhile is history, not news.
        await self._connection.execute(
            update(feeds)
            .where(_is(address, credential), ~_is_followed())
            .values(primed=False, **UNREAD, **IN_ORDER, error="", next_poll_at=self._now)
        )
        found = await self._connection.execute(select(feeds.c.id).where(_is(address, credential)))
        return FeedId(found.scalar_one())

    async def _retime(self, feed: FeedId, poll_every: timedelta | None) -> None:
        """Take over a changed interval, and the sooner poll that it may mean."""
        every = poll_every.total_seconds() if poll_every else None
        await self._connection.execute(
            update(feeds)
            .where(feeds.c.id == feed, feeds.c.poll_every_s.is_distinct_from(every))
            .values(poll_every_s=every, next_poll_at=self._now)
        )

    async def want_full_text(self, *, by_default: bool) -> None:
        others = (follows.c.origin != DECLARED, follows.c.full_text != by_default)
        await self._connection.execute(update(follows).where(*others).values(full_text=by_default))

    async def unfollow(self, workspace: WorkspaceId, address: str) -> bool:
        meant = meant_by(workspace, address).with_only_columns(feeds.c.id)
        ended = await self._connection.execute(
            follows.delete()
            .where(follows.c.workspace_id == workspace, follows.c.feed_id.in_(meant))
            .returning(follows.c.feed_id)
        )
        if ended.first() is None:
            return False
        await note_other_names(self._connection, workspace)
        return True

    async def move(self, feed: FeedId, address: str, *, by: WorkspaceId | None = None) -> FeedId:
        return await move(self._connection, feed, address, by, self._ensure)

    async def owe(self, workspace: WorkspaceId, feed: FeedId, count: int) -> None:
        await owe(self._connection, self._now, workspace, feed, count)

    async def followers(self, *feeds: FeedId) -> Sequence[Follow]:
        found: list[Follow] = []
        for some in in_lists(feeds):
            found += map(_follow, await self._connection.execute(FOLLOWERS, {"feeds": some}))
        return found

    async def named_before(self, feed: FeedId) -> Mapping[WorkspaceId, Sequence[str]]:
        return await named_before(self._connection, feed)

    async def moved_followers(self, feed: FeedId) -> Sequence[Follow]:
        return [_follow(row) for row in await self._connection.execute(MOVED_FOLLOWERS, {"feed": feed})]

    async def followed(self, workspace: WorkspaceId) -> Sequence[FeedStatus]:
        rows = list(await self._connection.execute(_followed_by(workspace)))
        seen = await self._seen_lately([row.id for row in rows])
        formerly = await former_addresses_of(self._connection, workspace)
        listed = [
            replace(_status(row, seen.get(row.id, (0, self._now)), self._now), formerly=formerly.get(row.id, ()))
            for row in rows
        ]
        return sorted(listed, key=lambda feed: (feed.name.casefold(), feed.address))

    async def _seen_lately(self, ids: Sequence[int]) -> dict[int, tuple[int, datetime]]:
        """How many articles each feed brought within the window, and when its first ever was seen."""
        rows = await self._connection.execute(
            select(
                sightings.c.feed_id,
                func.count().filter(sightings.c.first_seen_at > self._now - RATE_WINDOW).label("lately"),
                func.min(sightings.c.first_seen_at).label("first"),
            )
            .where(sightings.c.feed_id.in_(ids))
            .group_by(sightings.c.feed_id)
        )
        return {row.feed_id: (row.lately, row.first) for row in rows}

    async def read(self, polls: Sequence[ReadPoll]) -> None:
        await self._connection.execute(READ, [self._read(poll) for poll in polls])
        for some in in_lists([poll.feed for poll in polls if poll.backfills]):
            await self._connection.execute(BACKFILL_TOLD, {"feeds": some})

    def _read(self, poll: ReadPoll) -> dict[str, Any]:
        return {
            "of_feed": poll.feed,
            "title": poll.title,
            "error": poll.complaint,
            "last_success_at": self._now,
            "last_poll_at": self._now,
            "next_poll_at": poll.next_poll,
            "rate": poll.rate,
            "hints": _written(poll.hints),
            "items": poll.items,
            "marks": poll.marks or None,
            "now_whole": self._now if poll.backfills and poll.items else None,
            **_moving(poll.move),
            **_rhythmic(poll.rhythm),
            **_columns(poll.validators),
        }

    async def note(self, owner: str, polls: Sequence[QuietPoll]) -> None:
        unchanged: list[dict[str, Any]] = []
        marked: list[dict[str, Any]] = []
        failed: list[dict[str, Any]] = []
        for poll in polls:
            of_feed = {"of_feed": poll.feed, "of_owner": owner, "at": self._now}
            if poll.failure:
                failed.append(of_feed | self._failed(poll))
            elif poll.validators is None:
                unchanged.append(of_feed | {"due": poll.next_poll, "rate_now": poll.rate})
            else:
                its = {f"its_{name}": value for name, value in _columns(poll.validators).items()}
                marked.append(of_feed | {"due": poll.next_poll, "rate_now": poll.rate} | its | _moving(poll.move))
        for statement, rows in ((UNCHANGED, unchanged), (UNCHANGED_BUT_MARKED, marked), (FAILED, failed)):
            if rows:
                await self._connection.execute(statement, rows)

    def _failed(self, poll: QuietPoll) -> dict[str, Any]:
        return {
            "last_poll_at": self._now,
            "next_poll_at": poll.next_poll,
            "error": poll.failure,
            "trouble": poll.trouble,
        }

    async def patients(self, failing_for: timedelta) -> Sequence[Patient]:
        rows = await self._connection.execute(
            select(feeds)
            .where(
                or_(
                    feeds.c.told != "",
                    feeds.c.trouble == "gone",
                    feeds.c.failing_since <= self._now - failing_for,
                    feeds.c.silent_at <= self._now,
                ),
                _is_followed(),
            )
            .order_by(feeds.c.id)
        )
        return [Patient(_feed(row._mapping), row.trouble or None, row.error, row.told or None) for row in rows]

    async def tell(self, feed: FeedId, before: Ailment | None, found: Ailment | None) -> bool:
        told = await self._connection.execute(
            update(feeds)
            .where(feeds.c.id == feed, feeds.c.told == (before or ""))
            .values(told=found or "")
            .returning(feeds.c.id)
        )
        return told.first() is not None

    async def revive(self, feed: FeedId) -> None:
        await self._connection.execute(
            update(feeds)
            .where(feeds.c.id == feed, feeds.c.trouble == "gone")
            .values(trouble="passing", next_poll_at=self._now)
        )

    async def identify(self, feed: FeedId, by: IdentifiedBy) -> None:
        await self._connection.execute(update(feeds).where(feeds.c.id == feed).values(identified_by=by))

    async def hush(self, domain: str, until: datetime) -> None:
        await self._connection.execute(
            update(feeds).where(feeds.c.domain == domain, feeds.c.next_poll_at < until).values(next_poll_at=until)
        )

    async def hushed_until(self, domain: str) -> datetime | None:
        asked = (feeds.c.domain == domain, feeds.c.trouble == "throttled", feeds.c.next_poll_at > self._now)
        found = await self._connection.execute(select(func.max(feeds.c.next_poll_at)).where(*asked))
        until: datetime | None = found.scalar_one()
        return until

    async def release(self, owner: str) -> None:
        await release(self._connection, owner)

    async def renew(self, owner: str, feeds: Collection[FeedId], lease: timedelta) -> None:
        await renew(self._connection, owner, feeds, self._now + lease)

    async def hold(self, feeds: Collection[FeedId], owner: str) -> Mapping[FeedId, Feed]:
        held = await hold(self._connection, feeds, owner)
        return {feed: _feed(row) for feed, row in held.items()}


def _is(address: str, credential: str) -> Any:
    return and_(feeds.c.address == address, feeds.c.credential == credential)


def _is_followed() -> Any:
    return exists().where(follows.c.feed_id == feeds.c.id)


def _followed_by(workspace: WorkspaceId) -> Select[Any]:
    return (
        select(feeds, follows.c.name, follows.c.tags, follows.c.origin, follows.c.full_text)
        .join_from(follows, feeds)
        .where(follows.c.workspace_id == workspace)
    )


def _columns(validators: Validators) -> dict[str, str]:
    return {
        "etag": validators.etag,
        "last_modified": validators.last_modified,
        "body_hash": validators.body_hash,
    }


def _moving(move: Move | None) -> dict[str, Any]:
    return {
        "moved_to": move.address if move else "",
        "moves_seen": move.seen if move else 0,
        "moved_since": move.since if move else None,
    }


def _rhythmic(rhythm: Rhythm | None) -> dict[str, Any]:
    if rhythm is None:
        return {"last_news_at": None, "usual_gap_s": None, "silent_at": None}
    gap = rhythm.usual_gap.total_seconds() if rhythm.usual_gap is not None else None
    return {"last_news_at": rhythm.last_news, "usual_gap_s": gap, "silent_at": rhythm.silent_at}


def _rhythm(of: Mapping[Any, Any]) -> Rhythm | None:
    if of["last_news_at"] is None:
        return None
    return Rhythm(of["last_news_at"], _seconds(of["usual_gap_s"]), of["silent_at"])


def _written(hints: Hints) -> str:
    if hints == NO_HINTS:
        return ""
    said = {
        "ttl_s": hints.ttl.total_seconds(),
        "skip_hours": sorted(hints.skip_hours),
        "skip_days": sorted(hints.skip_days),
    }
    return json.dumps(said)


def _hints(written: str) -> Hints:
    if not written:
        return NO_HINTS
    said = json.loads(written)
    return Hints(timedelta(seconds=said["ttl_s"]), frozenset(said["skip_hours"]), frozenset(said["skip_days"]))


def _seconds(value: float | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=value)


def _follow(row: Row[Any]) -> Follow:
    return Follow(
        WorkspaceId(row.workspace_id),
        FeedId(row.feed_id),
        row.name or row.title or host_of(row.address),
        row.tags,
        row.since,
        row.backfill,
        row.full_text,
    )


def _feed(of: Mapping[Any, Any], *, wants_pages: bool = False) -> Feed:
    """By the names of its columns."""
    return Feed(
        id=FeedId(of["id"]),
        address=of["address"],
        title=of["title"],
        validators=Validators(of["etag"], of["last_modified"], of["body_hash"]),
        primed=of["primed"],
        failures=of["failures"],
        poll_every=_seconds(of["poll_every_s"]),
        credential=of["credential"],
        rate=of["rate"],
        hints=_hints(of["hints"]),
        identified_by=of["identified_by"],
        rhythm=_rhythm(of),
        items=of["items"],
        marks=of["marks"] or b"",
        move=Move(of["moved_to"], of["moves_seen"], of["moved_since"]) if of["moved_to"] else None,
        failing_since=of["failing_since"],
        last_success=of["last_success_at"],
        wants_pages=wants_pages,
    )


def state_of(row: Row[Any], now: datetime) -> FeedState:
    if row.trouble == "gone":
        return "gone"
    if row.failures:
        return "failing"
    if row.last_success_at is None:
        return "new"
    return "silent" if row.silent_at is not None and row.silent_at <= now else "ok"


def _status(row: Row[Any], lately: tuple[int, datetime], now: datetime) -> FeedStatus:
    count, first = lately
    days = max(min(now - first, RATE_WINDOW) / timedelta(days=1), 1.0)
    return FeedStatus(
        id=FeedId(row.id),
        address=row.address,
        name=row.name or row.title or row.host,
        tags=row.tags,
        state=state_of(row, now),
        error=row.error,
        last_success=row.last_success_at,
        next_poll=row.next_poll_at,
        items_per_day=round(count / days, 1),
        declared=row.origin == DECLARED,
        credential=row.credential,
        full_text=row.full_text,
    )
