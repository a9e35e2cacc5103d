"""What may happen next to feeds, to those who read them and to those who ask for news, drawn by Hypothesis."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from bot.model.destination import Workspace
from tests.simulation.polling import LEASE, WORKSPACES
from tests.simulation.polling_moves import FollowingMoves
from tests.simulation.polling_pages import ReadingPages
from tests.simulation.polling_state import MOST, TROUBLES, askings, feeds, pages, topics
from tests.simulation.publishers import an_item
from tests.simulation.world import Fault


class Reading(ReadingPages, FollowingMoves):
    # ---- publishers

    @precondition(lambda self: self.stories < MOST)
    @rule(address=feeds, about=topics, on_page=pages)
    def a_feed_has_news(self, address: str, about: frozenset[str], on_page: frozenset[str]) -> None:
        if not self._is_known_again(address):
            return
        self.stories += 1
        self.feed(address).publishes(an_item(address, self.stories, about, on_page))

    @precondition(lambda self: self._items)
    @rule(data=st.data(), what=st.sampled_from(["told elsewhere, too", "edited", "issued again"]), about=topics)
    def an_article_is(self, data: st.DataObject, what: str, about: frozenset[str]) -> None:
        if what == "told elsewhere, too":
            if self._copies:
                address, item = data.draw(st.sampled_from(self._copies))
                self.feed(address).copies(item, is_linked=data.draw(st.booleans()))
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

    @precondition(lambda self: self._awake and self.stories + 3 <= MOST)
    @rule(address=feeds, about=topics, waits=st.sampled_from([0, 0, 130]))
    def several_stories_break_and_are_read(self, address: str, about: frozenset[str], waits: int) -> None:
        """And wait, before anybody delivers them."""
        if not self._is_known_again(address):
            return
        for _ in range(3):
            self.stories += 1
            self.feed(address).publishes(an_item(address, self.stories, about))
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
