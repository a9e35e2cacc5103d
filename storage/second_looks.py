"""Deliveries that were sent again while nobody knew whether they stood there, and may stand there twice."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.delivery import Gathered, Looked, Posted
from bot.model.ids import DeliveryId
from storage.gathering import again
from storage.outbox import UNREADABLE, delivery_of
from storage.tables import deliveries, destinations, workspaces

log = logging.getLogger(__name__)


class StoredSecondLooks:
    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    async def any_due(self) -> bool:
        due = select(deliveries.c.id).where(self._is_due()).limit(1)
        return (await self._connection.execute(due)).first() is not None

    def _is_due(self) -> Any:
        is_free = or_(deliveries.c.lease_until.is_(None), deliveries.c.lease_until <= self._now)
        return and_(deliveries.c.look_again_at <= self._now, is_free)

    async def claim(self, owner: str, limit: int, lease: timedelta, platforms: Sequence[str]) -> Sequence[Posted]:
        due = (
            select(deliveries, destinations.c.channel, workspaces.c.platform, workspaces.c.external_id.label("tenant"))
            .join_from(deliveries, destinations)
            .join(workspaces)
            .where(self._is_due(), workspaces.c.platform.in_(platforms))
            .order_by(deliveries.c.look_again_at, deliveries.c.id)
            .limit(limit)
        )
        rows = (await self._connection.execute(due)).all()
        return [posted for row in rows if (posted := await self._take(row, owner, lease)) is not None]

    async def _take(self, row: Row[Any], owner: str, lease: timedelta) -> Posted | None:
        leased = {"epoch": row.epoch + 1, "owner": owner, "lease_until": self._now + lease}
        if not await self._change(row.id, row.epoch, **leased):
            return None
        try:
            delivery = delivery_of(row, row)
        except ValueError:
            facts = {"delivery": row.id, "reason": UNREADABLE}
            log.error("looked no second time", extra=facts)  # noqa: TRY400 - the traceback tells nothing
            await self._change(row.id, row.epoch + 1, look_again_at=None, owner=None, lease_until=None)
            return None
        return Posted(DeliveryId(row.id), delivery, owner, row.epoch + 1, row.external_id, row.created_at)

    async def settle(self, posted: Posted, looked: Looked) -> bool:
        told: dict[str, Any] = {"external_id": looked.receipt, "look_again_at": looked.look_again}
        if isinstance(posted.delivery.content, Gathered) and looked.receipt != posted.receipt:
            # The copy that stays was never edited.
            told |= again(self._now)
        return await self._change(posted.id, posted.epoch, **told, owner=None, lease_until=None)

    async def _change(self, delivery: int, at_epoch: int, **columns: Any) -> bool:
        changed = await self._connection.execute(
            update(deliveries)
            .where(deliveries.c.id == delivery, deliveries.c.epoch == at_epoch, deliveries.c.look_again_at.is_not(None))
            .values(columns)
            .returning(deliveries.c.id)
        )
        return changed.first() is not None
