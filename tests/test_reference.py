"""docs/reference.md is compared with the program."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from bot.cli import app
from bot.commands.catalogue import catalogue
from bot.commands.command import Command
from bot.commands.page import page as commands_page

REFERENCE = (Path(__file__).parents[1] / "docs" / "reference.md").read_text(encoding="utf-8")
MAKEFILE = (Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")
PLACEHOLDERS = {"only": "PARTS", "database": "FILE", "post": "DESTINATION", "to": "DESTINATION"}


def written(shape: str) -> list[str]:
    return [row for row in REFERENCE.splitlines() if row.startswith(f"| `{shape}` |")]


def leaves(command: Any, words: tuple[str, ...] = ("tocsin",)) -> list[tuple[tuple[str, ...], Any]]:
    children = getattr(command, "commands", None)
    if not children:
        return [(words, command)]
    return [leaf for name, child in children.items() for leaf in leaves(child, (*words, name))]


def usage(words: tuple[str, ...], command: Any) -> str:
    """Arguments first, then the options that must be given, then the others."""
    required, optional = [], []
    for parameter in command.params:
        if parameter.name in {"config", "help"}:
            continue
        placeholder = PLACEHOLDERS.get(parameter.name, parameter.name.upper())
        if parameter.param_type_name == "argument":
            required.insert(sum(not one.startswith("--") for one in required), placeholder)
        elif parameter.required:
            required.append(f"--{parameter.name} {placeholder}")
        else:
            optional.append(f"[--{parameter.name}]" if parameter.is_flag else f"[--{parameter.name} {placeholder}]")
    return " ".join([*words, *required, *optional])


@pytest.mark.parametrize(("words", "command"), leaves(typer.main.get_command(app)))
def test_every_command_of_the_command_line_stands_in_the_reference(words: tuple[str, ...], command: Any) -> None:
    shape = usage(words, command)

    assert len(written(shape)) == 1, f"docs/reference.md has no row for: {shape}"


def test_the_page_of_commands_is_what_the_program_says() -> None:
    page = (Path(__file__).parents[1] / "docs" / "commands.md").read_text(encoding="utf-8")

    assert page == commands_page(), "docs/commands.md is made by: make docs"


@pytest.mark.parametrize("command", catalogue(None), ids=lambda command: command.name)  # type: ignore[arg-type] # its shape
def test_every_command_has_its_chapter_with_its_parameters_and_their_help(command: Command) -> None:
    chapter = commands_page().split(f"## {command.name}\n")[1].split("\n## ")[0]

    assert command.summary in chapter
    for parameter in (*command.parameters, *command.operator):
        assert f"- `{parameter.name}`" in chapter
        assert parameter.help in chapter


def test_every_command_in_the_reference_exists() -> None:
    shapes = {usage(words, command) for words, command in leaves(typer.main.get_command(app))}

    assert set(re.findall(r"^\| `(tocsin [^`]*)` \|", REFERENCE, re.MULTILINE)) == shapes


def test_every_make_target_stands_in_the_reference() -> None:
    targets = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[0].split()

    assert set(re.findall(r"^\| `make ([a-z-]+)` \|", REFERENCE, re.MULTILINE)) == set(targets)
