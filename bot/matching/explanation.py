"""Why an article meets a query or does not: for every part, whether it held and where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from bot.matching.evaluation import holds, places
from bot.matching.query import All, Any, Feed, In, Lang, Node, Not, Query, Site, normal_form
from bot.matching.text import TEXT_FIELDS, ArticleText, Field
from bot.model.article import Article
from bot.model.span import Span

Place = tuple[Field, Span]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One part of a query, judged."""

    node: Node
    held: bool
    places: tuple[Place, ...] = ()
    """Where a literal stands, field by field: [start, end) in characters of the field. None for what has no place."""
    parts: tuple["Explanation", ...] = ()
    """Those of an All, Any, Not or In, in the order of the query."""

    @property
    def normal_form(self) -> str:
        return normal_form(self.node)


def explain(article: Article, query: Query) -> Explanation:
    """The root of the query; its parts tell the rest."""
    return explained(query.root, ArticleText(article))


def explained(node: Node, text: ArticleText, fields: Sequence[Field] = TEXT_FIELDS) -> Explanation:
    match node:
        case All(parts) | Any(parts):
            judged = tuple(explained(part, text, fields) for part in parts)
            verdict = all if isinstance(node, All) else any
            return Explanation(node, verdict(part.held for part in judged), parts=judged)
        case Not(part):
            inner = explained(part, text, fields)
            return Explanation(node, not inner.held, parts=(inner,))
        case In(name, part):
            inner = explained(part, text, (name,))
            return Explanation(node, inner.held, parts=(inner,))
        case Site() | Lang() | Feed():
            return Explanation(node, holds(node, text))
        case _:
            found = tuple(sorted(set(places(node, text, fields)), key=_order))
            return Explanation(node, bool(found), found)


def places_that_made_it_hold(root: Node, text: ArticleText) -> Iterator[Place]:
    """Nothing under a NOT, nothing of an alternative that failed."""
    return _reasons(explained(root, text))


def _reasons(part: Explanation) -> Iterator[Place]:
    if part.held and not isinstance(part.node, Not):
        yield from part.places
        for inner in part.parts:
            yield from _reasons(inner)


_FIELDS = get_args(Field)


def _order(place: Place) -> tuple[int, Span]:
    return _FIELDS.index(place[0]), place[1]
