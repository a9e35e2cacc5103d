"""What many feeds cost."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.polling.costs import Costs
from benchmarks.polling.place import Place, addresses, expect
from benchmarks.readers.seats import Seat
from benchmarks.report import Figures


def measure(place: Place) -> Figures:
    """Polls of many feeds and of few, whose documents are small: answered 304, and in full also with one new item."""
    sizes = place.sizes
    with ExitStack() as seats:
        publishers = seats.enter_context(place.publishers(*sizes.small))
        houses = {"many": sizes.many, "few": sizes.few}
        tocsins = {name: seats.enter_context(place.tocsin(name, *sizes.small)) for name in houses}
        bench = Bench(tocsins, houses, Costs())
        for name, tocsin in tocsins.items():
            feeds = addresses(publishers, houses[name])
            tocsin.ask(do="follow" if sizes.reads_many else "know", addresses=feeds)
        if sizes.reads_many:
            bench.poll("scale_first")
        for _ in range(sizes.rounds):
            bench.poll("scale_304", quiet=True)
        if sizes.reads_many:
            publishers.ask(revision=1)
            bench.poll("scale_new")
        memory = tocsins["many"].ask(do="memory")["peak_mb"]
    return {**bench.figures(), "peak_mb_10k": memory}


@dataclass(frozen=True, slots=True)
class Bench:
    tocsins: Mapping[str, Seat]
    houses: Mapping[str, int]
    """How many feeds each has."""
    costs: Costs

    def poll(self, what: str, *, quiet: bool = False) -> None:
        """Everybody all feeds, by turns. Raises Failed where a quiet poll brings something."""
        for name, tocsin in self.tocsins.items():
            feeds = self.houses[name]
            tocsin.ask(do="later")
            answer = tocsin.ask(do="poll", feeds=feeds)
            if quiet:
                expect(tocsin, answer["unchanged"], feeds)
            self.costs.note(f"{what}_{name}", answer["cpu"], feeds)

    def figures(self) -> Figures:
        return {
            **self.costs.figures(),
            **self.costs.ratio("scale_304_many", "scale_304_few", "scale_10k_vs_1k"),
            **self.costs.ratio("scale_new_many", "scale_new_few", "scale_new_10k_vs_1k"),
        }
