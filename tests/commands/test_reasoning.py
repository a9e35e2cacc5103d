"""Why a query was met or not, in plain words."""

from typing import Any

import pytest

from bot.commands.reasoning import reason, unfolded
from bot.matching.explanation import explained
from bot.matching.language import parse
from bot.matching.names import Names, called
from bot.matching.text import ArticleText
from bot.model.article import Article
from bot.model.ids import FeedId
from tests.builders import an_article

NAMES = Names(feeds=called([(FeedId(1), ("The Wire",)), (FeedId(2), ("The Post",))]))
ARTICLE: dict[str, Any] = {
    "title": "Meng Wanzhou returns",
    "summary": "",
    "body": "The court has let her go. Meng said that Huawei, and huawei alone, had asked for it.",
    "link": "https://news.example.co.uk/meng",
    "author": "Ida Example",
    "tags": ("telecom", "people"),
    "language": "en-gb",
    "feed": FeedId(1),
}


def said(query: str, article: Article | None = None) -> dict[str, str]:
    """By part."""
    text = ArticleText(article or an_article(**ARTICLE))
    return {part.judged.normal_form: reason(part, text) for part in unfolded(explained(parse(query, NAMES).root, text))}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("wanzhou", "held: “Wanzhou” in the title"),
        ("ban", "not held: nowhere in title, summary and text"),
        ("title:court", "not held: not in the title"),
        ("author:ida", "held: “Ida” in the author's name"),
        ("tag:telecom", "held: “telecom” in the tags"),
        ("-ban", "held: nowhere in title, summary and text"),
        ("-title:court", "held: not in the title"),
        ("-title:meng", "not held: “Meng” in the title"),
        ("site:example.co.uk", "held: the link leads to news.example.co.uk"),
        ("site:example.org", "not held: the link leads to news.example.co.uk"),
        ("lang:en", "held: the article is in the language en"),
        ("-lang:en", "not held: the article is in the language en"),
        ('feed:"the wire"', "held: the feed is called so"),
        ('feed:"the post"', "not held: the feed is not called so"),
        (
            "huawei",
            "held: “Huawei”, “huawei” in the text (“…Meng said that Huawei, and huawei alone, had asked for it.”)",
        ),
    ],
)
def test_a_part_says_whether_it_held_and_where(query: str, words: str) -> None:
    assert said(f"meng {query}")[query] == words


def test_a_query_of_one_part_is_told_by_that_part() -> None:
    assert said("wanzhou") == {"wanzhou": "held: “Wanzhou” in the title"}


def test_alternatives_are_told_one_by_one() -> None:
    assert said("wanzhou OR ban") == {
        "wanzhou": "held: “Wanzhou” in the title",
        "ban": "not held: nowhere in title, summary and text",
    }


def test_what_is_grouped_is_told_behind_its_group() -> None:
    assert list(said("meng (ban OR (title:(court OR judge) returns))").items()) == [
        (
            "meng",
            "held: “Meng” in the title; "
            "“Meng” in the text (“…let her go. Meng said that Huawei, and huawei alone, had…”)",
        ),
        ("ban OR (title:(court OR judge) returns)", "not held: none of them"),
        ("ban", "not held: nowhere in title, summary and text"),
        ("title:(court OR judge) returns", "not held: not all of it"),
        ("title:(court OR judge)", "not held: not in the title"),
        ("court", "not held: not in the title"),
        ("judge", "not held: not in the title"),
        ("returns", "held: “returns” in the title"),
    ]


def test_a_group_that_is_left_out_names_what_stands_there() -> None:
    assert said("meng -(ban OR wanzhou)")["-(ban OR wanzhou)"] == "not held: “Wanzhou” in the title"


def test_of_many_spellings_three_are_named() -> None:
    article = an_article("Meng MENG meng mENG", summary="")

    assert said("meng", article) == {"meng": "held: “Meng”, “MENG”, “meng”, … in the title"}


def test_an_article_without_link_and_words_tells_nothing() -> None:
    article = Article("…")

    assert said("meng site:example.org lang:en", article) == {
        "meng": "not held: nowhere in title, summary and text",
        "site:example.org": "not held: the link leads to no host",
        "lang:en": "not held: the language of the article cannot be told",
    }
