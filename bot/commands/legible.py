"""What people typed, as text: the same for every command, before any of them reads it."""

from dataclasses import replace

from bot.commands.command import Command, Problem, Reply, Request
from bot.matching.typed import STRAY, without_controls


def legible(command: Command) -> Command:
    """The same command, which hears control characters as spaces and refuses an argument that is no text.

    No database keeps a lone surrogate, and PostgreSQL no NUL.
    """
    options = {parameter.name for parameter in command.for_operator if parameter.option}

    async def run(request: Request) -> Reply:
        for name, value in request.arguments.items():
            if stray := STRAY.search(value):
                called = f"--{name}" if name in options else f"the {name}"
                place = f"at character {stray.start() + 1} stands a stray byte or half a character, which is no text."
                return Problem(f"I could not read {called}: {place}")
        heard = {name: without_controls(value) for name, value in request.arguments.items()}
        return await command.run(replace(request, arguments=heard))

    return replace(command, run=run)
