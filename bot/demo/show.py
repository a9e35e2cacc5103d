"""Runs the real application on the sample newsroom, and tells what it does."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from bot import telemetry
from bot.config import Settings
from bot.demo.newsroom import SUBSCRIPTIONS, Newsroom, addresses, articles, wave_seen
from bot.demo.server import NewsroomServer
from bot.model.reading import Judged, PollReport
from bot.ports import Storage
from bot.service import Service
from bot.wiring import Application, assemble, open_platforms, open_storage

ENOUGH = 18.0
"""Seconds after which the demo says that it did not work."""
GLANCE = 0.05
WHY = {
    "first poll": "first poll: it stood there before Tocsin came",
    "duplicate": "duplicate: this channel has heard of it",
    "no match": "no match: nobody subscribed to it",
    "known": "known: issued again with a later date",
}


async def demonstrate(database: Path | None) -> int:
    """The exit code: 0 once everything that the newsroom published was told or kept back."""
    telemetry.configure("ERROR")
    with _file(database) as file:
        settings = _settings(file)
        storage = open_storage(settings)
        await storage.migrate()
        seen = await _wave_seen(storage)
        newsroom = Newsroom(first_wave=0 if seen is None else seen + 1)
        async with NewsroomServer(newsroom) as server:
            platforms = await open_platforms(settings, None, storage)
            application = assemble(settings, storage, platforms, resolver=server.resolver)
            try:
                return await Show(application, newsroom, is_new=seen is None).run(database)
            finally:
                await application.close()


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
            "feeds": [{"url": address, "poll_every": "1s", "workspaces": ["console"]} for address in addresses()],
            "subscriptions": [{"query": query, "to": "console"} for query in SUBSCRIPTIONS],
        }
    )


async def _wave_seen(storage: Storage) -> int | None:
    async with storage.read() as unit:
        return wave_seen([stored.article.link async for stored in unit.articles.stored(None)])


class Show:
    """One run of the demo. Alerts are printed by the console adapter while it runs; the rest is told here."""

    def __init__(self, application: Application, newsroom: Newsroom, *, is_new: bool) -> None:
        self._application = application
        self._newsroom = newsroom
        self._is_new = is_new
        self._polls: Counter[str] = Counter()
        self._told: set[tuple[str, str, str]] = set()
        self._judged: list[Judged] = []
        self._verdicts: Counter[str] = Counter()
        self._faults: dict[str, str] = {}

    async def run(self, kept: Path | None) -> int:
        """Serve until every wave was told."""
        clock = asyncio.get_running_loop().time
        began = clock()
        self._introduce()
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
        self._sum_up(clock() - began, kept)
        return 0

    def _introduce(self) -> None:
        typer.echo(f"{len(addresses())} invented outlets publish on loopback; this console subscribes to:\n")
        for number, query in enumerate(SUBSCRIPTIONS, 1):
            typer.echo(f"  {number}  {query}")

    async def _tell_waves(self, service: asyncio.Task[None]) -> None:
        if self._is_new:
            self._head("First poll. What stands in the feeds by now is history, and stays silent.")
            await self._wave(service)
            self._newsroom.publish_next_wave()
            self._head("The outlets publish. Tocsin alerts:")
        else:
            self._head("Started again on what was told before. Of what the outlets publish by now Tocsin alerts:")
        await self._wave(service)

    async def _wave(self, service: asyncio.Task[None]) -> None:
        """Until every feed was read since the wave was published, and everything was posted."""
        # A poll in flight may still bring the old document, so two are waited for.
        goal = {address: self._polls[address] + 2 for address in addresses()}
        while any(self._polls[address] < polls for address, polls in goal.items()) or await self._waiting():
            if service.done():
                service.result()
            await asyncio.sleep(GLANCE)
        self._tell_kept_back()

    async def _waiting(self) -> int:
        async with self._application.storage.read() as unit:
            return (await unit.overview(None)).waiting

    def _hear(self, report: PollReport) -> None:
        self._polls[report.address] += 1
        if report.complaint:
            self._faults[report.address] = report.complaint
        for judged in report.judged:
            once = (report.address, judged.article.guid, judged.verdict)
            if once not in self._told:
                self._told.add(once)
                self._judged.append(judged)

    def _tell_kept_back(self) -> None:
        self._verdicts.update(judged.verdict for judged in self._judged)
        reissued = {article.title for article in articles() if article.reissued_in == self._newsroom.wave}
        back = [
            one
            for one in self._judged
            if one.verdict in WHY and (one.verdict != "known" or one.article.title in reissued)
        ]
        self._judged.clear()
        if not back:
            return
        typer.echo("Kept back:\n")
        for one in sorted(back, key=lambda one: list(WHY).index(one.verdict)):
            typer.echo(f"  {one.article.title}\n      {WHY[one.verdict]}")

    def _head(self, text: str) -> None:
        typer.echo(f"\n{text}\n")

    def _sum_up(self, seconds: float, kept: Path | None) -> None:
        counts = self._verdicts
        typer.echo(f"\n{counts.total()} articles of {len(addresses())} feeds in {seconds:.0f} s:")
        for verdict in ("alerted", "updated", *WHY):
            if counts[verdict]:
                typer.echo(f"  {counts[verdict]:3}  {verdict}")
        for address, fault in self._faults.items():
            typer.echo(f"\n{address} is faulty, and gave its articles all the same: {fault}")
        if kept is None:
            typer.echo("\nTo see it go on after a restart, twice: tocsin demo --database demo.db")
        else:
            typer.echo(f"\nWhat was told is kept in {kept}. Start the same again: it goes on from there.")
        typer.echo("With your own feeds: copy config.example.toml to tocsin.toml, then tocsin run")
