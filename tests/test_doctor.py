import io
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.config import Secret, Secrets, Settings, SlackSecrets
from bot.doctor import examine
from bot.model.destination import CONSOLE, Workspace, parse_destination
from bot.model.subscription import DECLARED
from storage.unit import SqlStorage
from tests.acceptance.program import Program
from tests.builders import a_new_subscription
from tests.polls import fails
from tests.standins.publisher import Publisher
from tests.standins.slack import SlackStandIn

FEED = """<rss version="2.0"><channel><title>Example Wire</title><item>
<title>5G auction opens in Mainz</title><link>https://news.example.org/5g</link></item></channel></rss>"""
NO_SECRETS = Secrets()
CONSOLE_IS_FINE = "ok      console: prints what is sent to it"


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with Publisher() as running:
        running.publishes("/rss.xml", FEED)
        yield running


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as standing:
        standing.channel("C1")
        yield standing


def settings(database: str, **sections: Any) -> Settings:
    fetch = {"allow_private": ["127.0.0.1"], "timeout": "5s"}
    return Settings.model_validate({"database": {"url": database}, "fetch": fetch, **sections})


def secrets_of(slack: SlackStandIn, bot_token: str = "") -> Secrets:
    return Secrets(
        slack=(
            SlackSecrets(
                name="",
                bot_token=Secret(bot_token or slack.bot_token),
                bot_token_variable="SLACK_BOT_TOKEN",
                app_token=Secret(slack.app_token),
                app_token_variable="SLACK_APP_TOKEN",
                signing_secret=None,
                api_url=slack.api_url,
            ),
        )
    )


async def check_up(
    found: Settings, secrets: Secrets = NO_SECRETS, *, offline: bool = False, post: str = ""
) -> tuple[int, list[str]]:
    out = io.StringIO()
    code = await examine(found, secrets, out, offline=offline, post=post)
    lines = out.getvalue().splitlines()
    for place, line in enumerate(lines):
        if line.startswith(("WRONG", "warning")) and not line.startswith("WRONG   --post"):
            assert lines[place + 1].startswith("        "), f"no next step for: {line}"
    return code, lines


# ---- full text -----------------------------------------------------------------------------------------------------


def wanting_pages(database: str) -> Settings:
    return settings(database, feeds=[{"url": "https://example.org/rss.xml", "full_text": True}])


async def test_what_reads_pages_is_tried_out_where_it_is_asked_for(sqlite_database: str) -> None:
    asked_for = await check_up(wanting_pages(sqlite_database), offline=True)
    not_asked_for = await check_up(settings(sqlite_database), offline=True)

    assert "ok      full text: pages can be read; asked for by 1 declared feed" in asked_for[1]
    assert not any("full text" in line for line in not_asked_for[1])


