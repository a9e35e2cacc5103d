"""A query as one regular expression over folded text, as people write them: the nearest that can be said."""

import re
from collections.abc import Callable

from bot.matching.query import All, Any, Exact, Feed, In, Lang, Near, Node, Not, Phrase, Prefix, Site, Suffix, Term
from bot.model.letters import is_unspaced

_BETWEEN = r"[\W_]+"

Predicate = Callable[[str], re.Match[str] | None]


def predicate(root: Node) -> Predicate:
    """A single literal is searched for, anything else is looked ahead for from the beginning."""
    if (literal := _literal(root)) is not None:
        return re.compile(literal).search
    return re.compile(_ahead(root), re.DOTALL).match


def _ahead(node: Node) -> str:
    match node:
        case All(parts):
            return "".join(map(_ahead, parts))
        case Any(parts):
            return f"(?:{'|'.join(map(_ahead, parts))})"
        case Not(part):
            return f"(?!{_ahead(part)})"
        case In(part=part) if _literal(part) is None:
            return _ahead(part)
        case _:
            literal = _literal(node)
            return "" if literal is None else f"(?=.*{literal})"


def _literal(node: Node) -> str | None:
    """None for what is no single literal, and for what no text says: a site, a language, a feed."""
    match node:
        case Term(word):
            return _word(word)
        case Phrase(words, open_end):
            whole = _BETWEEN.join(map(re.escape, words))
            return rf"\b{whole}" if open_end else _whole(whole, words[0], words[-1])
        case Prefix(stem):
            return rf"\b{re.escape(stem)}"
        case Suffix(stem):
            return rf"{re.escape(stem)}\b"
        case Exact(text):
            return _word(text.casefold())
        case Near(left, right, distance):
            sides = [_literal(left), _literal(right)]
            gap = rf"{_BETWEEN}(?:\w+{_BETWEEN}){{0,{distance - 1}}}"
            return f"(?:{sides[0]}{gap}{sides[1]}|{sides[1]}{gap}{sides[0]})"
        case In(part=part):
            return _literal(part)
        case Any(parts):
            literals = [_literal(part) for part in parts]
            return None if None in literals else f"(?:{'|'.join(map(str, literals))})"
        case All() | Not() | Site() | Lang() | Feed():
            return None


def _word(word: str) -> str:
    return _whole(re.escape(word), word[0], word[-1])


def _whole(pattern: str, first: str, last: str) -> str:
    """With the edges of a word at its ends, but where characters stand side by side anyway."""
    return rf"{_edge(first[0])}{pattern}{_edge(last[-1])}"


def _edge(character: str) -> str:
    return r"\b" if character.isalnum() and not is_unspaced(character) else ""
