from collections.abc import Mapping

import pytest

from adapters.slack.line import Spoken, read, unescape, usage
from bot.commands.command import Command, Done, Parameter, Problem, Reply, Request


async def nothing(request: Request) -> Reply:
    return Done("nothing")


def a_command(*words: str, parameters: tuple[Parameter, ...] = ()) -> Command:
    return Command(words, words, f"Does {' '.join(words)}", "Working …", "anyone", nothing, parameters)


SUBSCRIBE = a_command(
    "subscribe",
    parameters=(
        Parameter("query", "what to watch for", rest=True),
        Parameter("tags", "only feeds with these tags", required=False, option=True),
        Parameter("cadence", "how often", required=False, option=True),
        Parameter("to", "me: your direct messages", required=False, option=True, choices=("me", "all")),
    ),
)
ADD = a_command(
    "feeds",
    "add",
    parameters=(
        Parameter("address", "where it is published"),
        Parameter("name", "what to call it", required=False, rest=True),
        Parameter("backfill", "how many old articles", required=False, option=True, kind="number"),
    ),
)
CATALOGUE = [SUBSCRIBE, ADD, a_command("feeds", "list"), a_command("feeds", "remove"), a_command("help")]


def heard(typed: str) -> tuple[str, Mapping[str, str]]:
    spoken = read(typed, CATALOGUE, "/news")
    assert isinstance(spoken, Spoken), spoken
    return spoken.command.name, spoken.arguments


def problem(typed: str) -> str:
    answer = read(typed, CATALOGUE, "/news")
    assert isinstance(answer, Problem)
    return f"{answer.text} {answer.hint}"


@pytest.mark.parametrize(
    ("typed", "command", "arguments"),
    [
        ("subscribe huawei", "subscribe", {"query": "huawei"}),
        ("subscribe  huawei   ban ", "subscribe", {"query": "huawei   ban"}),
        ("Subscribe “5G auction” OR huawei", "subscribe", {"query": "“5G auction” OR huawei"}),
        ("subscribe huawei -ban", "subscribe", {"query": "huawei -ban"}),
        ("subscribe huawei --to me", "subscribe", {"query": "huawei", "to": "me"}),
        ("subscribe huawei --tags telecom,5g", "subscribe", {"query": "huawei", "tags": "telecom,5g"}),
        (
            "subscribe 5g --cadence daily@08:30 --tags a, b",
            "subscribe",
            {"query": "5g", "cadence": "daily@08:30", "tags": "a, b"},
        ),
        ("subscribe 5g --tags=a", "subscribe", {"query": "5g", "tags": "a"}),
        ("subscribe 5g —tags a", "subscribe", {"query": "5g", "tags": "a"}),
        ("subscribe meng —huawei", "subscribe", {"query": "meng —huawei"}),
        ("subscribe --query huawei", "subscribe", {"query": "huawei"}),
        ("subscribe a--b", "subscribe", {"query": "a--b"}),
        ("feeds add https://example.org/rss", "feeds add", {"address": "https://example.org/rss"}),
        (
            "feeds add https://example.org/ Example Wire --backfill 5",
            "feeds add",
            {"address": "https://example.org/", "name": "Example Wire", "backfill": "5"},
        ),
        ("feeds list", "feeds list", {}),
        ("FEEDS LIST", "feeds list", {}),
        ("", "help", {}),
    ],
)
def test_a_line_is_the_command_its_parameters_and_its_options(
    typed: str, command: str, arguments: dict[str, str]
) -> None:
    assert heard(typed) == (command, arguments)


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("subscrbe huawei", "Did you mean /news subscribe QUERY"),
        ("feed lst", "Did you mean /news feeds list"),
        ("feeds", "/news feeds add ADDRESS [NAME] [--backfill BACKFILL]: Does feeds add; /news feeds list"),
        ("xyzzy", "Say /news help"),
        ("subscribe", "/news subscribe needs QUERY: what to watch for."),
        ("subscribe --tags a", "needs QUERY"),
        ("subscribe huawei --colour red", "has no option --colour"),
        ("subscribe huawei --tags", "--tags needs a value"),
        ("feeds list everything", "I do not know what to do with “everything”"),
        ("feeds add https://example.org/ --backfill many", "--backfill is a number, not “many”"),
        ("subscribe huawei --to #general", "--to takes me or all, not “#general”"),
    ],
)
def test_a_mistake_is_answered_with_the_help_of_the_nearest_command(typed: str, hint: str) -> None:
    assert hint in problem(typed)


def test_what_slack_escapes_is_read_as_it_was_typed() -> None:
    assert unescape("subscribe AT&amp;T &lt;b&gt; &amp;lt;") == "subscribe AT&T <b> &lt;"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("subscribe", "subscribe needs QUERY: what to watch for. subscribe QUERY [--tags TAGS]"),
        ("subscribe 5g --colour red", "subscribe has no option --colour. subscribe QUERY"),
        ("subscrbe 5g", "Did you mean subscribe QUERY"),
        ("xyzzy", "Say help"),
    ],
)
def test_in_a_window_nothing_stands_before_the_command(typed: str, said: str) -> None:
    answer = read(typed, CATALOGUE, "")

    assert isinstance(answer, Problem)
    assert said in f"{answer.text} {answer.hint}"


def test_usage_shows_what_must_and_what_may_be_said() -> None:
    assert usage(SUBSCRIBE, "/news") == "/news subscribe QUERY [--tags TAGS] [--cadence CADENCE] [--to TO]"
