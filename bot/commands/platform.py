"""What an adapter is to the application: a messenger, and an ear for commands."""

from collections.abc import Sequence
from typing import Protocol

from bot.commands.command import Command
from bot.ports import Connection, Examined, Messenger


class Platform(Protocol):
    """An adapter. The commands need its messenger and it needs the commands: ``serve`` comes before ``listen``."""

    @property
    def messenger(self) -> Messenger: ...

    def serve(self, catalogue: Sequence[Command]) -> None:
        """What people can ask for. Nobody asks a platform without commands."""
        ...

    async def connect(self) -> Sequence[Connection]:
        """Sign in to every configured workspace, once. A refused token is a Connection with a problem, no exception."""
        ...

    async def listen(self) -> None:
        """Take commands until cancelled; reconnect by itself. A platform without commands waits."""
        ...

    async def examine(self) -> Sequence[Examined]:
        """What doctor should say of it: tokens, scopes, reachability."""
        ...

    async def close(self) -> None: ...
