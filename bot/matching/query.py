"""A query as a tree, and the one way to write each tree down.

Trees are shallow whatever was typed: an All and an Any have two parts or more and never hold their own kind, a Not
never holds a Not, an In never a Not or another In. So their depth is bounded by the number of literals.
"""

from dataclasses import dataclass, field
from typing import assert_never

from bot.matching.text import Field


@dataclass(frozen=True, slots=True)
class Term:
    """A whole word; in a script without spaces, characters anywhere inside a run."""

    word: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Two words or more, with anything but letters and digits between them."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """A word that begins so."""

    stem: str


@dataclass(frozen=True, slots=True)
class In:
    """The part, looked for in one field only."""

    field: Field
    part: "Node"


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"


Literal = Term | Phrase | Prefix
Node = Literal | In | All | Any | Not


@dataclass(frozen=True, slots=True)
class Query:
    """What a person typed, parsed. Two queries that read the same are equal."""

    root: Node
    normal_form: str = field(compare=False)
    """How it was read; parsing it gives an equal query."""
    label: str = field(compare=False)
    """As people read it: the bare words of a single term or phrase as they were typed, else the normal form."""


def normal_form(node: Node) -> str:
    """The tree as a person would type it: folded, AND by standing side by side, NOT as a hyphen."""
    match node:
        case Term(word):
            return word
        case Phrase(words):
            return f'"{" ".join(words)}"'
        case Prefix(stem):
            return f"{stem}*"
        case In(name, part):
            return f"{name}:{_grouped(part)}"
        case Not(part):
            return f"-{_grouped(part)}"
        case All(parts):
            return " ".join(f"({normal_form(part)})" if isinstance(part, Any) else normal_form(part) for part in parts)
        case Any(parts):
            return " OR ".join(_grouped(part) if isinstance(part, All) else normal_form(part) for part in parts)
        case _:
            assert_never(node)


def _grouped(part: Node) -> str:
    return f"({normal_form(part)})" if isinstance(part, All | Any) else normal_form(part)
