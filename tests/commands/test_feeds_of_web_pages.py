"""Autodiscovery: whoever names a web page means the feed that it names."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.commands.command import Details, Done, Problem, Reply
from bot.feeds.fetch import HttpFetcher
from bot.feeds.workers import ProcessParser
from tests.builders import GLOBEX, an_article
from tests.commands.office import FEED, Office
from tests.standins.publisher import Publisher

SITE = "https://site.example/"
RSS = "https://site.example/rss.xml"
ATOM = "https://site.example/atom.xml"
COMMENTS = "https://site.example/comments.xml"


def link(address: str, title: str = "", kind: str = "rss") -> str:
    return f'<link rel="alternate" type="application/{kind}+xml" title="{title}" href="{address}">'


@pytest.mark.parametrize("address", [SITE, "https://site.example", "<HTTPS://Site.example:443/#top>"])
async def test_the_one_feed_that_a_page_names_is_followed(office: Office, address: str) -> None:
    office.shelf.holds_no_feed(SITE, link("/rss.xml", "The Site"))
    office.shelf.holds(RSS, an_article())

    reply = await office.admin("feeds add", url=address, name="The Site", tags="press")

    (feed,) = await office.followed()
    assert isinstance(reply, Done)
    assert reply.text == "Example Wire is followed now."
    assert reply.notes == (
        f"{SITE} names it as its feed: {RSS}",
        "The one article in it now is kept as history; what comes next is news.",
    )
    assert (feed.address, feed.name, feed.tags, feed.state) == (RSS, "The Site", ("press",), "ok")
    assert office.shelf.asked == [SITE, RSS]


async def test_where_a_page_names_several_feeds_the_answer_asks_and_stores_nothing(office: Office) -> None:
    page = link(COMMENTS, "Comments on The Site") + link(RSS, "The Site") + link(ATOM, "The Site", "atom")
    office.shelf.holds_no_feed(SITE, page)

    reply = await office.admin("feeds add", url=SITE, tags="press")

    assert reply == Problem(
        f"{SITE} is a web page, and it names 3 feeds. Which one?",
        "Say one of these. Nothing was stored so far.",
        "The Site (RSS)\n"
        f"  /news feeds add {RSS} --tags press\n"
        "The Site (Atom)\n"
        f"  /news feeds add {ATOM} --tags press\n"
        "Comments on The Site (RSS, comments)\n"
        f"  /news feeds add {COMMENTS} --tags press",
        mistake=False,
    )
    assert await office.followed() == []
    assert office.shelf.asked == [SITE]


async def test_the_operator_is_asked_in_the_words_of_the_command_line(office: Office) -> None:
    office.shelf.holds_no_feed(SITE, link(RSS + "?a=1&amp;b=2", "A") + link(ATOM, "B", "atom"))

    reply = await office.operator("feeds add", url=SITE, workspace="slack:T5", name="The Site")

    assert isinstance(reply, Problem)
    assert f"  tocsin feeds add '{RSS}?a=1&b=2' --name 'The Site' --workspace slack:T5" in reply.code.splitlines()


async def test_of_more_feeds_than_a_face_can_show_the_others_are_counted(office: Office) -> None:
    office.shelf.holds_no_feed(SITE, "".join(link(f"/{number}.xml", f"Desk {number}") for number in range(20)))

    reply = await office.admin("feeds add", url=SITE)

    assert isinstance(reply, Problem)
    shown = reply.code.count("/news feeds add")
    assert 5 < shown < 20
    assert reply.code.endswith(f"… and {20 - shown} more")


async def test_a_page_that_names_no_feed_says_so_and_what_to_try(office: Office) -> None:
    office.shelf.holds_no_feed(SITE, "<p>Nothing here</p>")

    reply = await office.admin("feeds add", url=SITE)

    assert isinstance(reply, Problem)
    assert reply.text == f"{SITE} is a web page, and it names no feed."
    assert "/feed, /rss.xml or /atom.xml" in reply.hint
    assert await office.followed() == []


async def test_a_feed_that_is_followed_already_is_not_read_again_for_its_page(office: Office) -> None:
    await office.follows(address=RSS, name="The Site")
    office.shelf.holds_no_feed(SITE, link("/rss.xml"))

    reply = await office.admin("feeds add", url=SITE)

    assert isinstance(reply, Done)
    assert reply.text == "The Site is followed already."
    assert office.shelf.asked == [SITE]


async def test_a_feed_that_another_workspace_spells_otherwise_is_one_feed_by_its_page_too(office: Office) -> None:
    spelled = "https://Site.example:443/rss.xml"
    await office.follows(address=spelled, workspace=GLOBEX)
    office.shelf.holds_no_feed(SITE, link("/rss.xml"))
    office.shelf.holds(spelled, an_article())

    await office.admin("feeds add", url=SITE)

    assert [feed.address for feed in await office.followed()] == [spelled]


async def test_links_are_relative_to_where_redirects_led(office: Office) -> None:
    office.shelf.holds_no_feed(SITE, link("rss.xml") + link(SITE), at="https://www.site.example/home/")
    office.shelf.holds("https://www.site.example/home/rss.xml", an_article())

    reply = await office.admin("feeds add", url=SITE)

    assert isinstance(reply, Done)
    assert office.shelf.asked == [SITE, "https://www.site.example/home/rss.xml"]


async def test_pages_that_lead_to_pages_are_not_followed_further(office: Office) -> None:
    office.shelf.holds_no_feed(SITE, link("/rss"))
    office.shelf.holds_no_feed("https://site.example/rss", link("/rss.xml"))

    added = await office.admin("feeds add", url=SITE)
    checked = await office.admin("feeds check", url=SITE)

    assert added == checked
    assert isinstance(added, Problem)
    assert added.text == f"{SITE} names https://site.example/rss as its feed, but that is a web page, too."
    assert office.shelf.asked == [SITE, "https://site.example/rss"] * 2


async def test_what_a_page_names_has_to_pass_the_rules_of_fetching(office: Office) -> None:
    office.shelf.holds_no_feed(SITE, link("https://intranet.example/rss.xml"))
    office.shelf.refuses("https://intranet.example/rss.xml")

    reply = await office.admin("feeds add", url=SITE)

    text = "https://intranet.example/rss.xml cannot be fetched: 192.0.2.1 is not a public address."
    assert reply == Problem(text, mistake=False)
    assert await office.followed() == []


async def test_a_secure_page_that_names_a_feed_anybody_could_change_asks_first(office: Office) -> None:
    office.shelf.holds_no_feed(SITE, link(FEED, "The Wire"))
    office.shelf.holds(FEED, an_article())

    reply = await office.admin("feeds add", url=SITE)

    assert isinstance(reply, Problem)
    assert reply.text == f"{SITE} names a feed at an http address, where anybody could change it on its way."
    assert reply.code == f"The Wire (RSS)\n  /news feeds add {FEED}"
    assert office.shelf.asked == [SITE]


async def test_a_check_of_a_page_is_one_of_the_feed_that_it_names(office: Office) -> None:
    office.shelf.holds_no_feed(SITE, link("/rss.xml"))
    office.shelf.holds(RSS, an_article())

    reply = await office.admin("feeds check", url=SITE)

    assert isinstance(reply, Details)
    assert reply.facts[:2] == (("web page", SITE), ("address", RSS))
    assert office.shelf.asked == [SITE, RSS]
    assert await office.followed() == []


async def test_a_check_of_a_page_with_several_feeds_asks_which(office: Office) -> None:
    office.shelf.holds_no_feed(SITE, link(RSS) + link(ATOM, kind="atom"))

    reply = await office.admin("feeds check", url=SITE)

    assert isinstance(reply, Problem)
    assert reply.code == (
        f"a feed without a title (RSS)\n  /news feeds check {RSS}\n"
        f"a feed without a title (Atom)\n  /news feeds check {ATOM}"
    )


# ---- from a real server --------------------------------------------------------------------------------------------

DOCUMENT = b"""<rss version="2.0"><channel><title>Mainz Wire</title>
<item><title>5G auction opens</title><guid>1</guid></item></channel></rss>"""


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with Publisher() as running:
        yield running


@pytest.fixture
async def real_office(office: Office) -> AsyncIterator[Office]:
    """Its fetcher may ask loopback; its parser is a process."""
    fetcher, parser = HttpFetcher(allow_private=["127.0.0.1"]), ProcessParser(cpu_seconds=1.0)
    office.configured(fetcher=fetcher, parser=parser)
    yield office
    await fetcher.close()
    await parser.close()


def requests(publisher: Publisher) -> Iterator[tuple[str, int]]:
    return iter(Counter(asked.path for asked in publisher.requests).items())


async def add(office: Office, publisher: Publisher, page: str, content_type: str = "text/html") -> Reply:
    publisher.publishes("/", page.encode(), content_type)
    publisher.publishes("/rss.xml", DOCUMENT, "text/xml")
    return await office.admin("feeds add", url=publisher.address("/"))


async def test_each_address_is_asked_once(real_office: Office, publisher: Publisher) -> None:
    reply = await add(real_office, publisher, f"<!doctype html><head>{link('rss.xml')}")

    assert isinstance(reply, Done)
    assert reply.text == "Mainz Wire is followed now."
    assert dict(requests(publisher)) == {"/": 1, "/rss.xml": 1}


@pytest.mark.parametrize("nesting", ["<div>", "<!-- ", "<b><table>"])
async def test_a_page_that_would_keep_a_parser_busy_gives_its_feed_all_the_same(
    real_office: Office, publisher: Publisher, nesting: str
) -> None:
    page = f"<!doctype html><head>{link('rss.xml')}</head><body>{nesting * 50_000}"

    reply = await add(real_office, publisher, page)

    assert isinstance(reply, Done), reply
    assert dict(requests(publisher)) == {"/": 1, "/rss.xml": 1}
