"""How deliveries come into their lanes."""

import hashlib
from base64 import b32encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.delivery import Content
from bot.model.ids import DestinationId
from storage import payload
from storage.dialect import insert_into
from storage.tables import deliveries


@cache
def _queue(dialect: str) -> Any:
    return insert_into(deliveries, dialect).on_conflict_do_nothing().returning(deliveries.c.id, deliveries.c.key)


async def queue(
    connection: AsyncConnection, now: datetime, waiting: Sequence[tuple[DestinationId, Content, str]]
) -> Mapping[str, int]:
    """In this order, by lane, content and key; answers the ids of those that did not stand there, by key."""
    rows = []
    for lane, content, key in waiting:
        kind, text = payload.dump(content)
        rows.append(
            {
                "lane_id": lane,
                "kind": kind,
                "key": key,
                "payload": text,
                "state": "pending",
                "not_before": now,
                "created_at": now,
            }
        )
    if not rows:
        return {}
    inserted = await connection.execute(_queue(connection.dialect.name), rows)
    return {row.key: row.id for row in inserted}


def key_of(*ingredients: object) -> str:
    """24 characters of a digest: Discord's nonce takes 25."""
    digest = hashlib.sha256("\x1f".join(map(str, ingredients)).encode()).digest()
    return b32encode(digest[:15]).decode().lower()
