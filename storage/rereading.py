"""Standing subscriptions whose queries mean something else than they did when they were made."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.ids import SubscriptionId
from bot.model.subscription import DECLARED
from storage.dialect import insert
from storage.likeness import reads_as
from storage.revisions import next_revision
from storage.tables import kept, subscriptions

READ_BY = "read by"


async def read_by(connection: AsyncConnection) -> str:
    """See bot.ports.Unit.read_by."""
    return (await connection.execute(select(kept.c.value).where(kept.c.name == READ_BY))).scalar() or ""


async def reread(connection: AsyncConnection, readings: Mapping[SubscriptionId, str], by: str) -> int:
    """See bot.ports.Unit.reread."""
    await connection.execute(
        insert(connection, kept)
        .values(name=READ_BY, value=by)
        .on_conflict_do_update(index_elements=[kept.c.name], set_={"value": by})
    )
    rows = await connection.execute(
        select(
            subscriptions.c.id,
            subscriptions.c.destination_id,
            subscriptions.c.number,
            subscriptions.c.normal_form,
            subscriptions.c.reads_as,
            subscriptions.c.feeds,
            subscriptions.c.tags,
        )
        .where(subscriptions.c.ended_at.is_(None))
        # What the file declares is looked for by what it reads as.
        .order_by(subscriptions.c.origin != DECLARED, subscriptions.c.number)
    )
    taken: set[tuple[int, str]] = set()
    changed = []
    for row in rows:
        normal_form = readings.get(SubscriptionId(row.id), row.normal_form)
        likeness = reads_as(normal_form, row.feeds, row.tags)
        if (row.destination_id, likeness) in taken:
            # Both stand, and are told once.
            likeness = reads_as(normal_form, row.feeds, row.tags, row.id)
        taken.add((row.destination_id, likeness))
        if (row.normal_form, row.reads_as) != (normal_form, likeness):
            changed.append({"which": row.id, "form": normal_form, "likeness": likeness})
    await _change(connection, changed)
    return len(changed)


async def _change(connection: AsyncConnection, changed: list[dict[str, Any]]) -> None:
    if not changed:
        return
    which = subscriptions.c.id == bindparam("which")
    # One may take what another lets go in the same moment: so all let go first.
    let_go = [{"which": one["which"], "likeness": f"reread {one['which']}"} for one in changed]
    await connection.execute(update(subscriptions).where(which).values(reads_as=bindparam("likeness")), let_go)
    revision = await next_revision(connection)
    columns: dict[str, Any] = {
        "normal_form": bindparam("form"),
        "reads_as": bindparam("likeness"),
        "revision": revision,
    }
    await connection.execute(update(subscriptions).where(which).values(columns), changed)
