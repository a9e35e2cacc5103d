"""Which alerts stand alone, and which gather."""

from datetime import timedelta

from bot.alerts.noise import gathered, gathers
from bot.model.delivery import Headline, Noise, Reason
from bot.model.ids import SubscriptionId
from tests.builders import an_alert, an_article

ONE, TWO = SubscriptionId(1), SubscriptionId(2)
NOISE = Noise(5, timedelta(minutes=15))


def test_the_sixth_alert_of_a_subscription_gathers() -> None:
    assert not gathers((ONE,), {ONE: 4}, NOISE)
    assert gathers((ONE,), {ONE: 5}, NOISE)


def test_with_a_quiet_subscription_among_them_it_stands_alone() -> None:
    assert not gathers((ONE, TWO), {ONE: 50, TWO: 4}, NOISE)
    assert not gathers((ONE, TWO), {ONE: 50}, NOISE)
    assert gathers((ONE, TWO), {ONE: 50, TWO: 5}, NOISE)


def test_what_gathers_is_named_in_order_and_of_very_many_the_last_are() -> None:
    message = None
    for number in range(60):
        alert = an_alert(article=an_article(f"Number {number}"))
        message = gathered(alert, Reason(1, "auction"), message)

    assert message is not None
    assert (message.count, message.reason, len(message.headlines)) == (60, Reason(1, "auction"), 50)
    assert message.headlines[-1] == Headline("Number 59", "https://news.example.org/number-59", "Example Wire")
