"""One event told by many articles: a pure decider. Today a story is a headline within a window of time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.model.identity import NewStory, StandingStory, StoryRef


def group(
    headlines: Sequence[str | None], standing: Mapping[str, StandingStory], now: datetime, window: timedelta
) -> tuple[StoryRef, ...]:
    """For each new article, by its headline key, the story it joins or begins.

    The window counts from a story's beginning and does not slide: a headline that returns every few hours for days
    ("Weather in Mainz today") would otherwise be told once and never again. An article without a key begins its own.
    """
    stories: list[StoryRef] = []
    begun: dict[str, NewStory] = {}
    count = 0
    for headline in headlines:
        held = standing.get(headline) if headline else None
        if held and now - held.begun_at < window:
            stories.append(held.id)
        elif headline and headline in begun:
            stories.append(begun[headline])
        else:
            story = NewStory(count, headline)
            count += 1
            stories.append(story)
            if headline:
                begun[headline] = story
    return tuple(stories)
