"""A running Tocsin: in this process with a platform that does what a test says, and as a process of its own."""

import asyncio
import json
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.commands.command import Command
from bot.commands.once import Once, every_time
from bot.config import ListenAddress, Settings
from bot.errors import StorageUnavailable
from bot.model.delivery import (
    Alert,
    Claimed,
    Delivery,
    Finding,
    Notice,
    Outcome,
    Refused,
    Sent,
    Terms,
    Unknowable,
)
from bot.model.destination import CONSOLE, Destination, Workspace, parse_destination, parse_workspace
from bot.ports import Connection, Examined, Heard, Messenger, Routes, Unit, Welcome
from bot.service import patience, reception, running
from bot.service.parts import PARTS
from bot.service.reception import NothingToServe
from bot.service.running import Service
from bot.wiring import Application, assemble, open_storage
from storage.unit import SqlStorage
from tests.acceptance.program import PATIENCE, Program
from tests.builders import NOON
from tests.standins.postgres import PostgresServer, free_port
from tests.standins.publisher import Publisher
from tests.standins.slack import SlackStandIn

HOME = Workspace(CONSOLE)
SIGNED_IN = Connection(HOME, "console")
AWAY = Connection(HOME, "console", "The platform cannot be reached.", passing=True)
SLOW = Connection(HOME, "console", "The platform takes its time.")
REFUSED = Connection(HOME, "console", "The token in SOME_TOKEN was refused.")
NAMELESS = replace(REFUSED, workspace=None)
"""Refused before it was known whose token it is."""


def a_feed(*titles: str) -> str:
    items = "".join(f"<item><title>{title}</title><guid>{title}</guid></item>" for title in titles)
    return f'<rss version="2.0"><channel><title>Example Wire</title>{items}</channel></rss>'


@dataclass
class Stage:
    """A Platform and its Messenger: signs in as it is told, keeps what it was given, and may hold a message back."""

    answers: list[Connection] = field(default_factory=lambda: [SIGNED_IN])
    """One a sign-in; the last one from then on."""
    beside: list[Connection] = field(default_factory=list)
    """How signing in to the platform's other workspaces goes, every time."""
    sent: list[Delivery] = field(default_factory=list)
    sending: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    tells: list[tuple[list[Connection], bool]] = field(default_factory=list)
    """What it hears of workspaces while it listens, and whether that is all there are."""
    has_told: bool = False
    connected: int = 0
    listened: int = 0
    knows_again: timedelta = timedelta()

    def __post_init__(self) -> None:
        self.released.set()

    @property
    def messenger(self) -> Messenger:
        return self

    @property
    def alerts(self) -> list[str]:
        return [each.content.article.title for each in self.sent if isinstance(each.content, Alert)]

    @property
    def pace(self) -> None:
        """It takes whatever comes."""

    @property
    def unserved(self) -> str:
        return "Nobody signs in there any more."

    def serve(self, catalogue: Sequence[Command], routes: Routes, once: Once = every_time) -> None:
        assert catalogue

    async def connect(self) -> Sequence[Connection]:
        self.connected += 1
        if self.answers[0] is SLOW:
            await asyncio.Event().wait()
        return [self.answers.pop(0) if len(self.answers) > 1 else self.answers[0], *self.beside]

    async def listen(self, heard: Heard) -> None:
        self.listened += 1
        if self.listened == 1:
            raise RuntimeError("an invented bug")
        for connections, complete in self.tells:
            await heard(connections, complete=complete)
        self.has_told = True
        await asyncio.Event().wait()

    async def examine(self) -> Sequence[Examined]:
        return []

    async def close(self) -> None:
        pass

    async def send(self, delivery: Delivery) -> Outcome:
        self.sending.set()
        await self.released.wait()
        self.sent.append(delivery)
        return Sent(str(len(self.sent)))

    async def find(self, delivery: Delivery) -> Finding:
        return Unknowable("a stage cannot be asked")

    async def edit(self, delivery: Delivery, receipt: str) -> Outcome:
        return Refused("delivery", "a stage takes nothing back")

    async def delete(self, delivery: Delivery, receipt: str) -> Outcome:
        return Refused("delivery", "a stage takes nothing back")

    async def reach(self, destination: Destination) -> None:
        """Nothing stands in the way."""


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with Publisher() as publishing:
        publishing.publishes("/rss.xml", a_feed("Old news"))
        yield publishing


@pytest.fixture
def settings(sqlite_database: str, publisher: Publisher) -> Settings:
    return configured(sqlite_database, publisher)


