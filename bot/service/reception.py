"""Signing in to the platforms, and taking commands from them."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from bot.commands.platform import Platform
from bot.errors import StorageUnavailable
from bot.ports import Connection, Unit
from bot.wiring import Application

log = logging.getLogger(__name__)

T = TypeVar("T")

RECONNECT, RECONNECT_MAX = 1.0, 300.0
"""Seconds before a platform that could not be reached is tried again; twice as long each time."""
RELISTEN = 5.0


class NothingToServe(Exception):
    """No platform could start; its message says why, one line each."""


class Reception:
    """``sign_in`` once, then run what ``attendance`` gives. ``on_sign_in`` hears of every one that succeeded later."""

    def __init__(self, application: Application, on_sign_in: Callable[[], Awaitable[None]], *, listens: bool) -> None:
        self._app = application
        self._on_sign_in = on_sign_in
        self._listens = listens
        self._connected: set[str] = set()
        self._problems: dict[str, str] = {}

    @property
    def is_open(self) -> bool:
        """Whether anybody is signed in."""
        return bool(self._connected)

    async def sign_in(self, stop: asyncio.Event) -> None:
        """Ends early once it is to stop. Raises NothingToServe where every platform refused."""
        for name, platform in self._app.platforms.items():
            connections = await _unless(stop, platform.connect())
            if connections is None:
                return
            await self._keep(name, connections)
        if all(name in self._problems for name in self._app.platforms):
            raise NothingToServe("\n".join(self._problems.values()))

    async def _keep(self, name: str, connections: Sequence[Connection]) -> None:
        """A refused token is a problem that stays until a restart; a passing one is tried again."""
        for connection in connections:
            _tell_log(name, connection)
        async with self._app.storage.begin() as unit:
            for connection in connections:
                if connection.workspace is None:
                    await _suspend_the_nameless(unit, name, connection, connections)
                    continue
                await unit.workspaces.register(connection.workspace, connection.name)
                if connection.problem:
                    await unit.workspaces.suspend(connection.workspace, connection.problem)
                else:
                    await unit.workspaces.resume(connection.workspace)
        if any(not connection.problem for connection in connections):
            self._connected.add(name)
        elif not any(connection.passing for connection in connections):
            self._problems[name] = "; ".join(connection.problem for connection in connections)

    def attendance(self) -> list[Coroutine[None, None, None]]:
        """One task a platform that did not refuse, to be run until cancelled."""
        return [
            self._attend(name, platform) for name, platform in self._app.platforms.items() if name not in self._problems
        ]

    async def _attend(self, name: str, platform: Platform) -> None:
        """Sign in until it succeeds, then take commands."""
        pause = RECONNECT
        while name not in self._connected:
            await asyncio.sleep(pause * (1 + random.random() / 4))  # noqa: S311 - spreads attempts, guards nothing
            pause = min(pause * 2, RECONNECT_MAX)
            await self._try_again(name, platform)
            if name in self._problems:
                return
        while self._listens:
            await _listen(platform)
            await asyncio.sleep(RELISTEN)

    async def _try_again(self, name: str, platform: Platform) -> None:
        try:
            await self._keep(name, await platform.connect())
            if name in self._connected:
                await self._on_sign_in()
        except StorageUnavailable as trouble:
            self._connected.discard(name)
            log.warning("could not keep who signed in; trying again", extra={"reason": str(trouble)})
        except Exception:
            log.exception("could not sign in; trying again")


async def _suspend_the_nameless(
    unit: Unit, platform: str, refused: Connection, connections: Sequence[Connection]
) -> None:
    """A refused token does not say whose it is: of any workspace of its platform that did not sign in by itself."""
    if refused.passing:
        return
    named = {connection.workspace for connection in connections}
    for _, workspace in await unit.workspaces.all():
        if workspace.platform == platform and workspace not in named:
            await unit.workspaces.suspend(workspace, refused.problem)


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """What it brings; None where it was to stop before, and the work was cancelled."""
    doing, asked = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((doing, asked), return_when=asyncio.FIRST_COMPLETED)
    finally:
        doing.cancel()
        asked.cancel()
        await asyncio.wait((doing, asked))
    return None if doing.cancelled() else doing.result()


async def _listen(platform: Platform) -> None:
    """Until it ends, which it should not: then it is our bug, and people are heard again once it begins anew."""
    try:
        await platform.listen()
        log.error("stopped listening; beginning again")
    except Exception:
        log.exception("stopped listening; beginning again")


def _tell_log(name: str, connection: Connection) -> None:
    facts = {"platform": name, "workspace": str(connection.workspace or ""), "workspace_name": connection.name}
    if connection.problem:
        log.error("could not sign in", extra=facts | {"reason": connection.problem})
    else:
        log.info("signed in", extra=facts)
