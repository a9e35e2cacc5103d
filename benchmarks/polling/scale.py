"""What many feeds cost."""

from contextlib import ExitStack

from benchmarks.polling.costs import Costs
from benchmarks.polling.place import Place, addresses
from benchmarks.report import Figures


def measure(place: Place) -> Figures:
    """Polls of many feeds and of few, whose documents are small; most are answered 304, some bring one new item."""
    sizes = place.sizes
    costs = Costs()
    with ExitStack() as seats:
        publishers = seats.enter_context(place.publishers(*sizes.small))
        houses = {"many": sizes.many, "few": sizes.few}
        tocsins = {name: seats.enter_context(place.tocsin(name, *sizes.small)) for name in houses}
        for name, tocsin in tocsins.items():
            tocsin.ask(do="follow", addresses=addresses(publishers, houses[name]))
            costs.note(f"scale_first_{name}", tocsin.ask(do="poll", feeds=houses[name])["cpu"], houses[name])
        for _ in range(sizes.rounds):
            for name, tocsin in tocsins.items():
                tocsin.ask(do="later")
                costs.note(f"scale_304_{name}", tocsin.ask(do="poll", feeds=houses[name])["cpu"], houses[name])
        publishers.ask(revision=1)
        for name, tocsin in tocsins.items():
            tocsin.ask(do="later")
            costs.note(f"scale_new_{name}", tocsin.ask(do="poll", feeds=houses[name])["cpu"], houses[name])
        memory = tocsins["many"].ask(do="memory")["peak_mb"]
    return {
        **costs.figures(),
        **costs.ratio("scale_304_many", "scale_304_few", "scale_10k_vs_1k"),
        **costs.ratio("scale_new_many", "scale_new_few", "scale_new_10k_vs_1k"),
        "peak_mb_10k": memory,
    }
