import pickle
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from bot.config import (
    ConfigurationMistakes,
    ListenAddress,
    Secret,
    Secrets,
    Settings,
    find_path,
    known_secrets,
    load,
    load_to_run,
    read_secret,
)
from bot.model.destination import Destination, Workspace

Written = Callable[[str], Path]
NOTHING: Mapping[str, str] = {}


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(text: str) -> Path:
        path = tmp_path / "tocsin.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def mistakes_in(path: Path | None, environ: Mapping[str, str] = NOTHING) -> tuple[str, ...]:
    with pytest.raises(ConfigurationMistakes) as caught:
        load(path, environ)
    return caught.value.mistakes


def mistakes_to_run(path: Path | None, environ: Mapping[str, str] = NOTHING) -> tuple[str, ...]:
    with pytest.raises(ConfigurationMistakes) as caught:
        load_to_run(path, environ)
    return caught.value.mistakes


def only(mistakes: tuple[str, ...]) -> str:
    assert len(mistakes) == 1, mistakes
    return mistakes[0]


# ---- what is read --------------------------------------------------------------------------------------------------


def test_without_a_file_every_setting_has_its_default() -> None:
    settings = load(None, NOTHING)

    assert settings == Settings(database={"url": f"sqlite:///{Path('tocsin.db').absolute()}"})
    assert settings.fetch.max_bytes == 8_388_608
    assert settings.fetch.min_interval == timedelta(minutes=2)
    assert settings.fetch.max_interval == timedelta(minutes=15)
    assert settings.delivery.lease == timedelta(seconds=60)
    assert settings.slack is None


def test_a_file_says_which_feeds_are_read_and_who_hears_of_what(written: Written) -> None:
    path = written("""
        [slack]
        [[feeds]]
        url = "https://kabelblatt.example/rss.xml"
        name = "Kabelblatt"
        tags = ["telecom"]
        poll_every = "1.5m"
        workspaces = ["slack:T1", "console"]
        [[subscriptions]]
        query = 'huawei OR "5G auction"'
        to = "slack:T1/C2"
    """)

    settings = load(path, NOTHING)

    feed, subscription = settings.feeds[0], settings.subscriptions[0]
    assert (feed.name, feed.tags, feed.poll_every) == ("Kabelblatt", ("telecom",), timedelta(seconds=90))
    assert feed.workspaces == (Workspace("slack", "T1"), Workspace("console"))
    assert (subscription.query, subscription.to) == (
        'huawei OR "5G auction"',
        Destination(Workspace("slack", "T1"), "C2"),
    )


def test_settings_cannot_be_changed_once_they_are_read() -> None:
    settings = load(None, NOTHING)

    with pytest.raises(ValueError, match="frozen"):
        settings.fetch.concurrency = 3  # type: ignore[misc]  # what must not be done


@pytest.mark.parametrize(
    ("written_as", "meant"),
    [("90s", 90), ("2m", 120), ("6h", 21_600), ("1d", 86_400), ("0.5s", 0.5), (" 3 m ", 180)],
)
def test_durations_are_a_number_and_a_unit(written: Written, written_as: str, meant: float) -> None:
    settings = load(written(f'[stories]\nwindow = "{written_as}"'), NOTHING)

    assert settings.stories.window == timedelta(seconds=meant)


@pytest.mark.parametrize(
    ("written_as", "meant"),
    [("127.0.0.1:8080", ListenAddress("127.0.0.1", 8080)), ("[::1]:0", ListenAddress("::1", 0)), ("", None)],
)
def test_an_empty_listen_turns_the_web_off(written: Written, written_as: str, meant: ListenAddress | None) -> None:
    assert load(written(f'[web]\nlisten = "{written_as}"'), NOTHING).web.listen == meant


def test_a_relative_database_stands_beside_the_configuration(written: Written) -> None:
    path = written('[database]\nurl = "sqlite:///data/tocsin.db"')

    assert load(path, NOTHING).database.url == f"sqlite:///{path.parent}/data/tocsin.db"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://joe:hun@ter2@db/tocsin",
        "postgresql://db/tocsin?password=hunter2",
        "postgresql://joe:hun#ter2@db/tocsin",
    ],
)
def test_a_password_that_could_be_read_in_two_ways_is_refused_without_showing_it(url: str, written: Written) -> None:
    said = only(mistakes_in(written(f'[database]\nurl = "{url}"')))

    assert said.startswith("database.url: ")
    assert "ter2" not in said


