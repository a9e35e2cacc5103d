"""What was asked is done once, whichever process hears of it, and however often the platform says it."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

from bot.errors import StorageUnavailable
from bot.ports import Storage

log = logging.getLogger(__name__)

Once = Callable[[str], AbstractAsyncContextManager[bool]]
"""Given the platform's name for what was asked: whether it is to be done here, within this context."""

LEASE = timedelta(seconds=45)
"""Longer than commands take, and shorter than the minute after which Slack says again what nobody acknowledged."""


@asynccontextmanager
async def every_time(_name: str) -> AsyncIterator[bool]:
    """Where there is nobody to remember it."""
    yield True


def once_on(storage: Storage, owner: str) -> Once:
    """For all processes on one database. What was cut short is done again by whoever hears of it when LEASE is over.

    Where the database is out of reach nothing can be changed twice either, and the command says so itself.
    """

    @asynccontextmanager
    async def once(name: str) -> AsyncIterator[bool]:
        if not await _claim(storage, name, owner):
            log.info("left what was asked to whoever is at it", extra={"asked": name})
            yield False
            return
        try:
            yield True
        except Exception:
            # Our bug, of which the person is told: it would break off the same way again. Only what was cut short, by
            # a cancellation or the end of the process, is left to others.
            await _settle(storage, name, owner)
            raise
        await _settle(storage, name, owner)

    return once


async def _claim(storage: Storage, name: str, owner: str) -> bool:
    try:
        async with storage.begin() as unit:
            return await unit.askings.claim(name, owner, LEASE)
    except StorageUnavailable:
        return True


async def _settle(storage: Storage, name: str, owner: str) -> None:
    try:
        async with storage.begin() as unit:
            await unit.askings.settle(name, owner)
    except StorageUnavailable as trouble:
        log.warning("could not note what was done", extra={"asked": name, "reason": str(trouble)})
