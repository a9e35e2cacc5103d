"""Who may use a command. Who asks comes from the verified platform payload, never from arguments."""

from collections.abc import Sequence
from dataclasses import replace

from bot.commands.command import Asker, Choice, Command, Completion, Parameter, Problem, Reply, Request
from bot.commands.desk import Desk
from bot.model.destination import Destination

OPERATOR = "operator"
"""The user of the command line, who owns the machine and may do anything."""


def guarded(command: Command, desk: Desk) -> Command:
    """The same command, which refuses those who may not use it."""

    async def run(request: Request) -> Reply:
        if await _may(request.asker, command, desk):
            return await command.run(request)
        return Problem(
            f"Only admins may use {command.name} here.",
            hint="Ask an admin of this workspace, or one named under access.admins in the configuration.",
            mistake=False,
        )

    parameters = tuple(_guarded_completion(parameter, command, desk) for parameter in command.parameters)
    return replace(command, run=run, parameters=parameters)


def _guarded_completion(parameter: Parameter, command: Command, desk: Desk) -> Parameter:
    """What is offered to somebody who may not use the command tells them what they may not see."""
    completion = parameter.completion
    return parameter if completion is None else replace(parameter, completion=_for_those_who(completion, command, desk))


def _for_those_who(completion: Completion, command: Command, desk: Desk) -> Completion:
    async def complete(request: Request, typed: str) -> Sequence[Choice]:
        return await completion(request, typed) if await _may(request.asker, command, desk) else ()

    return complete


async def _may(asker: Asker, command: Command, desk: Desk) -> bool:
    open_to_all = command.access == "anyone" or (command.access == "subscribers" and not desk.only_admins_subscribe)
    return open_to_all or await is_admin(asker, desk)


async def is_admin(asker: Asker, desk: Desk) -> bool:
    """The operator, those whom ``access.admins`` names, and the platform's own; never ask inside a unit of work."""
    if asker.user == OPERATOR:
        return True
    if str(Destination(asker.workspace, asker.user)) in desk.admins:
        return True
    return await asker.is_platform_admin()
