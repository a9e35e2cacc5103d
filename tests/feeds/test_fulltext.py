"""What an article says on its page: invented pages of many layouts, and what is wrong with some of them."""

import json
import time
from collections.abc import Sequence

import pytest

from bot.feeds.fulltext import read_page
from bot.matching.language import parse
from bot.matching.matcher import matches
from bot.model.article import Article
from bot.model.reading import Page
from tests.feeds.pages import (
    CHINESE,
    CHINESE_HEADLINE,
    HEADLINE,
    LAYOUTS,
    PARAGRAPHS,
    Layout,
    chinese_portal,
    head,
    newspaper,
    paragraphs,
)

LINK = "https://wire.example/ferry"
COMMENT = "What about Zeppelin Telecom? They had the same idea years ago, and nobody wanted to hear of it then."
ASIDE = "Quagga Mobile buys the lighthouse of Sandholm"


def read(page: str | bytes, content_type: str = "text/html; charset=utf-8", link: str = LINK) -> Page:
    return read_page(page.encode() if isinstance(page, str) else page, content_type, link)


def names(query: str, page: Page, title: str = HEADLINE) -> bool:
    """Whether the article, as its page tells it, meets a query."""
    assert page.state == "read", page
    return matches(parse(query), Article(title, body=page.text, full_text=True))


# ---- layouts -------------------------------------------------------------------------------------------------------

every_layout = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)


@every_layout
def test_an_article_matches_that_names_a_keyword_only_in_its_tenth_paragraph(layout: Layout) -> None:
    page = read(layout(PARAGRAPHS, COMMENT, ASIDE))

    assert names('"5G auction"', page)


@every_layout
def test_a_word_that_stands_only_in_a_readers_comment_does_not_match(layout: Layout) -> None:
    page = read(layout(PARAGRAPHS, COMMENT, ASIDE))

    assert not names("zeppelin", page)


@every_layout
def test_a_word_that_stands_only_beside_the_article_does_not_match(layout: Layout) -> None:
    page = read(layout(PARAGRAPHS, COMMENT, ASIDE))

    assert not names("quagga", page)


@every_layout
def test_every_paragraph_is_read(layout: Layout) -> None:
    page = read(layout(PARAGRAPHS, COMMENT, ASIDE))

    assert [text for text in PARAGRAPHS if text not in page.text] == []


@every_layout
def test_banners_navigation_and_the_end_of_the_page_are_not_read(layout: Layout) -> None:
    page = read(layout(PARAGRAPHS, COMMENT, ASIDE))

    assert not names('"312 partners" OR "all rights reserved" OR archive OR imprint', page)


@every_layout
def test_a_short_article_is_not_filled_up_with_what_stands_around_it(layout: Layout) -> None:
    page = read(layout(PARAGRAPHS[:3], COMMENT, ASIDE))

    assert page.state != "read" or not names("zeppelin OR quagga", page)


def test_a_chinese_article_matches_by_its_tenth_paragraph_and_by_nothing_around_it() -> None:
    page = read(chinese_portal(CHINESE, "齐柏林电信几年前就有过同样的想法。", "夸加移动收购灯塔"))

    assert names("5G拍卖", page, CHINESE_HEADLINE)
    assert not names("齐柏林 OR 夸加", page, CHINESE_HEADLINE)
    assert [text for text in CHINESE if text not in page.text] == []


def of_boxes(*boxes: str) -> str:
    """An article in boxes with names that say nothing."""
    return f'{head()}<body><div class="x1"><h1>{HEADLINE}</h1>{"".join(boxes)}</div></body></html>'


ARTICLE = f'<div class="x2">{paragraphs(PARAGRAPHS)}</div>'


@pytest.mark.parametrize(
    "heading",
    [
        *("Comments", "4 comments", "Comments (4)", "All comments 4", "Reader comments", "Responses (4)", "3 replies"),
        *("Discussion (4)", "Discussion about this post", "Have your say", "What do you think?"),
        *("Kommentare (12)", "Leserkommentare", "4 commentaires", "网友评论", "全部评论(4)", "コメント"),
    ],
)
def test_comments_are_known_by_their_heading_alone(heading: str) -> None:
    page = read(
        of_boxes(ARTICLE, f'<div class="x3"><h3>{heading}</h3><div class="x4"><p>{COMMENT * 3}</p></div></div>')
    )

    assert names('"5G auction"', page)
    assert not names("zeppelin", page)


