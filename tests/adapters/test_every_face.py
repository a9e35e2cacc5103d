"""The catalogue on Slack, Discord and the command line: the same commands, parameters, words and rights."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, cast

import pytest
import typer.main
from typer.testing import CliRunner

from adapters.discord.platform import DiscordPlatform
from adapters.discord.settings import DiscordSettings
from adapters.slack.platform import SlackPlatform
from adapters.slack.settings import SlackSettings
from bot import cli
from bot.commands.catalogue import catalogue
from bot.commands.command import Command, Done, Parameter, Reply, Request
from bot.commands.desk import Desk
from bot.commands.platform import Platform
from bot.jobs.intake import take_in
from bot.ports import Connection
from bot.web.routes import RouteTable
from storage.unit import SqlStorage
from tests.builders import WINDOW
from tests.commands.office import Shelf
from tests.standins.discord_standin import DiscordStandIn
from tests.standins.slack import SlackStandIn

SHAPES = catalogue(cast(Desk, None))
SAID = {
    "query": 'huawei "5G auction"',
    "url": "https://example.org/rss.xml",
    "old": "https://example.org/rss.xml",
    "new": "https://example.org/feed",
    "link": "https://example.org/news/1",
    "subscription": "7",
    "name": "The Wire",
}
"""What a person writes for each parameter; anything else is its name."""

Where = Mapping[str, str]


def written(parameter: Parameter) -> str:
    return parameter.choices[0] if parameter.choices else SAID.get(parameter.name, f"some {parameter.name}")


def everything_of(command: Command) -> dict[str, str]:
    return {parameter.name: written(parameter) for parameter in command.parameters}


class Face(Protocol):
    async def says(self, command: Command, arguments: Where, *, as_admin: bool = False) -> str:
        """What the person hears."""
        ...


class SlackFace:
    def __init__(self, slack: SlackStandIn) -> None:
        self._slack = slack

    async def says(self, command: Command, arguments: Where, *, as_admin: bool = False) -> str:
        given = [
            (parameter, arguments[parameter.name]) for parameter in command.parameters if parameter.name in arguments
        ]
        words = [value for parameter, value in given if not parameter.option]
        options = [f"--{parameter.name} {value}" for parameter, value in given if parameter.option]
        line = " ".join(["/news", *command.words, *words, *options])
        return (await self._slack.command("UADMIN" if as_admin else "U1", "C1", line)).last


class DiscordFace:
    def __init__(self, discord: DiscordStandIn) -> None:
        self._discord = discord

    async def says(self, command: Command, arguments: Where, *, as_admin: bool = False) -> str:
        exchange = await self._discord.command("9" if as_admin else "7", "200", command.name, **arguments)
        return exchange.last


Opened = Callable[[Sequence[Command]], Any]


@pytest.fixture(params=["slack", "discord"])
def face(request: pytest.FixtureRequest) -> Opened:
    """Opens the platform's face on a catalogue, and gives what people can do there."""
    stand_in: Any = request.getfixturevalue(request.param)
    settings: Any = request.getfixturevalue("settings" if request.param == "slack" else "discord_settings")

    @asynccontextmanager
    async def opened(commands: Sequence[Command]) -> AsyncIterator[Face]:
        platform, people = _platform(settings, stand_in)
        platform.serve(commands, RouteTable())
        await platform.connect()
        listening = asyncio.create_task(platform.listen(_nobody))
        await stand_in.connected()
        try:
            yield people
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    return opened


def _platform(settings: Any, stand_in: Any) -> tuple[Platform, Face]:
    if isinstance(settings, SlackSettings):
        return SlackPlatform([settings]), SlackFace(stand_in)
    assert isinstance(settings, DiscordSettings)
    return DiscordPlatform(settings), DiscordFace(stand_in)


async def _nobody(connections: Sequence[Connection], *, complete: bool = False) -> None:
    """Who comes and goes is of no interest here."""


def recorded(heard: list[Request]) -> list[Command]:
    """The catalogue, in which every command only notes what it was asked."""

    def noting(command: Command) -> Callable[[Request], Awaitable[Reply]]:
        async def run(request: Request) -> Reply:
            heard.append(request)
            return Done(f"heard {command.name}")

        return run

    return [replace(command, run=noting(command)) for command in SHAPES]


async def test_every_command_with_all_its_parameters_arrives_as_it_was_said(face: Opened) -> None:
    heard: list[Request] = []

    async with face(recorded(heard)) as people:
        answers = [await people.says(command, everything_of(command)) for command in SHAPES]

    assert answers == [f"heard {command.name}" for command in SHAPES]
    assert [dict(request.arguments) for request in heard] == [everything_of(command) for command in SHAPES]


async def test_every_command_arrives_with_no_more_than_it_needs(face: Opened) -> None:
    heard: list[Request] = []
    needed = [
        {parameter.name: written(parameter) for parameter in command.parameters if parameter.required}
        for command in SHAPES
    ]

    async with face(recorded(heard)) as people:
        for command, arguments in zip(SHAPES, needed, strict=True):
            await people.says(command, arguments)

    assert [dict(request.arguments) for request in heard] == needed


