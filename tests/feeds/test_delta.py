"""Reading only what is new gives what reading the whole document gives."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.feeds.delta import read_marks, spans_of
from bot.feeds.parse import parse_document
from bot.feeds.workers import ProcessParser
from bot.model.feed import Validators
from bot.model.reading import Fetched, ParsedFeed

ADDRESS = "https://wire.example/feeds/news.xml"
NOW = datetime(2026, 9, 22, 12, 0, tzinfo=UTC)
HEADER = "<title>Mainz Wire</title><language>en</language>"


def item(number: int, more: str = "") -> str:
    link = f"https://wire.example/{number}"
    return f"<item><title>News {number}</title><link>{link}</link><guid>{link}</guid>{more}</item>"


def rss(*items: str, header: str = HEADER, root: str = 'version="2.0"', behind: str = "") -> str:
    return f"<rss {root}><channel>{header}{''.join(items)}{behind}</channel></rss>"


def entry(number: int, more: str = "") -> str:
    link = f'<link href="/{number}"/>'
    return f"<entry><title>News {number}</title><id>urn:{number}</id>{link}{more}</entry>"


def atom(*entries: str, header: str = "<title>Bote</title>", root: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {root}>{header}{"".join(entries)}</feed>'


def read(document: str | bytes, marks: bytes = b"", address: str = ADDRESS, content_type: str = "") -> ParsedFeed:
    body = document.encode() if isinstance(document, str) else document
    outcome = parse_document(body, content_type, address, NOW, marks)
    assert isinstance(outcome, ParsedFeed), outcome
    return outcome


def titles(parsed: ParsedFeed) -> list[str]:
    return [article.title for article in parsed.articles]


def test_only_what_did_not_stand_in_the_last_document_is_read() -> None:
    first = read(rss(item(1), item(2), item(3)))

    second = read(rss(item(4), item(1), item(3), item(5)), first.marks)

    assert (titles(second), second.known) == (["News 4", "News 5"], 2)
    assert second.title == "Mainz Wire"


def test_an_item_that_changed_is_read_again() -> None:
    first = read(rss(item(1), item(2)))

    second = read(rss(item(1), item(2, "<description>Corrected.</description>")), first.marks)

    assert (titles(second), second.known) == (["News 2"], 1)


def test_a_document_that_changed_outside_of_its_items_brings_nothing() -> None:
    def document(built: str) -> str:
        return rss(
            item(1), header=f"{HEADER}<lastBuildDate>{built}</lastBuildDate><ttl>7</ttl><generator>x</generator>"
        )

    first = read(document("Mon, 21 Sep 2026 08:00:00 GMT"))

    second = read(document("Mon, 21 Sep 2026 09:00:00 GMT"), first.marks)

    assert (second.articles, second.known, second.marks) == ((), 1, first.marks)
    assert second.hints == first.hints


def test_what_is_known_stays_known_from_document_to_document() -> None:
    marks = b""
    for newest in range(3, 8):
        parsed = read(rss(*(item(number) for number in range(newest, newest - 3, -1))), marks)
        marks = parsed.marks

    assert (titles(parsed), parsed.known) == (["News 7"], 2)


@pytest.mark.parametrize(
    "marks", [b"", b"nonsense", b"\x01", b"\x01" + b"x" * 7, b"\x01" + b"x" * 9, b"\x02" + b"x" * 24]
)
def test_marks_that_cannot_be_read_are_not_there(marks: bytes) -> None:
    assert read_marks(marks) is None
    assert titles(read(rss(item(1), item(2)), marks)) == ["News 1", "News 2"]


def test_a_document_of_which_nothing_is_known_is_read_as_a_whole() -> None:
    first = read(rss(item(1)))

    second = read(rss(item(2), item(3)), first.marks)

    assert (titles(second), second.known) == (["News 2", "News 3"], 0)


@pytest.mark.parametrize(
    "newcomer",
    [
        "<item><title>Other</title><link>https://wire.example/9</link><guid>https://wire.example/1</guid></item>",
        "<item><title>Other</title><link>https://wire.example/1</link><guid>other</guid></item>",
        "<item><title>Other</title><link>http://www.wire.example/1/?utm_source=x#top</link><guid>other</guid></item>",
    ],
    ids=["guid", "link", "canonical link"],
)
def test_an_item_that_shares_guid_or_link_with_a_known_one_has_the_whole_read(newcomer: str) -> None:
    first = read(rss(item(1), item(2)))

    second = read(rss(newcomer, item(1), item(2)), first.marks)

    assert (titles(second), second.known) == (["Other", "News 1", "News 2"], 0)


def test_items_without_a_link_share_none() -> None:
    def untied(number: int) -> str:
        return f"<item><title>News {number}</title><link>https://wire.example/</link><guid>n{number}</guid></item>"

    first = read(rss(untied(1)))

    assert read(rss(untied(2), untied(1)), first.marks).known == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (rss(item(1)), rss(item(2), item(1), header="<title>Mainz Wire</title><language>de</language>")),
        (rss(item(1)), rss(item(2), item(1), root='version="2.0" xml:base="https://elsewhere.example/"')),
        (rss(item(1)), rss(item(2), item(1), root='version="2.0" xml:lang="fr"')),
        (rss(item(1)), rss(item(2), item(1), root='version="0.91"')),
        (rss(item(1)), rss(item(2), item(1), root='version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"')),
        (rss(item(1)), rss(item(2), item(1), header=f"{HEADER}<image><title>x</title></image>")),
        (atom(entry(1)), atom(entry(2), entry(1), root='xml:lang="de"')),
        (atom(entry(1)), atom(entry(2), entry(1), root='xml:base="https://elsewhere.example/"')),
        (atom(entry(1)), atom(entry(2), entry(1), header="<title>Bote</title><author><name>Ada</name></author>")),
        (atom(entry(1)), f"<x:y xmlns:x='urn:x'>{atom(entry(2), entry(1))}</x:y>"),
    ],
)
def test_what_bears_on_items_from_outside_has_the_whole_read_when_it_changes(before: str, after: str) -> None:
    first = read(before)

    second = read(after, first.marks)

    assert first.marks
    assert (titles(second), second.known) == (["News 2", "News 1"], 0)


def test_a_new_item_that_reaches_into_a_known_one_has_the_whole_read() -> None:
    reaching = item(2, '<description><div xml:lang="fr">x</div></description>')
    first = read(rss(item(1), item(3)))

    assert read(rss(item(1), reaching, item(3)), first.marks).known == 0
    assert read(rss(item(1), item(3), reaching), first.marks).known == 2


def test_a_document_found_elsewhere_is_read_as_a_whole() -> None:
    first = read(atom(entry(1)))

    second = read(atom(entry(2), entry(1)), first.marks, address="https://elsewhere.example/feed")

    assert second.articles[1].link == "https://elsewhere.example/1"


@pytest.mark.parametrize(
    "document",
    [
        rss(item(1), item(2, "&nbsp;")),
        "<!DOCTYPE rss>" + rss(item(1)),
        '<!DOCTYPE rss [<!ENTITY who "Huawei">]>' + rss(item(1, "<description>&who;</description>")),
        rss(item(1, item(2))),
        rss(item(1)).replace("item>", "Item>"),
        rss(item(1), '<x:item xmlns:x="urn:x"/>'),
        rss(),
        rss(item(1), "<item>"),
        rss(item(1, '<description><div xml:lang="fr">x</div></description>'), item(2)),
        '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 1, "title": "x"}]}',
    ],
    ids=[
        "malformed",
        "document type",
        "entities",
        "nested items",
        "other case",
        "items of another kind",
        "no items",
        "unclosed item",
        "an item that changes the parser's state",
        "json",
    ],
)
def test_a_document_whose_items_cannot_be_told_has_no_marks(document: str) -> None:
    assert read(document).marks == b""


def test_more_items_than_are_read_have_no_marks() -> None:
    first = read(rss(*map(item, range(1_000))))
    second = read(rss(*map(item, range(1_001))), first.marks)

    assert first.marks
    assert (second.marks, second.known, len(second.articles)) == (b"", 0, 1_000)


@pytest.mark.parametrize(
    "trap",
    [
        "<!-- <item><title>No</title></item> -->",
        "<!-- </item> -->",
        "<!-- x -->\n<!-- y -->",
        "<description><![CDATA[<item><title>No</title></item>]]></description>",
        "<description><![CDATA[</item><item>]]></description>",
        "<description>&lt;/item&gt;</description>",
        "<?php echo '</item>' ?>",
        '<category domain="a > b">x</category>',
        "<items/><itemised>x</itemised>",
    ],
)
def test_what_only_looks_like_an_item_is_none(trap: str) -> None:
    between = trap if trap.startswith("<!--") else ""
    first = read(rss(item(1, trap), between, item(2), header=HEADER + trap))

    second = read(rss(item(3, trap), item(1, trap), between, item(2), header=HEADER + trap), first.marks)

    assert (titles(first), titles(second), second.known) == (["News 1", "News 2"], ["News 3"], 2)


def test_items_with_prefixes_attributes_and_nothing_in_them_are_told() -> None:
    root = 'xmlns:a="http://www.w3.org/2005/Atom"'

    def document(*entries: str) -> str:
        return f"<a:feed {root}><a:title>Bote</a:title>{''.join(entries)}</a:feed>"

    one, two = (f"<a:entry ><a:title>News {number}</a:title></a:entry\n>" for number in (1, 2))
    empty = "<a:entry x='>' />"
    first = read(document(empty, one))

    second = read(document(two, empty, one), first.marks)

    assert (titles(second), second.known) == (["News 2"], 2)
    assert second.marks == read(document(two, empty, one)).marks


def test_what_stands_behind_the_items_is_read() -> None:
    behind = "<title>Behind</title><ttl>30</ttl>"
    first = read(rss(item(1), item(2), behind=behind))

    second = read(rss(item(3), item(1), item(2), behind=behind), first.marks)

    assert (second.title, second.hints, second.known) == ("Behind", first.hints, 2)


def test_what_stands_between_items_has_the_whole_read() -> None:
    def document(*items: str) -> str:
        return rss("<ttl>30</ttl>".join(items))

    first = read(rss(item(1), item(2)))

    assert read(document(item(1), item(2)), first.marks).known == 0
    assert read(document(item(1), item(2))).marks == b""


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "shift_jis", "utf-16", "koi8-r"])
def test_an_encoding_makes_no_difference(encoding: str) -> None:
    text = {"koi8-r": "Аукцион частот завершился"}.get(encoding, "周波数の入札")
    prolog = f'<?xml version="1.0" encoding="{encoding}"?>'

    def document(*numbers: int) -> bytes:
        return (prolog + rss(*(item(number, f"<description>{text}</description>") for number in numbers))).encode(
            encoding
        )

    first = read(document(1, 2))
    second = read(document(3, 1, 2), first.marks)

    assert [(article.title, article.summary) for article in second.articles] == [("News 3", text)]
    assert (second.encoding, second.complaint) == (first.encoding, first.complaint)


async def test_marks_go_the_whole_way_through_the_reading_process(parser: ProcessParser) -> None:
    def fetched(document: str) -> Fetched:
        return Fetched(document.encode(), "application/rss+xml", ADDRESS, Validators())

    first = await parser.parse(fetched(rss(item(1))))
    assert isinstance(first, ParsedFeed)
    second = await parser.parse(fetched(rss(item(2), item(1))), first.marks)

    assert isinstance(second, ParsedFeed)
    assert (titles(second), second.known) == (["News 2"], 1)


texts = st.sampled_from(
    [
        "5G auction",
        "<![CDATA[<p>Bids &amp; more</p></item>]]>",
        "&lt;b&gt;bold&lt;/b&gt;",
        "Аукцион 拍卖",
        "a &#8211; b",
        "",
        "<!-- x -->y",
    ]
)
FIELDS: tuple[Callable[[str], str], ...] = (
    "<description>{}</description>".format,
    "<content:encoded>{}</content:encoded>".format,
    "<dc:creator>{}</dc:creator>".format,
    "<category>{}</category>".format,
    "<author><name>{}</name></author>".format,
    "<content type='html' xml:lang='de'>{}</content>".format,
    "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>{}</div></content>".format,
    "<summary>{}</summary>".format,
    "<source url='https://other.example/'>{}</source>".format,
    "<media:thumbnail url='https://wire.example/1.jpg'/><media:title>{}</media:title>".format,
    "<image><url>https://wire.example/2.png</url><title>{}</title></image>".format,
    "<dc:language>de</dc:language><dc:date>2026-09-21T08:00:00Z</dc:date><x:y a='b'>{}</x:y>".format,
    "<enclosure url='https://wire.example/3.jpg' type='image/jpeg'/><unknown>{}</unknown>".format,
)
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:x="urn:x"'
)


@st.composite
def feeds(draw: st.DrawFn) -> tuple[str, list[str], str]:
    """A beginning, items and an end."""
    one = st.lists(st.builds(lambda field, text: field(text), st.sampled_from(FIELDS), texts), max_size=3).map("".join)
    contents = draw(st.lists(one, min_size=1, max_size=6))
    if draw(st.booleans()):
        root = f'xmlns="http://www.w3.org/2005/Atom" {NAMESPACES} xml:base="https://base.example/x/"'
        return f"<feed {root}><title>Bote</title>", [entry(*numbered) for numbered in enumerate(contents)], "</feed>"
    begin = f'<rss version="2.0" {NAMESPACES}><channel><title>Wire</title><language>fr</language>'
    return begin, [item(*numbered) for numbered in enumerate(contents)], "</channel></rss>"


@settings(max_examples=150, deadline=None, derandomize=True)
@given(feeds(), st.data())
def test_reading_what_is_new_gives_what_reading_the_whole_gives(
    parts: tuple[str, list[str], str], data: st.DataObject
) -> None:
    begin, items, end = parts
    stood = data.draw(st.lists(st.booleans(), min_size=len(items), max_size=len(items)))
    before = read(begin + "".join(one for one, old in zip(items, stood, strict=True) if old) + end)
    whole = read(begin + "".join(items) + end)

    again = read(begin + "".join(items) + end, before.marks)

    assert_same(whole, again, [number for number, old in enumerate(stood) if not old])


def assert_same(whole: ParsedFeed, again: ParsedFeed, new: Sequence[int]) -> None:
    if again.known:
        assert again.known == len(whole.articles) - len(new)
        assert again.articles == tuple(whole.articles[number] for number in new)
    else:
        assert again.articles == whole.articles
    for said in ("format", "title", "language", "encoding", "complaint", "hints", "marks"):
        assert getattr(again, said) == getattr(whole, said)


def test_the_items_of_the_samples_are_told(samples: Path) -> None:
    told = {sample.name: len(spans_of(sample.read_bytes())) for sample in samples.glob("*.xml")}

    assert told["everything-rss.xml"] == 2
    assert told["everything-atom.xml"] == 2
    assert told["empty-but-valid.xml"] == 0
