"""A story is a headline within a window of time."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.model.identity import NewStory, StandingStory
from bot.model.ids import StoryId
from bot.stories.grouping import group
from tests.builders import NOON, WINDOW


def standing(**ago: float) -> dict[str, StandingStory]:
    return {"a": StandingStory(StoryId(7), NOON - timedelta(**ago))}


def test_a_headline_that_a_story_holds_joins_it_within_the_window() -> None:
    assert group(["a"], standing(hours=5, minutes=59), NOON, WINDOW) == (7,)


def test_after_the_window_it_begins_another() -> None:
    assert group(["a"], standing(hours=6), NOON, WINDOW) == (NewStory(0, "a"),)


def test_one_headline_in_one_document_begins_one_story() -> None:
    assert group(["a", "b", "a"], {}, NOON, WINDOW) == (NewStory(0, "a"), NewStory(1, "b"), NewStory(0, "a"))


def test_an_article_without_a_headline_key_begins_its_own() -> None:
    assert group([None, None], {}, NOON, WINDOW) == (NewStory(0, None), NewStory(1, None))


@given(st.lists(st.sampled_from(["a", "b", "c", None]), max_size=9))
def test_every_article_has_a_story_and_new_ones_are_numbered_without_gaps(headlines: list[str | None]) -> None:
    stories = group(headlines, standing(hours=1), NOON, WINDOW)

    assert len(stories) == len(headlines)
    new = {story.index for story in stories if isinstance(story, NewStory)}
    assert new == set(range(len(new)))
    assert all((headline == "a") == (story == 7) for headline, story in zip(headlines, stories, strict=True))
