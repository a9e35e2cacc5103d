"""Tidying up: what is older than it is to be kept goes, a little at a time, and never what may still be needed.

Any number of processes may do it at once.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from bot.errors import StorageUnavailable
from bot.ports import Keep, Storage

log = logging.getLogger(__name__)

BATCH = 200
"""Rows that one unit of work removes: a poll or a delivery waits no longer than for these."""
REST = timedelta(minutes=10)
"""After everything was looked through."""


@dataclass
class Tidier:
    """A sweep removes one batch at most, so that others come in between and a stop is a stop."""

    storage: Storage
    keep: Keep
    _to_do: Iterator[str] = field(init=False, default=iter(()))
    _kind: str = field(init=False, default="")
    _removed: Counter[str] = field(init=False, default_factory=Counter)
    _rests_until: float = field(init=False, default=0.0)

    @property
    def is_at_it(self) -> bool:
        """Whether it is in the midst of a round."""
        return bool(self._kind)

    async def sweep(self) -> None:
        if asyncio.get_running_loop().time() < self._rests_until:
            return
        try:
            await self._go_on()
        except StorageUnavailable as trouble:
            log.warning("could not tidy up; trying again", extra={"reason": str(trouble)})

    async def _go_on(self) -> None:
        if not self._kind:
            await self._begin()
        if await self._remove_some() < BATCH:
            self._kind = next(self._to_do, "")
        if not self._kind:
            self._end()

    async def _begin(self) -> None:
        async with self.storage.begin() as unit:
            await unit.tidying.ask_for_whole_documents(self.keep)
            self._to_do = iter(unit.tidying.kinds)
        self._kind = next(self._to_do)

    async def _remove_some(self) -> int:
        """How many were chosen; somebody else may have removed them meanwhile."""
        async with self.storage.read() as unit:
            rows = await unit.tidying.overdue(self._kind, self.keep, BATCH)
        if rows:
            async with self.storage.begin() as unit:
                self._removed[self._kind] += await unit.tidying.remove(self._kind, self.keep, rows)
        return len(rows)

    def _end(self) -> None:
        if any(self._removed.values()):
            log.info("tidied up", extra=dict(+self._removed))
        self._removed.clear()
        self._rests_until = asyncio.get_running_loop().time() + REST.total_seconds()
