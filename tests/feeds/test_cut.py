"""The items of a document, told in C: the same as by regular expressions, whatever stands in it."""

from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.feeds import delta
from bot.feeds.delta import Span, spans_of

if delta.cut is None:
    pytest.skip("it was not compiled", allow_module_level=True)

PARTS = (
    *("<item>", "</item>", "<item/>", '<item a="b>c">', "<item a='<'>", '<item a="', "<item ", "<items>", "<Item>"),
    *("<entry\n>", "</entry >", "<a:entry>", "</a:entry>", "<é:item>", "<:item>", "<item:item>", "<item:item/>"),
    *("<!--", "-->", "<!-->", "<!--->", "<![CDATA[", "]]>", "]>", "<?", "?>", "<?>", "<!DOCTYPE x>", "<!", "<![CDATA"),
    *(
        "<",
        ">",
        "/",
        "'",
        '"',
        "a",
        " ",
        "\x00",
        "é",
        "&lt;",
        "</",
        "-",
        "]",
        "?",
        "<title>",
        "</title>",
        "item",
        "entry",
    ),
)
documents = st.lists(st.sampled_from(PARTS), max_size=30).map("".join) | st.text("<>/!-[]?'\"item: ", max_size=40)


def in_python(document: bytes) -> tuple[Span, ...]:
    cut, delta.cut = delta.cut, None
    try:
        return spans_of(document)
    finally:
        delta.cut = cut


@settings(deadline=None, max_examples=5_000)
@given(documents)
@example("<item>a</item> <!-- <item> --> <item/><item><item/></item>")
@example("<entry><![CDATA[</entry>]]></entry>")
@example("<item></item></item>")
def test_items_are_where_regular_expressions_find_them(document: str) -> None:
    written = document.encode()

    assert spans_of(written) == in_python(written)


@settings(deadline=None, max_examples=300)
@given(documents, st.integers(min_value=0))
def test_of_a_document_that_is_cut_off_anywhere_nothing_else_is_read(document: str, seed: int) -> None:
    whole = f"<rss><item>1</item>{document}<item>2</item></rss>".encode()
    end = Random(seed).randrange(len(whole) + 1)
    behind = memoryview(whole)[:end]

    assert delta.cut.spans(behind) == delta.cut.spans(bytes(behind))
    assert spans_of(whole[:end]) == in_python(whole[:end])


def test_names_and_ends_are_told() -> None:
    document = b'<rss><a:item x=">">1</a:item ><entry/></rss>'

    first, second = spans_of(document)

    assert document[first.start : first.end] == b'<a:item x=">">1</a:item >'
    assert document[first.start : first.end_of_tag] == b'<a:item x=">">'
    assert (first.name, second.name) == (b"a:item", b"entry")
    assert document[second.start : second.end] == b"<entry/>"


def test_what_is_no_document_is_refused() -> None:
    with pytest.raises(TypeError):
        delta.cut.spans("<item/>")
