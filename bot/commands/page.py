"""docs/commands.md, from the catalogue: ``make docs`` writes it, and a test compares it.

Only the shape of the commands is read, so they need no desk.
"""

import sys
from collections.abc import Iterator
from typing import cast

from bot.commands.catalogue import catalogue
from bot.commands.command import Command
from bot.commands.desk import Desk

WHO = {
    "anyone": "Anyone may use it.",
    "subscribers": "Anyone may use it, or admins alone where `access.subscribe` says so.",
    "admins": "For admins.",
}
INTRODUCTION = """\
# Commands

Everything that people can ask of Tocsin, the same on every face. This page is made from the program (`make docs`).

- **Slack**: `/news` and the command; the rest of the line is the query, options stand behind it as `--name value`. In a
  thread, where Slack takes no slash commands, the message shortcut "News in this thread" opens a window for the same.
- **Discord**: `/news` with the command; every parameter is an option with its name. Feeds, tags and subscriptions are
  completed while you type.
- **Command line**: `tocsin`, for the operator, who may do everything; `--json` prints the answer for programs.

Answers are private. What changes a channel's subscriptions leaves one public line there. Admins are the platform's own
(Slack's admins and owners, those who may manage the server on Discord) and those whom `access.admins` names.
"""


def page() -> str:
    return "\n".join([INTRODUCTION, *(line for command in catalogue(cast(Desk, None)) for line in _chapter(command))])


def _chapter(command: Command) -> Iterator[str]:
    yield f"## {command.name}\n"
    yield f"{command.summary}. {WHO[command.access]}\n"
    yield "| face | what is said |\n| --- | --- |"
    yield f"| Slack | `/news {command.usage}` |"
    yield f"| Discord | `/news {command.name}{_options(command)}` |"
    if command.cli:
        yield f"| command line | `{_on_the_command_line(command)}` |"
    yield ""
    yield from (f"- `{each.name}`{'' if each.required else ', optional'}: {each.help}" for each in command.parameters)
    yield from (f"- `{each.name}`, on the command line: {each.help}" for each in command.operator)
    if command.for_operator:
        yield ""


def _options(command: Command) -> str:
    """Those that must be given first, as Discord wants them."""
    ordered = sorted(command.parameters, key=lambda parameter: not parameter.required)
    shapes = [f"{parameter.name}:{parameter.name.upper()}" for parameter in ordered]
    optional = [not parameter.required for parameter in ordered]
    return "".join(f" [{shape}]" if left_out else f" {shape}" for shape, left_out in zip(shapes, optional, strict=True))


def _on_the_command_line(command: Command) -> str:
    return " ".join(["tocsin", *command.cli, *(parameter.usage for parameter in command.for_operator)])


if __name__ == "__main__":
    sys.stdout.write(page())
