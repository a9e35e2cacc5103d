import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.feeds.compose import LONGEST_GUID, LONGEST_LINK, LONGEST_NAME, LONGEST_TEXT, LONGEST_TITLE, MOST_TAGS
from bot.feeds.identity import keys_of_document
from bot.feeds.parse import parse_document
from bot.model.article import Article, Image
from bot.model.reading import ParsedFeed, ParseOutcome, Unreadable

ADDRESS = "https://wire.example/feeds/news.xml"
NOW = datetime(2026, 9, 22, 12, 0, tzinfo=UTC)


def parse(document: str | bytes, content_type: str = "application/xml") -> ParseOutcome:
    body = document.encode() if isinstance(document, str) else document
    return parse_document(body, content_type, ADDRESS, NOW)


def feed(document: str | bytes, content_type: str = "application/xml") -> ParsedFeed:
    outcome = parse(document, content_type)
    assert isinstance(outcome, ParsedFeed), outcome
    return outcome


def reason(document: str | bytes, content_type: str = "application/xml") -> str:
    outcome = parse(document, content_type)
    assert isinstance(outcome, Unreadable), outcome
    return outcome.reason


def rss(*items: str) -> str:
    joined = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel><title>Mainz Wire</title>{joined}</channel></rss>'


def only(document: str) -> Article:
    (article,) = feed(document).articles
    return article


def test_an_rss_item_gives_all_that_it_says(samples: Path) -> None:
    parsed = feed((samples / "everything-rss.xml").read_bytes())

    assert (parsed.format, parsed.title, parsed.language, parsed.complaint) == ("rss20", "Mainz Wire", "de-at", "")
    assert parsed.articles[0] == Article(
        title="Huawei appeals 5G ruling",
        link="https://wire.example/huawei/appeal",
        guid="wire-1",
        summary="The company appeals.",
        body="Appeal The company appeals the ruling.",
        author="Ada Beispiel",
        tags=("Telecom", "5G auction"),
        language="de-at",
        published=datetime(2026, 9, 21, 8, 30, tzinfo=UTC),
        image=Image("https://wire.example/huawei/office.jpg", "Huawei appeals 5G ruling"),
    )


def test_a_date_in_the_future_is_read_as_now(samples: Path) -> None:
    announced = feed((samples / "everything-rss.xml").read_bytes()).articles[1]

    assert announced.published == NOW


def test_an_item_without_guid_and_link_has_an_identity_that_does_not_move(samples: Path) -> None:
    body = (samples / "everything-rss.xml").read_bytes()
    later = parse_document(body, "", "https://elsewhere.example/", datetime(2027, 1, 1, tzinfo=UTC))

    assert isinstance(later, ParsedFeed)
    announced = feed(body).articles[1]
    assert announced.guid.startswith("sha256:")
    assert announced.guid == later.articles[1].guid
    assert announced.link == ""


AT_EIGHT = "Mon, 21 Sep 2026 08:00:00 GMT"


def guids_before_and_after(change: str, **said: str) -> list[str]:
    """Of an item without guid and link."""
    before = {"title": "Storm", "description": "Stay in.", "pubDate": AT_EIGHT, **said}
    after = {**before, change: "Tue, 22 Sep 2026 08:00:00 GMT"}
    items = ["".join(f"<{tag}>{text}</{tag}>" for tag, text in item.items() if text) for item in (before, after)]
    return [feed(rss(item)).articles[0].guid for item in items]


@pytest.mark.parametrize("change", ["title", "pubDate"])
def test_an_item_without_guid_and_link_that_has_another_headline_or_date_is_another(change: str) -> None:
    one, two = guids_before_and_after(change)

    assert one != two


def test_two_items_without_guid_and_link_of_one_headline_and_minute_stay_two() -> None:
    said = f"<title>Storm</title><pubDate>{AT_EIGHT}</pubDate>"
    articles = feed(rss(*(f"{said}<description>{text}</description>" for text in ("In Kent.", "In Essex.")))).articles

    assert len({keys.guid for keys in keys_of_document(articles)}) == 2


@pytest.mark.parametrize("date", [AT_EIGHT, "2026-09-21T08:00Z", "21 Sep 2026 8:05"])
def test_an_item_without_guid_and_link_whose_text_is_edited_stays_what_it_is(date: str) -> None:
    one, two = guids_before_and_after("description", pubDate=date)

    assert one == two


