import pytest

from bot.stories.fingerprint import headline_key, headline_keys


@pytest.mark.parametrize(
    "other",
    [
        "5G AUCTION OPENS IN MAINZ",
        "5G-auction opens in Mainz!",
        "“5G auction” opens in Máinz",
        "5G  auction opens\u00a0in Mainz",
    ],
)
def test_headlines_that_differ_in_case_accents_and_punctuation_are_one(other: str) -> None:
    assert headline_key(other) == headline_key("5G auction opens in Mainz")


def test_another_word_is_another_headline() -> None:
    assert headline_key("5G auction opens in Mainz") != headline_key("5G auction closes in Mainz")
    assert headline_key("5G auction opens in Mainz") != headline_key("opens in Mainz 5G auction")


@pytest.mark.parametrize("title", ["", "…", "Live ticker", "Weather in Mainz", "天气预报员", "ข่าววันนี้"])
def test_a_headline_of_less_than_four_words_tells_no_story(title: str) -> None:
    assert headline_key(title) is None


@pytest.mark.parametrize("title", ["Weather in Mainz today", "孟晚舟今天回国", "ประเทศไทยประมูลคลื่น"])
def test_a_headline_of_four_words_tells_one_in_any_script(title: str) -> None:
    assert headline_key(title) is not None


def test_a_key_is_short_however_long_the_headline() -> None:
    assert len(headline_key("word " * 5_000) or "") == 64


def test_an_outlet_that_an_aggregator_puts_behind_a_headline_leaves_it_recognisable() -> None:
    assert headline_key("5G auction opens in Mainz") in headline_keys("5G auction opens in Mainz - The Post")
    assert headline_key("5G auction opens in Mainz") not in headline_keys("5G auction ends in Mainz - The Post")
