"""The part of an article that an alert shows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.alerts.snippet import LIMIT, snippet
from bot.model.article import Article
from bot.model.delivery import Snippet
from bot.model.span import merged

LONG = " ".join(f"word{number}" for number in range(200))

WORDS = st.sampled_from(["Huawei", "5G", "auction", "华为发布新技术", "x" * 90, "—", "ไก่ำ", "cafe\u0301"])


def marked(shown: Snippet) -> list[str]:
    return [shown.text[start:end] for start, end in shown.marks]


def at(text: str, *wanted: str) -> list[tuple[int, int]]:
    return [(text.index(word), text.index(word) + len(word)) for word in wanted]


def test_a_short_summary_is_shown_whole_with_its_matches_marked() -> None:
    summary = "The 5G auction opens in Mainz."

    shown = snippet(Article("T", summary=summary), {"summary": at(summary, "5G auction")})

    assert shown.text == summary
    assert marked(shown) == ["5G auction"]


def test_a_long_summary_is_cut_between_words_around_the_first_match() -> None:
    shown = snippet(Article("T", summary=LONG), {"summary": at(LONG, "word100", "word101")}, 60)

    assert shown.text == "…word98 word99 word100 word101 word102 word103 word104…"
    assert marked(shown) == ["word100", "word101"]


def test_a_match_in_the_body_alone_shows_the_body() -> None:
    shown = snippet(Article("T", summary="Short.", body=LONG), {"body": at(LONG, "word0 ")}, 40)

    assert shown.text.startswith("word0 word1")
    assert shown.text.endswith("…")


def test_the_summary_is_preferred_to_the_body() -> None:
    article = Article("T", summary="About Huawei.", body="Huawei opens.")

    assert snippet(article, {"body": [(0, 6)], "summary": [(6, 12)]}).text == "About Huawei."


@pytest.mark.parametrize("spans", [{}, {"title": [(0, 1)]}])
def test_without_a_match_in_the_text_its_beginning_is_shown(spans: dict[str, list[tuple[int, int]]]) -> None:
    shown = snippet(Article("T", summary=LONG, body="Body."), spans, 30)

    assert shown == Snippet("word0 word1 word2 word3…")
    assert snippet(Article("T", body="Body."), spans) == Snippet("Body.")
    assert snippet(Article("T"), spans) == Snippet("")


def test_a_match_at_the_end_brings_as_much_before_it_as_fits() -> None:
    shown = snippet(Article("T", summary=LONG), {"summary": at(LONG, "word199")}, 40)

    assert shown.text == "…word196 word197 word198 word199"


def test_a_script_without_spaces_is_cut_between_its_characters() -> None:
    text = "一" * 500 + "孟晚舟" + "二" * 500

    shown = snippet(Article("T", body=text), {"body": at(text, "孟晚舟")})

    assert len(shown.text) == LIMIT
    assert marked(shown) == ["孟晚舟"]


@pytest.mark.parametrize("limit", [20, 21, 22, 23])
def test_no_cut_parts_a_letter_from_its_mark(limit: int) -> None:
    text = "ก่" * 50 + "ไทย" + "ก่" * 50

    shown = snippet(Article("T", body=text), {"body": at(text, "ไทย")}, limit)

    assert shown.text.startswith("…ก")
    assert shown.text.endswith("ก่…")


def test_a_match_that_would_be_cut_is_not_marked() -> None:
    text = "alpha " + "beta " * 6 + "gamma delta"

    shown = snippet(Article("T", body=text), {"body": at(text, "alpha", "gamma delta")}, 43)

    assert shown.text == "alpha beta beta beta beta beta beta gamma…"
    assert marked(shown) == ["alpha"]


def test_a_match_longer_than_the_snippet_is_marked_as_far_as_it_goes() -> None:
    text = f"Zero {LONG}"

    shown = snippet(Article("T", body=text), {"body": [(5, len(text))]}, 30)

    assert shown.text == "…word0 word1 word2 word3…"
    assert marked(shown) == ["word0 word1 word2 word3"]


def test_overlapping_matches_become_one_mark() -> None:
    shown = snippet(Article("T", summary="a b c"), {"summary": [(2, 5), (0, 3)]})

    assert shown.marks == ((0, 5),)


@st.composite
def matched_texts(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    """A text of words and scripts, and where something matched: from the start of a word or run to the end of one."""
    words = draw(st.lists(WORDS, min_size=1))
    text = " ".join(words)
    ends = [len(" ".join(words[: number + 1])) for number in range(len(words))]
    starts = [end - len(word) for end, word in zip(ends, words, strict=True)]
    pairs = st.tuples(st.sampled_from(starts), st.sampled_from(ends))
    return text, draw(st.lists(pairs.filter(lambda pair: pair[0] < pair[1]), max_size=5))


@settings(deadline=None)
@given(matched_texts(), st.integers(3, 80))
def test_marks_stand_within_the_text_in_order_on_what_matched(
    matched: tuple[str, list[tuple[int, int]]], limit: int
) -> None:
    text, spans = matched

    shown = snippet(Article("T", body=text), {"body": spans}, limit)

    assert len(shown.text) <= limit
    assert shown.text.removeprefix("…").removesuffix("…") in text
    assert bool(shown.marks) == bool(spans)
    flat = [place for mark in shown.marks for place in mark]
    assert flat == sorted(flat)
    assert all(0 <= start < end <= len(shown.text) for start, end in shown.marks)
    joined = [text[start:end] for start, end in merged(spans)]
    if shown.marks:
        assert marked(shown)[0] == joined[0] or (len(joined[0]) > limit - 2 and joined[0].startswith(marked(shown)[0]))
        assert marked(shown)[1:] == joined[1 : len(shown.marks)]
