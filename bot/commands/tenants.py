"""Whose data a command is about. Nothing of one workspace is ever visible in another; the operator's are all."""

from collections.abc import Mapping

from bot.commands.access import OPERATOR
from bot.commands.command import Problem, Request
from bot.model.destination import Workspace
from bot.model.ids import WorkspaceId
from bot.ports import Unit

Tenants = Mapping[Workspace, WorkspaceId]


async def tenants(unit: Unit, request: Request) -> Tenants | Problem:
    """The asker's workspace, where it is known; the operator's are all, or the one that ``--workspace`` names."""
    known = {workspace: id_ for id_, workspace in await unit.workspaces.all()}
    if request.asker.user != OPERATOR:
        return {workspace: id_ for workspace, id_ in known.items() if workspace == request.asker.workspace}
    named = named_workspace(request)
    if not named:
        return known
    return {workspace: id_ for workspace, id_ in known.items() if str(workspace) == named} or unknown(named, known)


def named_workspace(request: Request) -> str:
    """What the operator wrote behind ``--workspace``; empty where he wrote nothing, and for everybody else."""
    return request.arguments.get("workspace", "").strip() if request.asker.user == OPERATOR else ""


def unknown(named: str, known: Tenants) -> Problem:
    hint = f"Known are: {', '.join(map(str, known))}" if known else "None is known yet: start tocsin run once."
    return Problem(f"There is no workspace {named} here.", hint)
