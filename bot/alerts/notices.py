"""What Tocsin itself says in a channel."""

from collections.abc import Sequence

from bot.model.delivery import Notice
from bot.model.destination import Destination
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


def welcome(first_step: str) -> Notice:
    """What is said once where a workspace has just been joined."""
    return Notice("Tocsin watches the news and tells here what you ask for. To begin:", code=first_step)


def trial_line(destination: Destination) -> Notice:
    """What doctor posts."""
    return Notice(f"Tocsin can post here. This is a test line for {destination}.")
