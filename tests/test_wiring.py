"""The composition root."""

from collections.abc import AsyncIterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest

from adapters.console import ConsolePlatform
from bot.config import Settings
from bot.feeds.cadence import Bounds
from bot.model.delivery import Notice
from bot.model.destination import CONSOLE, Destination, Workspace
from bot.model.ids import DestinationId
from bot.wiring import Application, assemble, open_storage, start_up
from tests.jobs.newsroom import finished


@pytest.fixture
def paper() -> StringIO:
    return StringIO()


@pytest.fixture
async def application(tmp_path: Path, paper: StringIO) -> AsyncIterator[Application]:
    settings = Settings.model_validate({"database": {"url": f"sqlite:///{tmp_path / 'tocsin.db'}"}})
    storage = open_storage(settings)
    await storage.migrate()
    application = assemble(settings, storage, {CONSOLE: ConsolePlatform(paper)})
    yield application
    await application.close()


async def queued(application: Application) -> DestinationId:
    async with application.storage.begin() as unit:
        lane = await unit.outbox.destination(Destination(Workspace(CONSOLE)))
        await unit.outbox.notify(lane, Notice("The bell rings."), "once")
    return lane


@pytest.mark.parametrize(("delivers", "printed"), [(True, "The bell rings."), (False, "")])
async def test_a_process_that_only_polls_takes_nothing_out_of_a_lane(
    application: Application, paper: StringIO, *, delivers: bool, printed: str
) -> None:
    lane = await queued(application)
    machinery = start_up(application, lambda _: None, delivers=delivers)

    await finished(machinery.deliverer.look_at(lane))

    assert paper.getvalue().strip() == printed


async def test_feeds_are_looked_at_within_the_intervals_of_the_configuration(tmp_path: Path) -> None:
    fetch = {"min_interval": "3m", "max_interval": "1h"}
    settings = Settings.model_validate({"database": {"url": f"sqlite:///{tmp_path / 'tocsin.db'}"}, "fetch": fetch})
    application = assemble(settings, open_storage(settings), {CONSOLE: ConsolePlatform(StringIO())})

    machinery = start_up(application, lambda _: None)
    await application.close()

    assert machinery.poller.settings.bounds == Bounds(timedelta(minutes=3), timedelta(hours=1))
