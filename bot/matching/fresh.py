"""Queries that were registered a moment ago and are not filed yet: few, each looked at by itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bot.matching.evaluation import holds
from bot.matching.korean import is_hangul, without_particle
from bot.matching.query import All, In, Near, Node, Phrase, Query, Term
from bot.matching.text import TEXT_FIELDS, ArticleText, readings
from bot.model.ids import SubscriptionId
from bot.model.letters import is_unspaced


@dataclass(slots=True)
class Fresh:
    queries: dict[SubscriptionId, Query] = field(default_factory=dict)
    _by_word: dict[str, set[SubscriptionId]] = field(default_factory=dict)
    """Those that no article without this word can meet."""
    _wordless: set[SubscriptionId] = field(default_factory=set)

    def add(self, subscription: SubscriptionId, query: Query) -> None:
        self.queries[subscription] = query
        word = _needed_word(query.root)
        (self._by_word.setdefault(word, set()) if word else self._wordless).add(subscription)

    def remove(self, subscription: SubscriptionId) -> None:
        """No mistake where it is not there."""
        query = self.queries.pop(subscription, None)
        if query is None:
            return
        self._wordless.discard(subscription)
        word = _needed_word(query.root)
        if word:
            sharing = self._by_word[word]
            sharing.discard(subscription)
            if not sharing:
                del self._by_word[word]

    def met_by(self, text: ArticleText) -> list[tuple[SubscriptionId, Query]]:
        if not self.queries:
            return []
        possible = [(one, self.queries[one]) for one in self._possible(text)]
        return [(one, query) for one, query in possible if holds(query.root, text)]

    def _possible(self, text: ArticleText) -> Iterator[SubscriptionId]:
        yield from self._wordless
        if self._by_word:
            for word in self._by_word.keys() & set(_words(text)):
                yield from self._by_word[word]


def _words(text: ArticleText) -> Iterator[str]:
    """All that words are in the text, with their particles and without, umlauts written in both ways."""
    for name in TEXT_FIELDS:
        for passage in text.passages(name):
            for word in passage.words:
                for written in readings(word):
                    yield written
                    yield from without_particle(written)


def _needed_word(root: Node) -> str:
    """A word without which the query cannot hold, the longest one as the rarest; empty where there is none."""
    return max(_needed(root), key=len, default="")


def _needed(node: Node) -> Iterable[str]:
    match node:
        case Term(word):
            return (word,) if _bears_itself(word) else ()
        case Phrase(words, open_end):
            return filter(_bears_itself, words[:-1] if open_end else words)
        case Near(left, right):
            return (*_needed(left), *_needed(right))
        case In(name, part):
            return _needed(part) if name in TEXT_FIELDS else ()
        case All(parts):
            return (word for part in parts for word in _needed(part))
        case _:
            return ()


def _bears_itself(word: str) -> bool:
    return word.isascii() or (len(readings(word)) == 1 and not is_unspaced(word[0]) and not is_hangul(word[-1]))
