"""What became of every sample article."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bot.demo.newsroom import articles
from bot.model.reading import PollReport, Verdict

TOLD = frozenset({"alerted", "updated"})
REISSUED = "reissued"
"""Beside the verdicts: an article that is known and was published again with a later date."""


@dataclass(frozen=True, slots=True)
class KeptBack:
    title: str
    feed: str
    """Its address."""
    why: str
    """A verdict that brings no alert, or ``reissued``."""


class Tally:
    """Hears of every poll. An article counts once, by what became of it first; a reissue counts beside it."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.faults: dict[str, str] = {}
        """By address, of feeds that gave their articles all the same."""
        self._verdicts: dict[tuple[str, str], Verdict] = {}
        self._in_wave: list[tuple[str, str, Verdict]] = []

    def add(self, report: PollReport) -> None:
        if report.complaint:
            self.faults[report.address] = report.complaint
        for judged in report.judged:
            key = report.address, judged.article.guid
            self._in_wave.append((report.address, judged.article.title, judged.verdict))
            if key not in self._verdicts:
                self._verdicts[key] = judged.verdict
                self.counts[judged.verdict] += 1

    def end_wave(self, wave: int) -> list[KeptBack]:
        """What was kept back since the last one, reasons together; what was merely still there is not named."""
        reissued = {article.title for article in articles() if article.reissued_in == wave}
        found = list(dict.fromkeys(self._kept_back(reissued)))
        self._in_wave.clear()
        self.counts.update(one.why for one in found if one.why == REISSUED)
        return sorted(found, key=lambda one: one.why)

    def _kept_back(self, reissued: set[str]) -> Iterator[KeptBack]:
        for address, title, verdict in self._in_wave:
            if verdict == "known" and title in reissued:
                yield KeptBack(title, address, REISSUED)
            elif verdict != "known" and verdict not in TOLD:
                yield KeptBack(title, address, verdict)
