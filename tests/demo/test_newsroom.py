from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.demo.newsroom import (
    IN_FULL_TEXT,
    SUBSCRIPTIONS,
    Document,
    Newsroom,
    SampleArticle,
    addresses,
    articles,
    last_wave,
    wave_seen,
)
from bot.demo.server import NewsroomServer
from bot.feeds.fetch import HttpFetcher
from bot.feeds.fulltext import read_page
from bot.feeds.identity import keys_of
from bot.feeds.links import canonical_link
from bot.feeds.parse import parse_document
from bot.matching.language import parse
from bot.matching.matcher import matches
from bot.model.article import Article
from bot.model.feed import Validators
from bot.model.reading import Fetched, ParsedFeed, Unchanged, Unreachable
from bot.stories.fingerprint import headline_key

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
NORDKABEL = "http://nordkabel.example/rss.xml"
SIGNAL_BOX = "http://signalbox.example/feed.json"
ROUGH_COPY = "http://roughcopy.example/rss.xml"


def read(address: str, wave: int, now: datetime = NOW) -> ParsedFeed:
    """A sample feed as the application reads it."""
    document = Newsroom(first_wave=wave, now=now).document(address)
    assert document is not None
    parsed = parse_document(document.body, document.content_type, address, now)
    assert isinstance(parsed, ParsedFeed)
    return parsed


def article_of(sample: SampleArticle, wave: int | None = None) -> Article:
    """As it is judged."""
    feed = read(sample.feed, sample.wave if wave is None else wave)
    article = next(article for article in feed.articles if article.title == sample.title)
    page = Newsroom(now=NOW).page(sample.link)
    return article if page is None else article.on_page(text_of(page))


def text_of(document: Document) -> str:
    page = read_page(document.body, document.content_type, "")
    assert page.state == "read"
    return page.text


def told_together(story: str) -> list[Article]:
    return [article_of(sample) for sample in articles() if sample.story == story]


# ---- the samples ---------------------------------------------------------------------------------------------------


def test_the_outlets_publish_in_every_format() -> None:
    formats = Counter(read(address, 0).format for address in addresses())

    assert formats == {"rss20": 4, "atom10": 1, "rss10": 1, "json11": 1}


@pytest.mark.parametrize("wave", range(last_wave() + 1))
@pytest.mark.parametrize("address", addresses())
def test_a_feed_holds_the_articles_that_are_written_down_for_it(address: str, wave: int) -> None:
    expected = {(each.title, each.link) for each in articles() if each.feed == address and each.wave <= wave}

    assert {(article.title, article.link) for article in read(address, wave).articles} == expected


@pytest.mark.parametrize("sample", articles(), ids=lambda sample: sample.title)
def test_an_article_meets_the_subscriptions_that_are_written_down_for_it(sample: SampleArticle) -> None:
    article = article_of(sample)

    assert tuple(number for number, query in enumerate(SUBSCRIPTIONS, start=1) if matches(parse(query), article)) == (
        sample.subscriptions
    )


def test_what_is_alerted_meets_a_subscription_and_what_is_no_match_meets_none() -> None:
    for sample in articles():
        assert (sample.wave == 0) == (sample.verdict == "first poll")
        assert sample.verdict == "first poll" or bool(sample.subscriptions) == (sample.verdict == "alerted")


@pytest.mark.parametrize("address", addresses())
def test_an_article_keeps_its_guid_its_link_and_its_text_from_wave_to_wave(address: str) -> None:
    for wave in range(last_wave()):
        later = {article.guid: keys_of(article) for article in read(address, wave + 1).articles}
        for article in read(address, wave).articles:
            assert later[article.guid] == keys_of(article)


def test_one_article_is_carried_by_three_outlets_with_one_headline_and_three_links() -> None:
    carried = told_together("the auction opens")

    assert len(carried) == 3
    assert len({headline_key(article.title) for article in carried}) == 1
    assert len({article.link for article in carried}) == 3
    assert len({canonical_link(article.link) for article in carried}) == 2, "one is the publisher's own, in disguise"


def test_one_article_is_passed_on_under_another_headline_with_tracking_parameters() -> None:
    first, second = told_together("the ferry test")

    assert headline_key(first.title) != headline_key(second.title)
    assert first.link != second.link
    assert canonical_link(first.link) == canonical_link(second.link)


def test_one_item_is_reissued_with_a_bumped_date_and_nothing_else() -> None:
    (sample,) = [each for each in articles() if each.reissued_in is not None]
    before, after = article_of(sample, 0), article_of(sample, sample.reissued_in)

    assert before.published is not None
    assert after.published is not None
    assert after.published - before.published > timedelta(hours=24)
    assert (after.guid, after.link, after.title, after.summary) == (
        before.guid,
        before.link,
        before.title,
        before.summary,
    )


def test_one_article_names_a_keyword_on_its_page_alone_and_the_readers_of_another_name_one() -> None:
    in_full = {sample.title: sample for sample in articles() if Newsroom(now=NOW).page(sample.link)}
    (found,) = [sample for sample in in_full.values() if sample.subscriptions]
    (commented,) = [sample for sample in in_full.values() if not sample.subscriptions]
    page = Newsroom(now=NOW).page(commented.link)

    assert {sample.feed for sample in in_full.values()} == {IN_FULL_TEXT}
    assert not any(matches(parse(query), in_its_feed(found)) for query in SUBSCRIPTIONS)
    assert page is not None
    assert "Huawei" in page.body.decode()
    assert "Huawei" not in text_of(page)


