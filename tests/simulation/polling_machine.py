"""What may happen next to feeds, to those who read them and to those who ask for news, drawn by Hypothesis."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.model.delivery import Noise
from bot.model.destination import Workspace
from tests.simulation.expected import Asking
from tests.simulation.polling import CHANNELS, FEEDS, LEASE, NOISES, WORKSPACES, Newsroom, PollingProcess
from tests.simulation.publishers import ANSWERS, TOPICS, Answer, Publisher, an_item
from tests.simulation.world import Fault

MOST = 8
"""Stories in one run."""
TROUBLES: tuple[Fault | Answer, ...] = (*ANSWERS, "away", "lost answer")

feeds = st.sampled_from(FEEDS)
askings = st.builds(Asking, st.sampled_from(CHANNELS), st.sampled_from(TOPICS))
topics = st.sampled_from([frozenset({"auction"}), frozenset({"merger"}), frozenset(TOPICS)])
pages = st.sampled_from([frozenset(TOPICS), frozenset()])


class Reading(RuleBasedStateMachine):
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
            for channel in (CHANNELS[0], CHANNELS[-1]):
                self.room.follows(channel.workspace, address)
                self.room.subscribes(Asking(channel, TOPICS[0]))
        if is_primed:
            self.room.heals()

    # ---- publishers

    @precondition(lambda self: self.stories < MOST)
    @rule(address=feeds, about=topics, on_page=pages)
    def a_feed_has_news(self, address: str, about: frozenset[str], on_page: frozenset[str]) -> None:
        if not self._is_known_again(address):
            return
        self.stories += 1
        self._feed(address).publishes(an_item(address, self.stories, about, on_page))

    @precondition(lambda self: self._items)
    @rule(data=st.data(), what=st.sampled_from(["told elsewhere, too", "edited", "issued again"]), about=topics)
    def an_article_is(self, data: st.DataObject, what: str, about: frozenset[str]) -> None:
        if what == "told elsewhere, too":
            if self._copies:
                address, item = data.draw(st.sampled_from(self._copies))
                self._feed(address).copies(item, is_linked=data.draw(st.booleans()))
            return
        feed, place = data.draw(st.sampled_from(self._items))
        if what == "edited":
            feed.edits(place, about)
        else:
            feed.reissues(place)

    @precondition(lambda self: self._renamable)
    @rule(data=st.data())
    def a_feed_gives_other_guids(self, data: st.DataObject) -> None:
        feed = data.draw(st.sampled_from(self._renamable))
        feed.changes_its_guids()
        self.renamed[feed.address] = feed.version

    # ---- people

    @rule(
        data=st.data(),
        what=st.sampled_from(["follows", "leaves", "returns alone", "subscribes", "unsubscribes"]),
        workspace=st.sampled_from(WORKSPACES),
        backfill=st.sampled_from([0, 0, 1, 2]),
    )
    def somebody(self, data: st.DataObject, what: str, workspace: Workspace, backfill: int) -> None:
        follows, standing = list(self.room.expected.ties), list(self.room.expected.askings.values())
        if what == "follows":
            self.room.follows(workspace, data.draw(feeds), backfill)
        elif what == "subscribes":
            self.room.subscribes(data.draw(askings))
        elif what == "unsubscribes" and standing:
            self.room.unsubscribes(data.draw(st.sampled_from(standing)))
        elif what == "leaves" and follows:
            self.room.unfollows(*data.draw(st.sampled_from(follows)))
        elif what == "returns alone" and follows:
            _, address = data.draw(st.sampled_from(follows))
            for one, followed in follows:
                if followed == address:
                    self.room.unfollows(one, followed)
            self.room.follows(workspace, address, backfill)

    # ---- processes

    @precondition(lambda self: len(self.room.processes) < 2)
    @rule(ahead=st.integers(-1, 1))
    def a_process_starts(self, ahead: int) -> None:
        self.room.starts(timedelta(seconds=ahead))

    @precondition(lambda self: self._awake)
    @rule(
        data=st.data(),
        later=st.sampled_from([0, 25]),
        steps=st.sampled_from([0, 3, 4, 5, 6, 7, 8, 9, 20, 20]),
        then=st.sampled_from(["", "", "is stopped", "is killed", "is overtaken"]),
    )
    def a_process_polls_up_to_a_point(self, data: st.DataObject, later: int, steps: int, then: str) -> None:
        """And is killed there, or stopped for longer than its lease, while another may poll what is new by then."""
        process = data.draw(st.sampled_from(self._awake))
        self.room.passes(later)
        self.room.do(process.polls)
        self._goes_on(process, steps)
        if then in {"is stopped", "is overtaken"}:
            process.is_stopped = True
            self.room.passes(LEASE.total_seconds() + 1)
        if then == "is overtaken":
            for feed, place in self._items[:1]:
                feed.reissues(place)
            for other in self._awake:
                self.room.do(other.polls)
                self._goes_on(other, steps=20)
        if then == "is killed":
            self.room.kills(process)

    @precondition(lambda self: self._awake and self._read_in_full and self.stories < MOST)
    @rule(data=st.data(), about=topics, comes=st.sampled_from(["in time", "late", "late"]))
    def a_story_breaks_whose_page_says_more(self, data: st.DataObject, about: frozenset[str], comes: str) -> None:
        """And is read; its page comes in time, or not before something else has happened."""
        address = data.draw(st.sampled_from(self._read_in_full))
        self.stories += 1
        self._feed(address).publishes(an_item(address, self.stories, about, frozenset(TOPICS)))
        process = self._awake[0]
        self.room.passes(25)
        self.room.do(process.polls)
        self._goes_on(process, steps=40, but="page" if comes == "late" else "")
        self._meanwhile(data, address)
        self.room.passes(16)
        self._goes_on(process, steps=40, but="page")
        for _ in range(data.draw(st.integers(0, 3)) if comes == "late" else 0):
            self.room.passes(data.draw(st.sampled_from([61, 61, 600, 1900])))
            self._meanwhile(data, address)
            self._somebody_reads_late_pages(data)

    def _meanwhile(self, data: st.DataObject, address: str) -> None:
        match data.draw(st.sampled_from(["", "", "somebody asks", "it is edited", "all return"])):
            case "somebody asks":
                self.room.subscribes(data.draw(askings))
            case "it is edited":
                self._feed(address).edits(0, frozenset(TOPICS))
            case "all return":
                for tie in list(self.room.expected.ties):
                    self.room.unfollows(*tie)
                    self.room.follows(*tie)

    def _somebody_reads_late_pages(self, data: st.DataObject) -> None:
        """Or comes to some point of it, and others go on from there."""
        for process in self._awake[:1]:
            trouble, steps = (
                data.draw(st.sampled_from(["", "", "500", "garbage"])),
                data.draw(st.sampled_from([20, 5, 6, 7])),
            )
            self.room.do(process.reads_late_pages)
            self._goes_on(process, steps, trouble=trouble)
            fate = data.draw(st.sampled_from(["", "", "is stopped", "is killed"]))
            if fate == "is killed":
                self.room.kills(process)
            elif fate == "is stopped":
                process.is_stopped = True

    @precondition(lambda self: self._awake and self.stories + 3 <= MOST)
    @rule(address=feeds, about=topics, waits=st.sampled_from([0, 0, 130]))
    def several_stories_break_and_are_read(self, address: str, about: frozenset[str], waits: int) -> None:
        """And wait, before anybody delivers them."""
        if not self._is_known_again(address):
            return
        for _ in range(3):
            self.stories += 1
            self._feed(address).publishes(an_item(address, self.stories, about))
        process = self._awake[0]
        self.room.passes(25)
        self.room.do(process.polls)
        self._goes_on(process, steps=20)
        self.room.passes(waits)

    @precondition(lambda self: self.room.open_gates)
    @rule(data=st.data(), trouble=st.sampled_from(TROUBLES))
    def one_goes_a_step(self, data: st.DataObject, trouble: Fault) -> None:
        self.room.opens(data.draw(st.sampled_from(self.room.open_gates)), trouble)

    @precondition(lambda self: self._awake)
    @rule(data=st.data(), steps=st.sampled_from([2, 4, 6, 9, 12, 40]))
    def one_works_for_a_while(self, data: st.DataObject, steps: int) -> None:
        process = data.draw(st.sampled_from(self._awake))
        self.room.do(process.sweeps)
        self._goes_on(process, steps)

    @precondition(lambda self: self.room.open_gates)
    @rule()
    def all_go_on_without_trouble(self) -> None:
        for gate in self.room.open_gates:
            if gate in self.room.gates:
                self.room.opens(gate)

    @rule(seconds=st.sampled_from([1, 25, 61, 130]))
    def time_passes(self, seconds: int) -> None:
        self.room.passes(seconds)

    @precondition(lambda self: self._awake != self.room.processes)
    @rule()
    def all_that_were_stopped_go_on(self) -> None:
        for process in self.room.processes:
            process.is_stopped = False

    # ---- what there is

    def _goes_on(self, process: PollingProcess, steps: int, but: str = "", trouble: Fault = "") -> None:
        """``but``: where it stands for longer. ``trouble``: with the pages that it asks for."""
        for _ in range(steps):
            if own := [gate for gate in self.room.open_gates if gate.process is process and gate.at != but]:
                self.room.opens(own[0], trouble if own[0].at == "page" else "")

    def _feed(self, address: str) -> Publisher:
        return self.room.publishers.of(address)

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
        """Once, where several items were all read."""
        seen = self.room.expected.seen
        return [
            feed
            for feed in map(self._feed, FEEDS)
            if feed.address not in self.renamed
            and len(feed.document) > 1
            and feed.address in seen
            and seen[feed.address].version == feed.version
        ]

    @property
    def _items(self) -> list[tuple[Publisher, int]]:
        return [
            (feed, place)
            for feed in map(self._feed, FEEDS)
            if self._is_known_again(feed.address)
            for place in range(len(feed.document))
        ]

    @property
    def _copies(self) -> list[tuple[str, object]]:
        """What one feed tells and the other does not."""
        told = {address: {one.number for one in self._feed(address).document} for address in FEEDS}
        return [
            (address, one)
            for address in filter(self._is_known_again, FEEDS)
            for other in FEEDS
            for one in self._feed(other).document
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