@pytest.mark.parametrize("url", ["sqlite:////var/lib/tocsin.db", "postgresql://tocsin:secret@db.internal/tocsin"])
def test_any_other_database_stays_where_it_is(written: Written, url: str) -> None:
    assert load(written(f'[database]\nurl = "{url}"'), NOTHING).database.url == url


def test_a_subscription_names_a_feed_as_it_is_declared_however_it_spells_the_address(written: Written) -> None:
    settings = load(
        written("""
        feeds = [{ url = "https://Kabelblatt.example" }]
        subscriptions = [{ query = "5G", to = "console", feeds = ["HTTPS://kabelblatt.example:443/"] }]
        """),
        NOTHING,
    )

    assert settings.subscriptions[0].feeds == ("https://Kabelblatt.example",)


def test_a_name_in_any_language_may_stand_in_the_file(written: Written) -> None:
    settings = load(written('[[feeds]]\nurl = "https://海缆.example/rss"\nname = "海缆日报"'), NOTHING)

    assert settings.feeds[0].name == "海缆日报"


# ---- the environment -----------------------------------------------------------------------------------------------


def test_a_variable_wins_over_the_file(written: Written) -> None:
    environ = {
        "TOCSIN_FETCH__CONCURRENCY": "8",
        "TOCSIN_FETCH__TIMEOUT": "5s",
        "TOCSIN_FETCH__ALLOW_PRIVATE": "10.0.0.0/8, News.Internal,",
    }

    settings = load(written("[fetch]\nconcurrency = 3\nper_host = 2"), environ)

    assert (settings.fetch.concurrency, settings.fetch.per_host) == (8, 2)
    assert settings.fetch.timeout == timedelta(seconds=5)
    assert settings.fetch.allow_private == ("10.0.0.0/8", "News.Internal")


def test_a_variable_of_a_section_turns_the_platform_on() -> None:
    settings = load(None, {"TOCSIN_SLACK__API_URL": "http://127.0.0.1:9999/api"})

    assert settings.slack is not None
    assert settings.slack.api_url == "http://127.0.0.1:9999/api/"


def test_variables_without_a_double_underscore_are_no_settings() -> None:
    load(None, {"TOCSIN_CONFIG": "elsewhere", "TOCSIN_CORPUS": "anything", "OTHER__NAME": "1"})


def test_an_unknown_variable_is_a_mistake_that_names_the_nearest() -> None:
    mistake = only(mistakes_in(None, {"TOCSIN_FETCH__TIMOUT": "5s"}))

    assert mistake == "TOCSIN_FETCH__TIMOUT: there is no such setting. Did you mean TOCSIN_FETCH__TIMEOUT?"


def test_a_table_cannot_come_from_a_variable() -> None:
    assert only(mistakes_in(None, {"TOCSIN_FEEDS__URL": "https://a.example/"})).startswith("TOCSIN_FEEDS__URL: ")


def test_a_bad_value_is_reported_under_the_variable_that_gave_it(written: Written) -> None:
    path = written('[fetch]\ntimeout = "30s"')

    assert mistakes_in(path, {"TOCSIN_FETCH__TIMEOUT": "soon", "TOCSIN_FETCH__ALLOW_PRIVATE": "ok.internal,a b"}) == (
        'TOCSIN_FETCH__ALLOW_PRIVATE[1]: names no host: accepted is a network ("10.0.0.0/8"), an address '
        '("192.0.2.7") or a host name ("news.internal")',
        'TOCSIN_FETCH__TIMEOUT: is no duration: accepted is a number and s, m, h or d in quotes, such as "90s"',
    )


# ---- mistakes ------------------------------------------------------------------------------------------------------


