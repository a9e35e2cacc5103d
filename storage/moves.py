"""A feed that stands at another address from now on: for all who follow it, or for one workspace that says so.

What is kept of a tie, and why one workspace's word never moves another's feed: docs/decisions/0012-moved-feeds.md.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.address import same_origin
from bot.model.feed import host_of
from bot.model.ids import FeedId, WorkspaceId
from bot.model.sites import registrable_domain
from bot.model.subscription import DECLARED
from storage.dialect import insert
from storage.revisions import note_other_names
from storage.tables import feeds, follows, former_addresses, sightings, workspaces

UNREAD: dict[str, Any] = {"etag": "", "last_modified": "", "body_hash": "", "marks": None, "items": 0}
"""The next poll brings the whole document, and all of it is read."""
FREE: dict[str, Any] = {"lease_owner": None, "lease_until": None}
IN_ORDER: dict[str, Any] = {"failures": 0, "trouble": "", "failing_since": None}
SETTLED: dict[str, Any] = {"moved_to": "", "moves_seen": 0, "moved_since": None, "error": ""}

Ensure = Callable[[str, str], Awaitable[FeedId]]
"""The feed of an address and a credential, made where there is none."""


def place(address: str) -> dict[str, str]:
    """The columns that follow from an address."""
    host = host_of(address)
    return {"host": host, "domain": registrable_domain(host) or host}


async def move(
    connection: AsyncConnection, feed: FeedId, address: str, by: WorkspaceId | None, ensure: Ensure
) -> FeedId:
    """As ``bot.ports.Feeds.move`` has it."""
    await _hold_ties(connection, feed)
    old, other = await _held(connection, feed, address)
    if old.address == address or (old.credential and not same_origin(old.address, address)):
        return feed
    is_taken = other is not None and await _is_followed(connection, other.id)
    if by is None and not is_taken:
        await _resettle(connection, old, address, other)
        return feed
    if by is None and other is not None and not other.primed:
        # What its first poll brings is history to all who follow it, and news to those who would join them.
        return feed
    if by is None and other is not None and await _has_more(connection, old, other):
        # The next poll brings it to those who would join them; there it is news no more.
        return feed
    there = other.id if other is not None and is_taken else await _begun(connection, old, address, ensure)
    for tie in await _ties(connection, feed):
        if by in (None, tie.workspace_id):
            await _carry(connection, tie, old, there)
            await _remember(connection, tie, old.address, there, address)
    return FeedId(there)


async def owe(connection: AsyncConnection, now: datetime, workspace: WorkspaceId, feed: FeedId, count: int) -> None:
    """As ``bot.ports.Feeds.owe`` has it."""
    # The feed's row first: a poll under way holds it, and would spend what is owed.
    await connection.execute(update(feeds).where(feeds.c.id == feed).values(**UNREAD, next_poll_at=now))
    await connection.execute(
        update(follows)
        .where(follows.c.workspace_id == workspace, follows.c.feed_id == feed, follows.c.backfill < count)
        .values(backfill=count)
    )


async def former_addresses_of(connection: AsyncConnection, workspace: WorkspaceId) -> dict[int, tuple[str, ...]]:
    """By feed, in order."""
    rows = await connection.execute(
        select(former_addresses.c.feed_id, former_addresses.c.address)
        .where(former_addresses.c.workspace_id == workspace)
        .order_by(former_addresses.c.address)
    )
    found: dict[int, tuple[str, ...]] = {}
    for row in rows:
        found[row.feed_id] = (*found.get(row.feed_id, ()), row.address)
    return found


async def named_before(connection: AsyncConnection, feed: FeedId) -> dict[WorkspaceId, tuple[str, ...]]:
    """The former addresses of a feed, by workspace."""
    rows = await connection.execute(
        select(former_addresses.c.workspace_id, former_addresses.c.address).where(former_addresses.c.feed_id == feed)
    )
    found: dict[WorkspaceId, tuple[str, ...]] = {}
    for row in rows:
        found[row.workspace_id] = (*found.get(row.workspace_id, ()), row.address)
    return found


def meant_by(workspace: WorkspaceId, address: str) -> Select[Any]:
    """The feeds that the workspace follows and may mean by an address, as they are told apart from others."""
    formerly = select(former_addresses.c.feed_id).where(
        former_addresses.c.workspace_id == workspace, former_addresses.c.address == address
    )
    return (
        select(feeds.c.id, feeds.c.address, feeds.c.credential)
        .join_from(follows, feeds)
        .where(follows.c.workspace_id == workspace, or_(feeds.c.address == address, feeds.c.id.in_(formerly)))
    )


async def _hold_ties(connection: AsyncConnection, feed: FeedId) -> None:
    """From here to the end of the unit of work nobody ties the followers to anything: SQLite has one writer."""
    if connection.dialect.name == "postgresql":
        followers = select(follows.c.workspace_id).where(follows.c.feed_id == feed)
        held = select(workspaces.c.id).where(workspaces.c.id.in_(followers)).order_by(workspaces.c.id)
        await connection.execute(held.with_for_update(key_share=True))


async def _held(connection: AsyncConnection, feed: FeedId, address: str) -> tuple[Row[Any], Row[Any] | None]:
    """The feed, and the one that stands at the address already; no poll of either ends before this unit of work."""
    its_credential = select(feeds.c.credential).where(feeds.c.id == feed).scalar_subquery()
    there = and_(feeds.c.address == address, feeds.c.credential == its_credential)
    rows = await connection.execute(
        select(feeds).where(or_(feeds.c.id == feed, there)).order_by(feeds.c.id).with_for_update()
    )
    found = {row.id == feed: row for row in rows}
    return found[True], found.get(False)


async def _ties(connection: AsyncConnection, feed: FeedId) -> Sequence[Row[Any]]:
    query = select(follows).where(follows.c.feed_id == feed).order_by(follows.c.workspace_id)
    return (await connection.execute(query)).all()


async def _is_followed(connection: AsyncConnection, feed: int) -> bool:
    return (
        await connection.execute(select(follows.c.feed_id).where(follows.c.feed_id == feed).limit(1))
    ).first() is not None


async def _has_more(connection: AsyncConnection, old: Row[Any], other: Row[Any]) -> bool:
    """Whether the other feed has brought, since this one is redirected there, what this one has not read yet."""
    if old.moved_since is None:
        return False
    read = select(sightings.c.guid, sightings.c.article_id).where(sightings.c.feed_id == old.id).subquery()
    is_read = exists().where(or_(read.c.guid == sightings.c.guid, read.c.article_id == sightings.c.article_id))
    more = select(sightings.c.id).where(
        sightings.c.feed_id == other.id, sightings.c.first_seen_at >= old.moved_since, ~is_read
    )
    return (await connection.execute(more.limit(1))).first() is not None


async def _resettle(connection: AsyncConnection, old: Row[Any], address: str, other: Row[Any] | None) -> None:
    """The feed itself moves, with all that is known of it."""
    if other is not None:
        # Nobody follows what stands there: it makes room, to where no address leads.
        nowhere = f"{other.address}#{other.id}"
        await connection.execute(update(feeds).where(feeds.c.id == other.id).values(address=nowhere))
    await connection.execute(
        update(feeds)
        .where(feeds.c.id == old.id)
        .values(address=address, **place(address), **UNREAD, **IN_ORDER, **SETTLED, **FREE)
    )
    for tie in await _ties(connection, FeedId(old.id)):
        await _change(connection, tie, name=_called(tie, old))
        await _remember(connection, tie, old.address, old.id, address)


async def _begun(connection: AsyncConnection, old: Row[Any], address: str, ensure: Ensure) -> FeedId:
    there = await ensure(address, old.credential)
    await connection.execute(update(feeds).where(feeds.c.id == there).values(poll_every_s=old.poll_every_s))
    return there


async def _carry(connection: AsyncConnection, tie: Row[Any], old: Row[Any], there: int) -> None:
    """The tie goes to another feed; where the workspace follows that one too, the two become one."""
    query = select(follows).where(follows.c.workspace_id == tie.workspace_id, follows.c.feed_id == there)
    standing = (await connection.execute(query)).first()
    if standing is None:
        await _change(connection, tie, feed_id=there, name=_called(tie, old))
        return
    await _change(
        connection,
        standing,
        name=tie.name or standing.name or _called(tie, old),
        tags=tuple(dict.fromkeys((*tie.tags, *standing.tags))),
        since=min(tie.since, standing.since),
        full_text=tie.full_text or standing.full_text,
        origin=DECLARED if DECLARED in (tie.origin, standing.origin) else tie.origin,
    )
    its_names = (former_addresses.c.workspace_id == tie.workspace_id, former_addresses.c.feed_id == old.id)
    await connection.execute(update(former_addresses).where(*its_names).values(feed_id=there))
    await connection.execute(delete(follows).where(_is(tie)))


def _called(tie: Row[Any], feed: Row[Any]) -> str:
    """What the workspace calls it: queries may name it so, and the title may be another where it stands now."""
    return str(tie.name or feed.title or feed.host)


async def _remember(connection: AsyncConnection, tie: Row[Any], before: str, feed: int, now_at: str) -> None:
    """The address before goes on meaning the feed, unless the move took another back that no file knows of."""
    here = former_addresses.c.workspace_id == tie.workspace_id
    returned = await connection.execute(
        delete(former_addresses).where(here, former_addresses.c.address == now_at).returning(former_addresses.c.feed_id)
    )
    if returned.first() is None or tie.origin == DECLARED:
        statement = insert(connection, former_addresses)
        statement = statement.values(workspace_id=tie.workspace_id, address=before, feed_id=feed)
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["workspace_id", "address"], set_={"feed_id": statement.excluded.feed_id}
            )
        )
    await note_other_names(connection, WorkspaceId(tie.workspace_id))


async def _change(connection: AsyncConnection, tie: Row[Any], **columns: Any) -> None:
    await connection.execute(update(follows).where(_is(tie)).values(**columns))


def _is(tie: Row[Any]) -> Any:
    return and_(follows.c.workspace_id == tie.workspace_id, follows.c.feed_id == tie.feed_id)
