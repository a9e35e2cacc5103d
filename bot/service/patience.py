"""What has to be written before work can begin is written as soon as the database takes it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import StorageUnavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

PAUSE, PAUSE_MAX = 0.5, 5.0
"""Seconds before it is tried again; twice as long each time."""


async def patiently(what: str, work: Callable[[], Awaitable[T]]) -> T:
    """What ``work`` brings once it succeeds; each refusal of the database stands in the log as a try to ``what``."""
    pause = PAUSE
    while True:
        try:
            return await work()
        except StorageUnavailable as trouble:
            log.warning("could not %s; trying again", what, extra={"reason": str(trouble)})
        await asyncio.sleep(pause)
        pause = min(2 * pause, PAUSE_MAX)