def test_five_mistakes_are_five_lines_each_with_its_path(written: Written) -> None:
    path = written("""
        [fetch]
        timeout = 30
        [deliver]
        lease = "60s"
        [[feeds]]
        url = "kabelblatt.example/rss"
        poll_every = "5 minutes"
        [[subscriptions]]
        query = '"5G auction'
        to = "teams:A/B"
    """)

    mistakes = mistakes_in(path, {"TOCSIN_DELIVERY__UNKNOWABLE": "maybe"})

    assert [mistake.partition(": ")[0] for mistake in mistakes] == [
        "fetch.timeout",
        "TOCSIN_DELIVERY__UNKNOWABLE",
        "feeds[0].url",
        "feeds[0].poll_every",
        "subscriptions[0].query",
        "subscriptions[0].to",
        "deliver",
    ]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ('[[feeds]]\nname = "x"', "feeds[0].url: is missing: accepted is an address that begins with http:// or"),
        ('[[subscriptions]]\nto = "console"', "subscriptions[0].query: is missing: accepted is what to look for"),
        ('subscriptions = [{ query = "5G" }]', 'subscriptions[0].to: is missing: accepted is "slack:T0123/C0456"'),
        ("[fech]", "fech: there is no such section. Did you mean fetch? Accepted here: database, fetch, delivery,"),
        ("[stories]\nwindo = 1", "stories.windo: there is no such setting. Did you mean window? Accepted here: window"),
        (
            '[[feeds]]\nurl = "https://a.example/"\ncolour = "red"',
            "feeds[0].colour: there is no such setting. Accepted here: url, name, tags, full_text, poll_every,",
        ),
        ("fetch = 3", "fetch: must be a section, written [fetch]"),
        ("slack = true", "slack: must be a section, written [slack]"),
        ("[feeds]\nurl = 1", "feeds: must be tables, written [[feeds]]"),
        ('feeds = ["https://a.example/"]', "feeds[0]: must be a table, written [[feeds]]"),
        ("[fetch]\nconcurrency = true", "fetch.concurrency: must be a whole number, without quotes"),
        ('[fetch]\nconcurrency = "64"', "fetch.concurrency: must be a whole number, without quotes"),
        ("[fetch]\nconcurrency = 6.5", "fetch.concurrency: must be a whole number, without quotes"),
        ("[fetch]\nper_host = 0", "fetch.per_host: must be at least 1"),
        ('[fetch]\nallow_private = "10.0.0.0/8"', 'fetch.allow_private: must be a list, ["…", "…"]'),
        ('[fetch]\nallow_private = ["10.0.0.0/64"]', "fetch.allow_private[0]: names no host: accepted is a network"),
        ('[fetch]\nallow_private = ["10.1.2.3/8"]', "fetch.allow_private[0]: names no host: accepted is a network"),
        ('[fetch]\nallow_private = ["10.0.0.300"]', "fetch.allow_private[0]: names no host: accepted is a network"),
        ('[fetch]\nallow_private = ["http://a/"]', "fetch.allow_private[0]: names no host: accepted is a network"),
        ('[fetch]\ncontact = "me\\r\\nCookie: a=b"', 'fetch.contact: is no contact: accepted is "mailto:'),
        ('[fetch]\nmin_interval = "0.5s"', 'fetch.min_interval: must be at least "1s"'),
        ('[fetch]\nmin_interval = "1h"', "fetch.min_interval: must not be longer than fetch.max_interval"),
        ('[delivery]\ngrace = "10s"', "delivery.request_timeout: must be shorter than delivery.grace"),
        ('[delivery]\nlease = "30s"', "delivery.grace: must be shorter than delivery.lease"),
        ('[delivery]\nunknowable = "ask"', 'delivery.unknowable: must be "resend" or "drop"'),
        ('[stories]\nwindow = "0s"', "stories.window: must be more than nothing and at most 3650d"),
        ('[stories]\nwindow = "999999999d"', "stories.window: must be more than nothing and at most 3650d"),
        ('[web]\nlisten = "8080"', 'web.listen: is no address to listen at: accepted is "HOST:PORT"'),
        ('[web]\nlisten = "localhost:99999"', 'web.listen: is no address to listen at: accepted is "HOST:PORT"'),
        ('[slack]\nmode = "rtm"', 'slack.mode: must be "socket" or "http"'),
        (
            '[slack]\nmode = "http"\n[web]\nlisten = ""',
            'slack.mode: "http" needs an address in web.listen, where Slack comes in',
        ),
        ("[slack]\nworkspaces = 7", "slack.workspaces: must be tables, written [[slack.workspaces]]"),
        ('[slack]\nworkspaces = ["acme"]', "slack.workspaces[0]: must be a table, written [[slack.workspaces]]"),
        (
            '[[slack.workspaces]]\nname = "acme"',
            "slack.workspaces[0].bot_token_env: is missing: accepted is the name of an environment variable",
        ),
        (
            '[[slack.workspaces]]\nname = "acme"\nbot_token_env = "xoxb-1-2"',
            "slack.workspaces[0].bot_token_env: is no name of a variable: accepted is the name of an environment",
        ),
        (
            'slack.workspaces = [{ name = "a", bot_token_env = "A" }, { name = "b", bot_token_env = "A" }]',
            "slack.workspaces[1].bot_token_env: is the bot_token_env of slack.workspaces[0] again",
        ),
        ('[discord]\nguilds = ["Acme"]', "discord.guilds[0]: is no server of Discord's: accepted are the ids of"),
        ('[discord]\ngateway_url = "https://a.example"', "discord.gateway_url: is no address of a gateway: accepted"),
        ('[discord]\napi_url = "discord"', "discord.api_url: is no address that can be fetched: accepted is"),
        ('[web]\npublic_url = "example"', "web.public_url: is no address that can be fetched: accepted is"),
        (
            "subscriptions = [{ query = 'a', to = 'discord:1/2' }]",
            "subscriptions[0].to: is on Discord, which is off: add the section [discord]",
        ),
        (
            "[discord]\n[[subscriptions]]\nquery = 'a'\nto = 'discord:acme/2'",
            "subscriptions[0].to: names nothing that Tocsin knows: accepted is",
        ),
        ('[slack]\ncommand = "news"', 'slack.command: is no slash command: accepted is "/"'),
        ('[access]\nadmins = ["slack:T1"]', "access.admins[0]: names nothing that Tocsin knows: accepted is"),
        ('[access]\nadmins = ["slack:T1/C2"]', "access.admins[0]: names nothing that Tocsin knows: accepted is"),
        ('[access]\nsubscribe = "nobody"', 'access.subscribe: must be "anyone" or "admins"'),
        ('[database]\nurl = "mysql://db/tocsin"', "database.url: is no database that Tocsin can use: accepted is"),
        ('[database]\nurl = "sqlite://"', "database.url: is no database that Tocsin can use: accepted is"),
        ('[database]\nurl = "sqlite:///:memory:"', "database.url: is no database that Tocsin can use: accepted is"),
        (
            'feeds = [{ url = "https://a.example/" }, { url = "https://A.example" }]',
            "feeds[1].url: is the address of feeds[0] again: accepted is each address once",
        ),
        ('feeds = [{ url = "ftp://a.example/" }]', "feeds[0].url: is no address that can be fetched: accepted is"),
        ('feeds = [{ url = "https://a.example:x/" }]', "feeds[0].url: is no address that can be fetched: accepted is"),
        ('feeds = [{ url = "https://[a.example/" }]', "feeds[0].url: is no address that can be fetched: accepted is"),
        ('feeds = [{ url = "https://[]@" }]', "feeds[0].url: is no address that can be fetched: accepted is"),
        ('feeds = [{ url = "https://[::1_]/" }]', "feeds[0].url: is no address that can be fetched: accepted is"),
        (
            'feeds = [{ url = "https://me:pw@a.example/" }]',
            "feeds[0].url: must not carry a user name or a password",
        ),
        ('feeds = [{ url = "https://a.example/", backfill = -1 }]', "feeds[0].backfill: must be at least 0"),
        ('feeds = [{ url = "https://a.example/", tags = ["a,b"] }]', "feeds[0].tags[0]: is no tag: accepted is"),
        ('feeds = [{ url = "https://a.example/", name = "a\\nb" }]', "feeds[0].name: must be one line of text"),
        ('feeds = [{ url = "https://a.example/", name = 7 }]', "feeds[0].name: must be text in quotes"),
        (
            'feeds = [{ url = "https://a.example/", workspaces = ["slack:T1"] }]',
            "feeds[0].workspaces[0]: is on Slack, which is off: add the section [slack]",
        ),
        (
            'feeds = [{ url = "https://a.example/", workspaces = ["irc:x"] }]',
            'feeds[0].workspaces[0]: names nothing that Tocsin knows: accepted is "slack:T0123"',
        ),
        (
            'subscriptions = [{ query = "5G", to = "slack:T1/C2" }]',
            "subscriptions[0].to: is on Slack, which is off: add the section [slack]",
        ),
        (
            '[slack]\n[[subscriptions]]\nquery = "5G"\nto = "slack:T1/#telecom"',
            'subscriptions[0].to: names nothing that Tocsin knows: accepted is "slack:T0123/C0456"',
        ),
        (
            'subscriptions = [{ query = "5G", to = "teams:1/2" }]',
            'subscriptions[0].to: names nothing that Tocsin knows: accepted is "slack:T0123/C0456"',
        ),
        (
            'subscriptions = [{ query = "5G", to = "console", feeds = ["kabelblatt"] }]',
            "subscriptions[0].feeds[0]: is no address that can be fetched: accepted is",
        ),
    ],
)
def test_a_mistake_says_where_it_is_what_is_wrong_and_what_is_accepted(
    written: Written, text: str, mistake: str
) -> None:
    assert only(mistakes_in(written(text))).startswith(mistake)


