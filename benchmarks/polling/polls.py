"""What a poll costs, beside a bare fetch and beside peers; everybody takes turns."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from benchmarks.polling.costs import Costs
from benchmarks.polling.place import Place, addresses, expect
from benchmarks.readers.seats import Seat
from benchmarks.report import Figures


def measure(place: Place) -> Figures:
    """First polls, polls answered 304 and 200, and polls that bring one new item; everybody takes turns."""
    sizes = place.sizes
    with ExitStack() as seats:
        publishers = seats.enter_context(place.publishers(sizes.entries, sizes.size))
        everybody = addresses(publishers, sizes.feeds)
        tocsin = seats.enter_context(place.tocsin("polls", sizes.entries, sizes.size))
        bench = Bench(place, publishers, tocsin, everybody, seats)
        bench.first_polls()
        for _ in range(sizes.rounds):
            bench.answered_304()
        publishers.ask(conditional=False)
        for _ in range(sizes.documents_rounds):
            bench.unchanged()
        publishers.ask(conditional=True)
        for revision in range(1, sizes.documents_rounds + 1):
            publishers.ask(revision=revision)
            bench.one_new()
        memory = tocsin.ask(do="memory")
        return {**bench.figures(), "peak_mb_1000": memory["peak_mb"], "imported_mb": memory["imported_mb"]}


class Bench:
    """Everybody who reads the same feeds."""

    def __init__(
        self, place: Place, publishers: Seat, tocsin: Seat, everybody: Sequence[str], seats: ExitStack
    ) -> None:
        self._sizes = place.sizes
        self._publishers = publishers
        self._tocsin = tocsin
        self._everybody = everybody
        self._sample = everybody[: place.sizes.sample]
        self._costs = Costs()
        self._told: dict[str, float] = {}
        self._bare = seats.enter_context(Seat("benchmarks.readers.bare", {}))
        self._feedparser = seats.enter_context(Seat("benchmarks.readers.feedparser_alone", {}))
        self._reader = self._usual = None
        if place.peers:
            python, database = str(place.peers), str(place.folder / "reader.db")
            self._reader = seats.enter_context(Seat("benchmarks.readers.lemon24", {"database": database}, python))
            self._usual = seats.enter_context(Seat("benchmarks.readers.usual", {}, python))

    def first_polls(self) -> None:
        number = len(self._everybody) // self._sizes.slices
        some = max(len(self._sample) * 2 // self._sizes.slices, 1)
        for first in range(0, number * self._sizes.slices, number):
            slice_ = self._everybody[first : first + number]
            self._tocsin.ask(do="follow", addresses=slice_)
            self._poll("first_poll", number, articles=number * self._sizes.entries)
            self._feedparser.ask(do="get", addresses=slice_[:some])
            parsed = self._feedparser.ask(do="parse")
            self._costs.note("first_poll_feedparser", parsed["cpu"], len(slice_[:some]))
        self._bare.ask(do="poll", addresses=self._everybody)
        if self._reader and self._usual:
            self._told["reader"] = self._reader.ask(do="follow", addresses=self._sample)["version"]
            self._peer_poll(self._reader, "first_poll")
            self._usual.ask(do="poll", addresses=self._sample)

    def answered_304(self) -> None:
        self._poll("poll304", len(self._everybody), unchanged=len(self._everybody))
        self._told["connections"] = self._asked("connections")
        for name, conditional in (("poll304_aiohttp", True), ("poll200_aiohttp", False)):
            self._publishers.ask()
            answer = self._bare.ask(do="poll", addresses=self._everybody, conditional=conditional)
            expect(self._bare, answer["answers"], {"304" if conditional else "200": len(self._everybody)})
            self._costs.note(name, answer["cpu"], len(self._everybody))
        self._told["connections_aiohttp"] = self._asked("connections")
        self._peers_poll("poll304")

    def unchanged(self) -> None:
        self._poll("unchanged", len(self._everybody), unchanged=len(self._everybody))
        self._peers_poll("unchanged")

    def one_new(self) -> None:
        told = self._poll("one_new", len(self._everybody))
        expect(self._tocsin, told.get("alerted", 0) + told.get("no match", 0), len(self._everybody))
        self._told["alerts_per_item"] = told.get("alerted", 0) / len(self._everybody)
        self._peers_poll("one_new")

    def _poll(self, name: str, feeds: int, **expected: int) -> Mapping[str, Any]:
        if name != "first_poll":
            self._tocsin.ask(do="later")
        self._publishers.ask()
        answer = self._tocsin.ask(do="poll", feeds=feeds)
        expect(self._tocsin, {key: answer.get(key, 0) for key in expected}, expected)
        expect(self._tocsin, answer["failures"], [])
        self._costs.note(name, answer["cpu"], feeds)
        self._costs.note(f"{name}_without_workers", answer["own_cpu"], feeds)
        return answer

    def _peers_poll(self, name: str) -> None:
        if self._reader and self._usual:
            self._peer_poll(self._reader, name)
            answer = self._usual.ask(do="poll", addresses=self._sample)
            self._costs.note(f"{name}_requests", answer["cpu"], len(self._sample))

    def _peer_poll(self, reader: Seat, name: str) -> None:
        self._publishers.ask()
        answer = reader.ask(do="poll")
        expect(reader, self._asked("requests"), len(self._sample))
        self._costs.note(f"{name}_reader", answer["cpu"], len(self._sample))

    def _asked(self, what: str) -> int:
        number: int = self._publishers.ask()[what]
        return number

    def figures(self) -> Figures:
        ratio = self._costs.ratio
        return {
            **self._costs.figures(),
            **ratio("poll304", "poll304_aiohttp", "poll304_vs_aiohttp"),
            **ratio("poll304", "poll304_reader", "poll304_vs_reader"),
            **ratio("unchanged", "unchanged_reader", "unchanged_vs_reader"),
            **ratio("one_new", "one_new_reader", "one_new_vs_reader"),
            **ratio("first_poll", "first_poll_feedparser", "first_poll_vs_feedparser"),
            **self._told,
        }
