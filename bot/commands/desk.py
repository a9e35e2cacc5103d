"""What commands work with: handed to every one of them by the composition root."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.feeds.cadence import Bounds
from bot.matching.names import NO_NAMES, Names
from bot.model.article import Article
from bot.model.delivery import Noise
from bot.model.destination import CONSOLE, Destination, Workspace, parse_destination, parse_workspace
from bot.model.feed import Feed
from bot.model.reading import Sighting
from bot.ports import Fetcher, Messenger, Parser, Storage, Unit

TakeIn = Callable[[Unit, Feed, Sequence[Article]], Awaitable[Sequence[Sighting]]]
"""Keeps a document's articles within a unit of work, as polling does."""

THE_CONSOLE = Workspace(CONSOLE)
DEFAULT_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Desk:
    storage: Storage
    fetcher: Fetcher
    parser: Parser
    take_in: TakeIn
    messengers: Mapping[str, Messenger] = field(default_factory=dict)
    """By platform."""
    admins: frozenset[str] = frozenset()
    """``slack:T0123/U0456``, beside the platforms' own admins."""
    only_admins_subscribe: bool = False
    bounds: Bounds = DEFAULT_BOUNDS
    """Of the interval at which a feed is looked at."""
    full_text: bool = False
    """Whether feeds that are followed by command are read in full text."""
    read_destination: Callable[[str], Destination] = parse_destination
    """What the operator wrote behind ``--to``. Raises ValueError saying what is accepted."""
    read_workspace: Callable[[str], Workspace] = parse_workspace
    """What the operator wrote behind ``--workspace``. Raises ValueError saying what is accepted."""
    noise: Noise | None = None
    """When a subscription is noisy; None: never."""
    names: Names = NO_NAMES
    """The aliases of the configuration."""
    home: Workspace | None = THE_CONSOLE
    """Whose feeds the operator means where no workspace is known yet; None: he has to say it."""