def test_a_query_that_cannot_be_read_is_answered_with_the_character(written: Written) -> None:
    mistake = only(mistakes_in(written("subscriptions = [{ query = 'huawei AND (', to = 'console' }]")))

    assert mistake.startswith("subscriptions[0].query: cannot be read at character ")


@pytest.mark.parametrize("query", ["{} AND (", "({}", "lang:{}", "*{}*", "{} OR", "title:feed:{}", '"{}'])
def test_what_stands_behind_the_question_mark_of_an_address_is_not_shown(written: Written, query: str) -> None:
    keyed = query.format("https://wire.example/rss?key=s3cret")
    path = written(f"[[subscriptions]]\nto = 'console'\nquery = '{keyed}'")

    assert "s3cret" not in only(mistakes_in(path))


def test_the_nearest_query_is_shown_where_it_holds_no_key(written: Written) -> None:
    path = written("[[subscriptions]]\nto = 'console'\nquery = 'huawei AND ('")

    assert only(mistakes_in(path)).endswith("Did you mean: huawei")


def test_one_mistake_in_a_section_does_not_hide_another(written: Written) -> None:
    path = written("""
        [fetch]
        timeout = "soon"
        min_interval = "1h"
        [[feeds]]
        url = "https://a.example/"
        colour = "red"
        [[feeds]]
        url = "https://a.example/"
    """)

    assert [mistake.partition(": ")[0] for mistake in mistakes_in(path)] == [
        "fetch.timeout",
        "feeds[0].colour",
        "fetch.min_interval",
        "feeds[1].url",
    ]


