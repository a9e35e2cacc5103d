"""Signing in to the platforms, and taking commands from them."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial

from bot.alerts.notices import welcome
from bot.commands.platform import Platform
from bot.model.destination import Destination
from bot.ports import Connection, Unit
from bot.service.patience import patiently
from bot.wiring import Application

log = logging.getLogger(__name__)

RECONNECT, RECONNECT_MAX = 1.0, 300.0
"""Seconds before what could not be reached is tried again; twice as long each time."""
RELISTEN = 5.0


class NothingToServe(Exception):
    """No platform could start; its message says why, one line each."""


class Reception:
    """``sign_in`` once, then run what ``attendance`` gives. ``after_news`` follows whoever came or left later."""

    def __init__(self, application: Application, after_news: Callable[[], Awaitable[None]], *, listens: bool) -> None:
        self._app = application
        self._after_news = after_news
        self._listens = listens
        self._open = {name: asyncio.Event() for name in application.platforms}
        self._passing: set[str] = set()
        """Platforms of which a workspace may be signed in to later."""
        self._problems: dict[str, str] = {}
        self._told: dict[tuple[str, str], str] = {}
        self._hearing = {name: asyncio.Lock() for name in application.platforms}

    @property
    def is_open(self) -> bool:
        """Whether anybody is signed in."""
        return any(opened.is_set() for opened in self._open.values())

    async def sign_in(self) -> None:
        """Raises NothingToServe where every platform refused."""
        for name, platform in self._app.platforms.items():
            connections = await platform.connect()
            await patiently("keep who signed in", partial(self._take, name, platform, connections))
        if all(name in self._problems for name in self._app.platforms):
            raise NothingToServe("\n".join(self._problems.values()))

    async def _take(self, name: str, platform: Platform, connections: Sequence[Connection]) -> None:
        """After a round of signing in. What refused stays a problem until a restart, what may pass is tried again."""
        # Who does not listen knows of a workspace that is joined meanwhile too late to call any other one left.
        has_refused = any(connection.workspace is None for connection in connections)
        await self._keep(name, platform, connections, complete=self._listens or has_refused)
        troubled = [connection for connection in connections if connection.problem]
        self._passing.discard(name)
        if any(connection.passing for connection in troubled):
            self._passing.add(name)
        if len(troubled) < len(connections) or not connections:
            # Signed in to somewhere, or to a platform that nobody has invited us to yet.
            self._open[name].set()
        elif name not in self._passing:
            self._problems[name] = "; ".join(connection.problem for connection in troubled)

    async def _keep(self, name: str, platform: Platform, connections: Sequence[Connection], *, complete: bool) -> None:
        async with self._app.storage.begin() as unit:
            others = await _others(unit, name, connections, platform.unserved) if complete else []
            kept = [*(each for each in connections if each.workspace is not None), *others]
            # In the same order for everybody: two processes that keep them at the same time wait for each other.
            for connection in sorted(kept, key=lambda each: str(each.workspace)):
                await _record(unit, connection)
        for connection in (*connections, *others):
            self._tell_log(name, connection)

    def attendance(self) -> list[Coroutine[None, None, None]]:
        """Tasks for each platform that did not refuse, to be run until cancelled."""
        attended = [(name, each) for name, each in self._app.platforms.items() if name not in self._problems]
        signing_in = [self._sign_in_later(name, platform) for name, platform in attended]
        return signing_in + ([self._listen(name, platform) for name, platform in attended] if self._listens else [])

    async def _sign_in_later(self, name: str, platform: Platform) -> None:
        """Until every workspace has been signed in to, or has refused for good."""
        pause = RECONNECT
        while name in self._passing:
            await asyncio.sleep(pause * (1 + random.random() / 4))  # noqa: S311 - spreads attempts, guards nothing
            pause = min(pause * 2, RECONNECT_MAX)
            try:
                await patiently(
                    "keep who signed in", partial(self._take_later, name, platform, await platform.connect())
                )
            except Exception:
                self._passing.add(name)
                log.exception("could not sign in; trying again")

    async def _take_later(self, name: str, platform: Platform, connections: Sequence[Connection]) -> None:
        await self._take(name, platform, connections)
        if self._open[name].is_set():
            await self._after_news()

    async def _listen(self, name: str, platform: Platform) -> None:
        """Should it end, which is our bug, people are heard again once it begins anew."""

        async def heard(connections: Sequence[Connection], *, complete: bool = False) -> None:
            await self._hear(name, platform, connections, complete=complete)

        await self._open[name].wait()
        while True:
            try:
                await platform.listen(heard)
                log.error("stopped listening; beginning again")
            except Exception:
                log.exception("stopped listening; beginning again")
            await asyncio.sleep(RELISTEN)

    async def _hear(self, name: str, platform: Platform, connections: Sequence[Connection], *, complete: bool) -> None:
        """Keep what a platform tells while it listens, for as long as that takes: it is told once, and in order."""

        async def keep() -> None:
            await self._keep(name, platform, connections, complete=complete)
            await self._after_news()

        async with self._hearing[name]:
            await patiently("keep who came or left", keep)

    def _tell_log(self, name: str, connection: Connection) -> None:
        """That all is as it was is no news."""
        workspace = str(connection.workspace or "")
        if self._told.get((name, workspace or connection.name)) == connection.problem:
            return
        self._told[name, workspace or connection.name] = connection.problem
        facts = {"platform": name, "workspace": workspace, "workspace_name": connection.name}
        if connection.problem:
            log.error("cannot serve a workspace", extra=facts | {"reason": connection.problem})
        else:
            log.info("signed in", extra=facts)


async def _record(unit: Unit, connection: Connection) -> None:
    workspace = connection.workspace
    if workspace is None:
        return
    await unit.workspaces.register(workspace, connection.name)
    if connection.problem:
        await unit.workspaces.suspend(workspace, connection.problem)
        return
    await unit.workspaces.resume(workspace)
    if where := connection.welcome:
        destination = await unit.outbox.destination(Destination(workspace, where.channel))
        await unit.outbox.notify(destination, welcome(where.first_step), f"welcome {where.joined.isoformat()}")


async def _others(unit: Unit, platform: str, connections: Sequence[Connection], unserved: str) -> Sequence[Connection]:
    """Workspaces that are known and were not answered for: their token was refused, or is there no more.

    A token that was refused does not say whose it is. Where one may still be accepted, nobody can be told from it yet.
    """
    nameless = [connection for connection in connections if connection.workspace is None]
    if any(connection.passing for connection in nameless):
        return []
    reason = "; ".join(connection.problem for connection in nameless) or unserved
    named = {connection.workspace for connection in connections}
    known = [workspace for _, workspace in await unit.workspaces.all() if workspace.platform == platform]
    return [Connection(workspace, "", reason) for workspace in known if workspace not in named]
