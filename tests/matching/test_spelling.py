"""That no word is taken for another by its letters, and that none which a query may ask for is held back."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching.features import Features
from bot.matching.query import Prefix, Suffix, Term
from bot.matching.sieve import Sieve
from bot.matching.spelling import LETTERS, Spelling, spelt

letters = st.text(st.sampled_from("abcde9"), min_size=1, max_size=LETTERS + 2)
any_letters = st.text(st.sampled_from("ab9гдאש"), min_size=1, max_size=9)
stems = st.text(st.sampled_from("ab9гдאש"), min_size=3, max_size=9)


def spelling(words: list[str]) -> Spelling:
    [(_, one)] = spelt(words)
    return one


@settings(deadline=None, max_examples=300)
@given(st.lists(letters, min_size=1, max_size=8))
def test_words_are_spelt_alike_only_if_they_are_one(words: list[str]) -> None:
    one = spelling(words)

    told = [at for at in range(len(words)) if at not in one.untold().tolist()]
    assert told == [at for at, word in enumerate(words) if len(word) <= LETTERS]
    by_letters = dict(zip(zip(one.first[told].tolist(), one.second[told].tolist(), strict=True), told, strict=True))
    assert len(by_letters) == len({words[at] for at in told})


def test_words_that_may_be_written_in_several_ways_are_not_told() -> None:
    assert spelling(["grün", "город", "서울", "über", "город"]).untold().tolist() == [0, 2, 3]


@settings(deadline=None, max_examples=300)
@given(
    st.lists(stems.map(Prefix) | stems.map(Suffix) | any_letters.map(Term), max_size=8),
    st.lists(any_letters, min_size=1, max_size=8),
)
def test_a_word_that_is_like_what_somebody_asks_for_passes(
    asked: list[Prefix | Suffix | Term], words: list[str]
) -> None:
    features = Features()
    for literal in asked:
        features.of(literal)

    passed = Sieve(features).passed(spelling(words))

    known = {word for word in features.words if word.isascii()}
    assert {word for word in words if features.of_word(word)} <= known | {
        words[at] for at in passed.nonzero()[0].tolist()
    }


def test_most_other_words_are_held_back() -> None:
    features = Features()
    features.of(Prefix("restrict"))
    features.of(Suffix("auction"))

    passed = Sieve(features).passed(
        spelling(["restrict", "restricted", "rest", "auctions", "reauction", "the", "action"])
    )

    assert passed.tolist() == [True, True, False, False, True, False, False]
