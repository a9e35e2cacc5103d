"""The tenants."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.destination import Workspace
from bot.model.ids import WorkspaceId
from storage.dialect import insert
from storage.tables import deliveries, destinations, workspaces


class StoredWorkspaces:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def register(self, workspace: Workspace, name: str = "") -> WorkspaceId:
        await self._connection.execute(
            insert(self._connection, workspaces)
            .values(platform=workspace.platform, external_id=workspace.external_id, name=name)
            .on_conflict_do_nothing()
        )
        if name:
            await self._connection.execute(
                update(workspaces).where(_is(workspace), workspaces.c.name != name).values(name=name)
            )
        found = await self.find(workspace)
        if found is None:
            raise LookupError(f"{workspace} was not kept")
        return found

    async def find(self, workspace: Workspace) -> WorkspaceId | None:
        row = (await self._connection.execute(select(workspaces.c.id).where(_is(workspace)))).first()
        return WorkspaceId(row.id) if row else None

    async def all(self) -> Sequence[tuple[WorkspaceId, Workspace]]:
        rows = await self._connection.execute(select(workspaces).order_by(workspaces.c.id))
        return [(WorkspaceId(row.id), Workspace(row.platform, row.external_id)) for row in rows]

    async def suspend(self, workspace: Workspace, reason: str) -> None:
        await self._connection.execute(
            update(workspaces).where(_is(workspace)).values(suspended=reason, try_again_at=None)
        )

    async def resume(self, workspace: Workspace) -> None:
        await resume_workspaces(self._connection, _is(workspace))
        # Signing in is a new beginning: the doors of lanes that are shut are tried at once as well.
        shut = (
            select(destinations.c.id)
            .join(workspaces, destinations.c.workspace_id == workspaces.c.id)
            .where(_is(workspace), destinations.c.suspended != "")
        )
        await _make_due(self._connection, shut)


async def resume_workspaces(connection: AsyncConnection, which: ColumnElement[bool]) -> None:
    """What was put off because their door was shut waits no longer."""
    resumed = await connection.execute(
        update(workspaces)
        .where(which, workspaces.c.suspended != "")
        .values(suspended="", try_again_at=None)
        .returning(workspaces.c.id)
    )
    ids = [row.id for row in resumed]
    if not ids:
        return
    await _make_due(connection, select(destinations.c.id).where(destinations.c.workspace_id.in_(ids)))


async def _make_due(connection: AsyncConnection, lanes: Select[tuple[int]]) -> None:
    await connection.execute(
        update(deliveries)
        .where(deliveries.c.lane_id.in_(lanes), deliveries.c.state == "pending")
        .values(not_before=deliveries.c.created_at)
    )


def _is(workspace: Workspace) -> ColumnElement[bool]:
    return (workspaces.c.platform == workspace.platform) & (workspaces.c.external_id == workspace.external_id)
