"""What a simulated run of polling begins with, and what must hold in it and at its end."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from bot.model.delivery import Noise
from bot.model.destination import Workspace
from tests.simulation.expected import Asking
from tests.simulation.polling import CHANNELS, FEEDS, NOISES, WORKSPACES, Newsroom, PollingProcess
from tests.simulation.publishers import ANSWERS, TOPICS, Answer, Publisher
from tests.simulation.world import Fault

MOST = 8
"""Stories in one run."""
TROUBLES: tuple[Fault | Answer, ...] = (*ANSWERS, "away", "lost answer")

feeds = st.sampled_from(FEEDS)
askings = st.builds(Asking, st.sampled_from(CHANNELS), st.sampled_from(TOPICS))
topics = st.sampled_from([frozenset({"auction"}), frozenset({"merger"}), frozenset(TOPICS)])
pages = st.sampled_from([frozenset(TOPICS), frozenset()])


class Polled(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.room = Newsroom()
        self.stories = 0
        self.renamed: dict[str, int] = {}
        """Which version of a feed gave its items other guids."""

    @initialize(
        asking=askings,
        address=feeds,
        are_several=st.booleans(),
        is_primed=st.booleans(),
        ahead=st.integers(-1, 1),
        noise=st.sampled_from(NOISES),
        full_text=st.sampled_from([(), WORKSPACES, WORKSPACES[:1], WORKSPACES[1:]]),
    )
    def somebody_has_asked(
        self,
        asking: Asking,
        address: str,
        *,
        are_several: bool,
        is_primed: bool,
        ahead: int,
        noise: Noise | None,
        full_text: Sequence[Workspace],
    ) -> None:
        self.room.noise, self.room.full_text = noise, full_text
        self.room.starts()
        self.room.starts(timedelta(seconds=ahead))
        self.room.follows(asking.channel.workspace, address)
        self.room.subscribes(asking)
        if are_several:
            for channel, followed in ((CHANNELS[0], (address,)), (CHANNELS[-1], FEEDS)):
                for one in followed:
                    self.room.follows(channel.workspace, one)
                self.room.subscribes(Asking(channel, TOPICS[0]))
        if is_primed:
            self.room.heals()

    # ---- what there is

    def _goes_on(self, process: PollingProcess, steps: int, but: str = "", trouble: Fault = "") -> None:
        """``but``: where it stands for longer. ``trouble``: with the pages that it asks for."""
        for _ in range(steps):
            if own := [gate for gate in self.room.open_gates if gate.process is process and gate.at != but]:
                self.room.opens(own[0], trouble if own[0].at == "page" else "")

    def feed(self, address: str) -> Publisher:
        return self.room.publishers.standing_at(address)

    @property
    def _awake(self) -> list[PollingProcess]:
        return [process for process in self.room.processes if not process.is_stopped]

    def _is_known_again(self, address: str) -> bool:
        """Its items are, by their texts, unless too many of them change as well."""
        seen = self.room.expected.seen.get(address)
        return address not in self.renamed or (seen is not None and seen.version >= self.renamed[address])

    @property
    def _read_in_full(self) -> list[str]:
        ties = self.room.expected.ties.items()
        return sorted({address for (_, address), tie in ties if tie.full_text and self._is_known_again(address)})

    @property
    def _renamable(self) -> list[Publisher]:
        """Once, where several items were all read, and nothing has moved."""
        seen = self.room.expected.seen
        if any(feed.leads_to for feed in self.room.publishers.feeds.values()):
            return []
        return [
            feed
            for feed in map(self.feed, FEEDS)
            if feed.address not in self.renamed
            and len(feed.document) > 1
            and feed.address in seen
            and seen[feed.address].version == feed.version
        ]

    @property
    def _items(self) -> list[tuple[Publisher, int]]:
        return [
            (feed, place)
            for feed in map(self.feed, FEEDS)
            if self._is_known_again(feed.address)
            for place in range(len(feed.document))
        ]

    @property
    def _copies(self) -> list[tuple[str, object]]:
        """What one feed tells and the other does not."""
        told = {address: {one.number for one in self.feed(address).document} for address in FEEDS}
        return [
            (address, one)
            for address in filter(self._is_known_again, FEEDS)
            for other in FEEDS
            for one in self.feed(other).document
            if one.number not in told[address]
        ]

    # ---- what must hold

    @invariant()
    def the_fences_stand(self) -> None:
        assert self.room.broken_fences == []
        assert self.room.expected.wrong == []

    def teardown(self) -> None:
        try:
            assert self.room.heals(), "it never comes to an end"
            assert self.room.bugs == []
            for channel in CHANNELS:
                assert self.room.heard_in(channel) == self.room.ought_to_be_heard_in(channel), str(channel)
        finally:
            self.room.close()