def test_a_duration_that_cannot_be_read_is_not_compared_with_its_default_instead(written: Written) -> None:
    path = written('[delivery]\nlease = "soon"\ngrace = "90s"')

    assert only(mistakes_in(path)).startswith("delivery.lease: is no duration")


def test_a_syntax_error_names_the_line_and_the_environment_is_read_nevertheless(written: Written) -> None:
    mistakes = mistakes_in(written('[fetch]\ntimeout "30s"\n'), {"TOCSIN_STORIES__WINDOW": "long"})

    assert mistakes[0].startswith("tocsin.toml: cannot be read as TOML: ")
    assert "line 2" in mistakes[0]
    assert mistakes[1].startswith("TOCSIN_STORIES__WINDOW: is no duration")


def test_a_file_that_is_no_text_or_not_there_is_a_mistake(tmp_path: Path) -> None:
    binary = tmp_path / "tocsin.toml"
    binary.write_bytes(b"\xff\xfe\x00")

    assert only(mistakes_in(binary)) == "tocsin.toml: is no text in UTF-8"
    assert only(mistakes_in(tmp_path / "no.toml")).endswith("no.toml: cannot be read (No such file or directory)")


def test_no_message_repeats_what_was_written(written: Written) -> None:
    pin = "pw-7Qz9kd83mm"
    path = written(f"""
        [database]
        url = "postgres://tocsin:{pin}@db/tocsin"
        [fetch]
        contact = "{pin} {pin}"
        timeout = "{pin}"
        concurrency = "{pin}"
        allow_private = ["{pin} "]
        [delivery]
        unknowable = "{pin}"
        [slack]
        mode = "{pin}"
        api_url = "{pin}"
        bot_token = "{pin}"
        command = "{pin}"
        [web]
        listen = "{pin}"
        [access]
        admins = ["{pin}"]
        [[feeds]]
        url = "https://me:{pin}@a.example/"
        poll_every = "{pin}"
        tags = "{pin}"
        [[feeds]]
        url = "https:{pin}"
        [[subscriptions]]
        query = "5G"
        to = "{pin}"
    """)

    mistakes = mistakes_in(path, {"TOCSIN_STORIES__WINDOW": pin, "TOCSIN_A__B": pin})

    assert len(mistakes) == 18
    assert pin not in "\n".join(mistakes)


