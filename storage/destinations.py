"""A destination's row, which is also its lane."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.destination import Destination
from bot.model.ids import DestinationId, WorkspaceId
from storage.dialect import insert
from storage.tables import destinations
from storage.workspaces import StoredWorkspaces


async def ensure_destination(
    connection: AsyncConnection, destination: Destination
) -> tuple[DestinationId, WorkspaceId]:
    """Its id and its workspace's; both made where they are new."""
    workspace = await StoredWorkspaces(connection).register(destination.workspace)
    await connection.execute(
        insert(connection, destinations)
        .values(workspace_id=workspace, channel=destination.channel)
        .on_conflict_do_nothing()
    )
    found = await connection.execute(
        select(destinations.c.id).where(
            destinations.c.workspace_id == workspace, destinations.c.channel == destination.channel
        )
    )
    return DestinationId(found.scalar_one()), workspace
