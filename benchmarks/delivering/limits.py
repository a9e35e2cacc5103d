"""What the platforms let through in a run, drawn by its seed; and how soon one who knew it all could be done.

Slack's are buckets with a burst of one to four seconds, which name their pause in whole seconds. Discord's bot may send
so many in any second; its channels say in their headers what is left.
"""

import heapq
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.standins.limits import Bucket

SLACK_CHANNELS, DISCORD_CHANNELS = (50, 30, 15, 5), 100
"""Of each Slack workspace, and of all Discord servers; 200 together."""
EACH = 1_250
"""Deliveries to each Slack workspace; four times as many go to Discord."""


@dataclass(frozen=True, slots=True)
class Slack:
    team: str
    channels: int
    rate: float
    """Messages a second of the workspace."""
    burst: float
    channel_rate: float
    channel_burst: float

    @property
    def names(self) -> Sequence[str]:
        return [f"C{self.team}{number}" for number in range(self.channels)]


@dataclass(frozen=True, slots=True)
class Discord:
    channels: int
    a_second: int
    """Requests of the bot."""
    in_a_bucket: int
    """Messages in a channel, within ``bucket_lasts`` seconds."""
    bucket_lasts: float


@dataclass(frozen=True, slots=True)
class Limits:
    slacks: tuple[Slack, ...]
    discord: Discord

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def drawn(seed: int) -> Limits:
    draw = random.Random(seed)  # noqa: S311 - a run is to be repeatable
    slacks = []
    for number, channels in enumerate(SLACK_CHANNELS, 1):
        rate, seconds = draw.uniform(4.0, 8.0), draw.uniform(1.0, 4.0)
        slacks.append(
            Slack(f"T{number}", channels, rate, rate * seconds, draw.uniform(0.9, 1.4), draw.uniform(1.0, 4.0))
        )
    return Limits(tuple(slacks), Discord(DISCORD_CHANNELS, draw.randint(18, 32), 5, draw.uniform(3.0, 6.0)))


def read(plain: Mapping[str, Any]) -> Limits:
    return Limits(tuple(Slack(**each) for each in plain["slacks"]), Discord(**plain["discord"]))


def fewest_seconds(slack: Slack, deliveries: int) -> float:
    """For one who sends whatever is let through at once, to the channel first that has most left."""
    whole = Bucket(slack.rate, slack.burst)
    each = [Bucket(slack.channel_rate, slack.channel_burst) for _ in range(slack.channels)]
    left = [deliveries // slack.channels] * slack.channels
    rest = [(0.0, number) for number in range(slack.channels)]
    ready: list[tuple[int, int]] = []
    now = 0.0
    while rest or ready:
        while rest and rest[0][0] <= now:
            number = heapq.heappop(rest)[1]
            heapq.heappush(ready, (-left[number], number))
        if not ready:
            now = rest[0][0]
            continue
        if wait := whole.wait(now):
            now += wait
            continue
        number = heapq.heappop(ready)[1]
        each[number].wait(now)
        whole.take()
        each[number].take()
        left[number] -= 1
        if left[number]:
            heapq.heappush(rest, (now + each[number].wait(now), number))
    return now
