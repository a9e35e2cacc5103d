"""What the workload of the benchmarks promises, shown with texts of the tests' own."""

import string
from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random

import pytest

from benchmarks import articles, subscriptions, vocabulary
from benchmarks.articles import Sample, samples
from benchmarks.patterns import predicate
from benchmarks.report import Asked
from benchmarks.subscriptions import FORMS, Asker, mix, tail
from benchmarks.tsqueries import tsquery
from benchmarks.vocabulary import invented, occurring
from benchmarks.wiki import plain_paragraphs
from benchmarks.workload import some_of_every_length, text_of
from bot.matching.language import parse
from bot.matching.matcher import matches
from bot.model.article import Article
from bot.model.text import word_count, words

ARTICLES = 40


@pytest.fixture(autouse=True)
def texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the packages hold them, smaller and without sense."""
    random = Random(1)
    words = ["".join(random.choices(string.ascii_lowercase, k=random.randint(3, 9))) for _ in range(3_000)]
    characters = [chr(0x4E00 + at) for at in range(0, 2_000, 7)]
    chinese = ["".join(random.choices(characters, k=2)) for _ in range(500)]

    def sentence(length: int) -> str:
        return " ".join(random.choices(words, k=length)).capitalize() + "."

    def encyclopedia() -> Iterator[list[str]]:
        return ([" ".join(sentence(12) for _ in range(8)) for _ in range(60)] for _ in range(30))

    def peoples_daily() -> Iterator[list[tuple[str, str]]]:
        return ([(word, "n") for word in random.choices(chinese, k=60)] for _ in range(600))

    monkeypatch.setattr(articles, "news", lambda: [" ".join(sentence(12) for _ in range(20)) for _ in range(30)])
    monkeypatch.setattr(articles, "encyclopedia", encyclopedia)
    monkeypatch.setattr(articles, "peoples_daily", peoples_daily)
    monkeypatch.setattr(vocabulary, "INVENTED", 2_000)
    monkeypatch.setattr(vocabulary, "FUNCTION_WORDS", 0.5)


@pytest.fixture
def drawn(texts: None) -> Sequence[Sample]:
    return samples(7, ARTICLES)[0]


def test_articles_are_as_long_as_promised_and_15_percent_are_chinese(drawn: Sequence[Sample]) -> None:
    lengths = [word_count(words(text_of(sample.article))) for sample in drawn]

    assert len(lengths) == ARTICLES
    assert min(lengths) >= 200
    assert max(lengths) <= 6_000
    assert sum(bool(sample.chinese_words) for sample in drawn) == ARTICLES * 15 // 100


def test_subscriptions_are_the_same_for_the_same_seed_only(drawn: Sequence[Sample]) -> None:
    first, again, other = (list(islice(mix(drawn, seed), 500)) for seed in (7, 7, 8))

    assert first == again
    assert first != other


def test_fewer_subscriptions_are_the_first_ones_of_more(drawn: Sequence[Sample]) -> None:
    assert list(islice(mix(drawn, 7), 100)) == list(islice(mix(drawn, 7), 9_000))[:100]


def test_at_least_60_percent_of_the_subscriptions_are_distinct(drawn: Sequence[Sample]) -> None:
    forms = {parse(typed).normal_form for typed in islice(mix(drawn, 7), 5_000)}

    assert len(forms) >= 0.6 * 5_000


@pytest.mark.parametrize("form", FORMS)
def test_every_form_parses_whether_its_words_occur_or_not(form: str, drawn: Sequence[Sample]) -> None:
    random = Random(7)
    real = occurring(drawn, random)

    for drawn_from in (real, invented(drawn, real, random)):
        typed = getattr(Asker(drawn_from, real, random), form)
        assert all(parse(typed()).normal_form for _ in range(50))


def test_behind_the_beginning_of_the_tail_stands_what_no_article_meets(
    drawn: Sequence[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "UNMATCHED_FROM", 100)
    typed = list(islice(tail(drawn, 7), 400))

    assert typed[:100] == list(islice(mix(drawn, 7), 100))
    assert [one for one in typed[100:] if any(matches(parse(one), sample.article) for sample in drawn)] == []


def test_the_lengths_of_some_articles_are_spread_as_those_of_all_are() -> None:
    some, others = some_of_every_length([Article("x" * length) for length in range(100)], 4)

    assert [len(article.title) for article in some] == [12, 37, 62, 87]
    assert len(others) == 96


def test_a_page_of_the_encyclopedia_is_read_without_its_markup() -> None:
    lines = [
        "{{Infobox|name=Bot|kind={{small|program}}}}",
        "A '''bot''' is a [[Software agent|program]]{{cn|date={{now}}}} that answers<ref name=x />, for months on end, "
        "whatever people ask of it by day and night.",
        "== See also ==",
        '{| class="wikitable"',
        "| a cell that is long enough to be taken for a paragraph of text, if it were one at all",
        "|}",
        "[[File:a.png|thumb|A [[bot]], as people saw it in those days, in a picture that nobody remembers]]",
    ]

    assert plain_paragraphs("\n".join(lines)) == [
        "A bot is a program that answers, for months on end, whatever people ask of it by day and night."
    ]


PEERS = [
    ("huawei", "huawei"),
    ("huawei -ban", "(huawei & !ban)"),
    ("huawei OR zte", "(huawei | zte)"),
    ('"5g auction*"', "(5g <-> auction:*)"),
    ("restrict*", "restrict:*"),
    ("meng NEAR/2 arrest", "(meng <1> arrest | meng <2> arrest | arrest <1> meng | arrest <2> meng)"),
    ("title:huawei site:example.org", "(huawei)"),
    ("*auktion", "auktion"),
]


@pytest.mark.parametrize(("typed", "expected"), PEERS)
def test_postgresql_is_asked_the_nearest_that_it_can_say(typed: str, expected: str) -> None:
    assert tsquery(parse(typed).root) == expected


@pytest.mark.parametrize(
    ("typed", "held", "missed"),
    [
        ("huawei", "of huawei.", "of huaweis"),
        ("huawei ban", "a ban on huawei", "huawei"),
        ("huawei -ban", "huawei", "a ban on huawei"),
        ("huawei OR zte", "zte", "nokia"),
        ('"5g auction"', "a 5g-auction", "5g and an auction"),
        ("*auktion", "die frequenzauktion", "auktionen"),
        ("meng NEAR/2 arrest", "arrest of meng", "arrest of a meng"),
        ("华为 site:example.org", "在华为说", "在中兴说"),
    ],
)
def test_a_regular_expression_says_what_the_query_says(typed: str, held: str, missed: str) -> None:
    holds = predicate(parse(typed).root)

    assert holds(held)
    assert not holds(missed)


def test_a_figure_is_judged_by_what_is_asked_of_it() -> None:
    less, more = Asked("", "", 6, 4), Asked("", "", 25, 60, more_is_better=True)

    assert [less.verdict(value) for value in (7, 6, 4)] == ["NO", "yes", "aim"]
    assert [more.verdict(value) for value in (24, 25, 60)] == ["NO", "yes", "aim"]
