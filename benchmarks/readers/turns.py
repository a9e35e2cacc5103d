"""How a reader takes its turns: a process of its own that does what it is told, and says what that cost.

Only the standard library here: peers run in environments of their own.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol


def own_cpu() -> float:
    """Seconds of this process and of those that it started and that have ended."""
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in spent)


class Reader(Protocol):
    def close(self) -> None: ...


def no_others() -> float:
    return 0.0


def take_turns(reader: Reader, others_cpu: Callable[[], float] = no_others) -> None:
    """Carry out a line of JSON after the other: ``do`` names the method. Each answer is what it says, and its cost.

    ``others_cpu`` is the time of processes that it started and that live on; looking for them is nobody's cost.
    """
    answers = _claim_stdout()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        work = getattr(reader, order.pop("do"))
        others, began, own = others_cpu(), time.perf_counter(), own_cpu()
        said = work(**order) or {}
        own, lasted = own_cpu() - own, time.perf_counter() - began
        cost = {"cpu": own + others_cpu() - others, "own_cpu": own, "wall": lasted}
        print(json.dumps({**cost, **said}), file=answers, flush=True)
    reader.close()


def _claim_stdout() -> Any:
    """What a library prints goes to stderr, not between the answers."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers
