"""Runs the real application on the sample newsroom, and tells what it does."""

import asyncio
import logging
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path

import typer

from bot import telemetry
from bot.config import Secrets, Settings
from bot.demo import page
from bot.demo.newsroom import IN_FULL_TEXT, SUBSCRIPTIONS, Document, Newsroom, addresses, templates, wave_seen
from bot.demo.server import NewsroomServer
from bot.demo.tally import Tally
from bot.feeds.fetch import HttpFetcher
from bot.model.reading import PollReport
from bot.ports import Storage
from bot.service.running import Service
from bot.wiring import Application, assemble, open_platforms, open_storage

ENOUGH = 18.0
"""Seconds after which the demo says that it did not work."""
GLANCE = 0.05


async def demonstrate(database: Path | None) -> int:
    """The exit code: 0 once everything that the newsroom published was told or kept back; 2 for a strange database."""
    telemetry.configure("ERROR")
    # A vendor's warnings would stand in the midst of the page.
    logging.getLogger().setLevel(logging.ERROR)
    async with AsyncExitStack() as stack:
        settings = _settings(stack.enter_context(_file(database)))
        storage = open_storage(settings)
        stack.push_async_callback(storage.close)
        await storage.migrate()
        if await _is_strange(storage):
            typer.echo(f"{database} holds feeds of your own, which the demo leaves alone: name another file.", err=True)
            return 2
        seen = await _wave_seen(storage)
        newsroom = Watched(first_wave=0 if seen is None else seen + 1)
        server = await stack.enter_async_context(NewsroomServer(newsroom))
        open_fetcher = partial(HttpFetcher, resolver=server.resolver)
        application = assemble(settings, storage, await open_platforms(settings, Secrets(), storage), open_fetcher)
        stack.push_async_callback(application.close)
        return await Show(application, newsroom, seen).run(database)


@contextmanager
def _file(database: Path | None) -> Iterator[Path]:
    if database is not None:
        yield database
        return
    with tempfile.TemporaryDirectory(prefix="tocsin-demo-") as folder:
        yield Path(folder) / "demo.db"


def _settings(database: Path) -> Settings:
    """What an admin would write, but for the hasty interval and the invented hosts, which stand on loopback."""
    return Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{database.absolute()}"},
            "fetch": {"allow_private": sorted({address.split("/")[2] for address in addresses()})},
            "web": {"listen": ""},
            "feeds": [
                {
                    "url": address,
                    "poll_every": "1s",
                    "workspaces": ["console"],
                    "full_text": address == IN_FULL_TEXT,
                }
                for address in addresses()
            ],
            "subscriptions": [{"query": query, "to": "console"} for query in SUBSCRIPTIONS],
        }
    )


async def _is_strange(storage: Storage) -> bool:
    """Whether somebody works with it: what a configuration declares there, the demo would end."""
    async with storage.read() as unit:
        followed = [feed.address for id_, _ in await unit.workspaces.all() for feed in await unit.feeds.followed(id_)]
        subscribed = [one.query for one in await unit.subscriptions.standing()]
    return not (set(followed) <= set(templates()) and set(subscribed) <= set(SUBSCRIPTIONS))


async def _wave_seen(storage: Storage) -> int | None:
    async with storage.read() as unit:
        return wave_seen([stored.article.link async for stored in unit.articles.stored(None)])


class Watched(Newsroom):
    """A newsroom that knows in which wave each feed was last asked for."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._asked: dict[str, int] = {}

    def document(self, address: str) -> Document | None:
        self._asked[address] = self.wave
        return super().document(address)

    def was_asked(self, address: str) -> bool:
        """Whether the last one to ask for it was given what stands there now, this wave included."""
        return self._asked.get(address) == self.wave


class Show:
    """One run of the demo. Alerts are printed by the console adapter while it runs; the rest is told here."""

    def __init__(self, application: Application, newsroom: Watched, seen: int | None) -> None:
        self._application = application
        self._newsroom = newsroom
        self._seen = seen
        self._tally = Tally()
        self._read: set[str] = set()

    async def run(self, kept: Path | None) -> int:
        """Serve until every wave was told."""
        clock = asyncio.get_running_loop().time
        began = clock()
        typer.echo(page.introduction())
        stop = asyncio.Event()
        service = asyncio.create_task(Service(self._application, ("poll", "deliver"), self._hear).run(stop))
        try:
            async with asyncio.timeout(ENOUGH):
                await self._tell_waves(service)
        except TimeoutError:
            typer.echo("The demo did not get through in time. Is this machine very busy? Try once more.", err=True)
            return 1
        finally:
            stop.set()
            await service
        typer.echo(page.summary(self._tally, clock() - began, kept))
        return 0

    async def _tell_waves(self, service: asyncio.Task[None]) -> None:
        if self._seen is None:
            typer.echo(page.FIRST_POLL)
            await self._wave(service)
            self._read.clear()
            self._newsroom.publish_next_wave()
            typer.echo(page.ALERTS)
        else:
            typer.echo(page.AGAIN if self._newsroom.wave > self._seen else page.NOTHING_MORE)
        await self._wave(service)

    async def _wave(self, service: asyncio.Task[None]) -> None:
        """Until every feed was read as it is in this wave, and everything was posted."""
        while len(self._read) < len(addresses()) or await self._waiting():
            if service.done():
                service.result()
            await asyncio.sleep(GLANCE)
        if told := page.kept_back(self._tally.end_wave(self._newsroom.wave)):
            typer.echo(told)

    async def _waiting(self) -> int:
        async with self._application.storage.read() as unit:
            return (await unit.overview(None)).waiting

    def _hear(self, report: PollReport) -> None:
        self._tally.add(report)
        # A poll that began before the wave was published may have brought the old document.
        if self._newsroom.was_asked(report.address):
            self._read.add(report.address)
