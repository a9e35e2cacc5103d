"""A command is data; a reply is one of five shapes, and every face renders them all."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from bot.model.destination import Destination, Workspace

Access = Literal["anyone", "subscribers", "admins"]
"""Who may use it: ``subscribers`` as ``access.subscribe`` says."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that a face may offer for a parameter."""

    value: str
    label: str


Completion = Callable[["Request", str], Awaitable[Sequence[Choice]]]
"""What may stand there, given what was typed so far; from local data, within a second. Offers nothing not allowed."""


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    help: str
    required: bool = True
    rest: bool = False
    """Takes the whole rest of the line on faces where people type one line."""
    option: bool = False
    """Stands as ``--name value`` behind the rest; a positional word otherwise."""
    kind: Literal["text", "number"] = "text"
    choices: tuple[str, ...] = ()
    """The only values it takes; empty: any."""
    completion: Completion | None = None

    @property
    def usage(self) -> str:
        """``QUERY``, ``[--tags TAGS]``"""
        shape = f"--{self.name} {self.name.upper()}" if self.option else self.name.upper()
        return shape if self.required else f"[{shape}]"


class AdminUnknown(Exception):
    """The platform could not be asked who is an admin; the message says so to a person."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, from the verified platform payload, never from arguments."""

    workspace: Workspace
    user: str
    """The platform's id; ``operator`` on the command line."""
    mention: str
    """How a public line names them: on Slack ``<@U123>``, which the renderer recognises by ``user``."""
    is_platform_admin: Callable[[], Awaitable[bool]]
    """Asked only where a command needs it, since it may cost a call to the platform. Raises AdminUnknown."""
    direct: Destination | None = None
    """Their direct messages; None where the platform has none."""


class Say(Protocol):
    """The phrase book of a face (bot.commands.phrasing): commands know none of their own names."""

    def __call__(self, name: str, /, **arguments: str) -> str:
        """What to say to run the command ``name`` of the catalogue, ready to be typed on the face that asked.

        ``say("unsubscribe", subscription="1")`` is ``/news unsubscribe 1`` on Slack and ``tocsin subscriptions remove
        1`` on the command line. Empty arguments are left out, and those that the face does not offer (``to``,
        ``workspace``). Raises LookupError for a command that there is not.
        """
        ...


@dataclass(frozen=True, slots=True)
class Request:
    asker: Asker
    here: Destination
    """The channel in which it was said; the default destination."""
    say: Say
    """How a reply names the next step."""
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """It is done."""

    text: str
    notes: tuple[str, ...] = ()
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows under a heading. ``empty`` is said where there are none."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    data: Any = None
    """The same for programs: what ``--json`` prints."""


@dataclass(frozen=True, slots=True)
class Details:
    """Facts about one thing, in order."""

    heading: str
    facts: tuple[tuple[str, str], ...]
    data: Any = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """Asks before it acts: ``arguments`` are what the same command wants to hear to go on."""

    question: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """A person's mistake, or something that stands in the way."""

    text: str
    hint: str = ""
    code: str = ""
    """A query with a caret under the place, or lines to choose from, set in a fixed-width block."""
    mistake: bool = True
    """True where the call or the query was wrong (exit 2 on the command line); False where it could not be done (1)."""


Reply = Done | Listing | Details | Confirm | Problem


@dataclass(frozen=True, slots=True)
class Command:
    words: tuple[str, ...]
    """What people type after ``/news``: ("subscribe",) or ("feeds", "add")."""
    cli: tuple[str, ...]
    """The same on the command line: ("subscriptions", "add")."""
    summary: str
    """One line, without a full stop."""
    doing: str
    """What is said when it takes longer: "Reading the feed …"."""
    access: Access
    run: Callable[[Request], Awaitable[Reply]]
    parameters: tuple[Parameter, ...] = ()
    operator: tuple[Parameter, ...] = ()
    """Parameters that only the command line offers (``--workspace``), or offers in another way (``--to``)."""

    @property
    def name(self) -> str:
        return " ".join(self.words)

    @property
    def usage(self) -> str:
        """``subscribe QUERY [--tags TAGS]``"""
        return " ".join([self.name, *(parameter.usage for parameter in self.parameters)])

    @property
    def for_operator(self) -> tuple[Parameter, ...]:
        """What the command line offers."""
        own = {parameter.name for parameter in self.operator}
        return (*(parameter for parameter in self.parameters if parameter.name not in own), *self.operator)
