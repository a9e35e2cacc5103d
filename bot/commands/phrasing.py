"""How each face writes down what could be said to it next. A face gives one of these to every Request."""

import shlex
from collections.abc import Callable, Mapping, Sequence

from bot.commands.command import Command, Parameter, Say


def on_a_platform(commands: Sequence[Command], slash: str) -> Say:
    """``/news unsubscribe 1``"""

    def say(name: str, /, **arguments: str) -> str:
        command = _called(name, commands)
        return _line((slash, *command.words), command.parameters, arguments, str)

    return say


def on_the_command_line(commands: Sequence[Command]) -> Say:
    """``tocsin subscriptions remove 1``, to be pasted into a shell."""

    def say(name: str, /, **arguments: str) -> str:
        command = _called(name, commands)
        offered = (*command.parameters, *command.operator)
        return _line(("tocsin", *command.cli), offered, arguments, shlex.quote)

    return say


def _called(name: str, commands: Sequence[Command]) -> Command:
    found = next((command for command in commands if command.name == name), None)
    if found is None:
        raise LookupError(f"there is no command {name}")
    return found


def _line(
    words: Sequence[str], offered: Sequence[Parameter], arguments: Mapping[str, str], written: Callable[[str], str]
) -> str:
    given = [(parameter, written(value)) for parameter in offered if (value := arguments.get(parameter.name))]
    positionals = [value for parameter, value in given if not parameter.option]
    options = [f"--{parameter.name} {value}" for parameter, value in given if parameter.option]
    return " ".join([*words, *positionals, *options])
