"""What a configuration file declares, in the application's own words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from bot.model.address import same_address
from bot.model.destination import Workspace


@dataclass(frozen=True, slots=True)
class DeclaredFeed:
    address: str
    name: str = ""
    tags: tuple[str, ...] = ()
    poll_every: timedelta | None = None
    backfill: int = 0
    workspaces: tuple[Workspace, ...] = ()
    """Who follows it; empty: all who are not named beside another credential of the same address."""
    credential: str = ""
    """The name of what opens a private feed; empty: it is public."""
    full_text: bool = False
    """Whether its articles are judged on what their pages say."""


def declared_for(workspace: Workspace, feeds: Iterable[DeclaredFeed]) -> list[DeclaredFeed]:
    """What a workspace is to follow, each address once: the feed that names it wins over the one for all."""
    feeds = list(feeds)
    wanted = {same_address(feed.address): feed for feed in feeds if not feed.workspaces}
    wanted |= {same_address(feed.address): feed for feed in feeds if workspace in feed.workspaces}
    return list(wanted.values())
