"""Where a passage's words stand in what was written, which is told in a shorter way where the text is plain."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from bot.matching.evaluation import occurrences
from bot.matching.query import Phrase, Prefix, Suffix, Term, Worded
from bot.matching.text import Passage
from bot.model.text import canonical

NOT_ASCII = "ж"

words = st.text("ab", min_size=1, max_size=3)
literals: st.SearchStrategy[Worded] = st.one_of(
    words.map(Term),
    words.map(Prefix),
    words.map(Suffix),
    st.builds(Phrase, st.lists(words, min_size=2, max_size=3).map(tuple), st.booleans()),
)
written = st.text(st.sampled_from("aZ9é ü.-_\n'ß华臺か한\u0301\u00ad™ж"), max_size=30) | st.text(max_size=30)


@given(written)
@example("Ünder  the -- É\n\nsign ")
@example("华为abc为1, 臺灣Ａか 한글é한")
def test_each_word_and_letter_leads_back_to_the_characters_that_it_was_written_with(text: str) -> None:
    passage = Passage(text)
    places = [found.span() for found in re.finditer("[^ ]+", passage.folded)]
    places += [found.span() for found in re.finditer("[^ ]", passage.folded)]

    assert passage.origin(places) == [canonical(text).origin(start, end) for start, end in places]


@given(literals, st.lists(words, max_size=8), st.integers(1, 4))
@example(Phrase(("a", "b", "a")), ["a", "b", "a", "b", "a"], 1)
def test_a_literal_stands_in_plain_text_where_it_stands_in_any_other(
    literal: Worded, said: list[str], most_overlapping: int
) -> None:
    plain = f" {' '.join(said)} " if said else " "
    among_others = f"{plain}{NOT_ASCII} "

    found = list(occurrences(literal, plain, most_overlapping=most_overlapping))

    assert found == list(occurrences(literal, among_others, most_overlapping=most_overlapping))
