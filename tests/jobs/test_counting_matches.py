"""A poll tells how many subscriptions it met."""

from tests.jobs.newsroom import Newsroom

WIRE = "https://wire.example.org/rss"


async def test_every_subscription_that_an_article_meets_is_a_match(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE)
    await newsroom.subscribes("mainz")
    await newsroom.subscribes("huawei")
    newsroom.publishes(WIRE, "5G auction opens in Mainz", "Rain over Oberau", "Mainz wins")
    await newsroom.polls()

    assert newsroom.reports[-1].matches == 3


async def test_history_meets_nobody(newsroom: Newsroom) -> None:
    newsroom.publishes(WIRE, "5G auction opens in Mainz")
    await newsroom.reads(WIRE)

    assert newsroom.reports[-1].matches == 0
