"""The composition root: the only module that knows which adapter and which storage stand behind a port."""

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from uuid import uuid4

from adapters.console import ConsolePlatform
from bot.alerts.retry import Patience
from bot.commands.catalogue import catalogue
from bot.commands.command import Command
from bot.commands.desk import Desk
from bot.commands.once import once_on
from bot.commands.platform import Platform
from bot.config import Discord, Secret, Secrets, Settings, Slack, SlackSecrets
from bot.config.consistency import where_it_is_off
from bot.config.places import destination, workspace
from bot.config.secrets import Credentials
from bot.feeds import extra
from bot.feeds.cadence import Bounds
from bot.feeds.fetch import HttpFetcher
from bot.feeds.pages import PageReader
from bot.feeds.workers import ProcessParser, Workers
from bot.jobs.deliver import Deliverer, Delivering, unheard
from bot.jobs.engine import ClockEngine
from bot.jobs.health import HealthWatch
from bot.jobs.intake import take_in
from bot.jobs.late_pages import LatePages
from bot.jobs.poll import Poller, Polling
from bot.jobs.second_look import SecondLook
from bot.jobs.tidy import Tidier
from bot.matching.names import Names, read_aliases
from bot.model.delivery import Noise
from bot.model.destination import CONSOLE, Destination, Workspace
from bot.model.subscription import DECLARED
from bot.ports import Keep, Messenger, Report, SettledReport
from bot.web.routes import RouteTable
from storage.unit import SqlStorage

SLACK, DISCORD = "slack", "discord"
NO_CREDENTIALS: Credentials = MappingProxyType({})
POLL_LEASE = timedelta(seconds=30)
"""A feed of a process that was killed waits no longer; nor than ``delivery.lease``. One that lives renews it."""
PAGE_LEASE = timedelta(minutes=2)
"""Longer than reading a page that was not there in time may take."""


@dataclass(frozen=True, slots=True)
class Application:
    """Everything that one process works with. Close it."""

    settings: Settings
    storage: SqlStorage
    fetcher: HttpFetcher
    parser: ProcessParser
    pages: PageReader | None
    """None where the extra is not installed."""
    platforms: Mapping[str, Platform]
    commands: tuple[Command, ...]
    routes: RouteTable
    """What platforms want to be asked over HTTP."""
    names: Names
    """The aliases of the configuration."""

    async def close(self) -> None:
        async with AsyncExitStack() as closing:
            closing.push_async_callback(self.storage.close)
            closing.push_async_callback(self.parser.close)
            closing.push_async_callback(self.fetcher.close)
            for platform in self.platforms.values():
                closing.push_async_callback(platform.close)


def assemble(
    settings: Settings,
    storage: SqlStorage,
    platforms: Mapping[str, Platform],
    open_fetcher: Callable[..., HttpFetcher] = HttpFetcher,
    credentials: Credentials = NO_CREDENTIALS,
) -> Application:
    """Put the rooms together. The demo's fetcher finds invented host names, hence ``open_fetcher``.

    Only who polls or checks private feeds needs ``credentials``.
    """
    fetch = settings.fetch
    fetcher = open_fetcher(
        fetch.contact,
        allow_private=fetch.allow_private,
        timeout=fetch.timeout,
        max_bytes=fetch.max_bytes,
        concurrency=fetch.concurrency,
        per_host=fetch.per_host,
        credentials={name: _revealed(headers) for name, headers in credentials.items()},
    )
    workers = Workers()
    parser = ProcessParser(workers)
    pages = PageReader(fetcher, workers) if extra.is_installed() else None
    names = Names(read_aliases(settings.aliases))
    desk = Desk(
        storage=storage,
        fetcher=fetcher,
        parser=parser,
        take_in=partial(take_in, story_window=settings.stories.window),
        messengers=_messengers(platforms),
        admins=frozenset(settings.access.admins),
        only_admins_subscribe=settings.access.subscribe == "admins",
        bounds=Bounds(fetch.min_interval, fetch.max_interval),
        full_text=fetch.full_text,
        read_destination=partial(_destination, settings),
        read_workspace=partial(_workspace, settings),
        noise=_noise(settings),
        names=names,
        home=None if _on(settings) else Workspace(CONSOLE),
    )
    commands = catalogue(desk)
    routes = RouteTable()
    for platform in platforms.values():
        platform.serve(commands, routes, once_on(storage, uuid4().hex))
    return Application(settings, storage, fetcher, parser, pages, platforms, commands, routes, names)


def _noise(settings: Settings) -> Noise:
    return Noise(settings.delivery.noise_alerts, settings.delivery.noise_window)


def _revealed(headers: Mapping[str, Secret]) -> dict[str, str]:
    return {name: secret.reveal() for name, secret in headers.items()}


def _destination(settings: Settings, written: str) -> Destination:
    """As the configuration reads it. Raises ValueError saying what is accepted."""
    found = destination(written)
    _refuse_what_is_off(settings, found.workspace)
    return found


def _workspace(settings: Settings, written: str) -> Workspace:
    """As the configuration reads it. Raises ValueError saying what is accepted."""
    found = workspace(written)
    _refuse_what_is_off(settings, found)
    return found


def _refuse_what_is_off(settings: Settings, found: Workspace) -> None:
    if advice := where_it_is_off(found, _on(settings)):
        raise ValueError(f"{advice} to the configuration")


