"""What a workspace calls things: the admin's aliases, and its feeds' names and tags."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from bot.matching.fields import FIELDS
from bot.matching.literals import literal_of
from bot.matching.query import Feed, Literal, Phrase, Term, normal_form
from bot.matching.text import query_words
from bot.matching.typed import as_meant, shown
from bot.model.ids import FeedId
from bot.model.text import normalise


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """Compared by identity, so that what was read with one stays apart from what was read with another."""

    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The normal form of a term or phrase -> what widens it, as typed."""
    feeds: Mapping[str, frozenset[FeedId]] | None = None
    """A folded name or tag -> the feeds that are called so. None: nobody knows, and every name is taken as it is."""
    complete: bool = True
    """Whether a feed of any other name is a mistake; else it is one that is not there at the moment."""

    def widened(self, literal: Literal) -> tuple[Literal, ...]:
        """A term or phrase and, behind it, what its alias adds. One step: what is added is not widened again."""
        if not self.aliases or not isinstance(literal, Term | Phrase):
            return (literal,)
        alternatives = self.aliases.get(normal_form(literal), ())
        return tuple(dict.fromkeys((literal, *map(word_or_phrase, alternatives))))

    def knows(self, feed: Feed) -> bool:
        return self.feeds is None or not self.complete or feed.name in self.feeds

    def resolved(self, feed: Feed) -> Feed:
        return Feed(feed.name, (self.feeds or {}).get(feed.name, frozenset()))

    def like(self, feed: Feed) -> list[str]:
        """The known names that look most like it, the nearest first."""
        likely = [name for name in self.feeds or () if abs(len(name) - len(feed.name)) <= MOST_DIFFERING]
        return get_close_matches(feed.name, likely[:MOST_COMPARED], n=3)


MOST_DIFFERING = 20
"""Letters by which a name that is longer or shorter is still alike."""
MOST_COMPARED = 500
"""Names: comparing two takes time in proportion to both."""
NO_NAMES = Names()


def called(feeds: Iterable[tuple[FeedId, Iterable[str]]]) -> Mapping[str, frozenset[FeedId]]:
    """Feeds by name, as ``Names`` holds them, given what each is called: its name and its tags."""
    found: dict[str, set[FeedId]] = {}
    for feed, names in feeds:
        for name in names:
            found.setdefault(normalise(name), set()).add(feed)
    return {name: frozenset(ids) for name, ids in found.items()}


_QUOTED = re.compile(r'\s*"([^"]*)"\s*')
_MORE_THAN_WORDS = re.compile(
    rf"""[()"*`]|(?:^|\s)(?:-|(?i:{"|".join(FIELDS)}):|(?:AND|OR|NOT|NEAR(?:/\S*)?)(?=\s|$))"""
)


def read_aliases(table: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    """A configuration's aliases, as ``Names`` holds them. Raises ValueError for what is no word and no phrase."""
    aliases: dict[str, tuple[str, ...]] = {}
    for key, alternatives in table.items():
        name = normal_form(word_or_phrase(key))
        for alternative in alternatives:
            word_or_phrase(alternative)
        aliases[name] = tuple(dict.fromkeys((*aliases.get(name, ()), *alternatives)))
    return aliases


def word_or_phrase(typed: str) -> Term | Phrase:
    """Several words are a phrase, with quotes or without. Raises ValueError."""
    meant = as_meant(typed)
    quoted = _QUOTED.fullmatch(meant)
    words = tuple(query_words(quoted[1] if quoted else meant))
    is_more = "*" in meant if quoted else _MORE_THAN_WORDS.search(meant)
    if not words or is_more:
        raise ValueError(
            f"“{shown(typed)}” is neither a word nor a phrase: an alias, and what it stands for, "
            "is words without stars, parentheses, fields and operators."
        )
    return literal_of(words)