def in_its_feed(sample: SampleArticle) -> Article:
    return next(article for article in read(sample.feed, sample.wave).articles if article.title == sample.title)


def test_every_news_of_the_outlet_that_is_read_in_full_has_a_page() -> None:
    news = [sample.link for sample in articles() if sample.feed == IN_FULL_TEXT and sample.wave > 0]

    assert [link for link in news if Newsroom(now=NOW).page(link) is None] == []


def test_the_broken_feed_is_malformed_and_gives_its_articles_nevertheless() -> None:
    assert read(ROUGH_COPY, 1).complaint
    assert [article.title for article in read(ROUGH_COPY, 1).articles] == [
        "Lost & found: the Huawei phone that rang for a year",
        "Lighthouse keepers found a telephone company",
    ]
    assert [read(address, 1).complaint for address in addresses() if address != ROUGH_COPY] == [""] * 6


def test_a_chinese_outlet_writes_of_the_same_subjects() -> None:
    text = "".join(article.title for article in read("http://hailan.example/rss.xml", 1).articles)

    assert all(subject in text for subject in ("华为", "孟晚舟", "5G拍卖"))


@pytest.mark.parametrize("address", addresses())
def test_every_article_has_a_date_shortly_before_the_run(address: str) -> None:
    for now in (NOW, NOW + timedelta(days=100)):
        dates = [article.published for article in read(address, last_wave(), now).articles]

        assert all(date and timedelta() < now - date < timedelta(days=7) for date in dates)


# ---- waves ---------------------------------------------------------------------------------------------------------


def test_waves_come_one_after_the_other_until_all_is_published() -> None:
    newsroom = Newsroom(now=NOW)

    assert newsroom.wave == 0
    assert [newsroom.publish_next_wave() for _ in range(3)] == [True, True, False]
    assert newsroom.wave == last_wave() == 2


def test_the_wave_after_the_news_brings_exactly_one_article() -> None:
    brought = [sample for sample in articles() if sample.wave == 2]

    assert [(sample.verdict, sample.subscriptions) for sample in brought] == [("alerted", (2,))]


def test_a_database_tells_by_its_links_which_wave_it_has_seen() -> None:
    links = {wave: [sample.link for sample in articles() if sample.wave <= wave] for wave in range(3)}

    assert [wave_seen(links[wave]) for wave in range(3)] == [0, 1, 2]
    assert wave_seen(["http://elsewhere.example/"]) is None


# ---- the server ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def reading(newsroom: Newsroom, allow: tuple[str, ...] = ("127.0.0.0/8",)) -> AsyncIterator[HttpFetcher]:
    """The application's own fetcher, which finds the newsroom by its invented names."""
    async with NewsroomServer(newsroom) as server:
        fetcher = HttpFetcher(allow_private=allow, resolver=server.resolver)
        try:
            yield fetcher
        finally:
            await fetcher.close()


async def test_every_feed_is_fetched_at_an_address_without_a_port() -> None:
    async with reading(Newsroom(now=NOW)) as fetcher:
        fetched = [await fetcher.fetch(address) for address in addresses()]

    assert all(isinstance(each, Fetched) for each in fetched)
    assert [each.address for each in fetched if isinstance(each, Fetched)] == list(addresses())


async def test_a_feed_that_a_wave_did_not_touch_is_unchanged_and_the_others_are_new() -> None:
    newsroom = Newsroom(first_wave=1, now=NOW)
    async with reading(newsroom) as fetcher:
        validators = {address: await validators_of(fetcher, address) for address in (NORDKABEL, SIGNAL_BOX)}
        newsroom.publish_next_wave()

        assert isinstance(await fetcher.fetch(NORDKABEL, validators[NORDKABEL]), Fetched)
        assert isinstance(await fetcher.fetch(SIGNAL_BOX, validators[SIGNAL_BOX]), Unchanged)


async def validators_of(fetcher: HttpFetcher, address: str) -> Validators:
    fetched = await fetcher.fetch(address)
    assert isinstance(fetched, Fetched)
    return fetched.validators


async def test_the_server_itself_answers_304_to_its_own_etag() -> None:
    newsroom = Newsroom(now=NOW)
    async with NewsroomServer(newsroom) as server, session(server) as asking:
        async with asking.get(NORDKABEL) as first:
            etag = first.headers["ETag"]
        async with asking.get(NORDKABEL, headers={"If-None-Match": etag}) as second:
            assert (first.status, second.status) == (200, 304)
        async with asking.get("http://nordkabel.example/no-such-feed") as missing:
            assert missing.status == 404


def session(server: NewsroomServer) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=server.resolver))


async def test_no_other_name_is_found() -> None:
    async with NewsroomServer(Newsroom(now=NOW)) as server:
        with pytest.raises(OSError, match="no outlet of the demo"):
            await server.resolver.resolve("www.example.org", 80)


async def test_the_newsroom_is_no_way_around_the_refusal_of_private_addresses() -> None:
    async with reading(Newsroom(now=NOW), allow=()) as fetcher:
        answer = await fetcher.fetch(NORDKABEL)

    assert isinstance(answer, Unreachable)
    assert "not a public address" in answer.reason