@pytest.mark.parametrize(
    "said",
    [
        {"title": ""},
        {"pubDate": ""},
        {"pubDate": "Mon, 21 Sep 2026 00:00:00 +0200"},
        {"pubDate": "2026-09-21T00:00:00+02:00"},
        {"pubDate": "2026-09-21"},
    ],
)
def test_where_headline_and_minute_are_missing_the_text_tells_items_apart(said: dict[str, str]) -> None:
    one, two = guids_before_and_after("description", **said)

    assert one != two


def test_an_atom_entry_gives_all_that_it_says(samples: Path) -> None:
    parsed = feed((samples / "everything-atom.xml").read_bytes())

    assert (parsed.format, parsed.title, parsed.language) == ("atom10", "Fernmeldebote", "en")
    assert parsed.articles == (
        Article(
            title="History of the <blink> tag",
            link="https://bote.example/news/blink",
            guid="urn:bote:1",
            body="Nobody & nothing blinks.",
            author="The Bote",
            language="en",
            published=datetime(2026, 9, 21, 6, 0, tzinfo=UTC),
        ),
        Article(
            title="Frequenzen",
            link="https://bote.example/2",
            guid="urn:bote:2",
            summary="Kurz.",
            body="Lang und breit.",
            author="Ben Muster, Cem Muster",
            language="de-ch",
            published=datetime(2026, 9, 20, 8, 0, tzinfo=UTC),
        ),
    )


def test_an_rdf_item_is_known_by_its_address(samples: Path) -> None:
    parsed = feed((samples / "rdf-without-guids.rdf").read_bytes())

    assert parsed.format == "rss10"
    (article,) = parsed.articles
    assert (article.title, article.guid) == ("Meng Wanzhou returns", "https://rdf.example/1")
    assert article.published == datetime(2026, 9, 21, 8, 0, tzinfo=UTC)


def test_a_malformed_feed_still_gives_its_articles_and_says_what_is_wrong(samples: Path) -> None:
    parsed = feed((samples / "undeclared-entities.xml").read_bytes())

    assert [article.title for article in parsed.articles] == [
        "5G auction opens in Mainz – four bidders",
        "Regulator answers critics",
    ]
    assert parsed.articles[0].link == "https://wire.example/auction?id=1&page=2"
    assert parsed.articles[0].summary == "The regulator & two others named four bidders."
    assert parsed.articles[1].summary == "A reference to nothing: \ufffd and \ufffd."
    assert parsed.complaint.startswith("it is not well-formed in line 6")


@pytest.mark.parametrize(
    "stray",
    [
        "</category>",
        "<width></width>",
        "<height>tall</height>",
        "</media:thumbnail>",
        '<gml:pos xmlns:gml="http://www.opengis.net/gml">1 2 3</gml:pos>',
        '<psc:chapter xmlns:psc="http://podlove.org/simple-chapters"/>',
        "<textinput><title>Search</title></textinput>",
        "<source><textinput><title>Search</title></textinput></source>",
    ],
)
def test_a_tag_that_makes_feedparser_stumble_costs_no_article(stray: str) -> None:
    for place in (f"<title>5G auction</title>{stray}", f"{stray}<title>5G auction</title>&nbsp;"):
        assert "5G auction" in [article.title for article in feed(rss(place, "<title>Other</title>")).articles]


def test_a_namespace_that_feedparser_cannot_stand_costs_no_article() -> None:
    parsed = feed(rss("<title>5G auction</title>").replace("<rss", '<rss xmlns="a b c"'))

    assert [article.title for article in parsed.articles] == ["5G auction"]
    assert "not well-formed" in parsed.complaint


def test_a_feed_that_breaks_off_gives_what_came_before(samples: Path) -> None:
    parsed = feed((samples / "cut-off-in-its-second-item.xml").read_bytes())

    assert parsed.articles[0].title == "5G auction opens in Mainz"
    assert "not well-formed" in parsed.complaint


def test_a_feed_that_breaks_off_before_its_first_article_is_unreadable() -> None:
    assert "breaks off before its first article" in reason('<rss version="2.0"><channel><title>Mainz')


def test_an_empty_but_valid_feed_is_a_feed_without_articles(samples: Path) -> None:
    parsed = feed((samples / "empty-but-valid.xml").read_bytes())

    assert (parsed.title, parsed.articles, parsed.complaint) == ("Mainz Wire", (), "")


def test_a_web_page_is_no_feed(samples: Path) -> None:
    assert reason((samples / "web-page.html").read_bytes(), "text/html") == "This is a web page, not a feed."


@pytest.mark.parametrize("body", [b"", b"  \r\n\t ", b"\xef\xbb\xbf", b"\x00\x00"])
def test_an_empty_document_is_no_feed(body: bytes) -> None:
    assert reason(body) == "The document is empty."


