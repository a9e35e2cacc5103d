"""What doctor says of a feed that moved while the configuration file still declares it where it stood."""

import io

import pytest

from bot.config import Secrets, Settings
from bot.doctor import examine
from bot.model.destination import CONSOLE, Workspace
from storage.unit import SqlStorage

OLD, NEW = "http://wire.example/rss.xml", "http://wire.example/feed"


@pytest.fixture
def settings(sqlite_database: str) -> Settings:
    told = {"query": "auction", "to": "console", "feeds": [OLD]}
    feeds = [{"url": OLD, "name": "The Wire"}]
    return Settings.model_validate({"database": {"url": sqlite_database}, "feeds": feeds, "subscriptions": [told]})


async def test_the_file_is_to_name_the_new_address_and_the_old_one_is_not_asked(
    sqlite: SqlStorage, settings: Settings
) -> None:
    async with sqlite.begin() as unit:
        workspace = await unit.workspaces.register(Workspace(CONSOLE))
        feed = await unit.feeds.follow(workspace, OLD, name="The Wire", origin="config")
        await unit.feeds.move(feed, NEW)
    said = io.StringIO()

    code = await examine(settings, Secrets(), said, offline=True)

    lines = said.getvalue().splitlines()
    assert code == 0
    assert [line for line in lines if "The Wire" in line] == [
        "ok      The Wire: not polled yet",
        f"warning The Wire: has moved to {NEW}",
    ]
    assert f"        Write {NEW} in the configuration file in the place of {OLD}" in lines
    assert not any("hears no feed" in line for line in lines)
