"""Which alerts stand alone, and which gather in one message since their subscriptions are noisy: pure."""

from collections.abc import Mapping, Sequence

from bot.alerts.catching_up import MOST_NAMED
from bot.model.delivery import Alert, Gathered, Headline, Noise, Reason
from bot.model.ids import SubscriptionId


def gathers(asked: Sequence[SubscriptionId], heard: Mapping[SubscriptionId, int], noise: Noise) -> bool:
    """Whether all subscriptions that an alert is for are noisy; ``heard`` is how many alerts each had of late.

    With a quiet one among them it is an alert of that one.
    """
    return bool(asked) and all(heard.get(one, 0) >= noise.alerts for one in asked)


def gathered(alert: Alert, reason: Reason, standing: Gathered | None) -> Gathered:
    """The message with one more alert in it; a new one where none stands."""
    headline = Headline(alert.article.title, alert.article.link, alert.source)
    if standing is None:
        return Gathered(reason, 1, (headline,))
    return Gathered(reason, standing.count + 1, (*standing.headlines, headline)[-MOST_NAMED:])