async def test_what_reads_pages_and_does_not_work_is_a_warning(
    sqlite_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.feeds.pages.SAMPLE", b"<html></html>")

    code, lines = await check_up(wanting_pages(sqlite_database), offline=True)

    assert code == 0
    assert "warning full text: pages cannot be read: No article was found on it." in lines
    assert "        Install it anew: pip install 'tocsin[fulltext]'" in lines


async def test_what_reads_pages_and_is_not_installed_keeps_tocsin_from_working(
    sqlite_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.feeds.extra.is_installed", lambda: False)

    code, lines = await check_up(wanting_pages(sqlite_database), offline=True)

    assert code == 1
    assert "WRONG   full text: the extra fulltext is not installed" in lines
    assert "        Install it: pip install 'tocsin[fulltext]'. Or turn full_text off." in lines


# ---- feeds ---------------------------------------------------------------------------------------------------------


async def test_every_declared_feed_is_read_before_tocsin_ever_ran(sqlite_database: str, publisher: Publisher) -> None:
    address = publisher.address("/rss.xml")

    code, lines = await check_up(settings(sqlite_database, feeds=[{"url": address, "name": "The Wire"}]))

    assert code == 0
    assert lines == [
        "ok      configuration: read without a mistake",
        "ok      database: up to date; 0 deliveries wait",
        CONSOLE_IS_FINE,
        "ok      The Wire: 1 article",
        "",
        "Tocsin can work: nothing is wrong.",
    ]


async def test_a_feed_that_cannot_be_read_is_a_warning_and_the_others_are_read(
    sqlite_database: str, publisher: Publisher
) -> None:
    publisher.publishes("/page", "<!doctype html><html><body>Not a feed</body></html>", "text/html")
    page, gone, feed = (publisher.address(path) for path in ("/page", "/gone", "/rss.xml"))

    code, lines = await check_up(settings(sqlite_database, feeds=[{"url": url} for url in (page, gone, feed)]))

    assert code == 0
    assert lines[3] == f"warning {page}: This is a web page, not a feed."
    assert lines[4] == (
        f"        What it answers: tocsin feeds check {page}. Where it has moved: tocsin feeds move {page} NEW"
    )
    assert lines[5].startswith(f"warning {gone}: ")
    assert "404" in lines[5]
    assert lines[7] == f"ok      {feed}: 1 article"
    assert lines[-1] == "Tocsin can work: 2 warnings."


async def test_offline_it_asks_nobody_and_tells_what_the_last_poll_found(
    sqlite: SqlStorage, sqlite_database: str, publisher: Publisher
) -> None:
    found = settings(sqlite_database, feeds=[{"url": publisher.address("/rss.xml")}])
    async with sqlite.begin() as unit:
        workspace = await unit.workspaces.register(Workspace(CONSOLE))
        feed = await unit.feeds.follow(workspace, "http://wire.example/", name="The Wire", origin="command")
        await fails(unit, feed, "The server answered 404 Not Found.", unit.now)

    code, lines = await check_up(found, offline=True)

    assert code == 0
    assert publisher.requests == []
    assert lines[3:-2] == [
        f"ok      {publisher.address('/rss.xml')}: not polled yet",
        "warning The Wire: The server answered 404 Not Found.",
        "        Look at it: tocsin feeds check http://wire.example/",
    ]


async def test_where_no_feed_is_followed_it_says_how_to_begin(sqlite_database: str) -> None:
    code, lines = await check_up(settings(sqlite_database))

    assert code == 0
    assert "warning feeds: none is followed" in lines
    assert lines[-1] == "Tocsin can work: 1 warning."


@pytest.mark.parametrize(("url", "warned"), [("http://news.example.org/", True), ("http://127.0.0.1/rss.xml", False)])
async def test_an_interval_below_a_minute_is_a_warning_for_public_hosts(
    sqlite_database: str, url: str, *, warned: bool
) -> None:
    found = settings(sqlite_database, feeds=[{"url": url, "poll_every": "30s"}])

    code, lines = await check_up(found, offline=True)

    assert code == 0
    assert (f"warning {url}: is polled every 30 s" in lines) is warned


async def test_a_network_that_may_be_fetched_is_not_public(sqlite_database: str) -> None:
    found = settings(sqlite_database, feeds=[{"url": "http://10.1.2.3/rss.xml", "poll_every": "1s"}])
    found = found.model_copy(update={"fetch": found.fetch.model_copy(update={"allow_private": ("10.0.0.0/8",)})})

    _, lines = await check_up(found, offline=True)

    assert lines[-1] == "Tocsin can work: nothing is wrong."


# ---- what is stored ------------------------------------------------------------------------------------------------


async def test_subscriptions_that_cannot_be_read_and_lanes_that_are_shut_are_warnings(
    sqlite: SqlStorage, sqlite_database: str
) -> None:
    async with sqlite.begin() as unit:
        await unit.subscriptions.add(a_new_subscription("(", normal_form="(", origin=DECLARED))
        await unit.workspaces.suspend(parse_destination("slack:T1/C1").workspace, "The token was revoked.")

    code, lines = await check_up(settings(sqlite_database), offline=True)

    assert code == 0
    assert any(line.startswith("warning subscription 1 of slack:T1: cannot be read any more: ") for line in lines)
    assert "        End it: tocsin subscriptions remove 1 --workspace slack:T1" in lines
    assert "warning slack:T1: nothing is posted there: The token was revoked." in lines


async def test_a_database_that_cannot_be_reached_keeps_tocsin_from_working(tmp_path: Path) -> None:
    code, lines = await check_up(settings(f"sqlite:///{tmp_path}/nowhere/tocsin.db"))

    assert code == 1
    assert lines[0].startswith("WRONG   database: out of reach: ")
    assert lines[1] == "        Look at database.url in the configuration, and whether the database runs."


async def test_the_database_of_a_newer_tocsin_is_said_to_be_one(sqlite_database: str) -> None:
    with closing(sqlite3.connect(sqlite_database.removeprefix("sqlite:///"), isolation_level=None)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")

    code, lines = await check_up(settings(sqlite_database))

    assert code == 1
    assert lines[0] == (
        "WRONG   database: The database is at schema 9999, which this Tocsin does not know: run the newer one."
    )


# ---- platforms -----------------------------------------------------------------------------------------------------


async def test_tokens_that_slack_refuses_keep_tocsin_from_working_and_are_named_not_shown(
    sqlite_database: str, slack: SlackStandIn
) -> None:
    found = settings(sqlite_database, slack={"api_url": slack.api_url})
    secrets = secrets_of(slack, bot_token="xoxb-wrong-token")

    code, lines = await check_up(found, secrets)

    wrong = [line for line in lines if line.startswith("WRONG")]
    assert code == 1
    assert len(wrong) == 1
    assert "SLACK_BOT_TOKEN" in wrong[0]
    assert "xoxb-wrong-token" not in "".join(lines)
    assert lines[-1] == "Tocsin cannot work like this: 1 fault and 1 warning."


async def test_offline_slack_is_not_asked(sqlite_database: str, slack: SlackStandIn) -> None:
    found = settings(sqlite_database, slack={"api_url": slack.api_url})
    secrets = secrets_of(slack)

    code, _ = await check_up(found, secrets, offline=True)

    assert code == 0
    assert slack.calls == []


async def test_one_test_line_is_posted_where_it_is_asked_for(sqlite_database: str, slack: SlackStandIn) -> None:
    found = settings(sqlite_database, slack={"api_url": slack.api_url})
    secrets = secrets_of(slack)

    code, lines = await check_up(found, secrets, post="slack:T1/C1")

    assert (code, lines) == (0, ["ok      slack:T1/C1: one test line was posted"])
    assert [message["text"] for message in slack.messages("C1")] == [
        "Tocsin can post here. This is a test line for slack:T1/C1."
    ]


async def test_a_subscribed_channel_that_there_is_not_is_a_finding_before_anything_is_posted(
    sqlite_database: str, slack: SlackStandIn
) -> None:
    found = settings(
        sqlite_database,
        slack={"api_url": slack.api_url},
        subscriptions=[{"query": "a", "to": "slack:T1/C1"}, {"query": "a", "to": "slack:T1/C404"}],
    )

    code, lines = await check_up(found, secrets_of(slack))

    assert code == 0
    assert "warning slack:T1/C404: Slack says channel_not_found" in lines
    assert not [line for line in lines if "slack:T1/C1:" in line]
    assert not slack.messages("C1")


async def test_a_channel_that_is_closed_to_the_bot_is_named_with_the_step_that_helps(
    sqlite_database: str, slack: SlackStandIn
) -> None:
    found = settings(sqlite_database, slack={"api_url": slack.api_url})
    secrets = secrets_of(slack)

    code, lines = await check_up(found, secrets, post="slack:T1/C404")

    assert code == 1
    assert lines[0].startswith("WRONG   slack:T1/C404: ")


async def test_where_slack_alone_is_on_it_says_how_the_console_comes_on(
    sqlite_database: str, slack: SlackStandIn
) -> None:
    found = settings(sqlite_database, slack={"api_url": slack.api_url})
    secrets = secrets_of(slack)

    code, lines = await check_up(found, secrets, post="console")

    assert code == 1
    assert lines == [
        "WRONG   console: console is off",
        "        It is on where a subscription goes there: tocsin subscriptions add huawei --to console",
    ]


@pytest.mark.parametrize(
    ("post", "code"), [("slack:T1/C1", 1), ("nowhere", 2), ("slack:T1", 2), ("nowhere:N1/C1", 2), ("slack:X/C1", 2)]
)
async def test_what_cannot_be_posted_to_is_said(sqlite_database: str, post: str, code: int) -> None:
    ended, lines = await check_up(settings(sqlite_database), post=post)

    assert ended == code
    assert lines[0].startswith("WRONG   ")


def test_the_command_prints_on_stdout_and_posts_to_the_console(tmp_path: Path) -> None:
    tocsin = Program(tmp_path)
    tocsin.configure("[fetch]", 'contact = "mailto:news@example.org"')

    finished = tocsin("doctor", "--post", "console")

    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout.splitlines() == [
        "Tocsin can post here. This is a test line for console.",
        "",
        "ok      console: one test line was posted",
    ]


async def test_a_declared_subscription_that_no_feed_can_reach_is_a_warning(sqlite_database: str) -> None:
    feed = {"url": "http://127.0.0.1:9/rss.xml", "tags": ["telecom"]}
    declared = [{"query": "huawei", "to": "console", "tags": [tag]} for tag in ("telecom", "telekom")]

    code, lines = await check_up(settings(sqlite_database, feeds=[feed], subscriptions=declared), offline=True)

    assert code == 0
    assert [line for line in lines if "hears no feed" in line] == ["warning subscriptions[1]: hears no feed at all"]
