"""What Prometheus is told, read as it reads it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.model.delivery import Dead, Finished, Pending, Step, Suspended, Unknown
from bot.model.reading import Judged, PollReport
from bot.ports import Vitals
from bot.web.metrics import Metrics, outcome
from tests.builders import NOON, a_claim, an_article

QUIET = Vitals({}, {}, timedelta(), {}, {})


def samples(metrics: Metrics, vitals: Vitals | None = QUIET) -> dict[str, float]:
    """Ours, as ``name{label}``."""
    return {
        f"{one.name}{_labels(one.labels)}": one.value
        for family in text_string_to_metric_families(metrics.told(vitals).decode())
        for one in family.samples
        if one.name.startswith("tocsin_") and not one.name.endswith("_created")
    }


def _labels(labels: Mapping[str, Any]) -> str:
    return "{" + ",".join(labels[name] for name in sorted(labels)) + "}" if labels else ""


def test_polls_are_counted_by_what_came_of_them() -> None:
    metrics = Metrics()
    for report in (
        PollReport("https://one.example/rss"),
        PollReport("https://one.example/rss", unchanged=True),
        PollReport("https://two.example/rss", unchanged=True),
        PollReport("https://two.example/rss?key=secret", failed=True, complaint="The server answered 500."),
    ):
        metrics.polled(report)

    told = samples(metrics)
    assert told["tocsin_polls_total{read}"] == 1
    assert told["tocsin_polls_total{unchanged}"] == 2
    assert told["tocsin_polls_total{failed}"] == 1


def test_matches_and_what_became_of_articles_are_counted() -> None:
    metrics = Metrics()
    judged = (Judged(an_article(), "alerted"), Judged(an_article(), "no match"), Judged(an_article(), "no match"))

    metrics.polled(PollReport("https://one.example/rss", judged, matches=3))

    told = samples(metrics)
    assert told["tocsin_matches_total"] == 3
    assert told["tocsin_articles_total{alerted}"] == 1
    assert told["tocsin_articles_total{no_match}"] == 2


@pytest.mark.parametrize(
    ("step", "in_doubt", "expected"),
    [
        (Finished("1"), False, "posted"),
        (Finished("1"), True, "found"),
        (Pending("Slack asks for fewer messages.", NOON), False, "deferred"),
        (Pending("It did not arrive.", NOON), True, "absent"),
        (Unknown("No answer.", NOON), False, "unconfirmed"),
        (Suspended("lane", "The channel is archived.", NOON), False, "refused"),
        (Dead("The message is too long."), False, "dead"),
    ],
)
def test_every_end_of_an_attempt_has_a_word(step: Step, in_doubt: bool, expected: str) -> None:
    assert outcome(a_claim(in_doubt=in_doubt), step) == expected


def test_attempts_are_counted_by_platform() -> None:
    metrics = Metrics()

    metrics.settled(a_claim(), Finished("1"))
    metrics.settled(a_claim(), Finished("2"))

    assert samples(metrics)["tocsin_deliveries_total{posted,slack}"] == 2


def test_what_stands_in_the_tables_is_told_as_it_is_now() -> None:
    metrics = Metrics()
    busy = Vitals(
        {"slack": 7, "discord": 2}, {"slack": timedelta(seconds=42)}, timedelta(seconds=5), {"slack": 3}, {"discord": 1}
    )

    assert samples(metrics, busy) == {
        "tocsin_matches_total": 0,
        "tocsin_database_up": 1,
        "tocsin_deliveries_waiting{slack}": 7,
        "tocsin_deliveries_waiting{discord}": 2,
        "tocsin_delivery_lag_seconds{slack}": 42,
        "tocsin_delivery_lag_seconds{discord}": 0,
        "tocsin_feed_lag_seconds": 5,
        "tocsin_lanes_suspended{slack}": 3,
        "tocsin_workspaces_suspended{discord}": 1,
    }
    assert samples(metrics) == {"tocsin_matches_total": 0, "tocsin_database_up": 1, "tocsin_feed_lag_seconds": 0}


def test_without_the_database_its_own_counts_are_told_all_the_same() -> None:
    metrics = Metrics()
    metrics.polled(PollReport("https://one.example/rss"))

    assert samples(metrics, None) == {
        "tocsin_polls_total{read}": 1,
        "tocsin_matches_total": 0,
        "tocsin_database_up": 0,
    }


def test_nothing_of_a_feed_gets_into_what_is_told() -> None:
    metrics = Metrics()
    metrics.polled(PollReport("https://wire.example/rss?key=secret", credential="ACME_FEED_HEADERS"))

    text = metrics.told(QUIET).decode()

    assert "wire.example" not in text
    assert "secret" not in text
    assert "ACME" not in text