@pytest.mark.parametrize(
    "garbage",
    [b"nonsense", b"\x89PNG\r\n\x1a\n\x00\x00", bytes(range(256)) * 20, b"<", b"<?xml", b"<note><to>Ada</to></note>"],
)
def test_garbage_is_no_feed(garbage: bytes) -> None:
    assert reason(garbage).startswith("This is not a feed")


def test_a_body_that_names_a_file_or_an_address_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "feed.xml"
    secret.write_text(rss("<title>Secret</title>"))

    assert "not a feed" in reason(str(secret))
    assert "not a feed" in reason("http://127.0.0.1:1/feed.xml")


def test_entities_of_a_document_bring_neither_files_nor_floods() -> None:
    doctype = '<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/hostname">]>'

    article = only(doctype + rss("<title>x &b; &f;</title>"))

    assert "aaaa" not in article.title
    assert Path("/etc/hostname").read_text().strip() not in article.title


@pytest.mark.parametrize(
    ("item", "link"),
    [
        ("<link>javascript:alert(1)</link>", ""),
        ("<link>data:text/html,x</link>", ""),
        ("<link>http://[bad</link>", ""),
        ("<link> https://wire.example/a b </link>", "https://wire.example/a%20b"),
        ("<link>//wire.example/a</link>", "https://wire.example/a"),
        ("<link>?page=2</link>", "https://wire.example/feeds/news.xml?page=2"),
        ('<guid isPermaLink="true">https://wire.example/g</guid>', "https://wire.example/g"),
        ('<guid isPermaLink="false">https://wire.example/g</guid>', ""),
        ("<link>https://wire.example/" + "a" * 5_000 + "</link>", ""),
    ],
)
def test_a_link_is_absolute_and_leads_to_the_web_or_is_none(item: str, link: str) -> None:
    assert only(rss(f"<title>x</title>{item}")).link == link


def test_a_post_without_a_headline_is_headed_by_its_first_words() -> None:
    words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"

    assert only(rss(f"<description>{words}</description>")).title.endswith("fifteen sixteen …")
    assert only(rss("<description>Short.</description>")).title == "Short."
    assert only(rss("<link>https://wire.example/1</link>")).title == "https://wire.example/1"
    assert only(rss('<guid isPermaLink="false">17</guid>')).title == "17"


@pytest.mark.parametrize("malformed", ["", "<x>&nbsp;</x>"])
def test_names_hold_neither_markup_nor_entities(malformed: str) -> None:
    said = "<title>x</title><author>&lt;b&gt;Ada&lt;/b&gt; &amp; Bob</author><category>R&amp;D</category>"

    article = only(rss(said + "<category>&lt;script&gt;alert(1)&lt;/script&gt;5G</category>" + malformed))

    assert article.author == "Ada & Bob"
    assert article.tags == ("R&D", "5G")


def test_fields_are_capped() -> None:
    article = only(rss(f"<title>{'t' * 5_000}</title><description>{'d ' * 200_000}</description>"))

    assert len(article.title) == LONGEST_TITLE
    assert LONGEST_TEXT - 2 <= len(article.summary) <= LONGEST_TEXT


def test_guids_too_long_to_keep_stay_apart() -> None:
    long = "g" * 3_000
    one, two = feed(rss(f"<guid>{long}1</guid>", f"<guid>{long}2</guid>")).articles

    assert one.guid != two.guid
    assert len(one.guid) < 100


def test_of_too_many_articles_the_newest_are_read_in_their_order() -> None:
    dated = [
        f"<title>{number}</title><pubDate>{datetime.fromtimestamp(1_700_000_000 + number, UTC):%a, %d %b %Y %T GMT}"
        "</pubDate>"
        for number in range(1_200)
    ]
    parsed = feed(rss(*dated))

    assert [article.title for article in parsed.articles] == [str(number) for number in range(200, 1_200)]
    assert parsed.complaint == "it holds 1,200 articles, of which only the newest 1,000 are read"


