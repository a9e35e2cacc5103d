"""Which documents may be taken in together."""

from dataclasses import replace

import pytest

from bot.feeds.strangers import keys_in, stories_in, strangers
from bot.model.article import Article
from bot.model.identity import Known, KnownArticle, KnownSighting, StandingStory
from bot.model.ids import ArticleId, StoryId
from tests.builders import NOON, an_article, an_item

LONG = " ".join(f"word{number}" for number in range(50))


def test_each_touches_nothing_that_one_before_it_touches() -> None:
    apart, others = strangers(["ab", "bc", "cd", "de", "a", ""], frozenset)

    assert apart == ["ab", "cd", ""]
    assert others == ["bc", "de", "a"]


def test_the_first_is_always_among_them() -> None:
    assert strangers(["a", "a", "a"], frozenset) == (["a"], ["a", "a"])
    assert strangers([], frozenset) == ([], [])


def meet(one: Article, other: Article) -> bool:
    return not keys_in([an_item(one)]).isdisjoint(keys_in([an_item(other)]))


FERRY = an_article("Ferry", guid="another", link="https://post.example.net/ferry")


@pytest.mark.parametrize(
    "one",
    [
        an_article(link=FERRY.link),
        an_article(link=f"{FERRY.link}#live"),
        an_article(FERRY.title, body=LONG),
    ],
)
def test_documents_meet_in_a_link_or_a_text(one: Article) -> None:
    assert meet(one, replace(FERRY, body=LONG, summary=one.summary))
    assert not meet(an_article(), FERRY)


def test_documents_meet_in_a_headline_that_says_enough() -> None:
    assert meet(an_article("Ferry to Mainz sinks"), replace(FERRY, title="FERRY to Mainz sinks!"))
    assert not meet(an_article("Live"), replace(FERRY, title="Live"))


@pytest.mark.parametrize("is_shared", [True, False])
def test_documents_meet_in_the_stories_of_what_they_know_and_of_their_headlines(*, is_shared: bool) -> None:
    def knowing(article: int) -> Known:
        return Known(articles={ArticleId(article): KnownArticle(frozenset(), StoryId(7), shares_its_story=is_shared)})

    assert not stories_in(knowing(1), []).isdisjoint(stories_in(knowing(2), []))
    assert not stories_in(knowing(1), []).isdisjoint(stories_in(Known(), [StandingStory(StoryId(7), NOON)]))
    assert stories_in(knowing(1), []).isdisjoint(stories_in(Known(), [StandingStory(StoryId(1), NOON)]))


def test_documents_meet_in_an_article_that_one_knows_by_its_guid() -> None:
    by_link = Known(articles={ArticleId(1): KnownArticle(frozenset(), StoryId(7))})
    by_guid, another = (Known({"guid": KnownSighting(ArticleId(article), "")}) for article in (1, 7))

    assert not stories_in(by_link, []).isdisjoint(stories_in(by_guid, []))
    assert stories_in(by_link, []).isdisjoint(stories_in(another, []))