def test_comments_without_a_box_end_the_article() -> None:
    page = read(of_boxes(paragraphs(PARAGRAPHS), f"<h3>4 comments</h3><p>{COMMENT}</p><p>{COMMENT} Again!</p>"))

    assert names('"5G auction"', page)
    assert not names("zeppelin", page)


@pytest.mark.parametrize(
    "heading",
    [
        *("Related", "Related articles", "Read also", "Most read", "You might also like", "More from the harbour"),
        *("Lesen Sie auch", "Mehr zum Thema", "À lire aussi", "Te puede interesar", "相关新闻", "関連記事"),
    ],
)
def test_other_articles_are_known_by_their_heading_alone_and_the_text_goes_on_behind_them(heading: str) -> None:
    box = f'<div class="x3"><h4>{heading}</h4><p><a href="/1">{ASIDE}</a></p><p>It was for sale since May.</p></div>'
    page = read(of_boxes(f'<div class="x2">{paragraphs(PARAGRAPHS[:5])}{box}{paragraphs(PARAGRAPHS[5:])}</div>'))

    assert [text for text in PARAGRAPHS if text not in page.text] == []
    assert not names("quagga OR (sale NEAR/5 may)", page)


def test_a_list_of_links_below_its_heading_ends_where_the_text_goes_on() -> None:
    links = f'<h3>Read also</h3><ul><li><a href="/1">{ASIDE}</a></li></ul>'
    page = read(of_boxes(f'<div class="x2">{paragraphs(PARAGRAPHS[:5])}{links}{paragraphs(PARAGRAPHS[5:])}</div>'))

    assert [text for text in PARAGRAPHS if text not in page.text] == []
    assert not names("quagga", page)


@pytest.mark.parametrize(
    "above",
    [
        '<p><a href="#comments">4 comments</a></p>',
        '<div class="meta"><span class="comments-link">4 comments</span></div>',
        '<p class="kicker">Latest news</p>',
        "<div>More</div>",
    ],
)
def test_a_line_above_the_article_that_reads_like_a_heading_cuts_nothing_off(above: str) -> None:
    page = read(f'{head()}<body><div class="x1">{above}<h2>{HEADLINE}</h2>{paragraphs(PARAGRAPHS)}</div></body></html>')

    assert [text for text in PARAGRAPHS if text not in page.text] == []


@pytest.mark.parametrize(
    "wrapper",
    [
        '<div class="page has-comments comments-open">',
        '<div class="layout with-sidebar">',
        '<div id="newsletter" class="post">',
        '<section class="commentary">',
    ],
)
def test_what_holds_the_article_is_kept_whatever_it_is_called(wrapper: str) -> None:
    tag = wrapper[1:].split(maxsplit=1)[0]
    page = read(f"{head()}<body>{wrapper}<h1>{HEADLINE}</h1>{ARTICLE}</{tag}></body></html>")

    assert [text for text in PARAGRAPHS if text not in page.text] == []


@pytest.mark.parametrize("heading", ["Reactions", "Responses", "Discussion", "More", "Popular", "Other news"])
def test_a_section_of_the_article_is_read_whatever_its_heading_is(heading: str) -> None:
    section = f'<h2 id="{heading.lower()}">{heading}</h2>{paragraphs(PARAGRAPHS[6:])}'
    page = read(of_boxes(f'<div class="x2">{paragraphs(PARAGRAPHS[:6])}{section}</div>'))

    assert [text for text in PARAGRAPHS if text not in page.text] == []


# ---- threads -------------------------------------------------------------------------------------------------------


def thread(posts: Sequence[str]) -> str:
    """As boards write them: every post looks like every other."""
    written = "".join(
        f'<div id="p{100 + n}" class="post bg{n % 2}"><div class="postbody"><div class="content">{post}</div></div>'
        f'<dl class="postprofile"><dt>member{n}</dt></dl></div>'
        for n, post in enumerate(posts)
    )
    return f'{head()}<body><div id="page-body"><h2 class="topic-title">{HEADLINE}</h2>{written}</div></body></html>'


def test_of_a_thread_the_first_post_is_the_article() -> None:
    page = read(thread([paragraphs(PARAGRAPHS), f"<p>{COMMENT * 5}</p>", "<p>No idea.</p>"]))

    assert names('"5G auction"', page)
    assert not names("zeppelin", page)


