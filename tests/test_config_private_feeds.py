"""Private feeds in the configuration: where their secret headers stand, and who follows them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.config import ConfigurationMistakes, known_secrets, load, load_to_ask, load_to_run
from bot.model.declared import declared_for
from bot.model.destination import Workspace
from bot.service.declarations import declared_feeds
from tests.builders import ACME, GLOBEX

Written = Callable[[str], Path]
WIRE = "https://wire.example/rss"
PIN = "hunter2-invented"
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-invented-bot", "SLACK_APP_TOKEN": "xapp-invented-app"}


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(*feeds: str) -> Path:
        path = tmp_path / "tocsin.toml"
        tables = "\n".join(f'[[feeds]]\nurl = "{WIRE}"\n{feed}' for feed in feeds)
        path.write_text(f'[slack]\n[fetch]\ncontact = "mailto:news@example.org"\n{tables}', encoding="utf-8")
        return path

    return write


def mistakes_in(path: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigurationMistakes) as caught:
        load(path, {})
    return caught.value.mistakes


def mistakes_to_run(path: Path, **environ: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationMistakes) as caught:
        load_to_run(path, TOKENS | environ)
    return caught.value.mistakes


def headers(path: Path, **environ: str) -> dict[str, Any]:
    """By credential, revealed."""
    _, secrets = load_to_run(path, TOKENS | environ)
    return {name: {key: each.reveal() for key, each in found.items()} for name, found in secrets.feeds.items()}


def hidden(path: Path, environ: Mapping[str, str]) -> set[str]:
    return {secret.reveal() for secret in known_secrets(load(path, {}), environ)}


# ---- what is read --------------------------------------------------------------------------------------------------


def test_a_variable_holds_a_header_a_line(written: Written) -> None:
    path = written('headers_env = "ACME"')

    assert headers(path, ACME=f"Authorization: Bearer {PIN}\r\n\nX-Member :  12:30 \n") == {
        "ACME": {"Authorization": f"Bearer {PIN}", "X-Member": "12:30"}
    }


def test_a_table_names_a_variable_a_header(written: Written, tmp_path: Path) -> None:
    (tmp_path / "member").write_text("12\n")
    path = written('headers_env = { Authorization = "ACME_AUTH", X-Member = "ACME_MEMBER" }')

    assert headers(path, ACME_AUTH=f"Bearer {PIN}", ACME_MEMBER_FILE=str(tmp_path / "member")) == {
        "authorization=ACME_AUTH, x-member=ACME_MEMBER": {"Authorization": f"Bearer {PIN}", "X-Member": "12"}
    }


def test_a_credential_is_named_after_its_variables_so_that_a_new_secret_changes_nothing(written: Written) -> None:
    one = written('headers_env = { X-Member = "B", Authorization = "A" }')
    name, again = headers(one, A="1234", B="5678"), headers(one, A="new", B="new")
    other = headers(written('headers_env = { authorization = "A", x-member = "B" }'), A="1234", B="5678")

    assert list(name) == list(again) == list(other)


@pytest.mark.parametrize("given", ["", 'headers_env = ""', "headers_env = {}"])
def test_a_feed_without_headers_is_public(written: Written, given: str) -> None:
    path = written(given)

    assert headers(path) == {}
    assert [feed.credential for feed in declared_feeds(load(path, {}))] == [""]


def test_commands_get_the_secrets_that_are_there_whole(written: Written) -> None:
    path = written(
        'headers_env = "ACME"\nworkspaces = ["slack:T1"]',
        'headers_env = { Authorization = "GLOBEX", X-Member = "MEMBER" }\nworkspaces = ["slack:T2"]',
        'headers_env = "INITECH"\nworkspaces = ["slack:T3"]',
    )

    _, credentials = load_to_ask(path, {"ACME": f"Authorization: {PIN}", "GLOBEX": PIN, "INITECH": PIN})

    assert {name: {key: each.reveal() for key, each in found.items()} for name, found in credentials.items()} == {
        "ACME": {"Authorization": PIN}
    }


def test_other_commands_need_no_secret(written: Written) -> None:
    assert load(written('headers_env = "ACME"'), {}).feeds[0].headers_env == "ACME"


# ---- mistakes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        f'"Authorization: Bearer {PIN}"',
        f'"{PIN}"',
        '"1ACME"',
        "7",
        '["ACME"]',
        f'{{ "Bearer {PIN}" = "ACME" }}',
        f'{{ Authorization = "{PIN}" }}',
        "{ Authorization = 7 }",
        '{ "" = "ACME" }',
        '{ Host = "ACME" }',
        '{ content-length = "ACME" }',
        '{ Connection = "ACME" }',
        '{ Accept-Encoding = "ACME" }',
        '{ If-None-Match = "ACME" }',
        '{ If-Modified-Since = "ACME" }',
        '{ USER-AGENT = "ACME" }',
        '{ Cookie = "ACME", cookie = "ACME" }',
    ],
)
def test_what_names_no_header_or_no_variable_is_a_mistake_that_is_not_repeated(written: Written, given: str) -> None:
    (mistake,) = mistakes_in(written(f"headers_env = {given}"))

    assert mistake.startswith("feeds[0].headers_env: ")
    assert "accepted is" in mistake
    assert PIN not in mistake


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ("", "ACME is not set: put the lines Header-Name: value there"),
        ("  \n ", "ACME is not set: "),
        (PIN, "ACME cannot be read in line 1: accepted are lines Header-Name: value"),
        (f"X-Member: 1\n{PIN}", "ACME cannot be read in line 2: "),
        (f"X-Member: {PIN}\x00", "ACME cannot be read in line 1: "),
        (f"X-Member: {PIN}é", "ACME cannot be read in line 1: "),
        ("X-Member:", "ACME cannot be read in line 1: "),
        (f"{PIN} {PIN}: 1", "ACME cannot be read in line 1: "),
        (f"Host: {PIN}", "ACME sets a header in line 1 that cannot be sent, or again: "),
        (f"X-Member: {PIN}\nx-member: {PIN}", "ACME sets a header in line 2 that cannot be sent, or again: "),
    ],
)
def test_a_variable_that_cannot_be_sent_is_a_mistake_that_does_not_show_it(
    written: Written, given: str, where: str
) -> None:
    (mistake,) = mistakes_to_run(written('headers_env = "ACME"'), ACME=given)

    assert mistake.startswith(f"feeds[0].headers_env: {where}")
    assert PIN not in mistake


def test_everything_that_is_wrong_with_the_secrets_of_all_feeds_is_said_at_once(
    written: Written, tmp_path: Path
) -> None:
    path = written(
        'poll_every = "soon"\nheaders_env = "ACME"\nworkspaces = ["slack:T1"]',
        'headers_env = { Authorization = "GLOBEX_AUTH", X-Member = "GLOBEX_MEMBER", Cookie = "GLOBEX_COOKIE" }',
    )

    mistakes = mistakes_to_run(
        path,
        ACME="1",
        ACME_FILE="2",
        GLOBEX_MEMBER=f"{PIN}\n{PIN}",
        GLOBEX_COOKIE_FILE=str(tmp_path / "nowhere"),
    )

    assert mistakes[0].startswith("feeds[0].poll_every: ")
    assert mistakes[1:] == (
        "feeds[0].headers_env: ACME: is set, and ACME_FILE too: accepted is one of them",
        "feeds[1].headers_env: GLOBEX_AUTH is not set: put the value of Authorization there",
        "feeds[1].headers_env: GLOBEX_MEMBER holds what no header can: accepted is one line of printable ASCII",
        "feeds[1].headers_env: GLOBEX_COOKIE_FILE: the file cannot be read (No such file or directory)",
    )


# ---- who follows what ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "mistake"),
    [
        ("", "", "feeds[1].url: is the address of feeds[0] again: accepted is each address once"),
        (
            'headers_env = "ACME"\nworkspaces = ["slack:T1"]',
            'headers_env = "ACME"\nworkspaces = ["slack:T2"]',
            "feeds[1].url: is the address of feeds[0] again: accepted is each address once",
        ),
        (
            "",
            'headers_env = "ACME"',
            "feeds[1].workspaces: is empty, as in feeds[0] with the same address: accepted is",
        ),
        (
            'workspaces = ["slack:T1", "slack:T2"]',
            'headers_env = "ACME"\nworkspaces = ["slack:T3", "slack:T2"]',
            "feeds[1].workspaces: slack:T2 would follow the address of feeds[0] twice: accepted is each workspace once",
        ),
    ],
)
def test_no_workspace_follows_an_address_twice(written: Written, first: str, second: str, mistake: str) -> None:
    (said,) = mistakes_in(written(first, second))

    assert said.startswith(mistake)


def test_the_table_that_names_a_workspace_wins_over_the_one_for_all(written: Written) -> None:
    path = written(
        'workspaces = ["slack:T1"]\nheaders_env = "ACME"',
        'name = "For all"',
        'workspaces = ["slack:T2"]\nheaders_env = "GLOBEX"',
    )
    feeds = declared_feeds(load(path, {}))

    credentials = {
        str(workspace): [feed.credential for feed in declared_for(workspace, feeds)]
        for workspace in (ACME, GLOBEX, Workspace("slack", "T3"))
    }

    assert credentials == {"slack:T1": ["ACME"], "slack:T2": ["GLOBEX"], "slack:T3": [""]}


def test_tables_of_one_address_spell_it_alike_so_that_subscriptions_hear_them_all(tmp_path: Path) -> None:
    path = tmp_path / "tocsin.toml"
    path.write_text("""
        slack = {}
        feeds = [
            { url = "https://Wire.example" },
            { url = "https://wire.example:443/", headers_env = "ACME", workspaces = ["slack:T1"] },
        ]
        subscriptions = [{ query = "5G", to = "slack:T1/C1", feeds = ["https://wire.example/"] }]
    """)

    settings = load(path, {})

    assert {feed.url for feed in settings.feeds} == {"https://Wire.example"}
    assert settings.subscriptions[0].feeds == ("https://Wire.example",)


# ---- what no log line may show -------------------------------------------------------------------------------------


def test_every_part_of_a_secret_header_is_kept_out_of_the_log(written: Written) -> None:
    lines = f"Authorization: Bearer {PIN}\nX-Member: 4711"

    assert hidden(written('headers_env = "ACME"'), {"ACME": lines}) >= {
        lines,
        f"Authorization: Bearer {PIN}",
        f"Bearer {PIN}",
        PIN,
        "4711",
    }


def test_every_part_of_the_value_of_a_header_is_kept_out_of_the_log(written: Written, tmp_path: Path) -> None:
    (tmp_path / "auth").write_text(f"Basic {PIN}\n")
    path = written('headers_env = { Authorization = "ACME_AUTH" }')

    assert hidden(path, {"ACME_AUTH_FILE": str(tmp_path / "auth")}) == {f"Basic {PIN}", PIN}


def test_a_secret_that_cannot_be_sent_is_kept_out_of_the_log_all_the_same(written: Written) -> None:
    assert PIN in hidden(written('headers_env = "ACME"'), {"ACME": f"X-One: 1\n{PIN}"})


def test_neither_settings_nor_secrets_print_what_opens_a_feed(written: Written) -> None:
    settings, secrets = load_to_run(written('headers_env = "ACME"'), TOKENS | {"ACME": f"Authorization: {PIN}"})

    assert PIN not in f"{settings!r} {secrets!r}"
