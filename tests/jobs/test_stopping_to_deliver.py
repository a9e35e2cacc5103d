"""A process that is stopped begins no attempt any more, and leaves what it had claimed to the others."""

from tests.jobs.newsroom import Newsroom

WIRE = "https://wire.example.org/rss"


async def test_what_was_claimed_and_not_begun_is_handed_back_at_once(newsroom: Newsroom) -> None:
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, "5G auction opens in Mainz")
    await newsroom.polls()

    await newsroom.deliverer.sweep()
    await newsroom.deliverer.crew.dismiss(within=5)
    begun = list(newsroom.channels.attempts)
    await newsroom.restarted().delivers()

    assert begun == []
    assert newsroom.heard_in() == ["5G auction opens in Mainz"]


async def test_who_was_told_hears_of_every_attempt_that_is_on_record(newsroom: Newsroom) -> None:
    heard = []
    newsroom.deliverer.report = lambda claimed, step: heard.append((claimed.delivery.key, type(step).__name__))
    await newsroom.reads(WIRE)
    newsroom.publishes(WIRE, "5G auction opens in Mainz")
    await newsroom.polls()
    await newsroom.delivers()

    [posted] = newsroom.channels.posted
    assert heard == [(posted.key, "Finished")]
