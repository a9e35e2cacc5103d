import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.sanitise import UNSEEN, plain, text_of


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("no markup at all", "no markup at all"),
        ("<p>one</p><p>two</p>three", "one two three"),
        ("one<br>two<br/>three<hr>four", "one two three four"),
        ("<ul><li>one</li><li>two</li></ul>", "one two"),
        ("<table><tr><td>one</td><td>two</td></tr></table>", "one two"),
        ("<h1>one</h1>two", "one two"),
        ("Hua<b>wei</b> and <i>Z</i>TE", "Huawei and ZTE"),
        ("R&amp;D &lt;b&gt; &nbsp; &#8211; &euro;", "R&D <b> – €"),
        ("a < b and b > c", "a < b and b > c"),
        ("x<script>alert('p')</script>y<style>p {}</style>z", "xyz"),
        ("x<!-- a <b>comment</b> -->y", "xy"),
        ("<style>p {}</style>x", "x"),
        ("<title>head</title><p>x", "x"),
        ("x<iframe src='https://tracker.example'>no frames</iframe>", "x"),
        ("x<svg><text>drawn</text></svg><noscript>none</noscript>", "x"),
        ('<a href="javascript:alert(1)" title="<p>">link</a>', "link"),
        ("<p>never closed <b>at all", "never closed at all"),
        ("<![CDATA[x]]>y", "y"),
        ("", ""),
        ("<frameset><frame></frameset>", ""),
        ("x<object data='film'>Watch it</object>", "xWatch it"),
    ],
)
def test_markup_becomes_the_text_that_a_reader_sees(markup: str, text: str) -> None:
    assert text_of(markup, 100) == text


@pytest.mark.parametrize(
    ("tricky", "seen"),
    [
        ("Fre\u00adquenz\u200bauktion", "Frequenzauktion"),
        ("gnp.\u202eexe", "gnp.exe"),
        ("\u2066a\u2069 \u202ab\u202c", "a b"),
        ("a\x00b\x07c\x1b[31m", "abc[31m"),
        ("a\u2028b\u2029c\x85d\x0be\u3000f", "a b c d e f"),
        ("\ufeffa\ud800b\uffff", "ab"),
        ("  a \t\r\n b  ", "a b"),
        ("👨\u200d👩\u200d👧 می\u200cخواهم", "👨\u200d👩\u200d👧 می\u200cخواهم"),
    ],
)
def test_what_cannot_be_seen_is_gone_and_white_space_is_folded(tricky: str, seen: str) -> None:
    assert plain(tricky, 100) == seen
    assert text_of(f"<p>{tricky}</p>", 100) in {seen, seen.replace("ab", "a\ufffdb")}


def test_plain_text_keeps_its_angle_brackets() -> None:
    assert plain("History of the <blink> tag &amp;", 100) == "History of the <blink> tag &amp;"


def test_text_is_capped() -> None:
    assert plain("a b c", 2) == "a"
    assert text_of("<p>abcdef</p>", 3) == "abc"


@given(st.text(alphabet=st.characters(codec=None)) | st.text(alphabet="<>/!-&;#x0 pbrscit\u202e\x00"))
def test_no_text_ever_holds_what_cannot_be_stored_or_seen(markup: str) -> None:
    for text in (text_of(markup, 50), plain(markup, 50)):
        assert len(text) <= 50
        assert not UNSEEN.search(text)
        assert text == " ".join(text.split())
        text.encode("utf-8")


@pytest.mark.parametrize("name", ["iframe", "noscript", "textarea", "select", "template", "svg", "math", "title"])
def test_what_never_ends_does_not_swallow_the_rest(name: str) -> None:
    assert "behind" in text_of(f"<p>before</p><{name} x='y'><p>behind", 100)


FLOODS = {
    "nesting": "<div>" * 50_000,
    "lists in lists": "<ul><li>" * 50_000,
    "definitions": "<dl><dt>" * 50_000,
    "links in boxes": "<a><div>" * 50_000,
    "attributes": "<p " + " ".join(f"a{number}=1" for number in range(100_000)) + ">",
    "attributes in quotes": "<p " + " ".join(f'a{number}=">"' for number in range(100_000)) + ">",
    "tags in a tag": "<p " + " ".join(f"<a{number}" for number in range(100_000)) + ">",
    "attributes of the body": "".join(f"<body a{number}=1>" for number in range(25_000)),
    "unended attributes": '<a "' * 150_000,
    "comments": "<!--x-->" * 50_000,
    "scripts": "<script>x</script>" * 50_000,
    "angle brackets": "<" * 500_000,
    "line breaks": "<br>" * 100_000,
    "formatting": "<b><i></b></i>" * 50_000,
    "ampersands": "&" * 500_000,
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS.keys())
def test_a_flood_costs_no_text_before_it(flood: str) -> None:
    assert text_of(f"<p>before</p>{flood} behind", 1_000_000).startswith("before")


def test_markup_that_is_only_long_is_read_like_any_other() -> None:
    image = f'<img src="data:image/png;base64,{"A" * 100_000}" alt="x">'
    paragraph = f"<p>{'word ' * 5_000}<b>bold</b>&amp; more</p>"

    assert text_of(f"{image}{paragraph * 30}", 1_000_000).count("bold& more") == 30
