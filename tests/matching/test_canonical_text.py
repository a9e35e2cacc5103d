"""What a text says to the matcher, and the way back to its characters."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.span import merged
from bot.model.text import canonical, normalise, plain, word_count, words

any_text = st.text(max_size=40)
mixed_text = st.text(
    st.sampled_from(
        "aZ9 éüßøłıæœĐÅ™ﬁ½①ＡЙйиЁё\u0306\u0308\u0301\u00ad\u200b\ufe0f가각ᄀ\u1161\u11a8かガｶ\u3099ﾞ华為ไก่ำ\u0e38कि़्שָא"
    )
)

written_text = st.lists(
    st.sampled_from(
        ["Zü", "rich", "Cafe\u0301", "ﬁ", "½", "Й", "и\u0306", "ё", "한국", "ᄀ\u1161", "か\u3099", "ｶﾞ", "华为", "ไก่ำ"]
    )
    | st.sampled_from([" ", "-", "\u00ad", "\u200b", "हिन्दी", "שָׁלוֹם", "5G", "…"])
).map("".join)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("HUAWEI", "huawei"),
        ("Zürich Łódź Đà Nẵng", "zurich lodz da nang"),
        ("Æsir Œuvre Straße ışık smørrebrød", "aesir oeuvre strasse isik smorrebrod"),
        ("ＨＵＡＷＥＩ ﬁne", "huawei fine"),
        ("Cafe\u0301 A\u20dd", "cafe a"),
        ("йод и\u0306од", "йод йод"),
        ("Ёлка", "елка"),
        ("ｶﾞス か\u3099", "ガス が"),
        ("\u1112\u116a\u110b\u1170\u110b\u1175", "화웨이"),
        ("हिन्दी", "हिन्दी"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد", "محمد"),
        ("Hua\u00adwei Hua\u200bwei Hua\u2060wei\ufeff", "huawei huawei huawei"),
        ("Huawei™ Huawei℠ Huawei®", "huawei huawei huawei"),
        ("AT&T, U.S. snake_case", "at t u s snake case"),
        ("华为Huawei发布5G技术", "华为 huawei 发布 5g 技术"),
        ("… – !", ""),
        ("\ud800x", "x"),
    ],
)
def test_case_accents_and_typography_say_nothing(written: str, said: str) -> None:
    assert normalise(written) == said


def test_an_umlaut_is_kept_until_it_is_taken_off() -> None:
    for written in ("Müller", "MU\u0308LLER"):
        assert canonical(written).text == " müller "
        assert plain(canonical(written).text) == " muller "
    assert canonical("naïve Citroën Ång ё").text == " naive citroen ang е "


def test_a_vowel_sign_and_a_voicing_make_another_word() -> None:
    assert normalise("कि") != normalise("क")
    assert normalise("ガス") != normalise("カス")
    assert normalise("йод") != normalise("иод")


def test_marks_typed_in_another_order_read_the_same() -> None:
    assert normalise("ก\u0e48\u0e38") == normalise("ก\u0e38\u0e48")


def test_words_are_runs_of_letters_marks_and_digits() -> None:
    assert words("Meng's 5G-Auktion: हिन्दी 2×3") == ["meng", "s", "5g", "auktion", "हिन्दी", "2", "3"]


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("5G auction opens", 3), ("华为发布新技术", 4), ("华为 Mate 60", 3), ("ประเทศไทย", 3), ("ケーブル", 2)],
)
def test_a_script_without_spaces_is_counted_by_its_length(text: str, count: int) -> None:
    assert word_count(words(text)) == count


def test_what_was_found_leads_back_to_the_characters_that_were_written() -> None:
    original = "Die  Cafe\u0301s –\n  in Zü\u00adrich, ½ ﷺ"
    folded = canonical(original)

    def written(said: str) -> str:
        start = folded.text.index(said)
        low, high = folded.origin(start, start + len(said))
        return original[low:high]

    assert written("cafe") == "Cafe\u0301"
    assert written("cafes in") == "Cafe\u0301s –\n  in"
    assert written("zürich") == "Zü\u00adrich"
    assert written("1 2") == "½"
    assert written("صلى") == "ﷺ"


@settings(deadline=None)
@given(any_text | mixed_text)
def test_reading_again_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@settings(deadline=None)
@given(mixed_text)
def test_equivalent_spellings_read_the_same(text: str) -> None:
    for form in ("NFC", "NFD"):
        assert normalise(unicodedata.normalize(form, text)) == normalise(text)


@settings(deadline=None)
@given(written_text)
def test_each_word_comes_from_its_own_characters_in_order(text: str) -> None:
    folded = canonical(text)
    spans = []
    at = 1
    for word in folded.text.split():
        spans.append(folded.origin(at, at + len(word)))
        at += len(word) + 1

    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    for word, (start, end) in zip(folded.text.split(), spans, strict=True):
        assert word in canonical(text[start:end]).text


def test_a_long_heap_of_marks_is_read_in_one_pass() -> None:
    heap = "\u0e38\u0e48" * 50_000

    assert len(normalise("ก" + heap)) == 100_001


def test_overlapping_spans_are_joined_and_neighbours_stay_apart() -> None:
    assert merged([(5, 9), (0, 3), (7, 12), (3, 4)]) == ((0, 3), (3, 4), (5, 12))
