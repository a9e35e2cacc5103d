import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.discovery import MOST, Advertised, advertised_feeds, is_web_page

PAGE = "https://site.example/news/today.html"
RSS = 'rel="alternate" type="application/rss+xml"'


def named(markup: str, *, by: str = PAGE, content_type: str = "text/html; charset=utf-8") -> list[str]:
    return [feed.address for feed in advertised_feeds(markup.encode(), content_type, by)]


def test_a_page_names_its_feeds_with_their_titles_and_kinds() -> None:
    page = """<!doctype html><html><head><title>Site</title>
        <link rel="alternate" type="application/rss+xml" title="Site &amp; more" href="https://site.example/rss.xml">
        <link rel="alternate" type="application/atom+xml" title="The same" href="/atom.xml" />
        <link rel="alternate" type="application/feed+json" href="feed.json">
        <link rel="stylesheet" href="/style.css"></head>"""

    assert advertised_feeds(page.encode(), "text/html", PAGE) == (
        Advertised("https://site.example/rss.xml", "Site & more", "RSS"),
        Advertised("https://site.example/atom.xml", "The same", "Atom"),
        Advertised("https://site.example/news/feed.json", "", "JSON Feed"),
    )


@pytest.mark.parametrize(
    "link",
    [
        f'<link {RSS} href="https://site.example/rss.xml">',
        '<LINK REL="ALTERNATE" TYPE="Application/RSS+XML" HREF="https://site.example/rss.xml">',
        "<link rel=alternate type=application/rss+xml href=https://site.example/rss.xml>",
        "<link rel=alternate type=application/rss+xml href=https://site.example/rss.xml />",
        "<link href='/rss.xml' type='application/rss+xml; charset=utf-8' rel='alternate'>",
        f"<link\n\t{RSS}\n\thref = '/rss.xml'\n>",
        '<link rel="home alternate" type="application/rss+xml" href="/rss.xml">',
        '<link rel="feed" href="/rss.xml">',
        '<link rel="alternate feed" type="application/rdf+xml" href="/rss.xml">',
        '<link rel="alternate" type="text/xml" href="/rss.xml">',
        f'<a {RSS} href="/rss.xml">Subscribe</a>',
        f'<body><p>far down</p><link {RSS} href="/rss.xml">',
        f'<link {RSS} href="../rss.xml">',
        f'<link {RSS} href="//site.example/rss.xml">',
        f'<link {RSS} href=" /rss.xml\n">',
        f'<link {RSS} href="/rss&#46;xml">',
        f'<link {RSS} href="feed:https://site.example/rss.xml">',
        f'<link {RSS} href="feed://site.example/rss.xml">',
        f'<link {RSS} href="http://site.example/rss.xml">',
        f'<link {RSS} href="HTTPS://Site.Example:443/rss.xml#top">',
        f'<link {RSS} href="/rss.xml" href="/other.xml">',
        f'<link title="it\'s > all" {RSS} href="/rss.xml">',
        f'<link title="says href=/no.xml" {RSS} href="/rss.xml">',
        f'<base href="https://site.example/"><link {RSS} href="rss.xml">',
        f'<link {RSS} href="rss.xml"><base target="_top"><base href="/"><base href="/second/">',
        f'<base href="javascript:void(0)"><link {RSS} href="/rss.xml">',
        f"<p class=it's><link {RSS} href='/rss.xml'>",
        f"<!-- one --><link {RSS} href='/rss.xml'><!-- two -->",
        f"<!--><link {RSS} href='/rss.xml'>-->",
        f"<!---><link {RSS} href='/rss.xml'>-->",
        f"<script>if (a < b) document.write('<a>')</script><link {RSS} href='/rss.xml'>",
        f"<scripted><link {RSS} href='/rss.xml'></scripted>",
        f"<noscript><link {RSS} href='/rss.xml'></noscript>",
        f"<title>1 < 2 & <b></title><link {RSS} href='/rss.xml'>",
        f"<script>/*<![CDATA[*/ x /*]]>*/</script><link {RSS} href='/rss.xml'>",
        f"<!--[if IE]><![endif]--><link {RSS} href='/rss.xml'>",
    ],
)
def test_however_a_page_writes_the_link_it_is_found(link: str) -> None:
    assert named(f"<html><head>{link}") == ["https://site.example/rss.xml"]


@pytest.mark.parametrize(
    "link",
    [
        f"<!-- <link {RSS} href='/trap.xml'> -->",
        f"<!-- a > b <link {RSS} href='/trap.xml'>",
        f"<![CDATA[ <p> <link {RSS} href='/trap.xml'> ]]>",
        f"<script>var s = \"<link {RSS.replace(chr(34), '')} href='/trap.xml'>\";</script>",
        f"<style><link {RSS} href='/trap.xml'></style>",
        f"<textarea><link {RSS} href='/trap.xml'></textarea>",
        f"<title><link {RSS} href='/trap.xml'></title>",
        f"<template><link {RSS} href='/trap.xml'></template>",
        f"<div data-code=\"<link {RSS.replace(chr(34), '')} href='/trap.xml'>\">",
        f"<script><link {RSS} href='/trap.xml'>",
        f"<link {RSS} href='/trap.xml'",
        f"<link {RSS}>",
        f"<link {RSS} href=''>",
        f"<link {RSS} href='javascript:alert(1)'>",
        f"<link {RSS} href='data:text/xml,x'>",
        f"<link {RSS} href='mailto:me@site.example'>",
        f"<link {RSS} href='http://[::1/x'>",
        f"<link {RSS} href='https://site.example/{'x' * 2000}'>",
        '<link rel="alternate" type="text/html" hreflang="de" href="/de/">',
        '<link rel="alternate" hreflang="de" href="/de/">',
        '<link rel="alternate stylesheet" type="application/rss+xml" href="/style.css">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed?feed">',
        '<link rel="alternate" title="JSON" type="application/json" href="/wp-json/wp/v2/pages/2">',
        '<link rel="alternate" type="application/xml" href="/sitemap.xml">',
        '<link rel="search" type="application/rss+xml" href="/search">',
        f"<linked {RSS} href='/trap.xml'>",
        f"<link {RSS} href='{PAGE}#itself'>",
    ],
)
def test_what_only_looks_like_a_feed_is_none(link: str) -> None:
    assert named(f"<html><head>{link}") == []


