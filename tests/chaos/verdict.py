"""What became of the alerts, judged by what stands in the channels and by what was asked of the platforms. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Headlines = Sequence[str]


@dataclass(frozen=True, slots=True)
class Wall:
    """One channel, at the end."""

    queued: Headlines
    """In the order of its lane."""
    given_up: frozenset[str]
    """For a reason that is on record."""
    appeared: Headlines
    """Whatever ever stood there, in the order in which it came."""
    standing: Headlines


@dataclass(frozen=True, slots=True)
class Asked:
    """One request about one message, or one look at a channel's history."""

    what: Literal["post", "look"]
    channel: str
    key: str = ""
    certain: bool = True
    """A post: refused beyond doubt, so that nothing of it can stand there. A look: it was answered."""


@dataclass(frozen=True, slots=True)
class Verdict:
    lost: int
    duplicated: int
    out_of_order: int
    unchecked_resends: int
    given_up: int
    repeats_taken_back: int


def judged(published: Headlines, walls: Iterable[Wall], asked: Iterable[Asked]) -> Verdict:
    """``published`` is to stand in each channel once. ``asked`` are the requests to a platform without nonces."""
    walls = list(walls)
    return Verdict(
        lost=sum(len(set(published) - set(wall.standing) - wall.given_up) for wall in walls),
        duplicated=sum(count - 1 for wall in walls for count in Counter(wall.standing).values()),
        out_of_order=sum(map(_out_of_order, walls)),
        unchecked_resends=_unchecked(asked),
        given_up=sum(len(wall.given_up) for wall in walls),
        repeats_taken_back=sum(len(wall.appeared) - len(wall.standing) for wall in walls),
    )


def _out_of_order(wall: Wall) -> int:
    """How many first came after one that stood behind them in the lane."""
    places = {headline: place for place, headline in enumerate(wall.queued)}
    furthest, late = -1, 0
    for headline in dict.fromkeys(wall.appeared):
        place = places.get(headline, -1)
        late += place < furthest
        furthest = max(furthest, place)
    return late


def _unchecked(asked: Iterable[Asked]) -> int:
    """How many were posted again, while the attempt before may have arrived, without a look in between."""
    doubted: dict[str, str] = {}
    unchecked = 0
    for one in asked:
        if one.what == "look":
            if one.certain:
                doubted = {key: channel for key, channel in doubted.items() if channel != one.channel}
            continue
        unchecked += one.key in doubted
        if not one.certain:
            doubted[one.key] = one.channel
    return unchecked
