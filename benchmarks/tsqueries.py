"""A query as PostgreSQL's: what it cannot say is said by its words, or left out."""

from bot.matching.query import (
    All,
    Any,
    Exact,
    Feed,
    In,
    Lang,
    Near,
    Node,
    Not,
    Phrase,
    Prefix,
    Site,
    Suffix,
    Term,
)
from bot.matching.text import query_words


def tsquery(node: Node) -> str | None:
    """For ``to_tsquery('simple', …)``. None for what no text says: a site, a language, a feed."""
    match node:
        case Term(word) | Suffix(word):
            return word
        case Phrase(words, open_end):
            return f"({' <-> '.join(words)}{':*' if open_end else ''})"
        case Prefix(stem):
            return f"{stem}:*"
        case Exact(text):
            return f"({' <-> '.join(query_words(text))})"
        case Near(left, right, distance):
            sides = tsquery(left), tsquery(right)
            pairs = (f"{a} <{apart}> {b}" for a, b in (sides, sides[::-1]) for apart in range(1, distance + 1))
            return f"({' | '.join(pairs)})"
        case In(part=part):
            return tsquery(part)
        case Not(part):
            inner = tsquery(part)
            return None if inner is None else f"!{inner}"
        case All(parts) | Any(parts):
            said = [inner for part in parts if (inner := tsquery(part)) is not None]
            return f"({(' & ' if isinstance(node, All) else ' | ').join(said)})" if said else None
        case Site() | Lang() | Feed():
            return None
