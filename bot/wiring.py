"""The composition root: the only module that knows which adapter and which storage stand behind a port."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import uuid4

from aiohttp.abc import AbstractResolver

from adapters.console import ConsolePlatform
from bot.alerts.retry import Patience
from bot.commands.catalogue import catalogue
from bot.commands.command import Command
from bot.commands.desk import Desk
from bot.config import Settings, SlackSecrets
from bot.feeds.cadence import Bounds
from bot.feeds.fetch import HttpFetcher
from bot.feeds.workers import ProcessParser
from bot.jobs.deliver import Deliverer, Delivering
from bot.jobs.engine import ClockEngine
from bot.jobs.intake import take_in
from bot.jobs.poll import Poller, Polling
from bot.model.destination import CONSOLE
from bot.model.subscription import DECLARED
from bot.commands.platform import Platform
from bot.ports import Messenger, Report
from storage.unit import SqlStorage

POLL_LEASE_MARGIN = timedelta(seconds=60)
"""Beyond the fetch's own deadline: waiting for a turn at a busy host, parsing, and the commit."""


@dataclass(frozen=True, slots=True)
class Application:
    """Everything that one process works with. Close it."""

    settings: Settings
    storage: SqlStorage
    fetcher: HttpFetcher
    parser: ProcessParser
    platforms: Mapping[str, Platform]
    commands: tuple[Command, ...]

    async def close(self) -> None:
        for platform in self.platforms.values():
            await platform.close()
        await self.fetcher.close()
        await self.parser.close()
        await self.storage.close()


def assemble(
    settings: Settings,
    storage: SqlStorage,
    platforms: Mapping[str, Platform],
    resolver: AbstractResolver | None = None,
) -> Application:
    """Put the rooms together. ``resolver`` replaces the system's (the demo's newsroom has invented host names)."""
    fetch = settings.fetch
    fetcher = HttpFetcher(
        fetch.contact,
        allow_private=fetch.allow_private,
        timeout=fetch.timeout,
        max_bytes=fetch.max_bytes,
        concurrency=fetch.concurrency,
        per_host=fetch.per_host,
        resolver=resolver,
    )
    parser = ProcessParser()
    desk = Desk(
        storage=storage,
        fetcher=fetcher,
        parser=parser,
        take_in=partial(take_in, story_window=settings.stories.window),
        messengers=_messengers(platforms),
        admins=frozenset(settings.access.admins),
        only_admins_subscribe=settings.access.subscribe == "admins",
        first_pause=fetch.min_interval,
    )
    commands = catalogue(desk)
    for platform in platforms.values():
        platform.serve(commands)
    return Application(settings, storage, fetcher, parser, platforms, commands)


def open_storage(settings: Settings) -> SqlStorage:
    return SqlStorage(settings.database.url)


async def open_platforms(settings: Settings, slack: SlackSecrets | None, storage: SqlStorage) -> dict[str, Platform]:
    """Those that the configuration turns on, by name; a vendor's packages are imported only for its own.

    The console is on where it is the only platform, or somebody subscribed to it.
    """
    platforms: dict[str, Platform] = {}
    if settings.slack is None or await _is_console_heard(settings, storage):
        platforms[CONSOLE] = ConsolePlatform()
    if settings.slack is not None and slack is not None:
        from adapters.slack.platform import SlackPlatform  # noqa: PLC0415 - a second, which the console never pays
        from adapters.slack.settings import SlackSettings  # noqa: PLC0415 - the same

        platforms["slack"] = SlackPlatform(
            SlackSettings(
                bot_token=slack.bot_token.reveal(),
                app_token=slack.app_token.reveal(),
                api_url=settings.slack.api_url,
                command=settings.slack.command,
                request_timeout=settings.delivery.request_timeout,
            )
        )
    return platforms


async def _is_console_heard(settings: Settings, storage: SqlStorage) -> bool:
    if any(one.to.workspace.platform == CONSOLE for one in settings.subscriptions):
        return True
    async with storage.read() as unit:
        standing = await unit.subscriptions.standing()
    return any(one.origin != DECLARED and one.destination.workspace.platform == CONSOLE for one in standing)


@dataclass(frozen=True, slots=True)
class Machinery:
    """What moves: the clock, and the two jobs it wakes."""

    engine: ClockEngine
    poller: Poller
    deliverer: Deliverer


def start_up(application: Application, report: Report) -> Machinery:
    """The jobs of one process, not yet running."""
    settings = application.settings
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
    delivery = settings.delivery
    patience = Patience(delivery.grace, delivery.backoff_max, delivery.unknowable)
    deliverer = Deliverer(
        application.storage,
        _messengers(application.platforms),
        Delivering(patience, delivery.lease),
        owner,
        wake=lambda lane, at: engine.wake(lane, at),
    )
    engine = ClockEngine(deliverer.look_at)
    fetch = settings.fetch
    polling = Polling(
        bounds=Bounds(fetch.min_interval, fetch.max_interval),
        story_window=settings.stories.window,
        lease=fetch.timeout * 2 + POLL_LEASE_MARGIN,
        concurrency=fetch.concurrency,
    )
    poller = Poller(
        application.storage, application.fetcher, application.parser, polling, owner, wake=engine.wake, report=report
    )
    return Machinery(engine, poller, deliverer)


def _messengers(platforms: Mapping[str, Platform]) -> dict[str, Messenger]:
    return {name: platform.messenger for name, platform in platforms.items()}
