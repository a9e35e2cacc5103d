"""What Tocsin itself says in a channel."""

from bot.alerts.notices import feed_removed, trial_line
from bot.model.delivery import Notice
from bot.model.destination import parse_destination
from bot.model.ids import DestinationId
from tests.builders import a_subscription


def test_each_destination_that_heard_a_removed_feed_is_told_once_with_its_own_numbers() -> None:
    hearing = [a_subscription(number, destination_id=DestinationId(lane)) for number, lane in [(5, 1), (2, 1), (3, 2)]]

    assert feed_removed("The Wire", "an admin", hearing) == {
        1: Notice("The feed The Wire was removed by an admin; subscriptions 2, 5 hear nothing from it any more."),
        2: Notice("The feed The Wire was removed by an admin; subscription 3 hears nothing from it any more."),
    }


def test_where_nobody_heard_it_nobody_is_told() -> None:
    assert feed_removed("The Wire", "an admin", []) == {}


def test_a_trial_line_says_where_it_was_meant_to_stand() -> None:
    assert "slack:T1/C1" in trial_line(parse_destination("slack:T1/C1")).text
