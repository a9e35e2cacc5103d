"""A query as a tree, and the one way to write each tree down.

Trees are shallow whatever was typed: an All and an Any have two different parts or more and never hold their own kind,
a Not never holds a Not, an In holds literals and what joins them, never a Not, another In or a Site, Lang or Feed. So
their depth is bounded by the number of literals.

Words stand here as ``bot.matching.text.query_words`` folds them: a German umlaut is kept, since it says more than its
plain vowel.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import assert_never

from bot.matching.text import Field
from bot.model.ids import FeedId


@dataclass(frozen=True, slots=True)
class Term:
    """A whole word; in a script without spaces, characters anywhere inside a run."""

    word: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words with anything but letters and digits between them: two or more."""

    words: tuple[str, ...]
    open_end: bool = False
    """Whether the last word only begins so. Never where it is of a script without spaces."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """A word that begins so."""

    stem: str


@dataclass(frozen=True, slots=True)
class Suffix:
    """A word that ends so."""

    stem: str


@dataclass(frozen=True, slots=True)
class Exact:
    """Characters exactly as typed: case, accents and punctuation; white space folded, composed (NFC)."""

    text: str


Worded = Term | Phrase | Prefix | Suffix


@dataclass(frozen=True, slots=True)
class Near:
    """Both in one field, in either order, not overlapping, with fewer than ``distance`` words between them.

    In a script without spaces every character counts as a word.
    """

    left: Worded
    right: Worded
    distance: int


@dataclass(frozen=True, slots=True)
class Site:
    """The article's link is of this registrable domain."""

    domain: str
    """Lower case, ASCII (IDNA)."""


@dataclass(frozen=True, slots=True)
class Lang:
    """The article is in this language: declared by the feed, else detected."""

    code: str
    """The primary subtag, lower case: ``de``, ``zh``."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The article stood in a feed of this name or tag."""

    name: str
    """Folded, as the workspace calls it."""
    feeds: frozenset[FeedId] = frozenset()
    """What the name stood for when the query was read; empty where nobody knew."""


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


Textual = Worded | Near | Exact
"""What is looked for in a text."""
Literal = Textual | Site | Lang | Feed
"""What has no parts that are judged by themselves."""
Node = Literal | In | All | Any | Not


@dataclass(frozen=True, slots=True)
class Query:
    """What a person typed, parsed. Two queries that read the same are equal."""

    root: Node
    normal_form: str = field(compare=False)
    """How it was read; parsing it gives an equal query."""
    label: str = field(compare=False)
    """As people read it: the bare words of a single term or phrase as they were typed, else the normal form."""
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What the asker should know about how it was read, in full sentences."""

    @property
    def excludes(self) -> bool:
        """Whether something in it may be met only because a text is not there: such a query wants the fullest text."""
        return any(isinstance(node, Not) for node in nodes(self.root))

    @property
    def names_feeds(self) -> bool:
        """Whether what it means depends on what the workspace calls its feeds."""
        return any(isinstance(node, Feed) for node in nodes(self.root))


def asks_for_feeds(normal_form: str) -> bool:
    """Whether it may mean another thing in another workspace: cheap, and at times true of what names no feed."""
    return "feed:" in normal_form


def words_of(literal: Worded) -> tuple[str, ...]:
    match literal:
        case Term(word):
            return (word,)
        case Phrase(words):
            return words
        case Prefix(stem) | Suffix(stem):
            return (stem,)
        case _:
            assert_never(literal)


def nodes(root: Node) -> Iterator[Node]:
    """Every node of a tree, the root first."""
    yield root
    match root:
        case All(parts) | Any(parts):
            for part in parts:
                yield from nodes(part)
        case In(part=part) | Not(part=part):
            yield from nodes(part)
        case _:
            return


def normal_form(node: Node) -> str:  # noqa: PLR0912 - one case a node
    """The tree as a person would type it: folded, AND by standing side by side, NOT as a hyphen."""
    match node:
        case Term(word):
            return word
        case Phrase(words, open_end):
            return f'"{" ".join(words)}{"*" if open_end else ""}"'
        case Prefix(stem):
            return f"{stem}*"
        case Suffix(stem):
            return f"*{stem}"
        case Exact(text):
            return f"`{text}`"
        case Near(left, right, distance):
            return f"{normal_form(left)} NEAR/{distance} {normal_form(right)}"
        case Site(domain):
            return f"site:{domain}"
        case Lang(code):
            return f"lang:{code}"
        case Feed(name):
            return f'feed:"{name}"' if " " in name else f"feed:{name}"
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
    return f"({normal_form(part)})" if isinstance(part, All | Any | Near) else normal_form(part)
