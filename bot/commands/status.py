"""What runs, and what waits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.commands.access import OPERATOR
from bot.commands.command import Details, Problem, Reply, Request
from bot.commands.desk import Desk
from bot.model.feed import FeedState
from bot.model.pace import FeedPace, Spread
from bot.ports import Overview

STATES: tuple[FeedState, ...] = ("ok", "new", "silent", "failing", "gone")
MOST_PACES = 10
"""Feeds whose pace is shown to people, the slowest first; ``--json`` has them all."""
TOLD = {"gone": "gone (asked no more)"}
"""What a state is called where its name does not say enough."""


@dataclass(frozen=True, slots=True)
class Status:
    desk: Desk

    async def status(self, request: Request) -> Reply:
        async with self.desk.storage.read() as unit:
            workspace = await unit.workspaces.find(request.asker.workspace)
            if workspace is None and request.asker.user != OPERATOR:
                return Problem("Tocsin does not know this workspace yet.", "Try again in a moment.", mistake=False)
            overview = _fit_for(request, await unit.overview(None if request.asker.user == OPERATOR else workspace))
            now = unit.now
        return Details("Status", _facts(overview, now), _as_data(overview, now))


def _fit_for(request: Request, overview: Overview) -> Overview:
    """Without the channels that the asker may not be in: only the operator sees them all."""
    if request.asker.user == OPERATOR:
        return overview
    visible = [
        (destination, reason)
        for destination, reason in overview.suspended
        if destination == request.here or not destination.channel
    ]
    return replace(overview, suspended=visible)


def _facts(overview: Overview, now: datetime) -> tuple[tuple[str, str], ...]:
    states = overview.feeds_by_state
    feeds = ", ".join(f"{states[state]} {TOLD.get(state, state)}" for state in STATES if states.get(state))
    lag = _seconds(overview.oldest_waiting, now)
    return (
        ("feeds", feeds or "none"),
        *((f"feed {name}", reason) for name, reason in overview.ill),
        ("last poll", _ago(overview.last_poll, now)),
        ("subscriptions", str(overview.subscriptions)),
        ("deliveries waiting", str(overview.waiting) + (f", the oldest for {lag:.0f} s" if lag is not None else "")),
        ("posted in 24 hours", str(overview.sent_last_day)),
        ("given up in 24 hours", str(overview.dead_last_day)),
        *_paces(overview.pace),
        *((f"suspended {destination}", reason) for destination, reason in overview.suspended),
    )


def _as_data(overview: Overview, now: datetime) -> dict[str, object]:
    return {
        "feeds": dict(overview.feeds_by_state),
        "ill": [{"feed": name, "reason": reason} for name, reason in overview.ill],
        "last_poll": overview.last_poll,
        "subscriptions": overview.subscriptions,
        "deliveries_waiting": overview.waiting,
        "lag_s": _seconds(overview.oldest_waiting, now) or 0.0,
        "sent_last_day": overview.sent_last_day,
        "dead_last_day": overview.dead_last_day,
        "pace": [_pace_as_data(one) for one in overview.pace],
        "suspended": [{"destination": str(one), "reason": reason} for one, reason in overview.suspended],
    }


def _paces(paces: Sequence[FeedPace]) -> Iterator[tuple[str, str]]:
    """Of the last day: half of the articles took so long at most, 95 of a hundred so long."""
    slowest = sorted(paces, key=_slowness, reverse=True)
    for one in slowest[:MOST_PACES]:
        told = [("published to seen", one.published_to_seen), ("seen to posted", one.seen_to_posted)]
        yield f"pace of {one.feed}", "; ".join(f"{what} {_told(spread)}" for what, spread in told if spread)
    if len(slowest) > MOST_PACES:
        yield "pace", f"of the {MOST_PACES} slowest of {len(slowest)} feeds"


def _slowness(pace: FeedPace) -> timedelta:
    spreads = (pace.published_to_seen, pace.seen_to_posted)
    return sum((each.p95 for each in spreads if each), timedelta())


def _told(spread: Spread) -> str:
    return f"p50 {_short(spread.p50)}, p95 {_short(spread.p95)}"


def _short(time: timedelta) -> str:
    seconds = time.total_seconds()
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 600:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 36000 else f"{seconds / 3600:.0f} h"


def _pace_as_data(pace: FeedPace) -> dict[str, object]:
    return {
        "feed": pace.feed,
        "published_to_seen": _spread_as_data(pace.published_to_seen),
        "seen_to_posted": _spread_as_data(pace.seen_to_posted),
    }


def _spread_as_data(spread: Spread | None) -> dict[str, object] | None:
    if spread is None:
        return None
    return {"count": spread.count, "p50_s": spread.p50.total_seconds(), "p95_s": spread.p95.total_seconds()}


def _seconds(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else max((now - since).total_seconds(), 0.0)


def _ago(moment: datetime | None, now: datetime) -> str:
    seconds = _seconds(moment, now)
    return "never" if seconds is None else f"{seconds:.0f} s ago"