@pytest.fixture
def desk(sqlite: SqlStorage) -> Desk:
    async def takes_in(*arguments: Any) -> Any:
        return await take_in(*arguments, WINDOW)

    return Desk(storage=sqlite, fetcher=Shelf(), parser=Shelf(), take_in=takes_in)


async def test_every_right_is_refused_and_granted_alike(face: Opened, desk: Desk) -> None:
    commands = catalogue(replace(desk, only_admins_subscribe=True))
    guarded = [command for command in commands if command.access != "anyone"]
    open_to_all = [command for command in commands if command.access == "anyone"]

    async with face(commands) as people:
        refused = [await people.says(command, everything_of(command)) for command in guarded]
        granted = [await people.says(command, everything_of(command), as_admin=True) for command in guarded]
        free = [await people.says(command, everything_of(command)) for command in open_to_all]

    for command, answer in zip(guarded, refused, strict=True):
        assert f"Only admins may use {command.name} here." in answer
        assert "access.admins" in answer
    assert not [answer for answer in granted + free if "Only admins" in answer]
    assert len(guarded) >= 6


async def test_a_refusal_reads_the_same_on_every_face(face: Opened, desk: Desk) -> None:
    (subscribe,) = (command for command in catalogue(desk) if command.name == "subscribe")

    async with face([subscribe, *recorded([])[1:]]) as people:
        answer = await people.says(subscribe, {"query": 'huawei "5G auction'})

    assert "I could not read that query." in answer
    assert "(at character 8)" in answer
    assert "Did you mean" in answer


# ---- what each face shows of them ----------------------------------------------------------------------------------


async def test_discord_shows_every_command_and_parameter_with_its_words(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    platform = DiscordPlatform(discord_settings)
    platform.serve(SHAPES, RouteTable())
    listening = asyncio.create_task(platform.listen(_nobody))
    await discord.connected()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)

    (news,) = discord.commands
    shown = {
        (option["name"],) if option["type"] == 1 else (option["name"], inner["name"]): inner
        for option in news["options"]
        for inner in ([option] if option["type"] == 1 else option["options"])
    }
    assert set(shown) == {command.words for command in SHAPES}
    for command in SHAPES:
        offered = shown[command.words]
        options = {option["name"]: option for option in offered.get("options", ())}
        assert offered["description"] == command.summary
        assert set(options) == {parameter.name for parameter in command.parameters}
        for parameter in command.parameters:
            option = options[parameter.name]
            assert option["description"] == parameter.help
            assert option.get("required", False) == parameter.required
            assert option["type"] == (4 if parameter.kind == "number" else 3)
            assert [choice["value"] for choice in option.get("choices", ())] == list(parameter.choices)
            assert option.get("autocomplete", False) == (parameter.completion is not None)


async def test_slack_explains_every_command_that_lacks_something(slack: SlackStandIn, settings: SlackSettings) -> None:
    platform = SlackPlatform([settings])
    platform.serve(SHAPES, RouteTable())
    await platform.connect()
    listening = asyncio.create_task(platform.listen(_nobody))
    await slack.connected()

    try:
        for command in SHAPES:
            if not any(parameter.required for parameter in command.parameters):
                continue
            answer = (await slack.command("U1", "C1", f"/news {command.name}")).last
            first = command.parameters[0]
            assert f"needs {first.name.upper()}: {first.help}" in answer
            assert f"/news {command.usage}: {command.summary}" in answer
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


@pytest.mark.parametrize("command", [each for each in SHAPES if each.cli], ids=lambda command: command.name)
def test_the_command_line_takes_the_same_and_shows_its_words(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    heard: list[tuple[tuple[str, ...], dict[str, str]]] = []

    async def note(words: tuple[str, ...], arguments: dict[str, str], config: Path | None, *, as_json: bool) -> int:
        heard.append((words, arguments))
        return 0

    monkeypatch.setattr(cli, "_ask", note)
    arguments = {parameter.name: written(parameter) for parameter in command.for_operator}
    positional = [arguments[each.name] for each in command.for_operator if not each.option]
    options = [f"--{each.name}={arguments[each.name]}" for each in command.for_operator if each.option]

    said = CliRunner().invoke(cli.app, [*command.cli, *positional, *options], catch_exceptions=False)
    shown = CliRunner().invoke(cli.app, [*command.cli, "--help"], env={"COLUMNS": "300"})

    assert said.exit_code == 0
    assert heard == [(command.words, arguments)]
    words = " ".join(shown.output.split())
    assert command.summary in words
    for parameter in command.for_operator:
        assert parameter.help in words


def test_the_faces_offer_no_command_beyond_the_catalogue() -> None:
    leaves = set(_leaves(typer.main.get_command(cli.app)))
    of_the_operator_alone = {("run",), ("demo",), ("doctor",), ("migrate",)}

    assert leaves == {command.cli for command in SHAPES if command.cli} | of_the_operator_alone


def _leaves(command: Any, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    children = getattr(command, "commands", None)
    return (
        [leaf for name, child in children.items() for leaf in _leaves(child, (*words, name))] if children else [words]
    )
