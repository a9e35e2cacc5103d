"""Where polling is measured, and on how much."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.publisher.hostile import DOCUMENTS
from benchmarks.publisher.press import BYTES, ENTRIES
from benchmarks.readers.seats import Failed, Seat


@dataclass(frozen=True, slots=True)
class Sizes:
    feeds: int = 1_000
    entries: int = ENTRIES
    size: int = BYTES
    sample: int = 50
    """Feeds of the peers that parse whole documents; what one costs does not hang on how many there are."""
    slices: int = 10
    """In which feeds are polled for the first time."""
    rounds: int = 5
    documents_rounds: int = 3
    subscriptions: int = 300
    hosts: int = 250
    """Of which each has as many feeds; so some connections serve several of them, as in most lists of feeds."""
    probed: int = 150
    """Feeds whose first poll is watched by the event loop's probe."""
    hostile: tuple[str, ...] = tuple(DOCUMENTS)
    copies: int = 3
    """Of each hostile document."""
    many: int = 10_000
    few: int = 1_000
    reads_many: bool = False
    """Whether they are read for the first time by a poll; else they are written down as if they had been."""
    small: tuple[int, int] = (3, 4_000)
    """Entries and bytes of a document where feeds are many."""


FULL = Sizes(sample=1_000, rounds=9, reads_many=True)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a benchmark takes place, and what it may use."""

    folder: Path
    seed: int
    sizes: Sizes
    peers: Path | None
    """The interpreter that has the peers; None: they are left out."""

    def publishers(self, entries: int, size: int) -> Seat:
        options = {"seed": self.seed, "entries": entries, "size": size, "hosts": self.sizes.hosts}
        return Seat("benchmarks.publisher.server", options)

    def tocsin(self, name: str, entries: int, size: int) -> Seat:
        folder = self.folder / name
        folder.mkdir()
        press = {"seed": self.seed, "entries": entries, "size": size}
        seat = Seat(
            "benchmarks.readers.tocsin",
            {"folder": str(folder), "press": press, "subscriptions": self.sizes.subscriptions},
        )
        seat.ask(do="open")
        return seat


def addresses(publishers: Seat, number: int, *, path: str = "feed/{}.xml", first: int = 0) -> list[str]:
    hosts, port = publishers.ready["hosts"], publishers.ready["port"]
    return [f"http://{hosts[at % len(hosts)]}:{port}/{path.format(at)}" for at in range(first, first + number)]


def expect(seat: Seat, found: object, expected: object) -> None:
    """Raises Failed."""
    if found != expected:
        raise Failed(f"{seat.name}: {found} instead of {expected}")
