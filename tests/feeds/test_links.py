"""Two addresses that lead to one article become one text; two that lead to two articles never do."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.feeds.links import CanonicalLink, canonical_link

STORY = "https://example.org/news/1?id=7"


def folded(link: str) -> str | None:
    canonical = canonical_link(link)
    return canonical.folded if canonical else None


@pytest.mark.parametrize(
    "same",
    [
        "http://example.org/news/1?id=7",
        "HTTPS://EXAMPLE.ORG/news/1?id=7",
        "https://www.example.org/news/1?id=7",
        "https://m.example.org/news/1?id=7",
        "https://www.m.example.org/news/1?id=7",
        "https://amp.example.org/news/1?id=7",
        "https://example.org:443/news/1?id=7",
        "https://example.org./news/1?id=7",
        "https://example.org/news/1/?id=7",
        "https://example.org/news/1/amp?id=7",
        "https://example.org/news/1/amp/?id=7",
        "https://example.org/news/1.amp?id=7",
        "https://example.org/news/1/amp.html?id=7",
        "https://example.org/news/%31?id=7",
        "https://example.org/news/1?id=7&utm_source=rss&utm_medium=feed",
        "https://example.org/news/1?fbclid=abc&id=7",
        "https://example.org/news/1?id=7&amp=1",
        "https://example.org/news/1?id=7&at_medium=RSS&at_campaign=x",
        "  https://example.org/news/1?id=7\n",
    ],
)
def test_spellings_of_one_address_are_one(same: str) -> None:
    assert folded(same) == folded(STORY) == "example.org/news/1?id=7"


@pytest.mark.parametrize(
    "other",
    [
        "https://example.org/news/2?id=7",
        "https://example.org/news/1?id=8",
        "https://example.org/news/1",
        "https://example.org/News/1?id=7",
        "https://blog.example.org/news/1?id=7",
        "https://example.com/news/1?id=7",
        "https://example.org:8080/news/1?id=7",
        "https://example.org/news/1?id=7&page=2",
        "https://example.org/news/1/amplifiers?id=7",
    ],
)
def test_another_address_is_another(other: str) -> None:
    assert folded(other) != folded(STORY)


def test_the_order_of_the_other_parameters_does_not_count() -> None:
    assert folded("https://example.org/?b=2&a=1&b=1") == folded("https://example.org/?a=1&b=1&b=2")


@pytest.mark.parametrize(
    "wrapped",
    [
        "https://www.google.com/url?rct=j&sa=t&url=https://example.org/news/1%3Fid%3D7&ct=ga",
        "https://www.google.com/url?q=https%3A%2F%2Fexample.org%2Fnews%2F1%3Fid%3D7",
        "http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fexample.org%2fnews%2f1%3fid%3d7&c=1",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fnews%2F1%3Fid%3D7&h=x",
        "https://out.reddit.com/t3_abc?url=https%3A%2F%2Fexample.org%2Fnews%2F1%3Fid%3D7",
        "https://www.google.com/url?url=https%3A%2F%2Fl.facebook.com%2Fl.php%3Fu%3Dhttps%253A%252F%252Fexample.org"
        "%252Fnews%252F1%253Fid%253D7",
    ],
)
def test_redirect_links_of_aggregators_are_unwrapped(wrapped: str) -> None:
    assert folded(wrapped) == folded(STORY)


def test_only_the_aggregators_own_addresses_are_unwrapped() -> None:
    assert folded("https://notgoogle.com/url?url=https://example.org/1") != "example.org/1"
    assert folded("https://www.google.com/search?url=https://example.org/1") != "example.org/1"
    assert (
        folded("https://www.google.com/url?url=javascript:alert(1)") == "google.com/url?url=javascript%3Aalert%281%29"
    )


def test_a_fragment_stands_beside_and_a_path_behind_a_hash_is_part_of_the_address() -> None:
    assert canonical_link("https://example.org/changelog#v2") == CanonicalLink("example.org/changelog", "v2")
    assert canonical_link("https://example.org/#!/news/2") == CanonicalLink("example.org#!/news/2", "")
    assert canonical_link("https://example.org/#/news/2") == CanonicalLink("example.org#/news/2", "")


@pytest.mark.parametrize(
    "link",
    ["", "   ", "example.org/news", "mailto:a@example.org", "https://", "https://[", "//example.org/x", "https:///x"],
)
def test_what_is_no_address_is_no_key(link: str) -> None:
    assert canonical_link(link) is None


@pytest.mark.parametrize(
    "link",
    [
        "https://example.org",
        "https://www.example.org/",
        "https://example.org/?utm_source=rss",
        "http://example.org/#top",
    ],
)
def test_a_front_page_leads_to_no_article(link: str) -> None:
    assert canonical_link(link) is None


def test_a_name_in_another_script_is_one_with_its_ascii_form() -> None:
    assert folded("https://zeitung-münchen.example/1") == folded("https://xn--zeitung-mnchen-osb.example/1")


def test_an_address_typed_with_and_without_percent_signs_is_one() -> None:
    assert folded("https://example.org/中文?q=é") == folded("https://example.org/%E4%B8%AD%E6%96%87?q=%C3%A9")


def test_addresses_in_an_old_encoding_stay_apart() -> None:
    """中 and 文 as GBK writes them: neither is UTF-8."""
    assert folded("https://example.org/%D6%D0") != folded("https://example.org/%CE%C4")
    assert folded("https://example.org/?q=%D6%D0") != folded("https://example.org/?q=%CE%C4")


@given(st.text() | st.text().map("https://example.org/".__add__) | st.text().map("https://".__add__))
@example("https://example.org/\ud800")
@example("https://example.org/?\ud800=1")
@example("https://exa\ud800mple.org/1")
@example("https://example.org:99999/1")
@example("https://www.google.com/url?url=https://[")
def test_no_text_breaks_it_and_reading_its_answer_again_changes_nothing(link: str) -> None:
    canonical = canonical_link(link)

    if canonical is not None:
        assert canonical.folded
        assert canonical_link(link) == canonical


@given(st.from_regex(r"https?://(www\.)?example\.org/[a-z0-9/]{1,20}(\?[a-z]=[0-9]{1,3})?", fullmatch=True))
def test_tracking_parameters_never_change_what_an_address_leads_to(link: str) -> None:
    mark = "&" if "?" in link else "?"

    assert folded(f"{link}{mark}utm_campaign=x&gclid=1") == folded(link)
