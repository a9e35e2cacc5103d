"""Whose data a command is about. Nothing of one workspace is ever visible in another; the operator's are all."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.commands.access import OPERATOR
from bot.commands.command import Problem, Request
from bot.matching.names import Names, called
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


async def refused_place(unit: Unit, request: Request, workspace: Workspace) -> Problem | None:
    """What is said of a workspace that the operator names and nobody knows: most likely it was mistyped.

    None where it is known, where none of its platform is known yet, since nobody has signed in there so far, and for
    everybody else, who name none.
    """
    if request.asker.user != OPERATOR:
        return None
    known = {each: id_ for id_, each in await unit.workspaces.all() if each.platform == workspace.platform}
    return unknown(str(workspace), known) if known and workspace not in known else None


def unknown(named: str, known: Tenants) -> Problem:
    hint = "None is known yet: start tocsin run once."
    if known:
        hint = f"Known are: {', '.join(map(str, known))}. Another becomes known when tocsin run has signed in to it."
    return Problem(f"There is no workspace {named} here.", hint)


async def feed_names(unit: Unit, workspaces: Iterable[WorkspaceId], names: Names) -> Names:
    """The names of everybody, with what these workspaces call the feeds that they follow."""
    followed = [feed for workspace in workspaces for feed in await unit.feeds.followed(workspace)]
    return replace(names, feeds=called((feed.id, (feed.name, *feed.tags)) for feed in followed))
