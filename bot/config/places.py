"""How places and people on a platform are written. As in ``values``, messages say only what is accepted."""

import re
from collections.abc import Callable
from typing import Annotated, TypeVar

from pydantic import BeforeValidator

from bot.config.values import text
from bot.model.destination import CONSOLE, Destination, Workspace, parse_destination, parse_workspace

T = TypeVar("T")

SLACK_WORKSPACE = re.compile(r"[TE][A-Z0-9]*")
SLACK_CHANNEL = re.compile(r"[CGDUW][A-Z0-9]*")
SLACK_USER = re.compile(r"[UW][A-Z0-9]*")
SLACK_COMMAND = re.compile(r"/[^\sA-Z/]{1,31}")
DESTINATIONS = '"slack:T0123/C0456" (the ids of workspace and channel) or "console"'
WORKSPACES = '"slack:T0123" (the id of the workspace) or "console"'
ADMINS = '"slack:T0123/U0456" (the ids of workspace and member)'


def destination(value: object) -> Destination:
    return value if isinstance(value, Destination) else known(value, parse_destination, is_destination, DESTINATIONS)


def workspace(value: object) -> Workspace:
    return value if isinstance(value, Workspace) else known(value, parse_workspace, is_workspace, WORKSPACES)


def admin(value: object) -> str:
    """As ``bot.commands`` compares it: the workspace, a slash, the member's id."""
    return str(known(value, parse_destination, is_admin, ADMINS))


def slack_mode(value: object) -> object:
    if value == "http":
        raise ValueError('"http" is not available yet: accepted is "socket"')
    return value


def slack_command(value: object) -> str:
    written = text(value)
    if not SLACK_COMMAND.fullmatch(written):
        raise ValueError('is no slash command: accepted is "/" and up to 31 small letters, such as "/news"')
    return written


def known(value: object, read: Callable[[str], T], is_known: Callable[[T], bool], accepted: str) -> T:
    try:
        found = read(text(value))
    except ValueError:
        found = None
    if found is None or not is_known(found):
        raise ValueError(f"names nothing that Tocsin knows: accepted is {accepted}")
    return found


def is_workspace(place: Workspace) -> bool:
    if place.platform == "slack":
        return bool(SLACK_WORKSPACE.fullmatch(place.external_id))
    return place.platform == CONSOLE


def is_destination(place: Destination) -> bool:
    if place.workspace.platform == "slack":
        return is_workspace(place.workspace) and bool(SLACK_CHANNEL.fullmatch(place.channel))
    return place.workspace.platform == CONSOLE


def is_admin(person: Destination) -> bool:
    return person.workspace.platform == "slack" and is_workspace(person.workspace) and is_user(person.channel)


def is_user(name: str) -> bool:
    return bool(SLACK_USER.fullmatch(name))


To = Annotated[Destination, BeforeValidator(destination)]
InWorkspace = Annotated[Workspace, BeforeValidator(workspace)]
Admin = Annotated[str, BeforeValidator(admin)]
SlackCommand = Annotated[str, BeforeValidator(slack_command)]