def _on(settings: Settings) -> set[str]:
    """The platforms that the configuration turns on, beside the console."""
    sections = {SLACK: settings.slack, DISCORD: settings.discord}
    return {name for name, section in sections.items() if section is not None}


def open_storage(settings: Settings) -> SqlStorage:
    return SqlStorage(settings.database.url)


async def open_platforms(settings: Settings, secrets: Secrets, storage: SqlStorage) -> dict[str, Platform]:
    """Those that the configuration turns on, by name; a vendor's packages are imported only for its own.

    The console is on where it is the only platform, or somebody subscribed to it.
    """
    platforms: dict[str, Platform] = {}
    if not _on(settings) or await _is_console_heard(settings, storage):
        platforms[CONSOLE] = ConsolePlatform()
    if settings.slack is not None:
        platforms[SLACK] = _slack(settings, settings.slack, secrets.slack)
    if settings.discord is not None and secrets.discord is not None:
        platforms[DISCORD] = _discord(settings, settings.discord, secrets.discord)
    return platforms


def _slack(settings: Settings, slack: Slack, workspaces: Sequence[SlackSecrets]) -> Platform:
    from adapters.slack.platform import SlackPlatform  # noqa: PLC0415 - a second, which others never pay
    from adapters.slack.settings import SlackSettings  # noqa: PLC0415 - the same

    return SlackPlatform(
        [
            SlackSettings(
                name=one.name,
                bot_token=one.bot_token.reveal(),
                app_token=one.app_token.reveal() if one.app_token else "",
                signing_secret=one.signing_secret.reveal() if one.signing_secret else "",
                api_url=one.api_url,
                command=slack.command,
                bot_token_variable=one.bot_token_variable,
                app_token_variable=one.app_token_variable,
                request_timeout=settings.delivery.request_timeout,
            )
            for one in workspaces
        ]
    )


def _discord(settings: Settings, discord: Discord, token: Secret) -> Platform:
    from adapters.discord.platform import DiscordPlatform  # noqa: PLC0415 - a second, which others never pay
    from adapters.discord.settings import DiscordSettings  # noqa: PLC0415 - the same

    return DiscordPlatform(
        DiscordSettings(
            token=token.reveal(),
            api_url=discord.api_url,
            gateway_url=discord.gateway_url,
            guilds=discord.guilds,
            contact=settings.fetch.contact,
            request_timeout=settings.delivery.request_timeout,
            nonce_window=settings.delivery.nonce_window,
        )
    )


async def _is_console_heard(settings: Settings, storage: SqlStorage) -> bool:
    told = settings.health.notify
    if told is not None and told.workspace.platform == CONSOLE:
        return True
    if any(one.to.workspace.platform == CONSOLE for one in settings.subscriptions):
        return True
    async with storage.read() as unit:
        standing = await unit.subscriptions.standing()
    return any(one.origin != DECLARED and one.destination.workspace.platform == CONSOLE for one in standing)


@dataclass(frozen=True, slots=True)
class Machinery:
    """What moves: the clock, and the jobs it wakes."""

    engine: ClockEngine
    poller: Poller
    late_pages: LatePages
    deliverer: Deliverer
    second_look: SecondLook
    watch: HealthWatch
    tidier: Tidier


def start_up(
    application: Application, report: Report, settled: SettledReport = unheard, *, delivers: bool = True
) -> Machinery:
    """The jobs of one process, not yet running. One that does not deliver takes nothing out of a lane."""
    settings = application.settings
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
    delivery = settings.delivery
    patience = Patience(
        grace=delivery.grace,
        backoff_max=delivery.backoff_max,
        unknowable=delivery.unknowable,
        second_look=delivery.second_look,
        expire_after=delivery.expire_after,
        catch_up_after=delivery.catch_up_after,
    )
    delivering = Delivering(patience, delivery.lease, delivery.request_timeout)
    messengers = _messengers(application.platforms) if delivers else {}
    deliverer = Deliverer(
        application.storage,
        messengers,
        delivering,
        owner,
        wake=lambda lane, at: engine.wake(lane, at),  # noqa: PLW0108 - the engine is made after it
        report=settled,
        paces={name: platform.pace for name, platform in application.platforms.items() if platform.pace},
    )
    engine = ClockEngine(deliverer.look_at)
    fetch = settings.fetch
    polling = Polling(
        bounds=Bounds(fetch.min_interval, fetch.max_interval),
        story_window=settings.stories.window,
        lease=min(POLL_LEASE, delivery.lease),
        concurrency=fetch.concurrency,
        per_host=fetch.per_host,
        noise=_noise(settings),
    )
    poller = Poller(
        application.storage,
        application.fetcher,
        application.parser,
        polling,
        owner,
        wake=engine.wake,
        report=report,
        pages=application.pages,
    )
    late_pages = LatePages(
        application.storage, application.pages, poller.hearing, fetch.timeout * 2 + PAGE_LEASE, engine.wake
    )
    second_look = SecondLook(application.storage, messengers, delivering, owner)
    watch = HealthWatch(application.storage, application.fetcher, settings.health.notify)
    keep = settings.keep
    tidier = Tidier(
        application.storage, Keep(keep.text, max(keep.keys, settings.stories.window), keep.outbox, keep.audit)
    )
    return Machinery(engine, poller, late_pages, deliverer, second_look, watch, tidier)


def _messengers(platforms: Mapping[str, Platform]) -> dict[str, Messenger]:
    return {name: platform.messenger for name, platform in platforms.items()}