def test_a_page_of_links_to_feeds_alone_takes_no_longer() -> None:
    page = "".join(f"<a rel=feed href={number}>" for number in range(60_000))

    assert len(named(page)) == MOST


def test_each_feed_is_named_once_and_those_for_comments_come_last() -> None:
    page = f"""<link {RSS} title="Site » Comments Feed" href="/comments/feed/"><link {RSS} title="Site" href="/feed/">
        <link rel=alternate type=application/atom+xml title="Site again" href="https://SITE.example/feed/#x">
        <link {RSS} title="Seite » Kommentar-Feed" href="/k"><link {RSS} title="News" href="/news">"""

    feeds = advertised_feeds(page.encode(), "text/html", PAGE)

    assert [(feed.title, feed.for_comments) for feed in feeds] == [
        ("Site", False),
        ("News", False),
        ("Site » Comments Feed", True),
        ("Seite » Kommentar-Feed", True),
    ]


def test_another_host_that_is_named_by_http_stays_as_it_is_named() -> None:
    link = f'<link {RSS} href="http://feeds.example/rss.xml">'

    assert named(link) == ["http://feeds.example/rss.xml"]
    assert named(link.replace("feeds.", "site."), by="http://site.example/") == ["http://site.example/rss.xml"]


def test_references_without_a_semicolon_mean_what_they_say() -> None:
    link = f'<link {RSS} href="/rss?a=1&copy=2&amp;lang=en">'

    assert named(link) == ["https://site.example/rss?a=1&copy=2&lang=en"]


@pytest.mark.parametrize("encoding", ["utf-8", "shift_jis", "gb18030", "utf-16"])
@pytest.mark.parametrize("said_by", ["server", "page"])
def test_titles_are_read_in_the_encoding_of_the_page(encoding: str, said_by: str) -> None:
    meta = f"<meta charset={encoding}>" if said_by == "page" else ""
    page = f'{meta}<link {RSS} title="新聞速報 第一" href="/rss.xml">'.encode(encoding)
    content_type = f"text/html; charset={encoding}" if said_by == "server" else "text/html"

    assert [feed.title for feed in advertised_feeds(page, content_type, PAGE)] == ["新聞速報 第一"]


def test_a_page_that_says_utf_16_in_ascii_is_read_all_the_same() -> None:
    assert named(f"<meta charset=utf-16><link {RSS} href=/rss.xml>", content_type="text/html") == [
        "https://site.example/rss.xml"
    ]


def test_a_script_that_xhtml_closes_at_once_hides_nothing() -> None:
    page = f'<html xmlns="x"><script src="x.js" /><link {RSS} href="/rss.xml" />'

    assert named(page, content_type="application/xhtml+xml") == ["https://site.example/rss.xml"]


def test_a_page_that_names_hundreds_is_cut_short() -> None:
    page = "".join(f"<link {RSS} href='/{number}.xml'>" for number in range(500))

    assert len(named(page)) == MOST


def test_a_link_behind_hundreds_of_kilobytes_of_scripts_is_found() -> None:
    page = f"<html><head>{'<script>var x = 1 < 2;</script>' * 20_000}<link {RSS} href='/rss.xml'>"

    assert named(page) == ["https://site.example/rss.xml"]


@pytest.mark.parametrize(
    "repeated",
    [
        "<", "<a", "<a ", "<a>", "<div>", '<a b="', "<a b='", "<a b=", "<!--", "<!---->", "<![CDATA[", "<!", "</",
        "<script>", "<script></script>", "<link ", "<link href=", "<link href='a' ", "<title>", "a=", "=", '="', "&#x",
    ],
)  # fmt: skip
def test_no_page_takes_long_to_search(repeated: str) -> None:
    page = (repeated * (1_200_000 // len(repeated))).encode()

    assert advertised_feeds(page, "text/html", PAGE) == ()


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode), st.sampled_from(["", "text/html", "a/xml"]))
def test_whatever_stands_on_a_page_nothing_is_raised(body: bytes, content_type: str) -> None:
    advertised_feeds(body, content_type, PAGE)
    is_web_page(body, content_type)


@given(st.integers())
def test_a_page_torn_to_pieces_and_sewn_together_is_survived(seed: int) -> None:
    pieces = [
        "<link ",
        RSS,
        " href='/x'",
        ">",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        '"',
        "'",
        "=",
        "<base href=",
        "]]>",
    ]
    page = "".join(random.Random(seed).choices(pieces, k=40))

    assert set(named(page)) <= {"https://site.example/x"} or "<base" in page


@pytest.mark.parametrize(
    ("body", "content_type", "is_page"),
    [
        (b"<p>", "text/html", True),
        (b"<p>", "application/xhtml+xml", True),
        (b"\xef\xbb\xbf <!DOCTYPE HTML><p>", "", True),
        ("<html lang='de'>".encode("utf-16"), "text/plain", True),
        (b"<?xml version='1.0'?><rss>", "text/xml", False),
        (b"{}", "application/json", False),
    ],
)
def test_a_web_page_is_known_by_its_type_or_its_beginning(body: bytes, content_type: str, is_page: bool) -> None:
    assert is_web_page(body, content_type) is is_page