@pytest.mark.parametrize(
    ("date", "published"),
    [
        ("Mon, 21 Sep 2026 08:00:00 GMT", datetime(2026, 9, 21, 8, 0, tzinfo=UTC)),
        ("2026-09-21", datetime(2026, 9, 21, tzinfo=UTC)),
        ("Mon, 01 Jan 0001 00:00:00 GMT", None),
        ("Mon, 99 Foo 2026 99:99:99 GMT", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_date_is_read_in_utc_or_is_none(date: str, published: datetime | None) -> None:
    assert only(rss(f"<title>x</title><pubDate>{date}</pubDate>")).published == published


def test_a_json_feed_gives_all_that_it_says(samples: Path) -> None:
    parsed = feed((samples / "everything-json.json").read_bytes(), "application/feed+json")

    assert (parsed.format, parsed.title, parsed.language, parsed.complaint) == ("json11", "Telecom Notes", "en-gb", "")
    assert parsed.articles == (
        Article(
            title="5G auction <ends>",
            link="https://wire.example/17",
            guid="17",
            summary="Ended & done.",
            body="The auction ended.",
            author="The Notes",
            tags=("5G", "auction", "5"),
            language="en-gb",
            published=datetime(2026, 9, 21, 8, 0, tzinfo=UTC),
            image=Image("https://notes.example/17.jpg", "5G auction <ends>"),
        ),
        Article(
            title="A post without a headline: the regulator <b>does not</b> say when the next round of bidding "
            "for the …",
            link="https://elsewhere.example/18",
            guid="18",
            body="A post without a headline: the regulator <b>does not</b> say when the next round of bidding for "
            "the lower band is to begin.",
            author="Dee Exempel",
            language="de",
            published=datetime(2026, 9, 21, 10, 0, tzinfo=UTC),
            image=Image("https://notes.example/18.png", parsed.articles[1].title),
        ),
    )


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ('{"version": "https://jsonfeed.org/version/1", "items": [', "broken JSON"),
        ('{"error": "no such feed"}', "not a JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/1"}', "not a JSON Feed"),
        ("[1, 2]", "not a JSON Feed"),
        ('{"a":' * 100_000, "beyond what can be read"),
        ("{" + "1" * 10, "broken JSON"),
        ('{"a": ' + "1" * 10_000 + "}", "beyond what can be read"),
    ],
)
def test_json_that_is_no_feed_is_told(document: str, words: str) -> None:
    assert words in reason(document, "application/json")


def test_what_stands_before_a_feed_and_looks_like_json_costs_no_article() -> None:
    parsed = feed("[debug] {ok}\n" + rss("<title>5G auction</title>"))

    assert [article.title for article in parsed.articles] == ["5G auction"]


def test_json_with_line_breaks_in_its_strings_and_rubbish_behind_is_read() -> None:
    document = (
        '\ufeff{"version": "http://jsonfeed.org/version/1/", "items": [{"id": 1.5, "title": "a\nb"}]}\n<!-- x -->'
    )

    parsed = feed(document)

    assert [(article.title, article.guid) for article in parsed.articles] == [("a b", "1.5")]
    assert parsed.format == "json1"
    assert parsed.complaint == "something stands behind its end"


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_whatever_stands_in_a_json_item_harms_nothing(value: object) -> None:
    keys = ("id", "url", "title", "content_html", "summary", "image", "date_published", "tags", "authors", "author")
    item = dict.fromkeys((*keys, "attachments", "language"), value)
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": value,
        "language": value,
        "items": [item, value],
    }

    parsed = feed(json.dumps(document))

    assert len(parsed.articles) == 1
    parsed.articles[0].guid.encode()
    assert parsed.articles[0].guid


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_feed_is_read_or_refused_and_never_an_error(data: st.DataObject) -> None:
    samples = Path(__file__).parent.parent / "data" / "feeds"
    body = bytearray(data.draw(st.sampled_from(sorted(samples.iterdir()))).read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 5))] = data.draw(
            st.binary(max_size=5) | st.sampled_from([b"<", b">", b"&", b"&#99999999;", b"]]>", b"<![CDATA[", b"<!--"])
        )

    outcome = parse(bytes(body))

    assert isinstance(outcome, ParsedFeed | Unreadable)


@pytest.mark.parametrize(
    ("date", "published"),
    [
        ("2026-09-21T10:00:00+02:00", datetime(2026, 9, 21, 8, 0, tzinfo=UTC)),
        ("2026-09-21T10:00:00Z", datetime(2026, 9, 21, 10, 0, tzinfo=UTC)),
        ("2026-09-21", datetime(2026, 9, 21, tzinfo=UTC)),
        ("Mon, 21 Sep 2026 08:00:00 GMT", datetime(2026, 9, 21, 8, 0, tzinfo=UTC)),
        ("2031-01-01T00:00:00Z", NOW),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("1" * 5_000, None),
        ("soon", None),
    ],
)
def test_a_date_of_a_json_feed_is_read_in_utc_or_is_none(date: str, published: datetime | None) -> None:
    item = {"id": 1, "title": "x", "date_published": date}
    document = {"version": "https://jsonfeed.org/version/1.1", "items": [item]}

    assert feed(json.dumps(document)).articles[0].published == published


