"""Reads what a person typed behind the slash command, or in a window that stands for it. Pure.

``WORD… POSITIONALS… --option value``: the words of the catalogue, then the parameters in order, the one that takes
the rest of the line last, and the options behind it. A double hyphen is never part of a query, so it needs no quoting.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.commands.command import Command, Parameter, Problem

LIKE_ENOUGH = 0.6
"""Of 1: difflib's own measure for a close match."""

_OPTION = re.compile(r"(?:^|(?<=\s))(?:--|—)([A-Za-z][\w-]*)(?:=|\s+|$)")
"""A phone's smart punctuation turns the double hyphen into a dash: before the name of an option it counts as one."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A command and its arguments, as they were said."""

    command: Command
    arguments: Mapping[str, str]


def read(typed: str, catalogue: Sequence[Command], slash: str) -> Spoken | Problem:
    """What ``typed`` asks for. Without a word it asks for help. In a window there is no ``slash``."""
    line = typed.strip()
    command, rest = _command(line, catalogue)
    if command is None:
        return _unknown(line, catalogue, slash)
    return _arguments(command, rest, slash)


def unescape(typed: str) -> str:
    """As it was typed: Slack sends three characters escaped."""
    return typed.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def usage(command: Command, slash: str) -> str:
    """``/news subscribe QUERY [--tags TAGS]``"""
    return _behind(slash, command.usage)


def _command(line: str, catalogue: Sequence[Command]) -> tuple[Command | None, str]:
    """The command with the most words that the line begins with, and what follows them."""
    words = line.split() or ["help"]
    known = {command.words: command for command in catalogue}
    for length in range(len(words), 0, -1):
        command = known.get(tuple(word.lower() for word in words[:length]))
        if command is not None:
            return command, "".join(line.split(maxsplit=length)[length:])
    return None, ""


def _unknown(line: str, catalogue: Sequence[Command], slash: str) -> Problem:
    words = line.lower().split()
    group = [command for command in catalogue if command.words[: len(words)] == tuple(words)]
    near = group or _nearest(words, catalogue)
    hint = "; ".join(f"{usage(command, slash)}: {command.summary}" for command in near[:6])
    asked = f"“{line[:60]}”" if line else "An empty line"
    step = f"Did you mean {hint}" if near else f"Say {_behind(slash, 'help')}"
    return Problem(f"{asked} is not a command.", hint=step)


def _nearest(words: Sequence[str], catalogue: Sequence[Command]) -> list[Command]:
    """The command whose name is most like what was typed, by as many words as it has; none where none is like it."""
    best = max(catalogue, key=lambda command: _likeness(words, command), default=None)
    return [best] if best is not None and _likeness(words, best) >= LIKE_ENOUGH else []


def _likeness(words: Sequence[str], command: Command) -> float:
    return SequenceMatcher(None, " ".join(words[: len(command.words)]), command.name).ratio()


def _arguments(command: Command, rest: str, slash: str) -> Spoken | Problem:
    names = {parameter.name for parameter in command.parameters}
    head, options = _options(rest, names)
    strange = next((name for name in options if name not in names), None)
    if strange is not None:
        return _help(f"{_behind(slash, command.name)} has no option --{strange}.", command, slash)
    empty = next((name for name, value in options.items() if not value), None)
    if empty is not None:
        return _help(f"--{empty} needs a value.", command, slash)
    positionals = [parameter for parameter in command.parameters if not parameter.option]
    arguments, left = _positionals(head, [each for each in positionals if each.name not in options])
    if left:
        return _help(f"I do not know what to do with “{left[:60]}”.", command, slash)
    return _checked(command, {**arguments, **options}, slash)


def _options(rest: str, names: Collection[str]) -> tuple[str, dict[str, str]]:
    """What stands before the first option, and the options with their values."""
    found = [option for option in _OPTION.finditer(rest) if option[0].startswith("--") or option[1].lower() in names]
    ends = [option.start() for option in found[1:]] + [len(rest)]
    options = {option[1].lower(): rest[option.end() : end].strip() for option, end in zip(found, ends, strict=False)}
    return (rest[: found[0].start()] if found else rest).strip(), options


def _positionals(head: str, parameters: Sequence[Parameter]) -> tuple[dict[str, str], str]:
    """A word for each parameter in order, all the rest for one that takes it; and what nobody takes."""
    arguments: dict[str, str] = {}
    for parameter in parameters:
        if not head:
            break
        first, *others = [head] if parameter.rest else head.split(maxsplit=1)
        arguments[parameter.name], head = first, "".join(others)
    return arguments, head


def _checked(command: Command, arguments: Mapping[str, str], slash: str) -> Spoken | Problem:
    for parameter in command.parameters:
        value = arguments.get(parameter.name)
        mistake = _missing(parameter, _behind(slash, command.name)) if value is None else _wrong(parameter, value)
        if mistake:
            return _help(mistake, command, slash)
    return Spoken(command, arguments)


def _missing(parameter: Parameter, command: str) -> str:
    needs = f"{command} needs {parameter.name.upper()}: {parameter.help.rstrip('.')}."
    return needs if parameter.required else ""


def _wrong(parameter: Parameter, value: str) -> str:
    name = f"--{parameter.name}" if parameter.option else parameter.name.upper()
    if parameter.kind == "number" and not (value.isascii() and value.isdigit()):
        return f"{name} is a number, not “{value[:60]}”."
    if parameter.choices and value not in parameter.choices:
        return f"{name} takes {' or '.join(parameter.choices)}, not “{value[:60]}”."
    return ""


def _behind(slash: str, words: str) -> str:
    return f"{slash} {words}".strip()


def _help(text: str, command: Command, slash: str) -> Problem:
    return Problem(text, hint=f"{usage(command, slash)}: {command.summary}")
