"""What is made up to take long ends all the same: in time that grows exponentially none of these would end at all."""

import pytest

from bot.matching.evaluation import holds
from bot.matching.exact import Visible
from bot.matching.explanation import explain
from bot.matching.language import parse
from bot.matching.matcher import Matcher, matches
from bot.matching.text import ArticleText
from bot.model.article import Article
from bot.model.ids import SubscriptionId
from tests.matching.matcher_contract import ids

WORDS = 60


@pytest.mark.parametrize("last", ["x", "ä"])
@pytest.mark.parametrize("first", ["", "中 "])
def test_a_phrase_of_many_umlauts_that_ends_otherwise(first: str, last: str) -> None:
    query = parse(f'"{first}{"ö " * WORDS}{last}"')
    article = Article(title=f"{first}{'ö ' * WORDS}y")
    matcher = Matcher()
    matcher.register(SubscriptionId(1), query)

    assert not matches(query, article)
    assert not explain(article, query).held
    assert ids(matcher.match(article)) == []
    matcher.settle()
    assert ids(matcher.match(article)) == []
    assert matches(query, Article(title=f"{first}{'ö ' * WORDS}{last}"))


def test_a_letter_with_more_marks_than_anybody_writes() -> None:
    hostile = "a" + "\u0301\u0323" * 100_000 + " US"

    assert Visible.of(hostile).has("US")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ('"' + "a " * 200 + 'a"', "a " * 50_000),
        ('"' + "a " * 200 + 'b*"', "a " * 50_000 + "bc"),
        ("啊" * 400, "啊" * 50_000),
        ('"' + " ".join(["啊" * 90] * 3) + '"', "啊" * 50_000),
        ("title:" + "啊" * 200 + " -" + "啊" * 150, "啊" * 50_000),
        ('"' + "a " * 100 + 'a" NEAR/9 b', "a " * 20_000 + "b"),
    ],
)
def test_what_repeats_itself_is_found_as_by_the_baseline(query: str, text: str) -> None:
    article = Article(title="x", body=text)
    matcher = Matcher()
    matcher.register(SubscriptionId(1), parse(query))
    matcher.settle()

    held = holds(parse(query).root, ArticleText(article))

    assert ids(matcher.match(article)) == ([1] if held else [])


def test_an_invisible_sign_between_blanks_is_no_second_blank() -> None:
    query = parse("`a \u200b b`")

    assert query.normal_form == "`a b`"
    assert matches(query, Article(title="a b"))
