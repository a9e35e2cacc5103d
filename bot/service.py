"""A running Tocsin: from signing in to the last delivery in flight."""

import asyncio
import logging
import random
from collections.abc import Collection, Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta

from bot.config import Settings
from bot.errors import StorageUnavailable
from bot.jobs.declared import declare
from bot.matching.language import parse
from bot.model.declared import DeclaredFeed
from bot.model.reading import PollReport
from bot.model.subscription import DECLARED, NewSubscription
from bot.commands.platform import Platform
from bot.ports import Connection, Report
from bot.web.server import WebServer
from bot.wiring import Application, start_up

log = logging.getLogger(__name__)

PARTS = ("poll", "deliver", "listen", "web")
TICK = timedelta(seconds=1)
LAST_ORDERS = 12.0
"""Seconds that work in flight gets at the end; all is over within 15."""
RECONNECT_MAX = 300.0


class NothingToServe(Exception):
    """No platform could start; its message says why, one line each."""


class Service:
    """One process of Tocsin. ``run`` once."""

    def __init__(self, application: Application, parts: Collection[str] = PARTS, report: Report | None = None) -> None:
        self._app = application
        self._parts = parts
        self._machinery = start_up(application, report or log_report)
        self._connected: set[str] = set()
        self._problems: dict[str, str] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``. Raises NothingToServe, StorageUnavailable, or OSError for the web server's address."""
        await self._app.storage.migrate()
        if self._needs_platforms:
            await self._sign_in()
        await self._declare()
        async with AsyncExitStack() as stack:
            await self._serve_web(stack)
            machinery = self._machinery
            if "poll" in self._parts:
                machinery.engine.every(TICK, machinery.poller.sweep)
            if "deliver" in self._parts:
                machinery.engine.every(TICK, machinery.deliverer.sweep)
            listeners = [asyncio.create_task(work) for work in self._listening()]
            log.info("ready", extra={"parts": ",".join(self._parts), "platforms": ",".join(self._app.platforms)})
            await machinery.engine.run(stop.wait())
            await self._wind_down(listeners)

    @property
    def _needs_platforms(self) -> bool:
        return not {"deliver", "listen"}.isdisjoint(self._parts)

    async def _sign_in(self) -> None:
        for name, platform in self._app.platforms.items():
            await self._connect(name, platform)
        hopeful = self._connected or any(name not in self._problems for name in self._app.platforms)
        if not hopeful:
            raise NothingToServe("\n".join(self._problems.values()))

    async def _connect(self, name: str, platform: Platform) -> None:
        """Sign in once. A refused token is a problem that stays until a restart; a passing one is tried again."""
        connections = await platform.connect()
        for connection in connections:
            self._tell(name, connection)
        async with self._app.storage.begin() as unit:
            for connection in connections:
                if connection.workspace is None:
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

    def _tell(self, name: str, connection: Connection) -> None:
        facts = {"platform": name, "workspace": str(connection.workspace or ""), "workspace_name": connection.name}
        if connection.problem:
            log.error("could not sign in", extra=facts | {"reason": connection.problem})
        else:
            log.info("signed in", extra=facts)

    async def _declare(self) -> None:
        feeds, subscriptions = declared_feeds(self._app.settings), declared_subscriptions(self._app.settings)
        async with self._app.storage.begin() as unit:
            await declare(unit, feeds, subscriptions)

    def _listening(self) -> list[Coroutine[None, None, None]]:
        if not self._needs_platforms:
            return []
        return [
            self._keep_listening(name, platform)
            for name, platform in self._app.platforms.items()
            if name not in self._problems
        ]

    async def _keep_listening(self, name: str, platform: Platform) -> None:
        """Sign in until it succeeds, then take commands."""
        pause = 1.0
        while name not in self._connected:
            await asyncio.sleep(pause * (1 + random.random() / 4))  # noqa: S311 - spreads attempts, guards nothing
            pause = min(pause * 2, RECONNECT_MAX)
            try:
                await self._connect(name, platform)
                if name in self._problems:
                    return
                await self._declare()
            except StorageUnavailable as trouble:
                log.warning("could not keep who signed in; trying again", extra={"reason": str(trouble)})
        if "listen" in self._parts:
            await platform.listen()

    async def _serve_web(self, stack: AsyncExitStack) -> None:
        listen = self._app.settings.web.listen
        if "web" not in self._parts or listen is None:
            return
        server = WebServer(listen.host, listen.port, self._readiness)
        stack.push_async_callback(server.close)
        await server.start()

    async def _readiness(self) -> str:
        try:
            async with self._app.storage.read() as unit:
                await unit.workspaces.all()
        except StorageUnavailable as trouble:
            return f"the database is out of reach: {trouble}"
        if self._needs_platforms and not self._connected:
            return "no platform is signed in"
        return ""

    async def _wind_down(self, listeners: Sequence[asyncio.Task[None]]) -> None:
        """Finish what is in flight, deliveries first: what polls still bring is kept for the next start."""
        log.info("stopping")
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)
        machinery = self._machinery
        await asyncio.gather(machinery.deliverer.crew.dismiss(LAST_ORDERS), machinery.poller.crew.dismiss(LAST_ORDERS))
        log.info("stopped")


def log_report(report: PollReport) -> None:
    """One line per finished poll."""
    facts: dict[str, object] = {"feed": without_query(report.address)}
    if report.failed:
        log.warning("could not poll", extra=facts | {"reason": report.complaint})
    elif not report.unchanged:
        verdicts: dict[str, int] = {}
        for judged in report.judged:
            verdicts[judged.verdict.replace(" ", "_")] = verdicts.get(judged.verdict.replace(" ", "_"), 0) + 1
        log.info("polled", extra=facts | verdicts)


def without_query(address: str) -> str:
    """A private feed's key often stands in its query string."""
    head, mark, _ = address.partition("?")
    return f"{head}?…" if mark else head


def declared_feeds(settings: Settings) -> list[DeclaredFeed]:
    return [
        DeclaredFeed(
            address=feed.url,
            name=feed.name,
            tags=feed.tags,
            poll_every=feed.poll_every,
            backfill=feed.backfill,
            workspaces=feed.workspaces,
        )
        for feed in settings.feeds
    ]


def declared_subscriptions(settings: Settings) -> list[NewSubscription]:
    return [
        NewSubscription(
            destination=one.to,
            query=one.query,
            normal_form=parse(one.query).normal_form,
            owner=DECLARED,
            origin=DECLARED,
            name=one.name,
            feeds=tuple(sorted(one.feeds)),
            tags=tuple(sorted(one.tags)),
        )
        for one in settings.subscriptions
    ]
