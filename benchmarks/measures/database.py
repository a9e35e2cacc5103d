"""Fills the database that ``restart`` opens, by the storage layer's own tables."""

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import create_engine, insert

from benchmarks.workload import Workload
from bot.model.subscription import CADENCE_NOW
from storage.tables import destinations, subscriptions, workspaces
from storage.unit import SqlStorage

PER_DESTINATION = 10
BATCH = 20_000
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def measure(workload: Workload, size: int) -> dict[str, float]:
    asyncio.run(_migrate(url(workload)))
    engine = create_engine(url(workload))
    rows = _rows(workload, size)
    with engine.begin() as connection:
        connection.execute(insert(workspaces), {"id": 1, "platform": "console", "external_id": "", "last_number": size})
        connection.execute(
            insert(destinations),
            [{"id": at + 1, "workspace_id": 1, "channel": str(at)} for at in range(-(-size // PER_DESTINATION))],
        )
        while batch := list(islice(rows, BATCH)):
            connection.execute(insert(subscriptions), batch)
    engine.dispose()
    return {"database_mb": database(workload).stat().st_size / 1e6}


def database(workload: Workload) -> Any:
    return workload.folder / "restart.db"


def url(workload: Workload) -> str:
    return f"sqlite:///{database(workload)}"


async def _migrate(address: str) -> None:
    storage = SqlStorage(address)
    await storage.migrate()
    await storage.close()


def _rows(workload: Workload, size: int) -> Iterator[dict[str, Any]]:
    pairs = zip(workload.pairs("mix", size), workload.typed("mix", size), strict=True)
    for (subscription, query), typed in pairs:
        yield {
            "id": subscription,
            "workspace_id": 1,
            "number": subscription,
            "destination_id": (subscription - 1) // PER_DESTINATION + 1,
            "query": typed,
            "normal_form": query.normal_form,
            "feeds": (),
            "tags": (),
            "cadence": CADENCE_NOW,
            "owner": "U0123",
            "origin": "command",
            # One destination may draw the same query twice, which a real one cannot hold.
            "reads_as": hashlib.sha256(f"{subscription} {query.normal_form}".encode()).hexdigest(),
            "created_at": SINCE,
        }
