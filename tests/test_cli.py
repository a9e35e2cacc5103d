"""The command line as a process of its own: what it prints where, and how it ends."""

import asyncio
import io
import json
import os
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
import typer.main

from bot.cli import app
from bot.commands.catalogue import catalogue
from bot.commands.command import Confirm, Details, Done, Listing, Problem
from bot.commands.desk import Desk
from bot.terminal import show
from tests.acceptance.program import CONSOLE_SCRIPT, Finished, Program
from tests.standins.publisher import Publisher

LOOPBACK = ("[fetch]", 'allow_private = ["127.0.0.1"]')
FEED = """<rss version="2.0"><channel><title>Example Wire</title><item>
<title>5G auction opens in Mainz</title><link>https://news.example.org/5g</link><guid>one</guid>
<pubDate>Sat, 14 Mar 2026 12:00:00 GMT</pubDate></item></channel></rss>"""


@pytest.fixture
def tocsin(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with Publisher() as running:
        running.publishes("/rss.xml", FEED)
        yield running


def document(finished: Finished) -> Any:
    assert (finished.returncode, finished.stderr) == (0, "")
    return json.loads(finished.stdout)


def is_in_utc(moment: str) -> bool:
    return datetime.fromisoformat(moment).utcoffset() == UTC.utcoffset(None)


# ---- configuration -------------------------------------------------------------------------------------------------


def test_without_a_configuration_it_says_what_to_do_next(tocsin: Program) -> None:
    finished = tocsin("run")

    assert (finished.returncode, finished.stdout) == (2, "")
    assert "There is no configuration yet" in finished.stderr
    assert "tocsin demo" in finished.stderr
    assert "config.example.toml" in finished.stderr


def test_five_mistakes_are_five_lines_and_no_secret_is_printed(tocsin: Program) -> None:
    tocsin.environment["SLACK_BOT_TOKEN"] = "xoxb-invented-token"
    tocsin.configure(
        *("[fetch]", 'timeout = "soon"', 'contct = "mailto:news@example.org"'),
        *("[slack]", 'command = "xoxb-invented-token"'),
        *("[[feeds]]", 'url = "http://127.0.0.1/rss.xml"', "poll_every = 5"),
        *("[[subscriptions]]", 'query = "("', 'to = "slack:T0123/C0456"'),
        *("[database]", 'url = "mysql://tocsin:invented-password@localhost/tocsin"'),
    )
    tocsin.environment["SLACK_APP_TOKEN"] = "xapp-invented-token"

    finished = tocsin("run")

    places = sorted(line.partition(":")[0] for line in finished.stderr.splitlines())
    assert (finished.returncode, finished.stdout) == (2, "")
    assert places == [
        "database.url",
        "feeds[0].poll_every",
        "fetch.contact",
        "fetch.contct",
        "fetch.timeout",
        "slack.command",
        "subscriptions[0].query",
    ]
    assert "invented" not in finished.stderr


def test_the_file_is_named_by_the_option_else_by_the_environment_else_it_stands_here(tocsin: Program) -> None:
    for name in ("option", "environment", "tocsin"):
        tocsin.configure(f"[{name}]", name=f"{name}.toml")
    tocsin.environment["TOCSIN_CONFIG"] = "environment.toml"

    by_option, by_environment = tocsin("run", "--config", "option.toml"), tocsin("run")
    tocsin.environment.clear()
    found_here = tocsin("run")

    complaints = [finished.stderr.partition(":")[0] for finished in (by_option, by_environment, found_here)]
    assert complaints == ["option", "environment", "tocsin"]


def test_a_part_that_is_none_is_a_mistake(tocsin: Program) -> None:
    finished = tocsin("run", "--only", "poll,tea")

    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr == "--only: tea is no part of Tocsin: accepted are poll,deliver,listen,web\n"


# ---- the database --------------------------------------------------------------------------------------------------


def test_a_database_that_cannot_be_reached_is_one_clear_line(tocsin: Program) -> None:
    tocsin.configure("[database]", 'url = "postgresql://tocsin:invented-password@127.0.0.1:1/tocsin"')

    finished = tocsin("run")

    first, *others = finished.stderr.splitlines()
    assert (finished.returncode, finished.stdout) == (1, "")
    assert first.startswith("The database is out of reach: ")
    assert others == ["Look at database.url in the configuration, and whether the database runs."]
    assert "invented-password" not in finished.stderr


def test_a_database_is_migrated_once_and_that_of_a_newer_tocsin_is_left_alone(tocsin: Program) -> None:
    tocsin.configure(*LOOPBACK)

    first, second = tocsin("migrate"), tocsin("migrate")
    with closing(sqlite3.connect(tocsin.folder / "tocsin.db", isolation_level=None)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    third = tocsin("run")

    assert first.stdout.startswith("Applied: 0001")
    assert second.stdout == "The database is up to date.\n"
    assert (third.returncode, third.stdout) == (1, "")
    assert third.stderr == "The database is at schema 9999, which this Tocsin does not know: run the newer one.\n"


def test_what_only_looks_answers_while_somebody_writes_and_loads_nothing_that_only_a_migration_needs(
    tocsin: Program,
) -> None:
    tocsin.configure(*LOOPBACK)
    tocsin("migrate")
    loads = "import sys, bot.cli\ntry: bot.cli.main()\nfinally: print('alembic' in sys.modules, file=sys.stderr)"

    with closing(sqlite3.connect(tocsin.folder / "tocsin.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        finished = tocsin("status", command=(sys.executable, "-c", loads))

    assert (finished.returncode, finished.stderr) == (0, "False\n")
    assert finished.stdout.startswith("Status\n")


@pytest.mark.parametrize("option", ["bogus=1", "connect_timeout=soon"])
def test_a_database_address_with_an_option_that_there_is_not_is_one_clear_line(tocsin: Program, option: str) -> None:
    tocsin.configure("[database]", f'url = "postgresql://tocsin:invented-password@127.0.0.1:1/tocsin?{option}"')

    finished = tocsin("status")

    first, *others = finished.stderr.splitlines()
    assert (finished.returncode, finished.stdout) == (1, "")
    assert first.startswith("The database is out of reach: ")
    assert option.partition("=")[0] in first
    assert others == ["Look at database.url in the configuration, and whether the database runs."]
    assert "invented-password" not in finished.stderr


# ---- commands ------------------------------------------------------------------------------------------------------


async def test_why_an_article_did_not_alert_is_told_to_people_and_to_programs(
    tocsin: Program, publisher: Publisher
) -> None:
    tocsin.configure(*LOOPBACK)
    address = publisher.address("/rss.xml")
    await asyncio.to_thread(tocsin, "feeds", "add", address)
    tocsin("subscriptions", "add", "auction", "--to", "console")

    people = tocsin("explain", "https://news.example.org/5g?utm_source=mail")
    programs = document(tocsin("explain", "https://news.example.org/5g", "--json"))

    first, *rows = people.stdout.splitlines()
    assert (people.returncode, people.stderr, first) == (0, "", "5G auction opens in Mainz")
    assert any("the subscription is younger than the article" in row for row in rows)
    assert any(row.startswith("– auction") and "held: “auction” in the title" in row for row in rows)
    (workspace,) = programs["workspaces"]
    assert is_in_utc(workspace["first_seen"])
    assert [(one["number"], one["matched"]) for one in workspace["subscriptions"]] == [(1, True)]
    assert workspace["alerts"] == []


async def test_feeds_and_subscriptions_are_told_to_programs_as_one_document_each(
    tocsin: Program, publisher: Publisher
) -> None:
    tocsin.configure(*LOOPBACK)
    address = publisher.address("/rss.xml")

    added = await asyncio.to_thread(tocsin, "feeds", "add", address, "--tags", "telecom,press", "--json")
    tocsin("subscriptions", "add", "5G", "AUCTION", "--to", "console")
    (feed,) = document(tocsin("feeds", "list", "--json"))
    (subscription,) = document(tocsin("subscriptions", "list", "--json"))
    preview = document(tocsin("preview", "auction", "--json"))

    assert document(added) == {"address": address}
    moments = [feed.pop("last_success"), feed.pop("next_poll"), *(preview["matches"][0].pop("seen"),)]
    assert all(is_in_utc(moment) for moment in moments)
    assert feed == {
        "address": address,
        "name": "Example Wire",
        "tags": ["telecom", "press"],
        "state": "ok",
        "error": "",
        "items_per_day": 1.0,
    }
    assert subscription == {
        "number": 1,
        "workspace": "console",
        "destination": "console",
        "query": "5G AUCTION",
        "normal_form": "5g auction",
        "cadence": "now",
        "owner": "operator",
        "origin": "command",
    }
    assert preview.pop("days_known") < 1
    assert preview == {
        "query": "auction",
        "normal_form": "auction",
        "matches": [
            {
                "title": "5G auction opens in Mainz",
                "link": "https://news.example.org/5g",
                "feed": "Example Wire",
                "published": "2026-03-14T12:00:00+00:00",
                "spans": {"title": [[3, 10]]},
            }
        ],
    }


async def test_a_website_stands_for_its_feed_and_a_feed_may_move(tocsin: Program, publisher: Publisher) -> None:
    tocsin.configure(*LOOPBACK)
    link = '<link rel="alternate" type="application/rss+xml" href="{}">'
    publisher.publishes("/one", f"<!doctype html>{link.format('rss.xml')}", "text/html")
    publisher.publishes("/two", f"<!doctype html>{link.format('rss.xml')}{link.format('feed')}", "text/html")
    one, two, rss, feed = (publisher.address(path) for path in ("/one", "/two", "/rss.xml", "/feed"))

    async def says(*words: str) -> tuple[int, str, str]:
        finished = await asyncio.to_thread(tocsin, "feeds", *words)
        return finished.returncode, finished.stdout, finished.stderr

    asked = await says("add", two)
    nothing = await says("list", "--json")
    added = await says("add", one, "--name", "The Wire")
    checked = await says("check", one)
    lost = await says("move", rss, feed)
    publisher.publishes("/feed", FEED)
    moved = await says("move", rss, feed)
    (followed,) = json.loads((await says("list", "--json"))[1])

    assert asked[:2] == (1, "")
    assert f"tocsin feeds add {rss}\n" in asked[2]
    assert f"tocsin feeds add {feed}\n" in asked[2]
    assert json.loads(nothing[1]) == []
    assert added[0] == 0
    assert (checked[0], checked[2]) == (0, "")
    assert "followed here as" in checked[1]
    assert lost[:2] == (1, "")
    assert (moved[0], moved[2]) == (0, "")
    assert (followed["address"], followed["name"]) == (feed, "The Wire")


@pytest.mark.parametrize("words", [("add",), ("check",), ("move", "http://127.0.0.1:1/old")])
def test_a_feed_that_cannot_be_read_is_told_to_programs_too(tocsin: Program, words: tuple[str, ...]) -> None:
    tocsin.configure(*LOOPBACK)

    finished = tocsin("feeds", *words, "http://127.0.0.1:1/rss.xml", "--json")

    said = json.loads(finished.stdout)
    assert finished.returncode == 1
    assert finished.stderr == f"{said['problem']}\n{said['to_do']}\n"
    assert said["to_do"]


@pytest.mark.parametrize("words", [("add",), ("check",), ("move", "http://127.0.0.1:1/old")])
@pytest.mark.parametrize("output", [(), ("--json",)])
def test_a_password_in_an_address_is_a_mistake_in_the_call_and_never_printed(
    tocsin: Program, words: tuple[str, ...], output: tuple[str, ...]
) -> None:
    tocsin.configure(*LOOPBACK)

    finished = tocsin("feeds", *words, "http://reader:s3cret@127.0.0.1:1/rss.xml", *output)

    assert finished.returncode == 2
    assert "s3cret" not in finished.stdout + finished.stderr
    assert "headers_env" in finished.stderr


def test_a_private_address_is_refused_at_once_and_nothing_is_stored(tocsin: Program) -> None:
    tocsin.configure("[web]", 'listen = ""')

    finished = tocsin("feeds", "add", "http://127.0.0.1:1/rss.xml")

    with closing(sqlite3.connect(tocsin.folder / "tocsin.db")) as database:
        (stored,) = database.execute("SELECT (SELECT count(*) FROM feeds) + (SELECT count(*) FROM workspaces)")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "http://127.0.0.1:1/rss.xml cannot be fetched" in finished.stderr
    assert "public" in finished.stderr
    assert stored == (0,)


def test_a_query_that_cannot_be_read_is_shown_with_the_place(tocsin: Program) -> None:
    tocsin.configure(*LOOPBACK)

    finished = tocsin("preview", "huawei AND (auction", "--json")

    text, query, caret, hint = finished.stderr.splitlines()
    assert finished.returncode == 2
    assert text.startswith("I could not read that query.")
    assert json.loads(finished.stdout) == {"problem": text, "lines": [query[4:], caret[4:]], "to_do": hint}
    assert query == "    huawei AND (auction"
    assert caret.strip() == "^"
    assert hint == "Did you mean: huawei AND (auction)"


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["subscriptions", "remove", "7"], 1, "There is no subscription 7 here."),
        (["subscriptions", "add", "huawei", "--to", "slack:T0123/C0456"], 2, "--to is on Slack, which is off"),
        (["subscriptions", "add", "huawei", "--to", "nowhere:N1/C1"], 2, "--to names nothing that Tocsin knows"),
        (["preview", "huawei", "--jsno"], 2, "There is no option --jsno."),
        (["explain", "https://news.example.org/nowhere"], 1, "No article is known here at https://news.example.org/"),
        (["explain", "nowhere"], 2, "nowhere is no link to an article."),
    ],
)
def test_what_cannot_be_done_ends_with_one_and_a_mistake_with_two(
    tocsin: Program, arguments: list[str], code: int, complaint: str
) -> None:
    tocsin.configure(*LOOPBACK)

    finished = tocsin(*arguments)

    assert (finished.returncode, finished.stdout) == (code, "")
    assert finished.stderr.startswith(complaint)


def test_bytes_that_are_no_text_are_one_clear_line(tocsin: Program) -> None:
    tocsin.configure(*LOOPBACK)

    finished = tocsin("subscriptions", "add", os.fsdecode(b"caf\xe9"), "--to", "console")

    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr == (
        "I could not read the query: at character 4 stands a stray byte or half a character, which is no text.\n"
    )


def test_what_it_says_to_say_next_can_be_said(tocsin: Program) -> None:
    tocsin.configure(*LOOPBACK)

    added = tocsin("subscriptions", "add", "-sports", '"5G auction"', "--to", "console")
    end = added.stdout.splitlines()[-1].removeprefix("To end it: ")
    ended = tocsin(*shlex.split(end)[1:])
    again = ended.stdout.splitlines()[-1].removeprefix("To take it up again: ")
    taken_up = tocsin(*shlex.split(again)[1:])

    assert end == "tocsin subscriptions remove 1"
    assert again == """tocsin subscriptions add '-sports "5G auction"' --to console"""
    assert ended.stdout.startswith("Subscription 1 has ended")
    assert taken_up.stdout.startswith("Subscription 2 stands for console.")


def test_a_query_may_begin_with_a_minus_and_no_hit_is_no_failure(tocsin: Program) -> None:
    tocsin.configure(*LOOPBACK)

    finished = tocsin("preview", "-sports", "huawei", "--json", command=(CONSOLE_SCRIPT,))

    assert document(finished) == {
        "query": "-sports huawei",
        "normal_form": "-sports huawei",
        "days_known": 0.0,
        "matches": [],
    }


def test_every_command_of_the_catalogue_is_offered_with_all_its_parameters() -> None:
    for command in catalogue(cast(Desk, None)):
        if not command.cli:
            continue
        offered = typer.main.get_command(app)
        for word in command.cli:
            offered = offered.commands[word]  # a group's
        wanted = {parameter.name for parameter in (*command.parameters, *command.operator)}

        assert {parameter.name for parameter in offered.params} == {*wanted, "config", "json"}


# ---- start ---------------------------------------------------------------------------------------------------------


def test_help_is_said_without_loading_what_only_work_needs() -> None:
    costly = {"sqlalchemy", "slack_sdk", "slack_bolt", "feedparser", "aiohttp", "pydantic", "apscheduler", "rich"}
    script = f"""
import sys
from bot.cli import main
sys.argv = ["tocsin", "--help"]
try:
    main()
except SystemExit as end:
    assert end.code == 0
print("loaded:", sorted({costly!r} & set(sys.modules)))
"""

    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert "feeds" in finished.stdout
    assert finished.stdout.splitlines()[-1] == "loaded: []"


# ---- replies on a terminal -----------------------------------------------------------------------------------------


def shown(reply: Any, *, as_json: bool = False) -> tuple[int, str, str]:
    out, complaints = io.StringIO(), io.StringIO()
    return show(reply, out, complaints, as_json=as_json), out.getvalue(), complaints.getvalue()


def test_a_listing_is_a_table_under_its_heading() -> None:
    listing = Listing("Feeds", ("name", "address"), (("Wire", "http://wire.example/"), ("B", "")), "None yet.")

    code, out, complaints = shown(listing)

    assert [line.rstrip() for line in out.splitlines()] == [
        "Feeds",
        "name  address",
        "Wire  http://wire.example/",
        "B",
    ]
    assert (code, complaints) == (0, "")


def test_an_empty_listing_says_so_to_people_and_is_empty_to_programs() -> None:
    listing = Listing("Feeds", ("name",), (), "None yet.", data=[])

    assert shown(listing) == (0, "None yet.\n", "")
    assert shown(listing, as_json=True) == (0, "[]\n", "")


def test_what_a_feed_says_neither_drives_the_terminal_nor_is_taken_for_markup() -> None:
    hostile = "\x1b[2J[red]bold[/red]\nsecond line"

    code, out, _ = shown(Details("About \x07it", (("title", hostile),)))

    assert code == 0
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "[red]bold[/red] second line" in out


def test_problems_are_complaints_and_tell_mistakes_from_what_could_not_be_done() -> None:
    mistake = Problem("I could not read that.", "Did you mean: huawei", "huaw(\n     ^")

    assert shown(mistake) == (2, "", "I could not read that.\n    huaw(\n         ^\nDid you mean: huawei\n")
    assert shown(Problem("There is none.", mistake=False)) == (1, "", "There is none.\n")


def test_a_program_that_asks_for_a_document_gets_one_of_a_problem_too() -> None:
    code, out, complaints = shown(Problem("There is none.", "Look elsewhere.", mistake=False), as_json=True)

    assert (code, complaints) == (1, "There is none.\nLook elsewhere.\n")
    assert json.loads(out) == {"problem": "There is none.", "lines": [], "to_do": "Look elsewhere."}


def test_what_asks_before_it_acts_has_not_been_done() -> None:
    assert shown(Confirm("End all of them?", {"yes": "yes"})) == (1, "", "End all of them?\n")


def test_times_are_told_to_programs_in_utc() -> None:
    data = {"when": datetime.fromisoformat("2026-03-14T13:00:00+01:00"), "tags": ("a", "华为")}

    _, out, _ = shown(Done("Done.", data=data), as_json=True)

    assert json.loads(out) == {"when": "2026-03-14T12:00:00+00:00", "tags": ["a", "华为"]}
    assert "华为" in out
