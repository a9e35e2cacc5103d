"""Feeds that move for good, drawn by Hypothesis."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.simulation.polling import ELSEWHERE, FEEDS, LEASE
from tests.simulation.polling_state import MOST, Polled
from tests.simulation.publishers import TOPICS, an_item


class FollowingMoves(Polled):
    @precondition(lambda self: self._awake and self._movable)
    @rule(data=st.data(), is_alone=st.booleans(), steps=st.sampled_from([6, 7, 8, 9, 10, 11, 12, 40]))
    def a_feed_moves(self, data: st.DataObject, *, is_alone: bool, steps: int) -> None:
        """To a place of its own or into another feed; and is followed there in a poll that comes to some point."""
        address = data.draw(st.sampled_from(self._movable))
        others = [self.feed(other).address for other in FEEDS if self._may_become_one(address, other)]
        to = ELSEWHERE if is_alone or not others else others[0]
        if to in self.room.publishers.feeds and to not in others:
            return
        self.room.publishers.moves(self.feed(address).address, to)
        for last in (False, False, True):
            self.room.passes(1900)
            process = self._awake[0]
            self.room.do(process.polls)
            self._goes_on(process, steps if last else 40)
        self._somebody_reads_on(data, to)

    def _somebody_reads_on(self, data: st.DataObject, address: str) -> None:
        """While that poll stands there; who polls it may go on, stand still or die."""
        process = self._awake[0]
        fate = data.draw(st.sampled_from(["", "is overtaken", "is stopped", "is killed"]))
        if fate == "is killed":
            self.room.kills(process)
        elif fate == "is stopped":
            process.is_stopped = True
            self.room.passes(LEASE.total_seconds() + 1)
        if fate and self.stories < MOST:
            self.stories += 1
            self.feed(address).publishes(an_item(address, self.stories, frozenset(TOPICS)))
            self.room.passes(25)
        for other in self._awake[fate == "is overtaken" :] if fate else ():
            self.room.do(other.polls)
            self._goes_on(other, steps=40)

    def _may_become_one(self, address: str, other: str) -> bool:
        """Two that tell the same under guids of their own would tell it twice in one feed: that is another article."""
        told = [
            {one.number for document in feed.versions for one in document}
            for feed in (self.feed(address), self.feed(other))
        ]
        return self.feed(address) is not self.feed(other) and told[0].isdisjoint(told[1])

    @property
    def _movable(self) -> list[str]:
        """Where somebody follows them, and nothing else makes their articles look like others."""
        addresses = {address for _, address in self.room.expected.ties}
        return sorted(address for address in addresses if not self.renamed and self.feed(address).address != ELSEWHERE)
