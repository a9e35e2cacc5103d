"""Where deliveries stand: in lanes, one a destination. What the head of a lane is, and which are still open."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, case, func, select

from bot.model.ids import DestinationId
from storage.tables import deliveries, destinations, workspaces

OPEN = deliveries.c.settled_at.is_(None)
UNDER_WAY = ("sending", "checking", "unknown")


def heads(lanes: Sequence[DestinationId] = ()) -> Select[Any]:
    """The open delivery of each of the lanes whose turn it is: the one under way, else a summary, else the lowest.

    Of every lane where none is named.

    On PostgreSQL a lower id may become visible later than a higher one. A summary stands for what was the lowest.
    """
    under_way = func.min(case((deliveries.c.state.in_(UNDER_WAY), deliveries.c.id)))
    summary = func.min(case((deliveries.c.kind == "catch-up", deliveries.c.id)))
    first = func.coalesce(under_way, summary, func.min(deliveries.c.id))
    chosen = select(first).where(OPEN).group_by(deliveries.c.lane_id)
    if lanes:
        chosen = chosen.where(deliveries.c.lane_id.in_(lanes))
    return placed().where(deliveries.c.id.in_(chosen))


def placed() -> Select[Any]:
    """Deliveries, each with its place."""
    return (
        select(deliveries, destinations.c.channel, workspaces.c.platform, workspaces.c.external_id.label("tenant"))
        .join_from(deliveries, destinations)
        .join(workspaces)
    )


def workspace_of(lane: DestinationId) -> Any:
    return select(destinations.c.workspace_id).where(destinations.c.id == lane).scalar_subquery()