def test_a_token_in_the_place_of_a_key_is_not_printed_either(written: Written) -> None:
    assert "xoxb-1234567890-abcdef" not in only(mistakes_in(written('xoxb-1234567890-abcdef = "x"')))


def test_settings_do_not_print_the_databases_password(written: Written) -> None:
    settings = load(written('[database]\nurl = "postgresql://tocsin:hushhush@db/tocsin"'), NOTHING)

    assert "hushhush" not in repr(settings)


def test_settings_made_in_code_do_not_print_what_they_refuse() -> None:
    with pytest.raises(ValueError, match="database") as caught:
        Settings(database={"url": "mysql://tocsin:hushhush@db/tocsin"})

    assert "hushhush" not in str(caught.value)


# ---- what run and doctor need besides ------------------------------------------------------------------------------

TOKENS = {"SLACK_BOT_TOKEN": "xoxb-invented-bot", "SLACK_APP_TOKEN": "xapp-invented-app"}


def test_running_with_slack_takes_both_tokens(written: Written) -> None:
    settings, secrets = load_to_run(written("[slack]"), TOKENS)

    (only_one,) = secrets.slack
    assert settings.slack is not None
    assert (only_one.bot_token, only_one.app_token) == (Secret("xoxb-invented-bot"), Secret("xapp-invented-app"))
    assert (only_one.bot_token_variable, only_one.app_token_variable) == ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")
    assert only_one.signing_secret is None


def test_slack_over_http_takes_the_signing_secret_and_no_app_token(written: Written) -> None:
    environ = {"SLACK_BOT_TOKEN": "xoxb-invented-bot", "SLACK_SIGNING_SECRET": "invented"}

    _, secrets = load_to_run(written('[slack]\nmode = "http"'), environ)

    assert (secrets.slack[0].signing_secret, secrets.slack[0].app_token) == (Secret("invented"), None)
    assert only(mistakes_to_run(written('[slack]\nmode = "http"'), TOKENS)) == (
        "slack: SLACK_SIGNING_SECRET is not set: put the app's signing secret there"
    )


WORKSPACES = """
[slack]
api_url = "https://proxy.example/slack"
[[slack.workspaces]]
name = "acme"
bot_token_env = "ACME_BOT"
app_token_env = "ACME_APP"
[[slack.workspaces]]
name = "globex"
bot_token_env = "GLOBEX_BOT"
app_token_env = "GLOBEX_APP"
api_url = "https://globex.example/api"
"""


def test_each_of_several_slack_workspaces_brings_its_own_tokens_and_address(written: Written) -> None:
    environ = {"ACME_BOT": "xoxb-a", "ACME_APP": "xapp-a", "GLOBEX_BOT": "xoxb-g", "GLOBEX_APP": "xapp-g"}

    settings, secrets = load_to_run(written(WORKSPACES), environ)

    assert [(one.name, one.bot_token.reveal(), one.bot_token_variable, one.api_url) for one in secrets.slack] == [
        ("acme", "xoxb-a", "ACME_BOT", "https://proxy.example/slack/"),
        ("globex", "xoxb-g", "GLOBEX_BOT", "https://globex.example/api/"),
    ]
    assert {"xoxb-a", "xapp-g"} <= {secret.reveal() for secret in known_secrets(settings, environ)}


