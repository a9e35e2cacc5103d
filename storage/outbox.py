"""The outbox: one lane a destination, deliveries leave it one at a time, in order.

A row is taken with a lease and an epoch. Its outcome counts only while owner and epoch are still the row's: a process
that slept past its lease changes nothing any more.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, assert_never

from sqlalchemy import Row, Select, and_, bindparam, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.noise import gathers
from bot.model.delivery import (
    Alert,
    Claimed,
    Content,
    Dead,
    Delivery,
    Finished,
    Gathered,
    Noise,
    Pending,
    Reason,
    Step,
    Suspended,
    Terms,
    Unknown,
)
from bot.model.destination import Destination, Workspace
from bot.model.ids import DeliveryId, DestinationId, SubscriptionId
from bot.ports import Telling
from storage import payload
from storage.catching_up import with_its_backlog
from storage.destinations import ensure_destination
from storage.dialect import insert_into
from storage.gathering import again, grow, heard_since, standing_for, with_one_more
from storage.lanes import OPEN, UNDER_WAY, heads, workspace_of
from storage.queueing import key_of, queue
from storage.tables import alerts, deliveries, destinations, reasons, workspaces
from storage.workspaces import resume_workspaces

log = logging.getLogger(__name__)

UNREADABLE = "this version of Tocsin cannot read what it says"
STOPPED = "Tocsin was stopped before it was answered"

# Put together once, for every alert.
_TELL = alerts.insert().returning(alerts.c.id, alerts.c.delivery_id)
_END = update(deliveries).where(deliveries.c.id == bindparam("delivery"))


@cache
def _keep_reasons(dialect: str) -> Any:
    return insert_into(reasons, dialect).on_conflict_do_nothing()


class StoredOutbox:
    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    async def destination(self, destination: Destination) -> DestinationId:
        return (await ensure_destination(self._connection, destination))[0]

    async def notify(self, destination: DestinationId, content: Content, occasion: str) -> bool:
        return bool(
            await queue(self._connection, self._now, [(destination, content, key_of("notice", destination, occasion))])
        )

    async def tell(self, tellings: Sequence[Telling], noise: Noise | None = None) -> Sequence[bool]:
        keys = [key_of("alert", telling.destination, telling.story) for telling in tellings]
        # Of several that tell one destination of one story the first is queued, and the others join it.
        first: dict[str, int] = {}
        for place, key in enumerate(keys):
            first.setdefault(key, place)
        leading = {key: tellings[place] for key, place in first.items()}
        asked = (one for telling in tellings for one in telling.subscriptions)
        heard = await self.heard(asked, self._now - noise.window) if noise else {}
        queued = await queue(
            self._connection, self._now, [(one.destination, one.alert, key) for key, one in leading.items()]
        )
        new = {queued[key]: one for key, one in leading.items() if key in queued}
        await self._note(new)
        if noise:
            await self._gather(new, heard, noise)
        told = [key in queued and first[key] == place for place, key in enumerate(keys)]
        for telling, is_told in zip(tellings, told, strict=True):
            if not is_told:
                await self._join(telling)
        return told

    async def heard(self, subscriptions: Iterable[SubscriptionId], since: datetime) -> Mapping[SubscriptionId, int]:
        return await heard_since(self._connection, subscriptions, since)

    async def _gather(self, new: Mapping[int, Telling], heard: Mapping[SubscriptionId, int], noise: Noise) -> None:
        """Of these alerts, by delivery, those end at once whose subscriptions are noisy: one message tells them."""
        counted = Counter(heard)
        for delivery, telling in new.items():
            if gathers(telling.subscriptions, counted, noise):
                key = await self._gathered_in(telling, self._now - noise.window)
                ended = self._columns(Dead(f"told in the message {key}, in which a noisy subscription gathers"))
                await self._connection.execute(_END, {"delivery": delivery, **ended, "told_in": key})
            counted.update(telling.subscriptions)

    async def _gathered_in(self, telling: Telling, since: datetime) -> str:
        """The key of the message that tells it from now on."""
        standing = await standing_for(self._connection, telling, since)
        if standing is not None:
            row, content = standing
            await grow(self._connection, row, with_one_more(telling, content), self._now)
            return str(row.key)
        key = key_of("gathered", telling.destination, telling.subscriptions[0], telling.story)
        await queue(self._connection, self._now, [(telling.destination, with_one_more(telling, None), key)])
        return key

    async def _note(self, queued: Mapping[int, Telling]) -> None:
        """That destinations are told of stories, and why; by delivery."""
        if not queued:
            return
        rows = [
            {
                "destination_id": telling.destination,
                "story_id": telling.story,
                "article_id": telling.article,
                "delivery_id": delivery,
                "told_at": self._now,
            }
            for delivery, telling in queued.items()
        ]
        noted = await self._connection.execute(_TELL, rows)
        await self._keep_reasons([(row.id, queued[row.delivery_id]) for row in noted], posted=True)

    async def _join(self, telling: Telling) -> None:
        """The destination has the story already: its new reasons join what still waits, and are kept in any case."""
        standing = (
            await self._connection.execute(
                select(alerts.c.id, deliveries.c.id.label("delivery"), deliveries.c.payload)
                .join_from(alerts, deliveries)
                .where(alerts.c.destination_id == telling.destination, alerts.c.story_id == telling.story)
                .with_for_update()
            )
        ).one()
        joined = _joined(standing.payload, telling.alert.reasons)
        posted = joined is not None and await self._reword(standing.delivery, joined)
        await self._keep_reasons([(standing.id, telling)], posted=posted)

    async def _reword(self, delivery: int, text: str) -> bool:
        """False where it waits no longer."""
        waiting = await self._connection.execute(
            update(deliveries)
            .where(deliveries.c.id == delivery, deliveries.c.state == "pending")
            .values(payload=text)
            .returning(deliveries.c.id)
        )
        return waiting.first() is not None

    async def _keep_reasons(self, told: Sequence[tuple[int, Telling]], *, posted: bool) -> None:
        rows = [
            {
                "alert_id": alert,
                "subscription_id": subscription,
                "article_id": telling.article,
                "posted": posted,
                "at": self._now,
            }
            for alert, telling in told
            for subscription in telling.subscriptions
        ]
        await self._connection.execute(_keep_reasons(self._connection.dialect.name), rows)

    async def due(self, terms: Terms, most: int) -> Sequence[tuple[DestinationId, Workspace]]:
        turn = func.row_number().over(partition_by=workspaces.c.id, order_by=(deliveries.c.not_before, deliveries.c.id))
        due = self._due_heads(terms).add_columns(turn.label("turn")).subquery()
        first = select(due).where(due.c.turn <= most).order_by(due.c.not_before, due.c.id)
        rows = await self._connection.execute(first)
        return [(DestinationId(row.lane_id), Workspace(row.platform, row.tenant)) for row in rows]

    async def claim(
        self, owner: str, limit: int, terms: Terms, lanes: Sequence[DestinationId] = ()
    ) -> Sequence[Claimed]:
        longest_due = self._due_heads(terms, lanes).order_by(deliveries.c.not_before, deliveries.c.id).limit(limit)
        rows = (await self._connection.execute(longest_due)).all()
        taken = []
        for row in rows:
            await self._hold_lane(row.lane_id)
            head = await with_its_backlog(self._connection, self._now, row, terms.ages) if terms.ages else row
            taken.append(await self._take(head, owner, terms.lease, terms.platforms[row.platform]))
        return [claimed for claimed in taken if claimed is not None]

    def _due_heads(self, terms: Terms, lanes: Sequence[DestinationId] = ()) -> Select[Any]:
        is_ours = workspaces.c.platform.in_(list(terms.platforms))
        return heads(lanes).where(self._is_due(terms.grace), self._is_awake(), self._is_open(), is_ours)

    def _is_awake(self) -> Any:
        return or_(destinations.c.rests_until.is_(None), destinations.c.rests_until <= self._now)

    def _is_open(self) -> Any:
        """Not suspended, or it is time to try the door."""
        return or_(workspaces.c.suspended == "", workspaces.c.try_again_at <= self._now)

    def _is_due(self, grace: timedelta) -> Any:
        """Waiting or in doubt, and its time has come; or left by a process whose lease ran out."""
        state = deliveries.c.state
        return or_(
            and_(state.in_(["pending", "unknown"]), deliveries.c.not_before <= self._now),
            and_(
                state.in_(["sending", "checking"]),
                deliveries.c.lease_until <= self._now,
                deliveries.c.last_sent_at <= self._now - grace,
            ),
        )

    async def _take(self, row: Row[Any], owner: str, lease: timedelta, knows_again: timedelta) -> Claimed | None:
        was_left = row.state != "pending"
        # An edit that may have arrived is simply made again.
        is_edit = bool(row.external_id)
        in_doubt = was_left and not is_edit and not (row.first_sent_at and self._now - row.first_sent_at < knows_again)
        values: dict[str, Any] = {
            "state": "checking" if in_doubt else "sending",
            "epoch": row.epoch + 1,
            "owner": owner,
            "lease_until": self._now + lease,
            "doubted": row.doubted or was_left,
        }
        if not in_doubt:
            values |= {
                "attempt": row.attempt + 1,
                "first_sent_at": row.first_sent_at or self._now,
                "last_sent_at": self._now,
            }
        others = deliveries.alias()
        another = exists().where(others.c.lane_id == row.lane_id, others.c.id != row.id, others.c.state.in_(UNDER_WAY))
        taken = await self._connection.execute(
            update(deliveries)
            .where(deliveries.c.id == row.id, deliveries.c.epoch == row.epoch, OPEN, ~another)
            .values(values)
            .returning(*deliveries.c)
        )
        now = taken.first()
        if now is None:
            return None
        try:
            return _claimed(now, row, self._now)
        except ValueError:
            await self._give_up(now)
            return None

    async def _hold_lane(self, lane: int) -> None:
        """Who changes what is in hand of a lane goes one after the other, and sees what the one before did.

        On SQLite all that writes does.
        """
        if self._connection.dialect.name == "sqlite":
            return
        await self._connection.execute(select(destinations.c.id).where(destinations.c.id == lane).with_for_update())

    async def _give_up(self, row: Row[Any]) -> None:
        """One that cannot be read must not hold up its lane, nor the claim of all others."""
        log.error("gave up", extra={"delivery": row.id, "reason": UNREADABLE})
        await self._connection.execute(
            update(deliveries)
            .where(deliveries.c.id == row.id)
            .values(owner=None, lease_until=None, **self._columns(Dead(UNREADABLE)))
        )

    async def settle(self, claimed: Claimed, step: Step) -> bool:
        told = self._columns(step)
        if claimed.receipt:
            # An edit changes nothing about a second look at the post.
            told.pop("look_again_at", None)
        # In the order of a claim, which holds the lane first.
        await self._hold_lane(claimed.lane)
        recorded = await self._connection.execute(
            update(deliveries)
            .where(
                deliveries.c.id == claimed.id,
                deliveries.c.epoch == claimed.epoch,
                deliveries.c.owner == claimed.owner,
                deliveries.c.state.in_(["sending", "checking"]),
            )
            .values(owner=None, lease_until=None, **told)
            .returning(deliveries.c.lane_id)
        )
        row = recorded.first()
        if row is None:
            return False
        if isinstance(step, Suspended):
            await self._suspend(DestinationId(row.lane_id), step)
        elif isinstance(step, Finished):
            await self._open(DestinationId(row.lane_id), step.lane_rests_until)
            if isinstance(claimed.delivery.content, Gathered):
                await self._edit_what_grew(claimed)
        return True

    async def release(self, owner: str, grace: timedelta) -> None:
        held = update(deliveries).where(deliveries.c.owner == owner)
        was_sending = deliveries.c.state == "sending"
        await self._connection.execute(
            held.where(deliveries.c.state.in_(["sending", "checking"])).values(
                state="unknown",
                reason=STOPPED,
                not_before=case((was_sending, self._now + grace), else_=self._now),
                owner=None,
                lease_until=None,
            )
        )
        # What is left was looked at a second time.
        await self._connection.execute(held.values(owner=None, lease_until=None))

    async def _edit_what_grew(self, claimed: Claimed) -> None:
        """It stands there as it was when it was claimed; after a doubtful post nobody knows as it was when."""
        is_known = bool(claimed.receipt) or not claimed.is_resend
        as_claimed = deliveries.c.payload == payload.dump(claimed.delivery.content)[1]
        behind = update(deliveries).where(deliveries.c.id == claimed.id)
        await self._connection.execute((behind.where(~as_claimed) if is_known else behind).values(again(self._now)))

    def _columns(self, step: Step) -> dict[str, Any]:
        match step:
            case Finished(receipt=receipt, look_again=again):
                settled = {"external_id": receipt, "reason": "", "settled_at": self._now, "look_again_at": again}
                return {"state": "sent", **settled}
            case Pending(reason, due, repeated):
                return {"state": "pending", "reason": reason, "not_before": due, "repeated": repeated}
            case Unknown(reason, due):
                return {"state": "unknown", "reason": reason, "not_before": due}
            case Suspended(reason=reason, due=due, in_doubt=in_doubt):
                return {"state": "unknown" if in_doubt else "pending", "reason": reason, "not_before": due}
            case Dead(reason):
                return {"state": "dead", "reason": reason, "settled_at": self._now}
            case _:
                assert_never(step)

    async def _suspend(self, lane: DestinationId, step: Suspended) -> None:
        if step.scope == "workspace":
            await self._connection.execute(
                update(workspaces)
                .where(workspaces.c.id == workspace_of(lane))
                .values(suspended=step.reason, try_again_at=step.due)
            )
        else:
            await self._connection.execute(
                update(destinations).where(destinations.c.id == lane).values(suspended=step.reason)
            )

    async def _open(self, lane: DestinationId, rests_until: datetime | None = None) -> None:
        """What was posted there shows that the lane is open, and its workspace too."""
        this = update(destinations).where(destinations.c.id == lane)
        if rests_until is None:
            await self._connection.execute(this.where(destinations.c.suspended != "").values(suspended=""))
        else:
            await self._connection.execute(this.values(suspended="", rests_until=rests_until))
        await resume_workspaces(self._connection, workspaces.c.id == workspace_of(lane))

    async def reopen(self, destination: Destination) -> None:
        lane = await self.destination(destination)
        await self._open(lane)
        await self._connection.execute(
            update(deliveries)
            .where(deliveries.c.lane_id == lane, deliveries.c.state == "pending", deliveries.c.not_before > self._now)
            .values(not_before=self._now)
        )


def _joined(standing: str, more: Sequence[Reason]) -> str | None:
    """The payload of an alert with more reasons; None where there are none, or it cannot be read any more."""
    alert = payload.readable("alert", standing)
    if alert is None:
        return None
    assert isinstance(alert, Alert)  # noqa: S101 - kind and payload are written together, by _queue
    new = tuple(reason for reason in more if reason not in alert.reasons)
    return payload.dump(replace(alert, reasons=alert.reasons + new))[1] if new else None


def _claimed(row: Row[Any], head: Row[Any], now: datetime) -> Claimed:
    return Claimed(
        id=DeliveryId(row.id),
        lane=DestinationId(row.lane_id),
        delivery=delivery_of(row, head),
        kind=row.kind,
        owner=row.owner,
        epoch=row.epoch,
        attempt=row.attempt,
        in_doubt=row.state == "checking",
        is_resend=row.doubted,
        queued_at=row.created_at,
        claimed_at=now,
        lease_until=row.lease_until,
        receipt=row.external_id or "",
    )


def delivery_of(row: Row[Any], place: Row[Any]) -> Delivery:
    """Given its row, and that of its place. Raises ValueError where it cannot be read."""
    return Delivery(
        key=row.key,
        destination=Destination(Workspace(place.platform, place.tenant), place.channel),
        content=payload.load(row.kind, row.payload),
        repeated=row.repeated,
        first_sent_at=row.first_sent_at,
        last_sent_at=row.last_sent_at,
    )
