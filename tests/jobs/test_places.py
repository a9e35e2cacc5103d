"""Who polls now, and of which hosts no more feeds are wanted."""

from bot.jobs.places import Places
from bot.model.feed import Feed
from bot.model.ids import FeedId

WIRE = "https://wire.example.org/rss"


def test_a_poll_that_ends_late_takes_no_place_from_the_next_one_of_its_feed() -> None:
    places = Places(size=4, per_host=1)
    first, second = Feed(FeedId(1), WIRE), Feed(FeedId(1), WIRE)
    places.take(first)
    places.leave(first)
    places.take(second)

    places.leave(first)

    assert (places.busy(), places.free) == (["wire.example.org"], 3)
