"""How each face writes down what could be said to it next."""

import pytest

from bot.commands.command import Command, Done, Parameter, Reply, Request
from bot.commands.phrasing import as_a_line, on_the_command_line


async def nothing(request: Request) -> Reply:
    return Done("Done.")


COMMANDS = [
    Command(
        ("watch",),
        ("watches", "add"),
        "Watches",
        "Watching …",
        "anyone",
        nothing,
        parameters=(Parameter("tags", "", required=False, option=True), Parameter("query", "", rest=True)),
        operator=(Parameter("to", "", option=True),),
    )
]


def test_as_a_line_it_is_typed_behind_the_slash_command() -> None:
    say = as_a_line(COMMANDS, "/news")

    assert say("watch", query='"5G auction"', tags="a,b", to="console") == '/news watch "5G auction" --tags a,b'
    assert say("watch") == "/news watch"


def test_on_the_command_line_it_can_be_pasted_into_a_shell() -> None:
    say = on_the_command_line(COMMANDS)

    assert say("watch", query="it's", to="console", tags="") == """tocsin watches add 'it'"'"'s' --to console"""
    assert say("watch", query="huawei") == "tocsin watches add huawei"


def test_a_command_that_there_is_not_is_our_mistake() -> None:
    with pytest.raises(LookupError, match="sing"):
        as_a_line(COMMANDS, "/news")("sing")
