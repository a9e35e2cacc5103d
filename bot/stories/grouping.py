"""One event told by many articles: a pure decider. Today a story is a headline within a window of time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.model.identity import Grouping, InStory, Known, NewArticle, NewStory, Placement, StandingStory, StoryRef
from bot.model.ids import ArticleId
from bot.model.reading import Item

Told = Sequence[tuple[Item, Placement]]
"""The items of a document, and where each belongs."""


def group(
    told: Told, known: Known, standing: Mapping[str, StandingStory], now: datetime, window: timedelta
) -> Grouping:
    """The stories that new articles join or begin, and those that known articles move to.

    The window counts from a story's beginning and does not slide: a headline that returns every few hours for days
    ("Weather in Mainz today") would otherwise be told once and never again. An article without a key begins its own.

    An article may have come to its story by a headline that says nothing ("Read the full article here", in a blog of
    links). Where its own feed tells it under another headline, it moves to a story of its own, or it would be taken
    for one with the others and never be told.
    """
    stories = _Stories(standing, now, window)
    new: dict[int, InStory] = {}
    moved: dict[ArticleId, InStory] = {}
    for item, placement in told:
        if isinstance(placement.article, NewArticle):
            if placement.article.index not in new:
                new[placement.article.index] = stories.of(item.headline)
        elif placement.article not in moved and _is_astray(item, placement, known):
            moved[placement.article] = stories.of(item.headline)
    return Grouping(tuple(new[index] for index in sorted(new)), moved)


def _is_astray(item: Item, placement: Placement, known: Known) -> bool:
    article = known.articles.get(placement.article) if not isinstance(placement.article, NewArticle) else None
    if placement.by == "guid" or article is None or not article.shares_its_story:
        return False
    return article.headline != item.headline and article.headline not in item.headlines


class _Stories:
    """The standing stories, and those that this document begins."""

    def __init__(self, standing: Mapping[str, StandingStory], now: datetime, window: timedelta) -> None:
        self._standing = {headline: story.id for headline, story in standing.items() if now - story.begun_at < window}
        self._over = {headline: story.id for headline, story in standing.items() if headline not in self._standing}
        self._begun: dict[str, NewStory] = {}
        self._count = 0

    def of(self, headline: str | None) -> InStory:
        return InStory(self._story(headline), headline)

    def _story(self, headline: str | None) -> StoryRef:
        if headline in self._standing:
            return self._standing[headline]
        if headline in self._begun:
            return self._begun[headline]
        story = NewStory(self._count, headline, self._over.get(headline) if headline else None)
        self._count += 1
        if headline:
            self._begun[headline] = story
        return story
