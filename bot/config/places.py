"""How places and people on a platform are written. As in ``values``, messages say only what is accepted."""

import re
from collections.abc import Callable
from typing import Annotated, TypeVar

from pydantic import BeforeValidator

from bot.config.values import text
from bot.model.destination import CONSOLE, Destination, Workspace, parse_destination, parse_workspace

T = TypeVar("T")

SLACK_WORKSPACE = re.compile(r"[TE][A-Z0-9]*")
SLACK_CHANNEL = re.compile(r"[CGDUW][A-Z0-9]*|[CG][A-Z0-9]*/[0-9]{1,12}\.[0-9]{1,8}")
"""A channel, a person's direct messages, or a thread by the time of its first message."""
SLACK_USER = re.compile(r"[UW][A-Z0-9]*")
SLACK_COMMAND = re.compile(r"/[^\sA-Z/]{1,31}")
SNOWFLAKE = re.compile(r"[1-9][0-9]{0,19}")
DISCORD_CHANNEL = re.compile(r"@?[1-9][0-9]{0,19}")
"""A channel or a thread by its id, or a member's direct messages by theirs behind an @."""
DESTINATIONS = '"slack:T0123/C0456" or "discord:1234/5678" (the ids of workspace and channel), or "console"'
WORKSPACES = '"slack:T0123" or "discord:1234" (the id of the workspace), or "console"'
ADMINS = '"slack:T0123/U0456" or "discord:1234/5678" (the ids of workspace and member)'
GUILDS = 'the ids of servers, such as "123456789012345678"'


def destination(value: object) -> Destination:
    return value if isinstance(value, Destination) else known(value, parse_destination, is_destination, DESTINATIONS)


def destination_or_none(value: object) -> Destination | None:
    return None if value is None or value == "" else destination(value)


def workspace(value: object) -> Workspace:
    return value if isinstance(value, Workspace) else known(value, parse_workspace, is_workspace, WORKSPACES)


def admin(value: object) -> str:
    """As ``bot.commands`` compares it: the workspace, a slash, the member's id."""
    return str(known(value, parse_destination, is_admin, ADMINS))


def slack_command(value: object) -> str:
    written = text(value)
    if not SLACK_COMMAND.fullmatch(written):
        raise ValueError('is no slash command: accepted is "/" and up to 31 small letters, such as "/news"')
    return written


def guild(value: object) -> str:
    written = text(value)
    if not is_snowflake(written):
        raise ValueError(f"is no server of Discord's: accepted are {GUILDS}")
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
    match place.platform:
        case "slack":
            return bool(SLACK_WORKSPACE.fullmatch(place.external_id))
        case "discord":
            return is_snowflake(place.external_id)
        case platform:
            return platform == CONSOLE


def is_destination(place: Destination) -> bool:
    match place.workspace.platform:
        case "slack":
            return is_workspace(place.workspace) and bool(SLACK_CHANNEL.fullmatch(place.channel))
        case "discord":
            return is_workspace(place.workspace) and bool(DISCORD_CHANNEL.fullmatch(place.channel))
        case platform:
            return platform == CONSOLE


def is_admin(person: Destination) -> bool:
    match person.workspace.platform:
        case "slack":
            return is_workspace(person.workspace) and bool(SLACK_USER.fullmatch(person.channel))
        case "discord":
            return is_workspace(person.workspace) and is_snowflake(person.channel)
        case _:
            return False


def is_snowflake(written: str) -> bool:
    """Whether it may be an id of Discord's. https://docs.discord.com/developers/reference#snowflakes"""
    return bool(SNOWFLAKE.fullmatch(written)) and int(written) < 1 << 63


To = Annotated[Destination, BeforeValidator(destination)]
MaybeTo = Annotated[Destination | None, BeforeValidator(destination_or_none)]
"""Empty: nobody."""
InWorkspace = Annotated[Workspace, BeforeValidator(workspace)]
Admin = Annotated[str, BeforeValidator(admin)]
SlackCommand = Annotated[str, BeforeValidator(slack_command)]
Guild = Annotated[str, BeforeValidator(guild)]