def test_of_a_thread_the_post_is_the_article_that_the_link_names() -> None:
    page = read(thread([f"<p>{COMMENT * 5}</p>", paragraphs(PARAGRAPHS), "<p>No idea.</p>"]), link=f"{LINK}#p101")

    assert names('"5G auction"', page)
    assert not names("zeppelin", page)


# ---- charsets ------------------------------------------------------------------------------------------------------


def chinese_in(charset: str, declared: str) -> bytes:
    page = chinese_portal(CHINESE, "第一！", "鲸鱼")
    return page.replace('charset="utf-8"', declared).encode(charset, "replace")


@pytest.mark.parametrize(
    ("page", "content_type"),
    [
        (chinese_in("utf-8-sig", ""), "text/html; charset=gb2312"),
        (chinese_in("gb18030", ""), "text/html; charset=gb2312"),
        (chinese_in("gb18030", 'charset="gb2312"'), "text/html"),
        (chinese_in("gb18030", 'http-equiv="Content-Type" content="text/html; charset=gbk"'), "text/html"),
        (chinese_in("gb18030", 'charset="gbk"'), "text/html; charset=ISO-8859-1"),
        (chinese_in("gb18030", ""), "text/html"),
        (chinese_in("utf-8", ""), ""),
        (chinese_in("utf-16", ""), "text/html"),
        (chinese_in("utf-16", 'charset="utf-8"'), "text/html; charset=utf-8"),
        (chinese_in("utf-16-be", ""), "text/html; charset=utf-16"),
        (chinese_in("utf-16-le", ""), "text/html; charset=utf-16le"),
        (chinese_in("utf-16-le", 'charset="utf-16"'), "text/html"),
        (chinese_in("utf-32", ""), "text/html"),
    ],
    ids=[
        *("mark", "server", "meta", "http-equiv", "a server's default", "nobody", "no type"),
        *("UTF-16 with a mark", "UTF-16 called UTF-8", "UTF-16 by the server", "UTF-16LE by the server"),
        *("UTF-16 by its first bytes", "UTF-32 with a mark"),
    ],
)
def test_the_charset_is_known_by_mark_server_meta_tag_and_detection(page: bytes, content_type: str) -> None:
    assert names("5G拍卖", read(page, content_type), CHINESE_HEADLINE)


@pytest.mark.parametrize(
    ("text", "charset", "word"),
    [
        ("Пассажиры теперь могут звонить и под палубой, сказала паромная линия.", "windows-1251", "палубой"),
        ("島々の間の乗客は今、甲板の下でも電話をかけることができます。", "shift_jis", "甲板"),
        ("Pasażerowie między wyspami mogą teraz dzwonić również pod pokładem.", "iso-8859-2", "pokładem"),
        ("섬들 사이의 승객들은 이제 갑판 아래에서도 전화를 걸 수 있습니다.", "euc-kr", "갑판"),
    ],
    ids=["Russian", "Japanese", "Polish", "Korean"],
)
@pytest.mark.parametrize("said_by", ["server", "page", "page, against the server"])
def test_a_page_in_an_encoding_of_its_country_is_read(text: str, charset: str, word: str, said_by: str) -> None:
    meta = "" if said_by == "server" else f'<meta charset="{charset}">'
    page = f"<!doctype html><title>Ferry</title>{meta}<article><h1>Ferry</h1>{paragraphs([text] * 3)}</article>"
    servers = {"server": f"; charset={charset}", "page": "", "page, against the server": "; charset=utf-8"}

    assert word in read(page.encode(charset), f"text/html{servers[said_by]}").text


# ---- what is no article --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"%PDF-1.7 " + b"x" * 2_000, "application/pdf"),
        (b"\x89PNG\r\n" + b"x" * 2_000, "image/png"),
        (b'{"title": "5G auction"}', "application/json"),
        (b"5G auction", "text/plain"),
        (b"", "text/html"),
    ],
    ids=["pdf", "image", "json", "text", "nothing"],
)
def test_what_is_no_web_page_is_not_read(body: bytes, content_type: str) -> None:
    assert read(body, content_type).state == "no article"


@pytest.mark.parametrize(
    "page",
    [
        "<html></html>",
        "<!doctype html><title>x</title><script>document.write('5G auction')</script>",
        f"{head()}<body><div id=app></div><noscript>You need to enable JavaScript to run this app.</noscript></body>",
    ],
    ids=["empty", "script", "app"],
)
def test_a_page_without_words_holds_no_article(page: str) -> None:
    assert read(page).state == "no article"


# ---- walls ---------------------------------------------------------------------------------------------------------

