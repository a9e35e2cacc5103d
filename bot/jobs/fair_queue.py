"""Lanes that wait to be drained: the workspaces take turns, and so do the lanes of each. No clock, no storage."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from bot.model.destination import Workspace
from bot.model.ids import DestinationId
from bot.ports import Pace


class FairQueue:
    """A slow workspace holds up no other, and one with many lanes no more than one with few."""

    def __init__(self, paces: Mapping[str, Pace]) -> None:
        self._paces = paces
        """By platform; one that is not named takes whatever comes."""
        self._waiting: OrderedDict[Workspace, OrderedDict[DestinationId, None]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put(self, lane: DestinationId, workspace: Workspace) -> None:
        """At the end of its workspace's lanes; where it stands already, it stays there."""
        self._waiting.setdefault(workspace, OrderedDict()).setdefault(lane)

    def take(self, most: int) -> Sequence[tuple[DestinationId, Workspace]]:
        """Up to ``most`` lanes that may each send one message now, which is counted: ``give_back`` what does not."""
        taken: list[tuple[DestinationId, Workspace]] = []
        resting = 0
        while len(taken) < most and resting < len(self._waiting):
            workspace, lanes = next(iter(self._waiting.items()))
            self._waiting.move_to_end(workspace)
            if not self.admit(workspace):
                resting += 1
                continue
            resting = 0
            lane, _ = lanes.popitem(last=False)
            if not lanes:
                del self._waiting[workspace]
            taken.append((lane, workspace))
        return taken

    def admit(self, workspace: Workspace) -> bool:
        """Whether one more message may leave for this workspace now; then it is counted."""
        if self._wait(workspace) > 0:
            return False
        if pace := self._paces.get(workspace.platform):
            pace.take(workspace)
        return True

    def give_back(self, workspace: Workspace) -> None:
        if pace := self._paces.get(workspace.platform):
            pace.give_back(workspace)

    def next_in(self) -> tuple[DestinationId, float] | None:
        """A lane that waits for its workspace's pace, and the seconds until then: of all, the fewest."""
        if not self._waiting:
            return None
        wait, lane = min((self._wait(workspace), next(iter(lanes))) for workspace, lanes in self._waiting.items())
        return lane, wait

    def _wait(self, workspace: Workspace) -> float:
        pace = self._paces.get(workspace.platform)
        return pace.wait(workspace) if pace else 0.0
