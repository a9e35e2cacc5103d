"""What an adapter is to the application: a messenger, and an ear for commands."""

from collections.abc import Sequence
from typing import Protocol

from bot.commands.command import Command
from bot.commands.once import Once, every_time
from bot.ports import Connection, Examined, Heard, Messenger, Pace, Routes


class Platform(Protocol):
    """An adapter. The commands need its messenger and it needs the commands: ``serve`` comes before ``listen``."""

    @property
    def messenger(self) -> Messenger: ...

    @property
    def pace(self) -> Pace | None:
        """None: it takes whatever comes."""
        ...

    @property
    def unserved(self) -> str:
        """Why nothing is posted to a workspace that ``connect`` does not answer for."""
        ...

    def serve(self, catalogue: Sequence[Command], routes: Routes, once: Once = every_time) -> None:
        """What people can ask for, where to hear what comes in over HTTP, and what keeps it from being done twice."""
        ...

    async def connect(self) -> Sequence[Connection]:
        """Sign in to every workspace, and answer for each; those that are signed in already stay so.

        A refused token is a Connection with a problem, no exception.
        """
        ...

    async def listen(self, heard: Heard) -> None:
        """Take commands until cancelled; reconnect by itself. A platform without commands waits."""
        ...

    async def examine(self) -> Sequence[Examined]:
        """What doctor should say of it: tokens, scopes, reachability."""
        ...

    async def close(self) -> None: ...
