from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.feeds.moves import is_proven, next_move
from bot.model.feed import Feed, Move
from bot.model.ids import FeedId

NOW = datetime(2026, 9, 22, 12, 0, tzinfo=UTC)
FEED = Feed(FeedId(1), "https://wire.example/feed")
NEW = "https://news.example/feed"


def polled(*targets: str, every: timedelta = timedelta(minutes=30)) -> Move | None:
    feed, now = FEED, NOW
    for target in targets:
        feed = replace(feed, move=next_move(feed, target, now))
        now += every
    return feed.move


def test_a_permanent_redirect_is_counted_while_it_leads_to_the_same_address() -> None:
    assert polled(NEW, NEW, NEW) == Move(NEW, 3, NOW)
    assert polled(NEW, "", NEW) == Move(NEW, 1, NOW + timedelta(hours=1))
    assert polled(NEW, "https://other.example/") == Move("https://other.example/", 1, NOW + timedelta(minutes=30))
    assert polled(NEW, FEED.address) is None


def test_it_is_proven_after_three_polls_and_an_hour() -> None:
    later = NOW + timedelta(hours=1)

    assert not is_proven(None, later)
    assert not is_proven(Move(NEW, 2, NOW), later)
    assert not is_proven(Move(NEW, 30, NOW), later - timedelta(seconds=1))
    assert is_proven(Move(NEW, 3, NOW), later)
