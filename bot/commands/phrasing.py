"""How each face writes down what could be said to it next. A face gives one of these to every Request."""

import shlex
from collections.abc import Iterator, Mapping, Sequence

from bot.commands.command import Command, Parameter, Say


def as_a_line(commands: Sequence[Command], slash: str = "") -> Say:
    """``/news unsubscribe 1``, where people type the whole line; without ``slash`` where a window takes the rest."""

    def say(name: str, /, **arguments: str) -> str:
        command = _called(name, commands)
        return " ".join(filter(None, [slash, *command.words, *_behind(_given(command.parameters, arguments))]))

    return say


def as_named_options(commands: Sequence[Command], slash: str) -> Say:
    """``/news unsubscribe subscription:1``, where every argument is an option with its name."""

    def say(name: str, /, **arguments: str) -> str:
        command = _called(name, commands)
        options = [f"{parameter.name}:{value}" for parameter, value in _given(command.parameters, arguments)]
        return " ".join([slash, *command.words, *options])

    return say


def on_the_command_line(commands: Sequence[Command]) -> Say:
    """``tocsin subscriptions remove 1``, to be pasted into a shell."""

    def say(name: str, /, **arguments: str) -> str:
        command = _called(name, commands)
        given = [(parameter, shlex.quote(value)) for parameter, value in _given(command.for_operator, arguments)]
        return " ".join(["tocsin", *command.cli, *_behind(given)])

    return say


def _called(name: str, commands: Sequence[Command]) -> Command:
    found = next((command for command in commands if command.name == name), None)
    if found is None:
        raise LookupError(f"there is no command {name}")
    return found


def _given(offered: Sequence[Parameter], arguments: Mapping[str, str]) -> list[tuple[Parameter, str]]:
    """The arguments that the face offers and takes, in its order."""
    given = [(parameter, arguments.get(parameter.name, "")) for parameter in offered]
    return [(parameter, value) for parameter, value in given if value and value in (parameter.choices or (value,))]


def _behind(given: Sequence[tuple[Parameter, str]]) -> Iterator[str]:
    """Positional words first, then the options."""
    yield from (value for parameter, value in given if not parameter.option)
    yield from (f"--{parameter.name} {value}" for parameter, value in given if parameter.option)
