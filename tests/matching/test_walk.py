"""The steps in C: the same answers as in numpy, and no harm from numbers that make no sense."""

from collections.abc import Callable, Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.oracle import IMPLEMENTATIONS
from bot.matching import compiled, words
from bot.matching.features import Features
from bot.matching.query import Prefix, Suffix, Term
from bot.matching.scan import Scan
from bot.matching.spelling import AROUND, in_letters, letters_of_codes
from bot.matching.text import ArticleText
from bot.matching.words import Words
from bot.matching.written import Written
from bot.model.article import Article
from bot.model.folding import are_of_run, fold, letters_of_characters, said
from bot.model.ids import SubscriptionId
from tests.matching import strategies
from tests.model.test_folding import LONG_RUN, among_runs, texts

some_words = st.text(st.sampled_from("ab9 éüг서港"), min_size=1, max_size=40)
stems = st.text(st.sampled_from("ab9ü"), min_size=3, max_size=9)


def in_numpy(work: Callable[[], object]) -> object:
    walk, compiled.walk = compiled.walk, None
    try:
        return work()
    finally:
        compiled.walk = walk


@settings(deadline=None, max_examples=300)
@given(st.lists(stems.map(Prefix) | stems.map(Suffix) | stems.map(Term), max_size=8), some_words, some_words)
def test_words_have_the_same_features_as_in_numpy_however_often_they_were_read(
    asked: list[Prefix | Suffix | Term], title: str, body: str
) -> None:
    features = Features()
    numbers = [number for one in asked if (number := features.of(one))]
    scan = Scan(features, np.array(numbers, np.int64))
    text = ArticleText(Article(title, body=body))

    def told() -> list[tuple[int, int]]:
        found, places = scan._in_words(Written.of(text, with_margins=True))
        return sorted(zip(found.tolist(), places.tolist(), strict=True))

    assert told() == told() == in_numpy(told)


@settings(deadline=None, max_examples=1_500)
@given(texts | among_runs)
@example(f"{LONG_RUN}\u200b{LONG_RUN}")
@example("é Ａ２\U0001f600\ud800é")
@example("한글abé 华为abc为1")
def test_a_text_is_folded_and_written_as_in_numpy(text: str) -> None:
    folded = compiled.walk.fold(text, letters_of_characters(), are_of_run(), said)
    whole = f"{AROUND}{folded[0]}{AROUND}é"
    codes, letters = in_letters(whole)
    written = compiled.walk.written(whole, letters_of_codes())

    if not text.isascii():
        assert folded == fold(text)
    assert written[:2] == (codes.tobytes(), letters.tobytes())
    assert written[2:] == (compiled.walk.edges(letters), int(codes.max()))


@settings(deadline=None, max_examples=150)
@given(strategies.cases)
def test_an_article_meets_the_same_as_in_numpy(case: strategies.Case) -> None:
    queries = {SubscriptionId(number): query for number, query in enumerate([case.query, *[case.query] * 2], 1)}
    matcher = IMPLEMENTATIONS["Matcher"](queries, Random(7))

    def met() -> tuple[list[int], list[float]]:
        popularity = matcher._index._popularity  # type: ignore[attr-defined]
        before = popularity.seen.copy()
        found = sorted(match.subscription for match in matcher.match(case.article))
        return found, (popularity.seen - before).tolist()

    assert met() == in_numpy(met) == met()


def test_words_of_the_last_moments_that_take_each_others_places_stay_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(words, "MOST_LATELY", 2)
    features = Features()
    features.of(Prefix("net"))
    known = Words(features, np.array([0, 1], np.uint8))
    text = ArticleText(Article(" ".join(f"net{number} bet{number}" for number in range(50))))
    written = Written.of(text, with_margins=False)

    told = known.numbers(written).tolist()

    assert known.numbers(written).tolist() == told
    assert [bool(number) for number in told[1:101]] == [True, False] * 50


LETTERS = np.frombuffer(b" " * 16 + b"word" + b" " * 16, np.uint8)
EDGES = np.array([15, 19])
NOTHING = np.zeros(16, np.uint64), np.zeros(16, np.uint64), np.zeros(16, np.int32)


@pytest.mark.parametrize("edges", [[0, 19], [-5, 19], [15, 40], [15, 10**12]])
def test_words_beyond_their_text_are_refused(edges: Sequence[int]) -> None:
    crowded, others = np.zeros(16, np.bool_), np.zeros(16, np.bool_)
    asked = LETTERS, True, np.array(edges), *NOTHING, crowded, others, (), *NOTHING

    with pytest.raises(ValueError, match="too near"):
        compiled.walk.told(*asked, np.zeros(1, np.int64))


@pytest.mark.parametrize(
    ("step", "asked"),
    [
        ("fold", ["é", EDGES, EDGES, str]),
        ("fold", [b"e", letters_of_characters(), are_of_run(), str]),
        ("fold", ["e\u0301", letters_of_characters(), are_of_run(), len]),
        ("written", [b"e", LETTERS]),
        ("written", ["é", EDGES]),
        ("runs_with", ["é", EDGES]),
        ("edges", [np.zeros(4, np.int64)]),
        ("edges", ["letters"]),
        ("told", [LETTERS]),
        ("told", [LETTERS, True, EDGES.astype(np.int32), *NOTHING, *[np.zeros(16, np.bool_)] * 2, (), *NOTHING, EDGES]),
        ("told", [LETTERS, True, EDGES, *NOTHING, *[np.zeros(16, np.bool_)] * 2, (1,), *NOTHING, EDGES]),
        ("keep", [LETTERS, EDGES, EDGES]),
        ("joined", [EDGES] * 9),
        ("in_runs", [EDGES] * 6),
        ("complete", [EDGES] * 9),
        ("members", [EDGES] * 5),
    ],
)
def test_what_is_no_array_of_such_numbers_is_refused(step: str, asked: Sequence[object]) -> None:
    with pytest.raises(TypeError):
        getattr(compiled.walk, step)(*asked)


def test_a_piece_that_cannot_be_told_fails_as_it_does() -> None:
    def fails(piece: str) -> str:
        raise RuntimeError(piece)

    with pytest.raises(RuntimeError, match="e\u0301f"):
        compiled.walk.fold("a e\u0301f", letters_of_characters(), are_of_run(), fails)


@pytest.mark.parametrize("asked", [("written", "é", LETTERS[:0]), ("fold", "é", letters_of_characters(), b"", str)])
def test_tables_that_are_too_short_are_refused(asked: tuple[str, object]) -> None:
    with pytest.raises(ValueError, match="known"):
        getattr(compiled.walk, asked[0])(*asked[1:])


def test_what_it_shall_write_to_must_be_writable() -> None:
    places = np.zeros(4, np.int32)
    places.flags.writeable = False

    with pytest.raises(ValueError, match="written"):
        compiled.walk.members(np.zeros(1, np.int64), *[np.zeros(4, np.int32), places, np.zeros(4, np.int32)], b"1")
