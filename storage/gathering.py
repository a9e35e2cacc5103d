"""The messages in which noisy subscriptions gather: each is posted once, and edited as more comes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.noise import gathered
from bot.model.delivery import Gathered
from bot.model.ids import SubscriptionId
from bot.ports import Telling
from storage import payload
from storage.tables import Instant, alerts, deliveries, reasons

Standing = tuple[Row[Any], Gathered]

# Put together once, for every alert.
_HEARD_SINCE = (
    select(reasons.c.subscription_id, func.count().label("number"))
    .where(
        reasons.c.subscription_id.in_(bindparam("asked", expanding=True)),
        reasons.c.at > bindparam("since", type_=Instant()),
    )
    .group_by(reasons.c.subscription_id)
)
_told = deliveries.alias()
_STANDING = (
    select(deliveries)
    .join(_told, _told.c.told_in == deliveries.c.key)
    .join(alerts, alerts.c.delivery_id == _told.c.id)
    .join(reasons, reasons.c.alert_id == alerts.c.id)
    .where(
        deliveries.c.lane_id == bindparam("lane"),
        deliveries.c.kind == "gathered",
        deliveries.c.state != "dead",
        reasons.c.subscription_id == bindparam("subscription"),
        alerts.c.told_at > bindparam("since", type_=Instant()),
    )
    .order_by(deliveries.c.id.desc(), alerts.c.id.desc())
    .with_for_update(of=deliveries)
)
_GROW = update(deliveries).where(deliveries.c.id == bindparam("delivery")).values(payload=bindparam("grown"))
_AGAIN = update(deliveries).where(deliveries.c.id == bindparam("delivery"), deliveries.c.state == "sent")


def again(now: datetime) -> dict[str, Any]:
    """Columns of one that stands in its channel and is to be edited."""
    return {
        "state": "pending",
        "reason": "",
        "attempt": 0,
        "doubted": False,
        "repeated": False,
        "not_before": now,
        "created_at": now,
        "settled_at": None,
    }


async def heard_since(
    connection: AsyncConnection, subscriptions: Iterable[SubscriptionId], since: datetime
) -> Mapping[SubscriptionId, int]:
    """How many alerts each subscription had a part in."""
    asked = sorted(set(subscriptions))
    if not asked:
        return {}
    counted = await connection.execute(_HEARD_SINCE, {"asked": asked, "since": since})
    return {SubscriptionId(row.subscription_id): row.number for row in counted}


async def standing_for(connection: AsyncConnection, telling: Telling, since: datetime) -> Standing | None:
    """The message in which the first of the alert's subscriptions has gathered of late."""
    gathered_in = {"lane": telling.destination, "subscription": telling.subscriptions[0], "since": since}
    rows = await connection.execute(_STANDING, gathered_in)
    for row in rows:
        content = payload.readable("gathered", row.payload)
        if isinstance(content, Gathered) and content.reason.subscription == telling.alert.reasons[0].subscription:
            return row, content
    return None


def with_one_more(telling: Telling, standing: Gathered | None) -> Gathered:
    return gathered(telling.alert, telling.alert.reasons[0], standing)


async def grow(connection: AsyncConnection, row: Row[Any], content: Gathered, now: datetime) -> None:
    """What stands in its channel is edited; what is under way is so once its outcome is known."""
    grown = payload.dump(content)[1]
    await connection.execute(_GROW, {"delivery": row.id, "grown": grown})
    await connection.execute(_AGAIN, {"delivery": row.id, **again(now)})