def test_what_is_missing_of_several_workspaces_is_said_by_its_place(written: Written) -> None:
    environ = {"ACME_BOT": "xapp-a", "ACME_APP": "xapp-a", "GLOBEX_APP": "xapp-g"}

    assert mistakes_to_run(written(WORKSPACES), environ) == (
        "slack.workspaces[0].bot_token_env: ACME_BOT holds the other token: the one that begins with xoxb- belongs"
        " there",
        "slack.workspaces[1].bot_token_env: GLOBEX_BOT is not set: put the token that begins with xoxb- there",
    )
    assert mistakes_to_run(written(WORKSPACES.replace("app_token_env", "signing_secret_env")), environ)[-1] == (
        "slack.workspaces[1].app_token_env: is missing: accepted is the name of an environment variable, such as"
        ' "ACME_SLACK_BOT_TOKEN"; the token itself never stands here'
    )


def test_running_with_discord_takes_its_token(written: Written) -> None:
    settings, secrets = load_to_run(written("[discord]"), {"DISCORD_TOKEN": "invented"})

    assert settings.discord is not None
    assert secrets == Secrets(discord=Secret("invented"))
    assert only(mistakes_to_run(written("[discord]"))) == (
        "discord: DISCORD_TOKEN is not set: put the token of the app's bot there"
    )


def test_running_without_a_platform_takes_none(written: Written) -> None:
    assert load_to_run(written(""), NOTHING)[1] == Secrets()


def test_the_places_of_discord_and_threads_of_slack_are_destinations(written: Written) -> None:
    places = ("discord:100/200", "discord:100/@7", "slack:T1/C1/1700000000.000100")
    subscriptions = "".join(f"[[subscriptions]]\nquery = 'a'\nto = '{place}'\n" for place in places)

    settings = load(written(f"[slack]\n[discord]\nguilds = ['100']\n{subscriptions}"), NOTHING)

    assert tuple(str(one.to) for one in settings.subscriptions) == places


def test_workspaces_cannot_come_from_a_variable(written: Written) -> None:
    mistake = only(mistakes_in(written("[slack]"), {"TOCSIN_SLACK__WORKSPACES": "acme"}))

    assert mistake.startswith("TOCSIN_SLACK__WORKSPACES: there is no such setting.")


def test_other_commands_need_no_token(written: Written) -> None:
    assert load(written("[slack]"), NOTHING).slack is not None


def test_missing_tokens_and_a_missing_contact_are_reported_with_all_the_rest(written: Written) -> None:
    path = written('[slack]\n[fetch]\ntimeout = 1\n[[feeds]]\nurl = "https://a.example/"')

    assert [mistake[:32] for mistake in mistakes_to_run(path, {"SLACK_APP_TOKEN": "xoxb-invented-bot"})] == [
        "fetch.timeout: is no duration: a",
        "fetch.contact: is missing, and p",
        "slack: SLACK_BOT_TOKEN is not se",
        "slack: SLACK_APP_TOKEN holds the",
    ]


@pytest.mark.parametrize(
    ("allowed", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/rss"),
        ("10.0.0.0/8", "http://10.1.2.3/rss"),
        ("::1", "http://[::1]:8000/rss"),
        ("127.0.0.0/8", "http://localhost:8000/rss"),
        ("news.internal", "https://News.internal/rss"),
    ],
)
def test_a_host_of_ones_own_is_polled_without_a_contact(written: Written, allowed: str, address: str) -> None:
    path = written(f'[fetch]\nallow_private = ["{allowed}"]\n[[feeds]]\nurl = "{address}"')

    assert load_to_run(path, NOTHING)[0].fetch.contact == ""


def test_a_public_host_is_polled_only_by_those_who_say_who_they_are(written: Written) -> None:
    feed = '[[feeds]]\nurl = "https://a.example/"'
    private = f'[fetch]\nallow_private = ["10.0.0.0/8"]\n{feed}'

    assert only(mistakes_to_run(written(feed))).startswith("fetch.contact: is missing")
    assert only(mistakes_to_run(written(private))).startswith("fetch.contact: is missing")
    assert load_to_run(written(feed), {"TOCSIN_FETCH__CONTACT": "mailto:news@example.org"})


# ---- full text -----------------------------------------------------------------------------------------------------

FEED = '[[feeds]]\nurl = "https://a.example/"'
CONTACT = {"TOCSIN_FETCH__CONTACT": "mailto:news@example.org"}


def test_full_text_is_off_unless_it_is_asked_for_all_or_for_one_feed(written: Written) -> None:
    path = written(f'{FEED}\n[[feeds]]\nurl = "https://b.example/"\nfull_text = true\n[fetch]\nfull_text = false')

    assert load(None, NOTHING).fetch.full_text is False
    assert [feed.full_text for feed in load(path, NOTHING).feeds] == [None, True]
    assert load(path, {"TOCSIN_FETCH__FULL_TEXT": "true"}).fetch.full_text is True


