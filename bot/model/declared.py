"""What a configuration file declares, in the application's own words."""

from dataclasses import dataclass
from datetime import timedelta

from bot.model.destination import Workspace


@dataclass(frozen=True, slots=True)
class DeclaredFeed:
    address: str
    name: str = ""
    tags: tuple[str, ...] = ()
    poll_every: timedelta | None = None
    backfill: int = 0
    workspaces: tuple[Workspace, ...] = ()
    """Who follows it; empty: all."""

    def is_for(self, workspace: Workspace) -> bool:
        return not self.workspaces or workspace in self.workspaces
