"""Pages that come late, or are in trouble, drawn by Hypothesis."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.simulation.polling_state import MOST, Polled, askings, topics
from tests.simulation.publishers import TOPICS, an_item


class ReadingPages(Polled):
    @precondition(lambda self: self._awake and self._read_in_full and self.stories < MOST)
    @rule(data=st.data(), about=topics, comes=st.sampled_from(["in time", "late", "late"]))
    def a_story_breaks_whose_page_says_more(self, data: st.DataObject, about: frozenset[str], comes: str) -> None:
        """And is read; its page comes in time, or not before something else has happened."""
        address = data.draw(st.sampled_from(self._read_in_full))
        self.stories += 1
        self.feed(address).publishes(an_item(address, self.stories, about, frozenset(TOPICS)))
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
                self.feed(address).edits(0, frozenset(TOPICS))
            case "all return":
                for tie in list(self.room.expected.ties):
                    self.room.unfollows(*tie)
                    self.room.follows(*tie)

    def _somebody_reads_late_pages(self, data: st.DataObject) -> None:
        """Or comes to some point of it, and others go on from there."""
        for process in self._awake[:1]:
            trouble = data.draw(st.sampled_from(["", "", "500", "garbage"]))
            steps = data.draw(st.sampled_from([20, 5, 6, 7]))
            self.room.do(process.reads_late_pages)
            self._goes_on(process, steps, trouble=trouble)
            fate = data.draw(st.sampled_from(["", "", "is stopped", "is killed"]))
            if fate == "is killed":
                self.room.kills(process)
            elif fate == "is stopped":
                process.is_stopped = True
