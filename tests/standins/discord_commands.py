"""Slash commands as registered with the Discord stand-in: what it refuses of them, and what a person may type."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from tests.standins.discord_checks import Problem, too_long

Json = Mapping[str, Any]

SUB_COMMAND, SUB_COMMAND_GROUP, STRING, INTEGER, BOOLEAN = 1, 2, 3, 4, 5
USER, CHANNEL, ROLE, MENTIONABLE, NUMBER = 6, 7, 8, 9, 10
NESTED = {SUB_COMMAND, SUB_COMMAND_GROUP}
PYTHON = {STRING: str, INTEGER: int, BOOLEAN: bool, NUMBER: float, USER: str, CHANNEL: str, ROLE: str, MENTIONABLE: str}
NAME = re.compile(r"[-_'\w]{1,32}")
OPTIONS, CHOICES, DESCRIPTION, CHOICE, ALL_COMMANDS, ALL_TEXTS = 25, 25, 100, 100, 100, 8_000


# ---- registering -----------------------------------------------------------------------------------------------


def command_problems(commands: Sequence[Json]) -> Iterator[Problem]:
    if len(commands) > ALL_COMMANDS:
        yield (), *too_long(ALL_COMMANDS)
    yield from _duplicates([(each.get("type", 1), each["name"]) for each in commands], "APPLICATION_COMMANDS")
    for place, command in enumerate(commands):
        for path, code, words in _command_problems(command):
            yield (place, *path), code, words


def _command_problems(command: Json) -> Iterator[Problem]:
    if command.get("type", 1) != 1:
        return
    yield from _option_problems(command, depth=0)
    if sum(map(len, _texts(command))) > ALL_TEXTS:
        yield (), "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({ALL_TEXTS})"


def _option_problems(node: Json, depth: int) -> Iterator[Problem]:
    """Of a command or one of its options; a command is what stands at depth 0."""
    name = node.get("name") or ""
    if not NAME.fullmatch(name) or name != name.lower():
        yield ("name",), "APPLICATION_COMMAND_INVALID_NAME", f'Command name "{name}" is invalid'
    if not 1 <= len(node.get("description") or "") <= DESCRIPTION:
        yield ("description",), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {DESCRIPTION} in length."
    yield from _choice_problems(node)
    options = node.get("options") or []
    if len(options) > OPTIONS:
        yield ("options",), *too_long(OPTIONS)
    yield from (
        (("options", *path), *rest) for path, *rest in _duplicates([each.get("name") for each in options], "OPTIONS")
    )
    kinds = {option.get("type") for option in options}
    if kinds & NESTED and kinds - NESTED:
        words = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        yield ("options",), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words
    if any(later.get("required") and not earlier.get("required") for earlier, later in pairwise(options)):
        words = "Required options must be placed before non-required options"
        yield ("options",), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", words
    allowed_groups = {0: NESTED, 1: {SUB_COMMAND} if node.get("type") == SUB_COMMAND_GROUP else set()}.get(depth, set())
    for place, option in enumerate(options):
        if option.get("type") in NESTED - allowed_groups:
            yield ("options", place, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Nested too deep"
        for path, code, words in _option_problems(option, depth + 1):
            yield ("options", place, *path), code, words


def _choice_problems(option: Json) -> Iterator[Problem]:
    choices = option.get("choices") or []
    if len(choices) > CHOICES:
        yield ("choices",), *too_long(CHOICES)
    if choices and option.get("autocomplete"):
        yield ("autocomplete",), "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES", "Choices leave nothing to complete"
    for place, choice in enumerate(choices):
        for path, code, words in choice_problems(choice):
            yield ("choices", place, *path), code, words


def choice_problems(choice: Json) -> Iterator[Problem]:
    if not 1 <= len(choice.get("name") or "") <= CHOICE:
        yield ("name",), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {CHOICE} in length."
    if isinstance(choice.get("value"), str) and not 1 <= len(choice["value"]) <= CHOICE:
        yield ("value",), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {CHOICE} in length."


def _duplicates(names: Sequence[Any], of: str) -> Iterator[Problem]:
    for place, name in enumerate(names):
        if name in names[:place]:
            yield (place, "name"), f"{of}_NAME_ALREADY_EXISTS", "Names must be unique"


def _texts(node: Json) -> Iterator[str]:
    yield from (str(node.get(key) or "") for key in ("name", "description"))
    yield from (f"{choice['name']}{choice['value']}" for choice in node.get("choices") or [])
    for option in node.get("options") or []:
        yield from _texts(option)


# ---- typing ----------------------------------------------------------------------------------------------------


def found(commands: Sequence[Json], words: Sequence[str]) -> list[Json]:
    """The command and every nested option on the way of the words. Raises LookupError where one is not registered."""
    way: list[Json] = []
    among: Sequence[Json] = commands
    for word in words:
        match = next((each for each in among if each["name"] == word), None)
        if match is None or (way and match.get("type") not in NESTED):
            raise LookupError(
                f"/{' '.join(words)}: {word!r} is not registered among {[each['name'] for each in among]}"
            )
        way.append(match)
        among = match.get("options") or []
    if any(option["type"] in NESTED for option in among):
        raise LookupError(f"/{' '.join(words)} asks for one of {[option['name'] for option in among]}")
    return way


def filled(leaf: Json, values: Mapping[str, Any], focused: str = "") -> list[dict[str, Any]]:
    """The options as Discord sends them. Raises LookupError or ValueError where a person could not send that."""
    registered = {option["name"]: option for option in leaf.get("options") or []}
    unknown = values.keys() - registered.keys()
    missing = [name for name, option in registered.items() if option.get("required") and name not in values]
    if unknown or (missing and not focused):
        raise LookupError(f"{leaf['name']}: not registered: {sorted(unknown)}, not given: {missing}")
    if focused and not registered[focused].get("autocomplete"):
        raise LookupError(f"{leaf['name']}: {focused} completes nothing")
    options = []
    for name, option in registered.items():
        if name in values and name == focused:
            options.append({"name": name, "type": option["type"], "value": str(values[name]), "focused": True})
        elif name in values:
            _check(option, values[name])
            options.append({"name": name, "type": option["type"], "value": values[name]})
    return options


def _check(option: Json, value: Any) -> None:
    kind = PYTHON[option["type"]]
    fits = isinstance(value, (int, float) if kind is float else kind) and isinstance(value, bool) == (kind is bool)
    if fits and kind is str:
        fits = option.get("min_length", 1) <= len(value) <= option.get("max_length", 6_000)
    if fits and kind in (int, float):
        fits = option.get("min_value", value) <= value <= option.get("max_value", value)
    choices = [choice["value"] for choice in option.get("choices") or []]
    if not fits or (choices and value not in choices):
        raise ValueError(f"{option['name']} cannot be {value!r}: {dict(option)}")


def nested(way: Sequence[Json], options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The options within their sub-command and its group."""
    for step in reversed(way[1:]):
        options = [{"name": step["name"], "type": step["type"], "options": options}]
    return options