def configured(database: str, publisher: Publisher) -> Settings:
    return Settings.model_validate(
        {
            "database": {"url": database},
            "fetch": {"allow_private": ["127.0.0.1"]},
            "web": {"listen": "127.0.0.1:0"},
            "feeds": [{"url": publisher.address("/rss.xml"), "poll_every": "1s"}],
            "subscriptions": [{"query": "auction", "to": "console"}],
        }
    )


@dataclass
class Running:
    application: Application
    task: asyncio.Task[None]
    stop: asyncio.Event
    records: list[logging.LogRecord]

    async def until(self, is_so: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not is_so():
                if self.task.done():
                    self.task.result()
                await asyncio.sleep(0.01)

    async def ready(self) -> None:
        await self.until(lambda: self.said("ready"))

    def said(self, message: str) -> list[logging.LogRecord]:
        return [record for record in self.records if record.getMessage() == message]

    async def asks(self, path: str) -> tuple[int, Any]:
        return await asked(vars(self.said("ready")[0])["web"], path)

    async def stopped(self) -> None:
        self.stop.set()
        await asyncio.wait_for(self.task, PATIENCE)


async def knows(settings: Settings, *workspaces: str) -> None:
    """As after an earlier run."""
    storage = open_storage(settings)
    async with storage.begin() as unit:
        for workspace in workspaces:
            await unit.workspaces.register(parse_workspace(workspace))
    await storage.close()


async def asked(place: str, path: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"http://{place}{path}") as answer:
        return answer.status, json.loads(await answer.text())


class Notes(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@asynccontextmanager
async def serving(settings: Settings, stage: Stage, parts: Sequence[str] = PARTS) -> AsyncIterator[Running]:
    """Our own log is kept; what it says beyond warnings is no failure of the test."""
    notes, log, stop = Notes(), logging.getLogger("bot"), asyncio.Event()
    level = log.level
    log.addHandler(notes)
    log.setLevel(logging.INFO)
    application = assemble(settings, open_storage(settings), {CONSOLE: stage})
    task = asyncio.create_task(Service(application, parts).run(stop))
    try:
        yield Running(application, task, stop, notes.records)
    finally:
        stop.set()
        stage.released.set()
        with suppress(Exception):
            await task
        await application.close()
        log.removeHandler(notes)
        log.setLevel(level)


# ---- ready ---------------------------------------------------------------------------------------------------------


async def test_once_it_is_ready_it_says_so_in_the_log_and_over_http(settings: Settings, stage: Stage) -> None:
    async with serving(settings, stage) as service:
        await service.ready()

        assert await service.asks("/healthz") == (200, {"alive": True})
        assert await service.asks("/readyz") == (200, {"ready": True, "reason": ""})


async def test_what_a_feed_publishes_is_alerted_once(settings: Settings, stage: Stage, publisher: Publisher) -> None:
    async with serving(settings, stage) as service:
        await service.until(lambda: service.said("polled"))
        publisher.publishes("/rss.xml", a_feed("5G auction opens in Mainz", "Old news"))
        await service.until(lambda: stage.alerts)
        await service.stopped()

    assert stage.alerts == ["5G auction opens in Mainz"]


async def test_what_it_does_is_told_to_prometheus(settings: Settings, stage: Stage, publisher: Publisher) -> None:
    async with serving(settings, stage) as service:
        await service.until(lambda: service.said("polled"))
        publisher.publishes("/rss.xml", a_feed("5G auction opens in Mainz", "Old news"))
        await service.until(lambda: service.said("posted"))
        place = vars(service.said("ready")[0])["web"]
        async with aiohttp.ClientSession() as session, session.get(f"http://{place}/metrics") as answer:
            told = (await answer.text()).splitlines()

    assert 'tocsin_polls_total{outcome="read"} 2.0' in told
    assert "tocsin_matches_total 1.0" in told
    assert 'tocsin_deliveries_total{outcome="posted",platform="console"} 1.0' in told
    assert "tocsin_database_up 1.0" in told
    assert "tocsin_feed_lag_seconds 0.0" in told


async def test_while_all_is_well_the_dead_man_address_is_called(
    settings: Settings, stage: Stage, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PING", timedelta(seconds=0.05))
    publisher.publishes("/ping", "OK")
    health = settings.health.model_copy(update={"ping_url": publisher.address("/ping")})

    async with serving(settings.model_copy(update={"health": health}), stage) as service:
        await service.until(lambda: publisher.asked_for("/ping"))


async def test_where_nobody_is_signed_in_the_dead_man_address_is_not_called(
    settings: Settings, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PING", timedelta(seconds=0.05))
    publisher.publishes("/ping", "OK")
    health = settings.health.model_copy(update={"ping_url": publisher.address("/ping")})

    async with serving(settings.model_copy(update={"health": health}), Stage([AWAY])) as service:
        await service.until(lambda: len(publisher.asked_for("/rss.xml")) > 1)

    assert publisher.asked_for("/ping") == []


async def test_a_web_address_that_is_taken_is_said_at_once(settings: Settings, stage: Stage) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = ListenAddress("127.0.0.1", taken.getsockname()[1])
        web = settings.web.model_copy(update={"listen": place})

        async with serving(settings.model_copy(update={"web": web}), stage) as service:
            with pytest.raises(OSError, match="address already in use"):
                await service.task


# ---- platforms -----------------------------------------------------------------------------------------------------


async def test_where_every_platform_refuses_it_ends_with_their_reasons(settings: Settings) -> None:
    async with serving(settings, Stage([REFUSED])) as service:
        with pytest.raises(NothingToServe, match="The token in SOME_TOKEN was refused"):
            await service.task


async def test_a_refused_workspace_is_suspended_with_the_reason(settings: Settings) -> None:
    async with serving(settings, Stage([REFUSED])) as service:
        with suppress(NothingToServe):
            await service.task
        async with service.application.storage.read() as unit:
            overview = await unit.overview(None)

    assert overview.suspended == [(parse_destination("console"), "The token in SOME_TOKEN was refused.")]


async def test_a_refused_token_suspends_every_known_workspace_of_its_platform_and_no_other(settings: Settings) -> None:
    await knows(settings, "slack:T1", "console")

    async with serving(settings, Stage([NAMELESS])) as service:
        with suppress(NothingToServe):
            await service.task
        async with service.application.storage.read() as unit:
            overview = await unit.overview(None)

    assert overview.suspended == [(parse_destination("console"), "The token in SOME_TOKEN was refused.")]


async def test_a_workspace_that_signs_in_is_not_suspended_for_the_refused_token_of_another(settings: Settings) -> None:
    await knows(settings, "console")

    async with serving(settings, Stage(beside=[NAMELESS])) as service:
        await service.ready()
        async with service.application.storage.read() as unit:
            overview = await unit.overview(None)

    assert overview.suspended == []


async def test_what_is_only_away_suspends_nothing_known(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reception, "RECONNECT", 0.01)
    await knows(settings, "console")
    stage = Stage([replace(NAMELESS, passing=True)])

    async with serving(settings, stage) as service:
        await service.until(lambda: stage.connected > 2)
        async with service.application.storage.read() as unit:
            overview = await unit.overview(None)

    assert overview.suspended == []


async def test_once_the_token_is_accepted_the_workspace_goes_on(settings: Settings) -> None:
    await knows(settings, "console")
    async with serving(settings, Stage([NAMELESS])) as refused:
        with suppress(NothingToServe):
            await refused.task

    async with serving(settings, Stage()) as service:
        await service.ready()
        async with service.application.storage.read() as unit:
            overview = await unit.overview(None)

    assert overview.suspended == []


async def test_what_fails_in_passing_at_the_start_is_tried_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, publisher: Publisher
) -> None:
    monkeypatch.setattr(reception, "RECONNECT", 0.01)
    stage = Stage([AWAY, AWAY, SIGNED_IN])

    async with serving(settings, stage) as service:
        await service.ready()

        assert stage.connected == 3
        assert (await service.asks("/readyz"))[0] == 200


async def test_until_a_platform_is_signed_in_it_is_not_ready(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception, "RECONNECT", 0.01)
    stage, place = Stage([AWAY]), ListenAddress("127.0.0.1", free_port())
    web = settings.web.model_copy(update={"listen": place})

    async with serving(settings.model_copy(update={"web": web}), stage) as service:
        await service.until(lambda: stage.connected > 2)

        assert service.said("ready") == []
        assert await asked(f"127.0.0.1:{place.port}", "/readyz") == (
            503,
            {"ready": False, "reason": "no platform is signed in"},
        )


async def test_a_bug_in_listening_is_logged_and_listening_begins_anew(
    settings: Settings, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception, "RELISTEN", 0.01)

    async with serving(settings, stage) as service:
        await service.until(lambda: stage.listened == 2)

        (record,) = service.said("stopped listening; beginning again")
        assert record.exc_info is not None


LEFT = Connection(Workspace("slack", "T1"), "Acme", "It was left.")


async def test_a_workspace_that_is_left_is_suspended_and_one_that_is_joined_goes_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception, "RELISTEN", 0.01)
    stage = Stage(tells=[([LEFT], False), ([replace(LEFT, workspace=Workspace("slack", "T2"))], False)])
    stage.tells.append(([Connection(Workspace("slack", "T2"), "Globex")], False))

    async with serving(settings, stage) as service:
        await service.until(lambda: stage.has_told)
        async with service.application.storage.read() as unit:
            overview = await unit.overview(None)

    assert overview.suspended == [(Destination(Workspace("slack", "T1")), "It was left.")]


async def test_what_is_heard_is_kept_in_order_whatever_the_database_does(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PAUSE", 0.01)
    keep, failures = reception.Reception._keep, iter([True])

    async def stumbling(self: Any, *arguments: Any, **more: Any) -> None:
        if "slack:T1" in str(arguments) and next(failures, False):
            raise StorageUnavailable("an invented outage")
        await keep(self, *arguments, **more)

    monkeypatch.setattr(reception.Reception, "_keep", stumbling)
    stage = Hurried(tells=[([LEFT], False), ([Connection(Workspace("slack", "T1"), "Acme")], False)])

    async with serving(settings, stage) as service:
        await service.until(lambda: stage.has_told)
        async with service.application.storage.read() as unit:
            overview = await unit.overview(None)

    assert overview.suspended == []


class Hurried(Stage):
    """Tells one thing before the other is kept, as discord.py does."""

    async def listen(self, heard: Heard) -> None:
        await asyncio.gather(*(heard(connections, complete=complete) for connections, complete in self.tells))
        self.has_told = True
        await asyncio.Event().wait()


async def test_workspaces_that_a_complete_list_does_not_name_are_suspended(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception, "RELISTEN", 0.01)
    await knows(settings, "slack:T1")
    stage = Stage(tells=[([], True)])

    async with serving(settings, stage) as service:
        await service.until(lambda: stage.has_told)
        async with service.application.storage.read() as unit:
            overview = await unit.overview(None)

    assert overview.suspended == [(parse_destination("console"), "Nobody signs in there any more.")]


async def test_a_workspace_that_was_joined_is_welcomed_once_for_each_joining(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception, "RELISTEN", 0.01)
    joined = replace(SIGNED_IN, welcome=Welcome("", NOON, "/news subscribe query:huawei"))
    again = replace(SIGNED_IN, welcome=Welcome("", NOON + timedelta(days=1), "/news subscribe query:huawei"))
    stage = Stage(tells=[([joined], False), ([joined], False), ([again], False)])

    async with serving(settings, stage) as service:
        await service.until(lambda: len(stage.sent) == 2)
        await service.stopped()

    welcomes = [delivery.content for delivery in stage.sent if isinstance(delivery.content, Notice)]
    assert [each.code for each in welcomes] == ["/news subscribe query:huawei"] * 2


async def test_one_workspace_that_may_be_signed_in_to_later_holds_up_no_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception, "RECONNECT", 0.01)
    stage = Stage(beside=[replace(NAMELESS, passing=True)])

    async with serving(settings, stage) as service:
        await service.ready()
        await service.until(lambda: stage.connected > 2)
        stage.beside.clear()
        await service.until(lambda: stage.listened)

    assert not service.said("could not sign in; trying again")


# ---- parts ---------------------------------------------------------------------------------------------------------


async def test_a_process_that_only_polls_signs_in_nowhere_and_posts_nothing(
    settings: Settings, stage: Stage, publisher: Publisher
) -> None:
    async with serving(settings, stage, ("poll",)) as service:
        await service.until(lambda: service.said("polled"))

    assert (stage.connected, stage.sent) == (0, [])


async def test_a_process_that_only_delivers_polls_nothing_and_posts_what_waits(
    settings: Settings, stage: Stage, publisher: Publisher
) -> None:
    async with serving(settings, stage, ("deliver",)) as service:
        await service.ready()
        async with service.application.storage.begin() as unit:
            lane = await unit.outbox.destination(parse_destination("console"))
            await unit.outbox.notify(lane, Notice("A line."), "an occasion")
        await service.until(lambda: stage.sent)

    assert publisher.requests == []
    assert stage.listened == 0


async def test_a_process_that_only_serves_the_web_answers(settings: Settings, stage: Stage) -> None:
    async with serving(settings, stage, ("web",)) as service:
        await service.ready()

        assert (await service.asks("/readyz"))[0] == 200
        assert stage.connected == 0


# ---- the end -------------------------------------------------------------------------------------------------------


async def test_what_is_being_posted_at_the_end_is_finished_and_recorded(
    settings: Settings, stage: Stage, publisher: Publisher
) -> None:
    stage.released.clear()
    async with serving(settings, stage) as service:
        await service.until(lambda: service.said("polled"))
        publisher.publishes("/rss.xml", a_feed("5G auction opens in Mainz"))
        await asyncio.wait_for(stage.sending.wait(), PATIENCE)
        service.stop.set()
        await service.until(lambda: service.said("stopping"))
        stage.released.set()
        await service.stopped()
        async with service.application.storage.read() as unit:
            overview = await unit.overview(None)

    assert stage.alerts == ["5G auction opens in Mainz"]
    assert (overview.sent_last_day, overview.waiting) == (1, 0)


async def test_what_does_not_come_to_an_end_is_broken_off(
    settings: Settings, stage: Stage, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LAST_ORDERS", 0.05)
    publisher.never_answers("/rss.xml")

    async with serving(settings, stage) as service:
        await service.until(lambda: publisher.requests)
        await service.stopped()

    assert service.said("stopped")


async def test_what_is_broken_off_at_the_end_is_free_for_another_process(
    settings: Settings, stage: Stage, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LAST_ORDERS", 0.05)
    minute = timedelta(minutes=1)
    stage.released.clear()
    async with serving(settings, stage) as service:
        await service.until(lambda: service.said("polled"))
        publisher.publishes("/rss.xml", a_feed("5G auction opens in Mainz"))
        await asyncio.wait_for(stage.sending.wait(), PATIENCE)
        publisher.never_answers("/rss.xml")
        before = len(publisher.requests)
        await service.until(lambda: len(publisher.requests) > before)
        await service.stopped()
        async with service.application.storage.begin() as unit:
            feeds = await unit.feeds.claim_due("another", 9, minute)
            at_once = await claimed_by_another(unit)
            now = unit.now
        later = SqlStorage(settings.database.url, lambda: now + settings.delivery.grace)
        async with later.begin() as unit:
            [in_doubt] = await claimed_by_another(unit)
        await later.close()

    assert [feed.address for feed in feeds] == [publisher.address("/rss.xml")]
    assert at_once == []
    assert in_doubt.in_doubt


async def claimed_by_another(unit: Unit) -> Sequence[Claimed]:
    minute = timedelta(minutes=1)
    return await unit.outbox.claim("another", 9, Terms(minute, timedelta(), {CONSOLE: timedelta()}))


async def test_it_can_be_stopped_while_it_signs_in(settings: Settings) -> None:
    stage = Stage([SLOW])
    async with serving(settings, stage) as service:
        await service.until(lambda: stage.connected)
        await service.stopped()

    assert service.said("ready") == []


# ---- the database --------------------------------------------------------------------------------------------------


@dataclass
class Cutting(Stage):
    """Signing in to it takes so long that the database is lost meanwhile."""

    server: PostgresServer | None = None

    async def connect(self) -> Sequence[Connection]:
        assert self.server is not None
        self.server.stop()
        return await super().connect()


async def test_a_database_that_is_lost_while_it_starts_is_waited_for(publisher: Publisher) -> None:
    with PostgresServer() as server:
        async with serving(configured(server.fresh_database(), publisher), Cutting(server=server)) as service:
            await service.until(lambda: service.said("could not keep who signed in; trying again"))
            server.start()
            await service.ready()
            await service.stopped()


async def test_it_can_be_stopped_while_it_waits_for_a_lost_database(publisher: Publisher) -> None:
    with PostgresServer() as server:
        async with serving(configured(server.fresh_database(), publisher), Cutting(server=server)) as service:
            await service.until(lambda: service.said("could not keep who signed in; trying again"))
            await service.stopped()

    assert service.said("ready") == []


async def test_when_a_lost_database_is_back_work_goes_on(stage: Stage, publisher: Publisher) -> None:
    with PostgresServer() as server:
        async with serving(configured(server.fresh_database(), publisher), stage) as service:
            await service.until(lambda: service.said("polled"))

            server.stop()
            await service.until(lambda: service.said("could not look for due feeds; trying again"))
            status, answer = await service.asks("/readyz")
            publisher.publishes("/rss.xml", a_feed("5G auction opens in Mainz", "Old news"))
            server.start()
            await service.until(lambda: stage.alerts)
            await service.stopped()

    assert (status, answer["ready"]) == (503, False)
    assert answer["reason"].startswith("the database is out of reach: ")
    assert stage.alerts == ["5G auction opens in Mainz"]


# ---- as a process --------------------------------------------------------------------------------------------------


@pytest.fixture
def tocsin(tmp_path: Path) -> Program:
    return Program(tmp_path)


async def test_asked_once_it_ends_within_its_time_and_hands_back_what_it_had_in_hand(
    tocsin: Program, publisher: Publisher
) -> None:
    publisher.never_answers("/rss.xml")
    tocsin.configure(
        *("[fetch]", 'allow_private = ["127.0.0.1"]', "[web]", 'listen = ""'),
        *("[[feeds]]", f'url = "{publisher.address("/rss.xml")}"'),
    )
    hasty = (
        sys.executable,
        "-c",
        "import bot.cli, bot.service.running as running; running.LAST_ORDERS = 0.1; bot.cli.main()",
    )

    with tocsin.started("run", command=hasty) as process:
        await process.until(lambda: publisher.requests, "it polls")
        code = await process.stop()
    storage = SqlStorage(f"sqlite:///{tocsin.folder / 'tocsin.db'}")
    async with storage.begin() as unit:
        free = await unit.feeds.claim_due("another", 9, timedelta(minutes=1))
    await storage.close()

    assert code == 0
    assert "stopped" in process.log
    assert [feed.address for feed in free] == [publisher.address("/rss.xml")]


async def test_asked_twice_it_ends_at_once(tocsin: Program, publisher: Publisher) -> None:
    publisher.never_answers("/rss.xml")
    tocsin.configure(
        *("[fetch]", 'allow_private = ["127.0.0.1"]', "[web]", 'listen = ""'),
        *("[[feeds]]", f'url = "{publisher.address("/rss.xml")}"'),
    )

    with tocsin.started("run") as process:
        await process.until(lambda: publisher.requests, "it polls")
        process.signal(signal.SIGTERM)
        await process.until(lambda: "stopping" in process.log, "it stops")
        process.signal(signal.SIGTERM)
        code = await process.ended()

    assert code == 128 + signal.SIGTERM
    assert "stopped" not in process.log


async def test_what_hangs_at_the_end_holds_it_up_for_a_while_and_no_longer(
    tocsin: Program, publisher: Publisher
) -> None:
    publisher.never_answers("/rss.xml")
    tocsin.configure(
        *("[fetch]", 'allow_private = ["127.0.0.1"]', "[web]", 'listen = ""'),
        *("[[feeds]]", f'url = "{publisher.address("/rss.xml")}"'),
    )
    impatient = (sys.executable, "-c", "import bot.cli; bot.cli.PATIENCE = 0.2; bot.cli.main()")

    with tocsin.started("run", command=impatient) as process:
        await process.until(lambda: publisher.requests, "it polls")
        code = await process.stop()

    assert code == 0
    assert "stopping" in process.log
    assert "stopped" not in process.log


async def test_a_token_that_slack_refuses_ends_it_and_names_the_variable(tocsin: Program) -> None:
    async with SlackStandIn() as slack:
        tocsin.configure("[slack]", f'api_url = "{slack.api_url}"')
        tocsin.environment = {"SLACK_BOT_TOKEN": "xoxb-invented-token", "SLACK_APP_TOKEN": slack.app_token}
        tocsin("subscriptions", "add", "huawei", "--to", "slack:T1/C1")

        finished = await asyncio.to_thread(tocsin, "run")
        status = tocsin("status", "--json")

    (suspended,) = json.loads(status.stdout)["suspended"]
    assert suspended["destination"] == "slack:T1"
    assert "SLACK_BOT_TOKEN" in suspended["reason"]
    assert finished.returncode == 1
    assert "No platform could start." in finished.stderr
    assert "SLACK_BOT_TOKEN" in finished.stderr
    assert "invented-token" not in finished.stderr


def test_a_web_address_that_is_taken_ends_it_with_one_clear_line(tocsin: Program) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        tocsin.configure("[web]", f'listen = "127.0.0.1:{taken.getsockname()[1]}"')

        finished = tocsin("run")

    assert finished.returncode == 1
    assert finished.stderr.splitlines()[-1].startswith("web.listen: cannot listen there: ")
