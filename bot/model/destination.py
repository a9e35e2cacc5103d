"""Where alerts go: a workspace is a tenant, a destination a channel, a thread or a person's direct messages in it."""

from dataclasses import dataclass

CONSOLE = "console"
"""The embedded default: the one platform that has a single workspace with a single channel."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A tenant as its platform calls it: a Slack workspace (``T…``), a Discord guild, or the console (no id)."""

    platform: str
    external_id: str = ""

    def __str__(self) -> str:
        return f"{self.platform}:{self.external_id}" if self.external_id else self.platform


@dataclass(frozen=True, slots=True)
class Destination:
    """Platform, workspace and channel. Written ``slack:T0123/C0456``, ``discord:1234/5678`` or ``console``.

    What the channel's id looks like is the platform's own affair: a thread or a person's direct messages is one too.
    """

    workspace: Workspace
    channel: str = ""

    def __str__(self) -> str:
        return f"{self.workspace}/{self.channel}" if self.channel else str(self.workspace)


def parse_workspace(text: str) -> Workspace:
    """Read ``slack:T0123`` or ``console``; any platform's name will do. Raises ValueError saying what is accepted."""
    platform, _, external_id = text.strip().partition(":")
    if (platform == CONSOLE) == bool(external_id):
        raise ValueError(f"{text!r} names no workspace, write slack:T0123 or console")
    return Workspace(platform, external_id)


def parse_destination(text: str) -> Destination:
    """Read ``slack:T0123/C0456`` or ``console``. Raises ValueError saying what is accepted."""
    head, _, channel = text.strip().partition("/")
    workspace = parse_workspace(head)
    if (workspace.platform == CONSOLE) == bool(channel):
        raise ValueError(f"{text!r} names no channel, write slack:T0123/C0456 or console")
    return Destination(workspace, channel)
