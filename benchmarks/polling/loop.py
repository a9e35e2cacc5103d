"""What a poll holds up."""

from statistics import median

from benchmarks.polling.place import Place, addresses
from benchmarks.readers.seats import Seat
from benchmarks.report import Figures


def measure(place: Place) -> Figures:
    """How late the event loop's probe came: while feeds were parsed, and at the worst while a hostile one was."""
    sizes = place.sizes
    with (
        place.publishers(sizes.entries, sizes.size) as publishers,
        place.tocsin("loop", sizes.entries, sizes.size) as tocsin,
    ):
        tocsin.ask(do="follow", addresses=addresses(publishers, sizes.probed))
        parsing = tocsin.ask(do="poll", feeds=sizes.probed, probed=True)
        hostile = {name: _held_up(publishers, tocsin, name, sizes.copies) for name in sizes.hostile}
    return {
        "loop_p99_ms": parsing["p99_ms"],
        "loop_worst_ms": parsing["worst_ms"],
        "loop_hostile_ms": max(hostile.values()),
        **{f"loop_{name}_ms": delay for name, delay in hostile.items()},
    }


def _held_up(publishers: Seat, tocsin: Seat, name: str, copies: int) -> float:
    """Milliseconds: the longest of a first poll, the median of some."""
    worst = []
    for copy in range(copies):
        tocsin.ask(do="follow", addresses=addresses(publishers, 1, path=f"hostile/{name}/{copy}"))
        worst.append(tocsin.ask(do="poll", feeds=1, probed=True)["worst_ms"])
    return median(worst)