def test_full_text_is_true_or_false(written: Written) -> None:
    mistakes = mistakes_in(written(f'{FEED}\nfull_text = 1\n[fetch]\nfull_text = "perhaps"'))

    assert mistakes == ("fetch.full_text: must be true or false", "feeds[0].full_text: must be true or false")


def test_full_text_without_what_reads_pages_is_a_mistake_beside_the_others_and_names_its_remedy(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.feeds.extra.is_installed", lambda: False)
    wants = f"{FEED}\nfull_text = true"
    remedy = "needs the extra fulltext, which is not installed: pip install 'tocsin[fulltext]', or turn it off"

    assert mistakes_to_run(written(f"{wants}\ncolour = 1\n[fetch]\nfull_text = true"), CONTACT)[1:] == (
        f"fetch.full_text: {remedy}",
        f"feeds[0].full_text: {remedy}",
    )
    assert load_to_run(written(f"{FEED}\nfull_text = false"), CONTACT)


def test_full_text_with_what_reads_pages_is_no_mistake(written: Written) -> None:
    assert load_to_run(written(f"{FEED}\nfull_text = true"), CONTACT)


# ---- secrets -------------------------------------------------------------------------------------------------------


def test_a_secret_prints_as_dots_wherever_it_is_printed() -> None:
    secret = Secret("xoxb-invented")

    assert f"{secret} {secret!r} {[secret]} {secret:}" == "••• ••• [•••] •••"
    assert secret.reveal() == "xoxb-invented"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_a_secret_comes_from_the_variable_or_from_the_file_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb-in-a-file\n")

    assert read_secret("SLACK_BOT_TOKEN", {"SLACK_BOT_TOKEN": "xoxb-plain"}) == Secret("xoxb-plain")
    assert read_secret("SLACK_BOT_TOKEN", {"SLACK_BOT_TOKEN_FILE": str(tmp_path / "token")}) == Secret("xoxb-in-a-file")
    assert read_secret("SLACK_BOT_TOKEN", {"SLACK_BOT_TOKEN": ""}) is None


def test_a_secret_given_twice_or_in_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xff")

    def mistake(**environ: str) -> str:
        with pytest.raises(ConfigurationMistakes) as caught:
            read_secret("TOKEN", environ)
        return only(caught.value.mistakes)

    assert mistake(TOKEN="a", TOKEN_FILE="b") == "TOKEN: is set, and TOKEN_FILE too: accepted is one of them"
    assert mistake(TOKEN_FILE=str(tmp_path)).startswith("TOKEN_FILE: the file cannot be read (")
    assert mistake(TOKEN_FILE=str(tmp_path / "binary")) == "TOKEN_FILE: the file cannot be read (is no text)"
    assert mistake(TOKEN_FILE=str(tmp_path / "empty")).startswith("TOKEN_FILE: the file is empty")


def test_the_secrets_to_keep_out_of_the_log_include_the_databases_password(written: Written) -> None:
    settings = load(written('[database]\nurl = "postgresql://tocsin:hush%21hush@db/tocsin"'), NOTHING)
    environ = {"SLACK_BOT_TOKEN": "xoxb-invented", "SLACK_APP_TOKEN_FILE": "/nowhere", "OTHER": "x"}

    revealed = {secret.reveal() for secret in known_secrets(settings, environ)}

    assert revealed == {"hush%21hush", "hush!hush", "xoxb-invented"}


# ---- where the file is ---------------------------------------------------------------------------------------------


def test_the_option_comes_before_the_variable_and_that_before_the_file_here(tmp_path: Path) -> None:
    environ = {"TOCSIN_CONFIG": "/etc/tocsin.toml"}

    assert find_path(None, NOTHING, tmp_path) is None
    (tmp_path / "tocsin.toml").touch()
    assert find_path(None, NOTHING, tmp_path) == tmp_path / "tocsin.toml"
    assert find_path(None, environ, tmp_path) == Path("/etc/tocsin.toml")
    assert find_path(Path("mine.toml"), environ, tmp_path) == Path("mine.toml")
