"""Who may use a command. Who asks comes from the verified platform payload, never from arguments."""

from dataclasses import replace

from bot.commands.command import Asker, Command, Problem, Reply, Request
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

    return replace(command, run=run)


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
