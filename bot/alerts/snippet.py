"""A few lines of an article around what matched."""

import unicodedata
from collections.abc import Mapping, Sequence

from bot.model.article import Article
from bot.model.delivery import Snippet
from bot.model.letters import is_unspaced
from bot.model.span import Span, merged

LIMIT = 300
CUT = "…"
LEAD = 4
"""One part in so many of the snippet stands before the first match."""


def snippet(article: Article, spans: Mapping[str, Sequence[Span]], limit: int = LIMIT) -> Snippet:
    """The part of the summary, else of the body, around the first match there; the beginning of them without one.

    ``spans`` are characters of the article's fields, by field name. The text has at most ``limit`` characters (3 or
    more), is cut between words and shows with "…" where. A match is marked where it stands there as a whole; only one
    that is longer than the limit is marked as far as it goes.
    """
    for name, text in (("summary", article.summary), ("body", article.body)):
        if places := merged(spans.get(name, ())):
            return _around(text, places, limit)
    return _around(article.summary or article.body, (), limit)


def _around(text: str, places: Sequence[Span], limit: int) -> Snippet:
    if len(text) <= limit:
        return Snippet(text, tuple(places))
    first = places[0] if places else (0, 0)
    start, end = _window(text, first, limit - 2 * len(CUT))
    before = CUT if start else ""
    after = CUT if end < len(text) else ""
    shift = len(before) - start
    clipped = [(low, min(high, end) if low == first[0] else high) for low, high in places]
    marks = tuple((low + shift, high + shift) for low, high in clipped if start <= low < high <= end)
    return Snippet(f"{before}{text[start:end]}{after}", marks)


def _window(text: str, first: Span, room: int) -> Span:
    """At most ``room`` characters with the first match in them, cut between words where that is possible."""
    lead = min(room // LEAD, max(room - (first[1] - first[0]), 0))
    start = max(min(first[0] - lead, len(text) - room), 0)
    start = _next_cut(text, start, first[0])
    end = min(start + room, len(text))
    end = _last_cut(text, end, first[1] if start < first[1] <= end else start + 1)
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _next_cut(text: str, at: int, last: int) -> int:
    """The first place from ``at`` to ``last`` that lies between words, else ``at``."""
    return next((place for place in range(at, last + 1) if _between_words(text, place)), at)


def _last_cut(text: str, at: int, first: int) -> int:
    """The last place from ``at`` down to ``first`` that lies between words, else ``at``."""
    return next((place for place in range(at, first - 1, -1) if _between_words(text, place)), at)


def _between_words(text: str, at: int) -> bool:
    """Beside white space, or where a script without spaces lets lines break; never before a mark of its letter."""
    if at in {0, len(text)} or text[at - 1].isspace() or text[at].isspace():
        return True
    if unicodedata.category(text[at]).startswith("M"):
        return False
    return is_unspaced(text[at - 1]) or is_unspaced(text[at])
