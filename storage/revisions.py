"""When subscriptions changed, in numbers that whoever matches follows: each change stands behind all before it."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.ids import WorkspaceId
from storage.dialect import insert
from storage.tables import revisions, subscriptions

OF_SUBSCRIPTIONS = "subscriptions"
FIRST = 1
"""Of what stood before there were revisions."""


async def next_revision(connection: AsyncConnection) -> int:
    """From here to the end of the unit of work nobody else takes one, so that revisions are committed in order."""
    taken = await connection.execute(
        insert(connection, revisions)
        .values(of=OF_SUBSCRIPTIONS, last=FIRST + 1)
        .on_conflict_do_update(index_elements=[revisions.c.of], set_={"last": revisions.c.last + 1})
        .returning(revisions.c.last)
    )
    return int(taken.scalar_one())


async def note_other_names(connection: AsyncConnection, workspace: WorkspaceId) -> None:
    """The workspace calls its feeds differently, or follows others: what asks for feeds by name means others, too."""
    asks_for_feeds = (
        (subscriptions.c.workspace_id == workspace)
        & subscriptions.c.ended_at.is_(None)
        & subscriptions.c.normal_form.contains("feed:")
    )
    if (await connection.execute(select(subscriptions.c.id).where(asks_for_feeds).limit(1))).first():
        revision = await next_revision(connection)
        await connection.execute(update(subscriptions).where(asks_for_feeds).values(revision=revision))
