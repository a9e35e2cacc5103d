"""Which documents may be taken in together: none of them can tell whether another one was taken in before it."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from bot.model.identity import Known, StandingStory
from bot.model.reading import Item

T = TypeVar("T")


def strangers(some: Sequence[T], touched: Callable[[T], Collection[Hashable]]) -> tuple[list[T], list[T]]:
    """Those that touch nothing which one of them touches, and the others; both in their order.

    The first is always among them.
    """
    apart: list[T] = []
    others: list[T] = []
    taken: set[Hashable] = set()
    for one in some:
        its = touched(one)
        if taken.isdisjoint(its):
            taken.update(its)
            apart.append(one)
        else:
            others.append(one)
    return apart, others


def keys_in(items: Sequence[Item]) -> frozenset[Hashable]:
    """What a document's items may be placed by, or lead to from now on, beyond their own feed."""
    return frozenset(_keys_in(items))


def _keys_in(items: Sequence[Item]) -> Iterator[Hashable]:
    for item in items:
        yield from (("link", link) for link in item.keys.links)
        if item.keys.content is not None:
            yield "content", item.keys.content
        if item.headline is not None:
            yield "headline", item.headline


def stories_in(known: Known, held: Iterable[StandingStory]) -> frozenset[Hashable]:
    """Those which a document's items may leave or join, and the articles that they tell; ``held``: by its headlines.

    Whether an article leaves a story hangs on whether others tell it, too; and who tells the article tells the story in
    which it is by then.
    """
    return frozenset(_stories_in(known, held))


def _stories_in(known: Known, held: Iterable[StandingStory]) -> Iterator[Hashable]:
    for id_, article in known.articles.items():
        yield "article", id_
        yield "story", article.story
    yield from (("article", sighting.article) for sighting in known.sightings.values())
    yield from (("story", story.id) for story in held)
