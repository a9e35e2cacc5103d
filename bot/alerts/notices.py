"""What Tocsin itself says in a channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.delivery import Notice
from bot.model.destination import Destination
from bot.model.feed import Ailment
from bot.model.ids import DestinationId
from bot.model.subscription import Subscription


def feed_removed(name: str, by: str, hearing: Sequence[Subscription]) -> dict[DestinationId, Notice]:
    """One line for every destination whose subscriptions heard of the feed until now."""
    numbers: dict[DestinationId, list[int]] = {}
    for subscription in hearing:
        numbers.setdefault(subscription.destination_id, []).append(subscription.number)
    return {destination: Notice(_removed(name, by, sorted(heard))) for destination, heard in numbers.items()}


def _removed(name: str, by: str, numbers: Sequence[int]) -> str:
    listed = ", ".join(map(str, numbers))
    subscriptions = f"subscription {listed} hears" if len(numbers) == 1 else f"subscriptions {listed} hear"
    return f"The feed {name} was removed by {by}; {subscriptions} nothing from it any more."


@dataclass(frozen=True, slots=True)
class Illness:
    """What whoever runs Tocsin hears of a feed that died."""

    feed: str
    address: str
    """Without its query string, in which a key may stand."""
    ailment: Ailment
    error: str
    since: datetime
    subscriptions: int
    """How many hear it."""
    new_address: str = ""
    """The one feed that its site names now."""
    page: str = ""
    """Of its site, which names feeds."""


def feed_fell_ill(illness: Illness, now: datetime) -> Notice:
    parts = [_what_is_wrong(illness, now), f"{_who_depends_on_it(illness.subscriptions)}."]
    if illness.new_address:
        parts.append("Its site names another feed now; if that is the same one, move it there:")
        return Notice(" ".join(parts), code=f"feeds move {illness.address} {illness.new_address}")
    if illness.page:
        parts.append(f"Its site names several feeds on {illness.page}: one of them may be the same.")
    if illness.ailment == "gone":
        parts.append("It is asked no more: remove it, move it to a new address, or add it again once it is back.")
    return Notice(" ".join(parts))


def feed_recovered(name: str) -> Notice:
    return Notice(f"The feed {name} is well again.")


def _what_is_wrong(illness: Illness, now: datetime) -> str:
    named = f"The feed {illness.feed} ({illness.address})"
    lasting = _lasting(now - illness.since)
    match illness.ailment:
        case "gone":
            return f"{named} is gone for good: its server says so (410)."
        case "challenge":
            return f"{named} has been shut to programs for {lasting}: {illness.error}"
        case "failing":
            return f"{named} has failed for {lasting}: {illness.error}"
        case "silent":
            return f"{named} answers, but has brought nothing new for {lasting}, far longer than usual."


def _lasting(time: timedelta) -> str:
    hours = round(time / timedelta(hours=1))
    return f"{hours} hours" if hours < 48 else f"{time.days} days"


def _who_depends_on_it(subscriptions: int) -> str:
    match subscriptions:
        case 0:
            return "No subscription hears it"
        case 1:
            return "One subscription hears it"
        case _:
            return f"{subscriptions} subscriptions hear it"


def welcome(first_step: str) -> Notice:
    """What is said once where a workspace has just been joined."""
    return Notice("Tocsin watches the news and tells here what you ask for. To begin:", code=first_step)


def trial_line(destination: Destination) -> Notice:
    """What doctor posts."""
    return Notice(f"Tocsin can post here. This is a test line for {destination}.")
