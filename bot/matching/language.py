"""The query language of today: what people type, parsed into a tree.

Words, phrases in quotes, AND (or nothing), OR, NOT (or a hyphen), parentheses, ``prefix*`` and ``title:``. NOT binds
closer than AND, AND closer than OR. docs/query-language.md tells it to people.
"""

import re
from functools import lru_cache

from bot.matching.grammar import Reader
from bot.matching.mistakes import LONGEST_QUERY, Edit, Misread, QueryError
from bot.matching.query import Phrase, Query, Term, normal_form
from bot.matching.tokens import Found, tokens
from bot.matching.typed import STRAY

__all__ = ["MOST_LITERALS", "QueryError", "parse"]

MOST_LITERALS = 32
MOST_REPAIRS = 8


@lru_cache(maxsize=4096)
def parse(text: str) -> Query:
    """Read a query. Linear in the text, however it nests. Raises QueryError, saying where and what to do instead."""
    try:
        return _read(text)
    except Misread as misread:
        raise QueryError(text, misread.message, misread.position, _nearest(text, misread)) from None


def _nearest(text: str, misread: Misread) -> str:
    """The query with this mistake mended, and those that then come to light; empty where that leads nowhere."""
    for _ in range(MOST_REPAIRS):
        if misread.edit is None:
            return ""
        text = misread.edit.apply(text)
        try:
            _read(text)
        except Misread as another:
            misread = another
        else:
            return re.sub(r"(?<=\() | (?=\))", "", " ".join(text.split()))
    return ""


def _read(text: str) -> Query:
    if len(text) > LONGEST_QUERY:
        raise Misread(f"A query has at most {LONGEST_QUERY} characters: make two subscriptions of it.", LONGEST_QUERY)
    if stray := STRAY.search(text):
        message = "There stands a stray byte or half a character, which is no text: leave it out."
        raise Misread(message, stray.start(), Edit(stray.start(), stray.end()))
    reader = Reader()
    labels: list[str] = []
    for token in tokens(text):
        reader.take(token)
        if isinstance(token, Found):
            labels.append(token.label)
            if len(labels) > MOST_LITERALS:
                message = f"A query has at most {MOST_LITERALS} words and phrases: make two subscriptions of it."
                raise Misread(message, token.start)
    root = reader.finish(len(text))
    written = normal_form(root)
    if len(written) > LONGEST_QUERY:
        raise Misread(f"Read word by word this has more than {LONGEST_QUERY} characters: make two subscriptions.", 0)
    return Query(root, written, labels[0] if isinstance(root, Term | Phrase) else written)
