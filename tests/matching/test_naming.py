"""That no word which a query knows is sifted out."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching.features import Features
from bot.matching.naming import LONGEST_NAMED, Naming, Sought
from bot.matching.query import Exact, Phrase, Prefix, Suffix, Term

letters = st.text(st.sampled_from("abcdeü"), min_size=1, max_size=9)
literals = (
    letters.map(Term)
    | letters.map(Prefix)
    | letters.map(Suffix)
    | letters.map(Exact)
    | letters.map(lambda last: Phrase(("a", last), open_end=True))
)


@settings(deadline=None, max_examples=300)
@given(st.lists(literals, max_size=8), st.lists(letters, min_size=1, max_size=8))
def test_a_word_that_has_features_is_never_sifted_out(
    asked: list[Term | Prefix | Suffix | Exact | Phrase], words: list[str]
) -> None:
    features = Features()
    for literal in asked:
        if isinstance(literal, Exact):
            features.typed_word(literal)
        else:
            features.of(literal)

    passed = _passed(features, words)

    assert passed >= {word for word in words if features.of_word(word)}


def test_a_word_too_long_for_a_name_is_never_sifted_out() -> None:
    word = "a" * (LONGEST_NAMED + 1)

    assert _passed(Features(), ["short", word]) == {word}


def _passed(features: Features, words: list[str]) -> set[str]:
    naming = Naming()
    written = np.frombuffer(f" {' '.join(words)} ".encode("utf-32-le"), np.uint32)
    lengths = np.array(list(map(len, words)))
    ends = (lengths + 1).cumsum()
    starts = ends - lengths
    sums = naming.sums(written)
    names = naming.names(sums, starts, ends)
    return {words[at] for at in Sought(features, naming).among(written, sums, names, starts, ends).tolist()}
