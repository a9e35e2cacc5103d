"""How this process is: whether it can do its work, and whether the work is done in time."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.errors import StorageUnavailable
from bot.ports import Storage, Vitals
from bot.web.dead_man import DeadMan
from bot.web.metrics import Metrics

OVERDUE = timedelta(minutes=10)
"""How long what is due may wait: far longer than a poll or an attempt takes, and than another process's lease."""


@dataclass
class Condition:
    storage: Storage
    platforms: Collection[str]
    """Those that are on: what waits for another one is no trouble of ours."""
    is_signed_in: Callable[[], bool]
    is_stopping: bool = False
    metrics: Metrics = field(default_factory=Metrics)
    _since: datetime | None = None

    async def begin(self) -> None:
        """What has been due since before is not late by this process's doing."""
        async with self.storage.read() as unit:
            self._since = unit.now

    async def trouble(self) -> str:
        """What keeps Tocsin from its work, in a few words without a secret; empty: nothing."""
        if self.is_stopping:
            return "it is stopping"
        try:
            async with self.storage.read() as unit:
                vitals, now = await unit.vitals(), unit.now
        except StorageUnavailable as trouble:
            return f"the database is out of reach: {trouble}"
        if not self.is_signed_in():
            return "no platform is signed in"
        return overdue(vitals, self.platforms, now - (self._since or now))

    async def told(self) -> bytes:
        """For Prometheus."""
        try:
            async with self.storage.read() as unit:
                return self.metrics.told(await unit.vitals())
        except StorageUnavailable:
            return self.metrics.told(None)

    async def call(self, dead_man: DeadMan) -> None:
        """While all is well."""
        if not await self.trouble():
            await dead_man.call()


def overdue(vitals: Vitals, platforms: Collection[str], running_for: timedelta) -> str:
    """What has been due for too long. A process that has begun just now still catches up; empty: nothing."""
    if running_for <= OVERDUE:
        return ""
    lags = {f"a delivery to {name}": vitals.delivery_lag.get(name, timedelta()) for name in sorted(platforms)}
    lags["a feed"] = vitals.feed_lag
    return "; ".join(
        f"{what} has been due for {lag.total_seconds() / 60:.0f} minutes" for what, lag in lags.items() if lag > OVERDUE
    )
