"""One process of Tocsin, from its first look at the database to the last delivery in flight."""

import asyncio
import logging
from collections.abc import Collection, Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

from bot.config import ConfigurationMistakes
from bot.errors import StorageUnavailable
from bot.jobs.declared import declare
from bot.model.reading import PollReport
from bot.ports import Report
from bot.service.condition import Condition
from bot.service.declarations import declared_feeds, declared_subscriptions
from bot.service.parts import PARTS
from bot.service.patience import patiently
from bot.service.reception import Reception
from bot.service.reports import log_report
from bot.service.rereading import Rereading, read_anew, rules_of_reading
from bot.web.dead_man import DeadMan
from bot.web.server import WebServer
from bot.wiring import Application, start_up

log = logging.getLogger(__name__)

TICK = timedelta(seconds=1)
CHECK_UP = timedelta(seconds=10)
"""How often feeds are looked at that may be ill."""
PING = timedelta(minutes=1)
LAST_RELEASE = 1.0
"""Seconds."""
LAST_ORDERS = 9.0
"""Seconds that work in flight gets at the end; all is over within 15."""


class Service:
    """``run`` once."""

    def __init__(self, application: Application, parts: Collection[str] = PARTS, report: Report | None = None) -> None:
        self._app = application
        self._parts = parts
        self._reception = Reception(application, self._after_news, listens="listen" in parts)
        self._condition = Condition(application.storage, tuple(application.platforms), self._is_signed_in)
        metrics = self._condition.metrics
        self._machinery = start_up(
            application, _both(report or log_report, metrics.polled), metrics.settled, delivers="deliver" in parts
        )
        self._listens_at = ""
        self._is_ready = False

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``.

        Raises ConfigurationMistakes, NothingToServe, StorageUnavailable, or OSError for the web server's address.
        """
        if not await self._is_prepared(stop):
            return
        async with AsyncExitStack() as stack:
            await self._serve_web(stack)
            machinery = self._machinery
            if "poll" in self._parts:
                machinery.engine.every(TICK, machinery.poller.sweep)
                machinery.engine.every(machinery.poller.settings.lease / 3, machinery.poller.renew)
                machinery.engine.every(TICK, machinery.late_pages.sweep)
                machinery.engine.every(CHECK_UP, machinery.watch.sweep)
            if "deliver" in self._parts:
                machinery.engine.every(TICK, machinery.deliverer.sweep)
                machinery.engine.every(TICK, machinery.second_look.sweep)
            machinery.engine.every(TICK, machinery.tidier.sweep)
            if address := self._app.settings.health.ping_url:
                machinery.engine.every(PING, partial(self._condition.call, DeadMan(address)))
            attending = [asyncio.create_task(work) for work in self._attendance()]
            self._tell_when_ready()
            await machinery.engine.run(stop.wait())
            await self._wind_down(attending)

    async def _is_prepared(self, stop: asyncio.Event) -> bool:
        """False where it was stopped in the midst of it."""
        await self._app.storage.migrate()
        preparing, asked = asyncio.create_task(self._prepare()), asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((preparing, asked), return_when=asyncio.FIRST_COMPLETED)
        finally:
            preparing.cancel()
            asked.cancel()
            await asyncio.wait((preparing, asked))
        if not preparing.cancelled():
            preparing.result()
        return not stop.is_set()

    async def _prepare(self) -> None:
        """The database has answered once: what it does not take now, it takes later."""
        rereading = await patiently("look at subscriptions", self._read_anew)
        if self._needs_platforms:
            await self._reception.sign_in()
        if rereading:
            await patiently("keep how subscriptions are read", partial(self._keep_readings, rereading))
        await patiently("declare feeds and subscriptions", self._declare)
        await patiently("look at the time", self._condition.begin)

    async def _read_anew(self) -> Rereading | None:
        """None where they are read by the same rules as before. Raises ConfigurationMistakes."""
        async with self._app.storage.read() as unit:
            if await unit.read_by() == rules_of_reading(self._app.names):
                return None
            standing = await unit.subscriptions.standing()
        # With many subscriptions it takes seconds, in which a signal is to be heard.
        rereading = await asyncio.to_thread(read_anew, standing, self._app.settings.aliases, self._app.names)
        if rereading.overgrown:
            raise ConfigurationMistakes(f"{one.place}: {one.detail}" for one in rereading.overgrown)
        return rereading

    async def _keep_readings(self, rereading: Rereading) -> None:
        async with self._app.storage.begin() as unit:
            changed = await unit.reread(rereading.normal_forms, rules_of_reading(self._app.names))
        log.info("read subscriptions anew", extra={"changed": changed})

    def _is_signed_in(self) -> bool:
        return not self._needs_platforms or self._reception.is_open

    @property
    def _needs_platforms(self) -> bool:
        return not {"deliver", "listen"}.isdisjoint(self._parts)

    def _attendance(self) -> list[Coroutine[None, None, None]]:
        return self._reception.attendance() if self._needs_platforms else []

    async def _declare(self) -> None:
        feeds, subscriptions = declared_feeds(self._app.settings), declared_subscriptions(self._app.settings)
        async with self._app.storage.begin() as unit:
            await declare(unit, feeds, subscriptions, full_text=self._app.settings.fetch.full_text)

    async def _after_news(self) -> None:
        await self._declare()
        self._tell_when_ready()

    def _tell_when_ready(self) -> None:
        if self._is_ready or not self._is_signed_in():
            return
        self._is_ready = True
        facts = {"parts": ",".join(self._parts), "platforms": ",".join(self._app.platforms), "web": self._listens_at}
        log.info("ready", extra=facts)

    async def _serve_web(self, stack: AsyncExitStack) -> None:
        listen = self._app.settings.web.listen
        routes = self._app.routes if "listen" in self._parts else None
        if listen is None or not ("web" in self._parts or routes):
            return
        server = WebServer(listen.host, listen.port, self._condition.trouble, routes, self._condition.told)
        stack.push_async_callback(server.close)
        self._listens_at = await server.start()

    async def _wind_down(self, attending: Sequence[asyncio.Task[None]]) -> None:
        """Finish what is in flight: commands, deliveries and polls, all at once."""
        log.info("stopping")
        self._condition.is_stopping = True
        for each in attending:
            each.cancel()
        machinery = self._machinery
        machinery.poller.hurry()
        await asyncio.gather(
            machinery.deliverer.crew.dismiss(LAST_ORDERS),
            machinery.second_look.crew.dismiss(LAST_ORDERS),
            machinery.poller.crew.dismiss(LAST_ORDERS),
            machinery.late_pages.crew.dismiss(LAST_ORDERS),
            *attending,
            return_exceptions=True,
        )
        await self._release()
        log.info("stopped")

    async def _release(self) -> None:
        """Hand back what was broken off, so that another process need not wait for our leases."""
        machinery = self._machinery
        try:
            async with asyncio.timeout(LAST_RELEASE), self._app.storage.begin() as unit:
                await unit.feeds.release(machinery.poller.owner)
                await unit.outbox.release(machinery.deliverer.owner, self._app.settings.delivery.grace)
        except (StorageUnavailable, TimeoutError) as trouble:
            log.warning("could not hand back leases; they end by themselves", extra={"reason": str(trouble)})


def _both(one: Report, other: Report) -> Report:
    def tell(report: PollReport) -> None:
        one(report)
        other(report)

    return tell