def test_of_too_many_items_of_a_json_feed_the_newest_are_read() -> None:
    items = [{"id": day, "date_published": f"20{day // 28:02}-01-{day % 28 + 1:02}"} for day in range(1_100)]

    parsed = feed(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}))

    assert [article.guid for article in parsed.articles] == [str(day) for day in range(100, 1_100)]
    assert "1,100 articles" in parsed.complaint


def test_a_feed_that_is_packed_as_a_file_is_unpacked() -> None:
    packed = gzip.compress(rss("<title>5G auction</title>").encode())

    assert feed(packed, "application/gzip").articles[0].title == "5G auction"
    assert "packed" in reason(packed[:-9])
    assert "packed" in reason(gzip.compress(b" " * 9_000_000))
    assert "packed" in reason(b"\x1f\x8b\x08 nonsense")


def test_the_publishers_own_name_stays_an_items_identity_where_it_leads_nowhere() -> None:
    one = only(rss("<title>x</title><link>at://did:plc:1/post/7</link>"))
    two = only(rss("<title>y</title><link>at://did:plc:1/post/7</link>"))

    assert (one.guid, one.link) == ("at://did:plc:1/post/7", "")
    assert two.guid == one.guid


@pytest.mark.parametrize(
    ("document", "format"),
    [
        (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
            'xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>W</title></channel>{}</rdf:RDF>',
            "rss090",
        ),
        ('<rss version="0.91"><channel><title>W</title>{}</channel></rss>', "rss091u"),
        (
            '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
            '"http://my.netscape.com/publish/formats/rss-0.91.dtd">'
            '<rss version="0.91"><channel><title>W</title>{}</channel></rss>',
            "rss091n",
        ),
        ('<rss version="0.92"><channel><title>W</title>{}</channel></rss>', "rss092"),
        ('<rss version="0.93"><channel><title>W</title>{}</channel></rss>', "rss093"),
        ('<rss version="0.94"><channel><title>W</title>{}</channel></rss>', "rss094"),
        (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
            "<channel><title>W</title></channel>{}</rdf:RDF>",
            "rss10",
        ),
        ('<rss version="2.0"><channel><title>W</title>{}</channel></rss>', "rss20"),
        ("<rss><channel><title>W</title>{}</channel></rss>", "rss"),
    ],
)
def test_every_format_of_rss_is_read(document: str, format: str) -> None:
    parsed = feed(document.format("<item><title>5G auction</title><link>https://wire.example/1</link></item>"))

    assert (parsed.format, parsed.title, parsed.complaint) == (format, "W", "")
    assert [(article.title, article.link) for article in parsed.articles] == [("5G auction", "https://wire.example/1")]


@pytest.mark.parametrize(
    ("root", "format", "date"),
    [
        ('version="0.3" xmlns="http://purl.org/atom/ns#"', "atom03", "issued"),
        ('xmlns="http://www.w3.org/2005/Atom"', "atom10", "published"),
    ],
)
def test_every_format_of_atom_is_read(root: str, format: str, date: str) -> None:
    entry = (
        f'<entry><title>5G auction</title><link href="/1"/><id>urn:1</id><{date}>2026-09-21T08:00:00Z</{date}></entry>'
    )

    parsed = feed(f"<feed {root}><title>W</title>{entry}</feed>")

    assert (parsed.format, parsed.complaint) == (format, "")
    assert [(article.title, article.link, article.guid) for article in parsed.articles] == [
        ("5G auction", "https://wire.example/1", "urn:1")
    ]
    assert parsed.articles[0].published == datetime(2026, 9, 21, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "longest"),
    [
        ("title", LONGEST_TITLE),
        ("summary", LONGEST_TEXT),
        ("body", LONGEST_TEXT),
        ("author", LONGEST_NAME),
        ("guid", LONGEST_GUID),
        ("link", LONGEST_LINK),
    ],
)
def test_no_field_is_longer_than_it_may_be(field: str, longest: int) -> None:
    much = "x" * 200_000
    namespaces = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    said = (
        f"<title>{much}</title><description>{much}</description><content:encoded>{much}y</content:encoded>"
        f"<dc:creator>{much}</dc:creator><guid>{much}</guid><link>https://wire.example/{much}</link>"
        f"{''.join(f'<category>{number} {much[:300]}</category>' for number in range(100))}"
    )

    article = only(rss(said).replace("<rss", f"<rss {namespaces}"))

    assert 0 <= len(getattr(article, field)) <= longest
    assert len(article.tags) == MOST_TAGS
    assert max(map(len, article.tags)) <= LONGEST_NAME
