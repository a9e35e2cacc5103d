"""Workspaces take turns, and so do the lanes of each; one that may send nothing is passed over."""

from dataclasses import dataclass, field

from bot.jobs.fair_queue import FairQueue
from bot.model.destination import Workspace
from bot.model.ids import DestinationId

T1, T2, GUILD = Workspace("slack", "T1"), Workspace("slack", "T2"), Workspace("discord", "1")


@dataclass
class Allowance:
    """So many each, and then a wait."""

    left: dict[Workspace, int]
    waits: dict[Workspace, float] = field(default_factory=dict)

    def wait(self, workspace: Workspace) -> float:
        return 0.0 if self.left.get(workspace) else self.waits.get(workspace, 1.0)

    def take(self, workspace: Workspace) -> None:
        self.left[workspace] -= 1

    def give_back(self, workspace: Workspace) -> None:
        self.left[workspace] += 1


def lanes(*numbers: int) -> list[DestinationId]:
    return [DestinationId(number) for number in numbers]


def filled(queue: FairQueue, **places: Workspace) -> FairQueue:
    """``c1=T1``: lane 1 waits for T1."""
    for name, workspace in places.items():
        queue.put(DestinationId(int(name[1:])), workspace)
    return queue


def taken(queue: FairQueue, most: int) -> list[DestinationId]:
    return [lane for lane, _ in queue.take(most)]


def test_a_workspace_with_many_lanes_waits_for_those_with_few() -> None:
    queue = filled(FairQueue({}), c1=T1, c2=T1, c3=T1, c4=T2, c5=GUILD)

    assert taken(queue, 4) == lanes(1, 4, 5, 2)
    assert taken(queue, 4) == lanes(3)
    assert not queue


def test_a_lane_that_waits_already_keeps_its_place() -> None:
    queue = filled(FairQueue({}), c1=T1, c2=T1)
    queue.put(DestinationId(1), T1)

    assert taken(queue, 9) == lanes(1, 2)


def test_a_workspace_that_may_send_nothing_is_passed_over() -> None:
    queue = filled(FairQueue({"slack": Allowance({T1: 1, T2: 2})}), c1=T1, c2=T1, c3=T2, c4=T2, c5=GUILD)

    assert taken(queue, 9) == lanes(1, 3, 5, 4)
    assert queue


def test_the_next_to_be_looked_at_is_the_one_that_waits_for_the_shortest_time() -> None:
    queue = filled(FairQueue({"slack": Allowance({}, {T1: 7.0, T2: 3.0})}), c1=T1, c2=T2)

    assert taken(queue, 9) == []
    assert queue.next_in() == (2, 3.0)


def test_an_empty_queue_has_no_next() -> None:
    assert FairQueue({}).next_in() is None


def test_what_is_given_back_is_another_lane_s() -> None:
    queue = filled(FairQueue({"slack": Allowance({T1: 1})}), c1=T1, c2=T1)
    queue.take(9)

    queue.give_back(T1)

    assert taken(queue, 9) == lanes(2)
