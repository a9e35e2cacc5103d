"""What Prometheus is told: what this process has done, and what stands in the tables.

No label has more values than there are platforms and outcomes, and none names a feed, a workspace or a channel.
"""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from bot.model.delivery import Claimed, Dead, Finished, Pending, Step, Suspended, Unknown
from bot.model.reading import PollReport
from bot.ports import Vitals

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class Metrics:
    """Counters of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._polls = Counter("tocsin_polls", "Finished polls.", ["outcome"], registry=self._registry)
        self._articles = Counter(
            "tocsin_articles", "Articles in documents that were read.", ["verdict"], registry=self._registry
        )
        self._matches = Counter(
            "tocsin_matches", "Subscriptions met by articles that are news to them.", registry=self._registry
        )
        self._deliveries = Counter(
            "tocsin_deliveries", "What became of attempts to deliver.", ["platform", "outcome"], registry=self._registry
        )

    def polled(self, report: PollReport) -> None:
        self._polls.labels("failed" if report.failed else "unchanged" if report.unchanged else "read").inc()
        self._matches.inc(report.matches)
        for judged in report.judged:
            self._articles.labels(judged.verdict.replace(" ", "_")).inc()

    def settled(self, claimed: Claimed, step: Step) -> None:
        platform = claimed.delivery.destination.workspace.platform
        self._deliveries.labels(platform, outcome(claimed, step)).inc()

    def told(self, vitals: Vitals | None) -> bytes:
        """In Prometheus' text format; None: the database is out of reach."""
        return generate_latest(self._registry) + generate_latest(_standing(vitals))


def outcome(claimed: Claimed, step: Step) -> str:
    """``found`` and ``absent`` where it was looked for, since it was in doubt whether it had arrived."""
    match step:
        case Finished():
            return "found" if claimed.in_doubt else "posted"
        case Pending():
            return "absent" if claimed.in_doubt else "deferred"
        case Unknown():
            return "unconfirmed"
        case Suspended():
            return "refused"
        case Dead():
            return "dead"


def _standing(vitals: Vitals | None) -> CollectorRegistry:
    registry = CollectorRegistry()
    Gauge("tocsin_database_up", "Whether the database answers.", registry=registry).set(vitals is not None)
    if vitals is None:
        return registry
    lags = {platform: lag.total_seconds() for platform, lag in vitals.delivery_lag.items()}
    by_platform: dict[str, tuple[str, Mapping[str, float]]] = {
        "tocsin_deliveries_waiting": ("Deliveries not yet settled.", vitals.waiting),
        "tocsin_delivery_lag_seconds": (
            "For how long the oldest delivery that is due has been.",
            dict.fromkeys(vitals.waiting, 0.0) | lags,
        ),
        "tocsin_lanes_suspended": ("Channels that nothing is sent to.", vitals.suspended_lanes),
        "tocsin_workspaces_suspended": ("Workspaces that nothing is sent to.", vitals.suspended_workspaces),
    }
    for name, (help_, values) in by_platform.items():
        gauge = Gauge(name, help_, ["platform"], registry=registry)
        for platform, value in values.items():
            gauge.labels(platform).set(value)
    feed_lag = Gauge("tocsin_feed_lag_seconds", "For how long the most overdue feed has been due.", registry=registry)
    feed_lag.set(vitals.feed_lag.total_seconds())
    return registry
