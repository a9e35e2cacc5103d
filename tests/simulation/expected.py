"""What the channels ought to hear, told apart from the application by what was committed alone.

That is which version of a document was kept after which, whether a page came by then or later, and who followed and
subscribed at that time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.model.destination import Destination, Workspace
from bot.model.ids import SubscriptionId
from bot.model.reading import PageState
from tests.simulation.publishers import Document, Told

MAY_GIVE_UP = timedelta(minutes=30)
"""After which a page that is in trouble is tried no more: within the hour, in pauses as long as it has been wanted."""
News = Sequence[tuple[int, frozenset[str]]]
"""Stories, and what about them is new."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A subscription."""

    channel: Destination
    topic: str


@dataclass(eq=False, slots=True)
class Tie:
    """Of a workspace that follows a feed."""

    since: datetime
    full_text: bool
    owed: int
    """How many of the newest it has yet to hear."""


class Version(NamedTuple):
    source: str
    """The address at which it stands."""
    number: int
    document: Document


@dataclass
class Seen:
    """What was kept of one feed."""

    is_primed: bool = False
    source: str = ""
    version: int = -1
    """The last one that was kept since somebody follows it; -1: none."""
    document: Document = ()
    items: dict[int, Told] = field(default_factory=dict)
    """By story, as they stood last."""
    since: dict[int, datetime] = field(default_factory=dict)
    on_page: set[int] = field(default_factory=set)
    """Stories of which the page was read."""


@dataclass
class Expected:
    """What every channel has to hear, once, and nothing else."""

    ties: dict[tuple[Workspace, str], Tie] = field(default_factory=dict)
    askings: dict[SubscriptionId, Asking] = field(default_factory=dict)
    asked_at: dict[SubscriptionId, datetime] = field(default_factory=dict)
    seen: dict[str, Seen] = field(default_factory=dict)
    stories: dict[Destination, set[int]] = field(default_factory=dict)
    wanting: dict[str, Sequence[tuple[Tie, SubscriptionId]]] = field(default_factory=dict)
    """Who asked for full text when a feed was claimed last, and what they asked for."""
    wrong: list[str] = field(default_factory=list)
    """Older versions that were kept after newer ones; pages that were not asked for, or given up too soon."""

    # ---- people

    def follow(self, workspace: Workspace, address: str, backfill: int, now: datetime, *, full_text: bool) -> None:
        seen = self.seen.setdefault(address, Seen())
        if not any(followed == address for _, followed in self.ties):
            seen.is_primed, seen.version = False, -1
        tie = self.ties.get((workspace, address))
        if tie is None:
            self.ties[workspace, address] = Tie(now, full_text, backfill)
        elif not seen.is_primed:
            tie.owed = backfill

    def unfollow(self, workspace: Workspace, address: str) -> None:
        self.ties.pop((workspace, address), None)

    def subscribe(self, subscription: SubscriptionId, asking: Asking, now: datetime) -> None:
        self.askings[subscription], self.asked_at[subscription] = asking, now

    # ---- polls

    def claim(self, address: str) -> None:
        """A poll begins."""
        self.wanting[address] = [
            (tie, id_)
            for (workspace, followed), tie in self.ties.items()
            for id_, asking in self.askings.items()
            if followed == address and tie.full_text and asking.channel.workspace == workspace
        ]

    def keep(self, address: str, version: Version, pages: Mapping[str, PageState], now: datetime) -> None:
        """A poll has kept this version, and pages by headline."""
        seen, document = self.seen[address], version.document
        if version.source == seen.source and version.number < seen.version:
            self.wrong.append(f"version {version.number} of {address} was kept after version {seen.version}")
        before = dict(seen.items)
        fresh = [one for one in document if one.number not in before or _says_else(one, before[one.number])]
        for one in fresh:
            if one.number not in before:
                seen.since[one.number] = now
                if seen.is_primed:
                    self._meet(address, one, pages.get(one.article.title, ""))
        for (workspace, followed), tie in self.ties.items():
            if followed == address:
                on_page = {one.number: one.on_page for one in fresh if tie.full_text and one.number in seen.on_page}
                told = [(one.number, one.topics | on_page.get(one.number, frozenset())) for one in fresh]
                stood = {number: one.topics | on_page.get(number, frozenset()) for number, one in before.items()}
                news = [(number, topics - stood.get(number, frozenset())) for number, topics in told]
                owed = [
                    (one.number, one.topics | on_page.get(one.number, frozenset()))
                    for one in _newest(document, tie.owed)
                ]
                self._tell(workspace, [*(news if seen.is_primed else ()), *owed])
                tie.owed = 0
        seen.items |= {one.number: one for one in document}
        seen.is_primed, seen.source, seen.version, seen.document = True, *version

    def _meet(self, address: str, one: Told, page: PageState) -> None:
        """What is new to a feed is judged on its page, if that has come."""
        if page == "read":
            self.seen[address].on_page.add(one.number)
        elif page == "unreachable":
            self.wrong.append(f"the page of {one} was given up at once")
        elif not page:
            standing = {id(tie) for (_, followed), tie in self.ties.items() if followed == address}
            for tie, id_ in self.wanting.get(address, ()):
                if id(tie) in standing and id_ in self.askings and self.askings[id_].topic in one.on_page - one.topics:
                    self.wrong.append(f"nobody asked for the page of {one}")

    def move(self, before: str, now: str, *, is_itself: bool) -> None:
        """A feed stands elsewhere from now on. To those who come to another one, what only that has kept is news."""
        moving = {key: tie for key, tie in self.ties.items() if key[1] == before}
        if is_itself:
            self.seen[now] = self.seen.pop(before)
        for (workspace, _), tie in moving.items():
            del self.ties[workspace, before]
            standing = self.ties.setdefault((workspace, now), tie)
            if standing is not tie:
                standing.since = min(tie.since, standing.since)
            elif not is_itself:
                known = self.seen[before].items
                missed = [one for one in self.seen[now].document if one.number not in known]
                self._tell(workspace, [(one.number, one.topics) for one in missed])

    # ---- pages that come late

    def settle(self, address: str, number: int, said: frozenset[str], page: PageState, now: datetime) -> None:
        """What became of a page that did not come in time. ``said``: what the feed said itself, when it was tried."""
        if (seen := self.seen.get(address)) is None:
            # Nobody follows what made room for a feed that moved there.
            return
        since = seen.since[number]
        if page == "unreachable" and now - since < MAY_GIVE_UP:
            self.wrong.append(f"the page of story {number} was given up after {now - since}")
        if page != "read":
            return
        seen.on_page.add(number)
        for (workspace, followed), tie in self.ties.items():
            if followed == address and tie.full_text and tie.since <= since:
                self._tell(workspace, [(number, seen.items[number].on_page - said)], asked_before=since)

    def _tell(self, workspace: Workspace, news: News, asked_before: datetime | None = None) -> None:
        for id_, asking in self.askings.items():
            is_old_enough = asked_before is None or self.asked_at[id_] <= asked_before
            if asking.channel.workspace == workspace and is_old_enough:
                met = {number for number, topics in news if asking.topic in topics}
                self.stories.setdefault(asking.channel, set()).update(met)


def _says_else(one: Told, before: Told) -> bool:
    return one.article.summary != before.article.summary


def _newest(document: Document, count: int) -> Sequence[Told]:
    return sorted(document, key=lambda one: one.article.published, reverse=True)[:count]  # type: ignore[arg-type, return-value]  # all have a date
