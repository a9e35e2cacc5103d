"""What people typed and clicked, by the platform's own id. Who is first to claim one does it.

A row without a lease is done. One whose lease ran out was left undone, and whoever hears of it again takes it up.
"""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.dialect import insert
from storage.tables import askings


class StoredAskings:
    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    async def claim(self, name: str, owner: str, lease: timedelta) -> bool:
        mine = {"owner": owner, "lease_until": self._now + lease}
        begun = (
            insert(self._connection, askings)
            .values(name=name, asked_at=self._now, **mine)
            .on_conflict_do_nothing()
            .returning(askings.c.id)
        )
        if (await self._connection.execute(begun)).first() is not None:
            return True
        left_undone = (askings.c.name == name, askings.c.lease_until <= self._now)
        taken = update(askings).where(*left_undone).values(asked_at=self._now, **mine).returning(askings.c.id)
        return (await self._connection.execute(taken)).first() is not None

    async def settle(self, name: str, owner: str) -> None:
        await self._connection.execute(
            update(askings).where(askings.c.name == name, askings.c.owner == owner).values(owner=None, lease_until=None)
        )
