"""Documents that were written to harm: none keeps a process busy, none brings in what it should not.

Each goes through a reading process, whose allowance of CPU time would cut off what takes long by its square.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.feeds.workers import ProcessParser
from bot.model.feed import Validators
from bot.model.reading import Fetched, ParsedFeed, ParseOutcome, Unreadable

MANY = 60_000
NAMESPACES = (
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:itunes="http://www.itunes.com/DTDs/PodCast-1.0.dtd"'
)


def rss(inside: str = "", header: str = "") -> str:
    item = f"<item><title>5G auction</title><link>https://wire.example/1</link>{inside}</item>"
    behind = "<item><title>Behind</title><link>https://wire.example/2</link></item>"
    return f'<rss version="2.0" {NAMESPACES}><channel><title>Wire</title>{header}{item}{behind}</channel></rss>'


def fetched(document: str) -> Fetched:
    return Fetched(document.encode(), "application/rss+xml", "https://wire.example/feed", Validators())


def headlines(outcome: ParseOutcome) -> list[str]:
    assert isinstance(outcome, ParsedFeed), outcome
    return [article.title for article in outcome.articles]


@pytest.fixture
async def parser() -> AsyncIterator[ProcessParser]:
    """With the allowance that the service gives."""
    parser = ProcessParser()
    yield parser
    await parser.close()


def numbered(pattern: str, count: int) -> str:
    return "".join(pattern.replace("#", str(number)) for number in range(count))


WELL_FORMED = {
    "author of letters": f"<author>{'a' * MANY}</author>",
    "author of domains": f"<author>a@{'a.' * MANY}</author>",
    "creator of hyphens": f"<dc:creator>{'a-' * MANY}</dc:creator>",
    "many authors": "<author>x</author>" * 5_000,
    "many keywords": f"<itunes:keywords>{numbered('#,', 10_000)}</itunes:keywords>",
    "many categories": numbered("<category>x#</category>", 5_000),
    "attributes": f"<x {numbered('a#=%s '.replace('%s', chr(34) * 2), 15_000)}/>",
    "namespaces": f"<x {numbered('xmlns:a#=%surn:#%s '.replace('%s', chr(34)), 2_000)}/>",
    "bases in bases": numbered('<x xml:base="a#/">', 1_000) + "</x>" * 1_000,
    "nested tags": "<a>" * 5_000 + "</a>" * 5_000,
    "nested items": "<item>" * 300 + "</item>" * 300,
    "nested boxes in escaped markup": f"<description>{'&lt;div&gt;' * 50_000}</description>",
    "nested boxes in plain markup": f"<description>{'<div>' * 5_000}{'</div>' * 5_000}</description>",
    "lists in lists": f"<description><![CDATA[{'<ul><li>' * MANY}]]></description>",
    "ampersands": f"<description>{'&amp;' * MANY}</description>",
    "references": f"<description>{'&#65;' * MANY}</description>",
    "zeros before a reference": f"<description>&#{'0' * MANY}65;</description>",
    "a reference of zeros": f"<description>&#{'0' * MANY};</description>",
    "a reference of zeros without end": f"<description>&#{'0' * MANY}</description>",
    "base64": f'<content mode="base64" type="application/octet-stream">{"QUFB" * MANY}</content>',
    "date of digits": f"<pubDate>{'1' * MANY}</pubDate>",
    "date of weekdays": f"<pubDate>{'Mon, ' * 10_000}</pubDate>",
    "date of blanks": f"<pubDate>{' ' * MANY}x</pubDate>",
    "link of dots": f"<link>https://wire.example/{'../' * 10_000}</link>",
    "comments": "<!--x-->" * 10_000,
    "unclosed comments between items": f"</item><![CDATA[{'<!--' * MANY}]]><item><title>Between</title>",
    "sections": f"<description>{'<![CDATA[x]]>' * 5_000}</description>",
    "blanks": f"<description>{' ' * MANY}</description>",
}
MALFORMED = {
    "unclosed comments": "<!--" * MANY,
    "unclosed sections": "<![CDATA[" * MANY,
    "unclosed instructions": "<?" * MANY,
    "unclosed declarations": "<!" * MANY,
    "half comments": "<!-" * MANY,
    "angle brackets": "<" * MANY,
    "unclosed tags": "<a " * 10_000,
    "end tags": "</a>" * 10_000,
    "raw ampersands": "&" * MANY,
    "raw references": "&#" * MANY,
    "quotes": f'<x a="{chr(34) * MANY}>',
    "unclosed attributes": f"<x {'a=%sb%s '.replace('%s', chr(34)) * 10_000}",
    "bare attributes": f"<x {'a ' * MANY}>",
    "a name without end": f"<{'a' * MANY}>",
    "prefixes": f"<{'a:' * MANY}>",
    "blanks in a tag": f"<x{' ' * MANY}y",
}


@pytest.mark.parametrize("flood", WELL_FORMED.values(), ids=WELL_FORMED.keys())
async def test_a_flood_in_an_item_costs_neither_its_article_nor_the_next(parser: ProcessParser, flood: str) -> None:
    read = headlines(await parser.parse(fetched(rss(flood))))

    assert {"5G auction", "Behind"} <= set(read)


@pytest.mark.parametrize("flood", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_flood_costs_no_article_before_it_and_is_complained_of(
    parser: ProcessParser, flood: str
) -> None:
    outcome = await parser.parse(fetched(rss(flood)))

    assert headlines(outcome)[0] == "5G auction"
    assert isinstance(outcome, ParsedFeed)
    assert "not well-formed" in outcome.complaint


@pytest.mark.parametrize(
    "head",
    [
        "\n" * 200_000,
        "\n \t" * MANY,
        "<!--x-->" * MANY,
        "<?x y?>" * MANY,
        "\n" * 200_000 + "<!DOCTYPE rss>",
        "<!DOCTYPE rss [" + "\n<!ENTITY a 'b'>" * 20_000 + "]>",
        "<!DOCTYPE rss [<!ENTITY " + "a" * MANY + ">]>",
    ],
    ids=["newlines", "blanks", "comments", "instructions", "a late document type", "entities", "an entity's name"],
)
@pytest.mark.parametrize("prolog", ["", '<?xml version="1.0"?>'])
async def test_a_flood_before_the_first_tag_costs_no_article(parser: ProcessParser, prolog: str, head: str) -> None:
    assert headlines(await parser.parse(fetched(prolog + head + rss()))) == ["5G auction", "Behind"]


async def test_a_flood_in_the_first_line_costs_no_article(parser: ProcessParser) -> None:
    first_line = f"<?xml version='1.0' encoding='{chr(34) * 2 * MANY}>"

    assert headlines(await parser.parse(fetched(first_line + rss()))) == ["5G auction", "Behind"]


async def test_a_first_line_without_end_is_no_feed(parser: ProcessParser) -> None:
    outcome = await parser.parse(fetched(f"<?xml version='1.0' encoding='{chr(34) * 2 * MANY}"))

    assert isinstance(outcome, Unreadable)
    assert "This is not a feed" in outcome.reason


async def test_declarations_without_end_cost_no_other_feed_anything(parser: ProcessParser) -> None:
    outcome = await parser.parse(fetched("\n <!DOCTYPE " * 20_000 + rss()))

    assert isinstance(outcome, ParsedFeed | Unreadable)
    assert headlines(await parser.parse(fetched(rss()))) == ["5G auction", "Behind"]


async def test_more_items_than_anyone_publishes_are_read_as_the_newest_thousand(parser: ProcessParser) -> None:
    outcome = await parser.parse(fetched(rss(header="<item/>" * 20_000)))

    assert len(headlines(outcome)) == 1_000


LAUGHS = "\n".join(['<!ENTITY a "ha">', *(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))])


@pytest.mark.parametrize("malformed", ["", "&nbsp;"])
@pytest.mark.parametrize(
    "declared",
    [
        LAUGHS,
        LAUGHS.replace("\n", ""),
        f'\n<!ENTITY j "{"ha" * 25_000}">',
        "\n<!ENTITY j '&#38;j;'>",
        '\n<!ENTITY % p "<!ENTITY j &#34;haha&#34;>">%p;',
    ],
    ids=["a billion laughs", "on one line", "one long laugh", "itself", "by a parameter"],
)
async def test_entities_bring_no_expansion(parser: ProcessParser, declared: str, malformed: str) -> None:
    document = f"<!DOCTYPE rss [{declared}]>" + rss(f"<description>{'&j;' * 50}{malformed}</description>")

    outcome = await parser.parse(fetched(document))

    assert headlines(outcome) == ["5G auction", "Behind"]
    assert isinstance(outcome, ParsedFeed)
    assert len(outcome.articles[0].summary) < 1_000


@pytest.mark.parametrize("malformed", ["", "&nbsp;"])
@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE rss SYSTEM "file://{path}">',
        '<!DOCTYPE rss [<!ENTITY f SYSTEM "file://{path}">]>',
        '<!DOCTYPE rss [\n<!ENTITY f SYSTEM "file://{path}">\n]>',
        '<!DOCTYPE rss [\n<!ENTITY % f SYSTEM "file://{path}">\n%f;\n]>',
        '<!DOCTYPE rss PUBLIC "-//x//y" "{path}">',
    ],
)
async def test_entities_and_document_types_bring_no_files(
    parser: ProcessParser, doctype: str, malformed: str, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.dtd"
    secret.write_text('<!ENTITY f "xoxb-invented">')

    document = doctype.format(path=secret) + rss(f"<description>x &f; {malformed}</description>")
    outcome = await parser.parse(fetched(document))

    assert headlines(outcome) == ["5G auction", "Behind"]
    assert isinstance(outcome, ParsedFeed)
    assert "xoxb" not in outcome.articles[0].summary


@pytest.mark.parametrize(
    "document",
    ['{"version": "https://jsonfeed.org/version/1.1", "items": ' + "[" * MANY, "[" * MANY, '{"a":' * MANY],
)
async def test_json_that_nests_without_end_is_refused(parser: ProcessParser, document: str) -> None:
    assert isinstance(await parser.parse(fetched(document)), Unreadable)


async def test_nested_boxes_in_a_json_feed_cost_no_article(parser: ProcessParser) -> None:
    item = f'{{"id": 1, "title": "5G auction", "content_html": "{"<div>" * 50_000}behind"}}'

    outcome = await parser.parse(fetched(f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{item}]}}'))

    assert isinstance(outcome, ParsedFeed)
    assert [(article.title, article.body) for article in outcome.articles] == [("5G auction", "behind")]


async def test_no_markup_comes_through(parser: ProcessParser) -> None:
    tricks = (
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<![CDATA[<img src=x onerror=alert(1)>]]>",
        "&lt;scr&lt;script&gt;ipt&gt;alert(1)&lt;/script&gt;",
        '<div xmlns="http://www.w3.org/1999/xhtml"><style>p {}</style><b>bold</b></div>',
        "&lt;svg&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;/svg&gt;",
    )
    for trick in tricks:
        inside = f"<description>seen {trick}</description><category>{trick}</category>"
        outcome = await parser.parse(fetched(rss(inside)))
        assert isinstance(outcome, ParsedFeed)
        assert "<" not in outcome.articles[0].summary.replace("<script>", "")
        assert outcome.articles[0].summary.startswith("seen")