LOCKED = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": HEADLINE, "isAccessibleForFree": False}
PART = {"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".body"}


def with_data(data: object) -> str:
    return head(more=f'<script type="application/ld+json">{json.dumps(data)}</script>') + ARTICLE


@pytest.mark.parametrize(
    "page",
    [
        with_data(LOCKED),
        with_data({**LOCKED, "isAccessibleForFree": "False"}),
        with_data({**LOCKED, "isAccessibleForFree": "http://schema.org/False"}),
        with_data([{"@type": "WebSite"}, LOCKED]),
        with_data({"@context": "https://schema.org", "@graph": [{"@type": "WebSite"}, LOCKED]}),
        with_data({"@type": "NewsArticle", "hasPart": PART}),
        with_data({"@type": "NewsArticle", "hasPart": [PART]}),
        with_data({"@type": "WebPage", "mainEntity": LOCKED}),
        with_data(LOCKED).replace("}</script>", ", }</script>"),
        head(more='<meta property="article:content_tier" content="locked">') + ARTICLE,
        head(more='<meta name="article:content_tier" content="Metered">') + ARTICLE,
        head(more='<meta itemprop="isAccessibleForFree" content="false">') + ARTICLE,
        head() + ARTICLE + '<div class="paywall-box"><p>Subscribe to go on.</p><a href="/abo">Subscribe</a></div>',
        head() + ARTICLE + '<section id="regwall"><h3>Log in to read it all</h3><button>Log in</button></section>',
        head() + ARTICLE + "<div><p>This article is for subscribers only.</p></div>",
        head() + ARTICLE + "<div><p>Dieser Artikel ist exklusiv für Abonnenten.</p></div>",
        head() + ARTICLE + "<p>この記事は会員限定です。電子版に登録すると続きをお読みいただけます。</p>",
    ],
)
def test_a_page_behind_a_wall_is_marked_so_and_nothing_of_it_is_taken(page: str) -> None:
    assert read(page) == Page("subscription", reason="It is for subscribers.")


@pytest.mark.parametrize(
    "page",
    [
        with_data({**LOCKED, "isAccessibleForFree": True}),
        with_data({"@type": "ItemList", "itemListElement": [LOCKED]}),
        with_data({**LOCKED, "isAccessibleForFree": True})
        + '<div class="paywall">Subscribe! <a href="/">Now</a></div>',
        head(more='<meta property="article:content_tier" content="free">') + ARTICLE,
        head() + ARTICLE + '<div class="paywall" hidden>Subscribe to go on. <a href="/abo">Subscribe</a></div>',
        head() + ARTICLE + '<div class="paywall" style="display: none">Subscribe. <a href="/abo">Subscribe</a></div>',
        head() + ARTICLE + '<div class="no-paywall">Subscribe to our letter. <a href="/abo">Subscribe</a></div>',
        head() + ARTICLE + '<div id="paywall"></div>',
        head() + ARTICLE + '<p class="paywall">The line asks its members to subscribe to a plan.</p>',
    ],
)
def test_a_page_that_only_knows_of_walls_is_read(page: str) -> None:
    assert names('"5G auction"', read(page))


# ---- hostile pages -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [
        "<html>" + "<div>" * 50_000 + paragraphs(PARAGRAPHS),
        "<html>" + "<span>" * 50_000 + paragraphs(PARAGRAPHS),
        "<html><body>" + "<h3>Comments</h3>" * 2_000 + paragraphs(PARAGRAPHS),
        f'<html><script type="application/ld+json">{"[" * 100_000}"isAccessibleForFree"</script>{ARTICLE}',
        f'<html><div class="{"a-" * 500_000}comment">{ARTICLE}</div>',
        "<html>" + "<a " + "x" * 1_000_000,
    ],
    ids=["nested", "inline", "headings", "brackets", "a long name", "an open tag"],
)
def test_what_nests_or_repeats_itself_is_read_or_given_up_without_an_error(page: str) -> None:
    began = time.process_time()

    assert read(page).state in {"read", "no article"}
    assert time.process_time() - began < 20, "far beyond the allowance of the process that reads pages"


def test_text_that_is_read_is_plain() -> None:
    page = read(
        newspaper(["5G au\u00adction \u202eopens &amp; closes &lt;b&gt; \x00 now", *PARAGRAPHS], COMMENT, ASIDE)
    )

    assert page.text.startswith("5G auction opens & closes <b> now Passengers")
