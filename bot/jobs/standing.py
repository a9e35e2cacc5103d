"""All standing queries in one matcher, which follows the database: what another process changes counts here, too."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.matching.language import read_back
from bot.matching.matcher import Matcher
from bot.matching.mistakes import QueryError
from bot.matching.names import NO_NAMES, Names, called
from bot.matching.query import Query, asks_for_feeds
from bot.model.ids import SubscriptionId, WorkspaceId
from bot.model.subscription import Change, Position
from bot.ports import Storage, Unit

log = logging.getLogger(__name__)

BATCH = 5_000
"""Changes that are read at once; of more, it is filed what they come to, not one after the other."""


@dataclass(slots=True)
class Standing:
    _matcher: Matcher = field(default_factory=Matcher)
    _position: Position = field(default_factory=Position)
    _followed_in: Unit | None = None
    """The unit of work in which changes were asked for last."""
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def load(self, storage: Storage) -> None:
        """All that stand, the first time; afterwards nothing. Raises StorageUnavailable."""
        async with self._one_at_a_time:
            if self._position != Position():
                return
            try:
                await self._matcher.load(self._batches(storage))
            except BaseException:
                # Half of what stands would look like all of it.
                self._matcher, self._position = Matcher(), Position()
                raise

    async def matcher(self, unit: Unit) -> Matcher:
        """It knows every change that was committed before this unit of work."""
        async with self._one_at_a_time:
            if unit is self._followed_in:
                return self._matcher
            while changes := await unit.subscriptions.changes(self._position, BATCH):
                for subscription, query in _read(changes, await _names(unit, changes)):
                    self._matcher.register(subscription, query)
                self._follow(changes)
            self._followed_in = unit
            return self._matcher

    async def file(self) -> None:
        """What has gathered since it was last filed, if it is worth it: in a thread of its own."""
        if self._matcher.is_due:
            await self._matcher.merge()

    async def _batches(self, storage: Storage) -> AsyncIterator[Iterable[tuple[SubscriptionId, Query]]]:
        async with storage.read() as unit:
            while changes := await unit.subscriptions.changes(self._position, BATCH):
                yield _read(changes, await _names(unit, changes))
                self._follow(changes)

    def _follow(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.has_ended:
                self._matcher.forget(change.subscription)
        self._position = changes[-1].position


async def _names(unit: Unit, changes: Iterable[Change]) -> Mapping[WorkspaceId, Names]:
    """What workspaces call their feeds, as far as somebody asks for one."""
    asking = {change.workspace for change in changes if asks_for_feeds(change.normal_form)}
    followed = {workspace: await unit.feeds.followed(workspace) for workspace in asking}
    return {
        workspace: Names(feeds=called((feed.id, (feed.name, *feed.tags)) for feed in feeds))
        for workspace, feeds in followed.items()
    }


def _read(changes: Iterable[Change], names: Mapping[WorkspaceId, Names]) -> Iterator[tuple[SubscriptionId, Query]]:
    for change in changes:
        if change.has_ended:
            continue
        try:
            named = asks_for_feeds(change.normal_form)
            yield change.subscription, read_back(change.normal_form, names[change.workspace] if named else NO_NAMES)
        except QueryError as error:
            # One query that cannot be read any more harms only itself.
            facts = {"subscription": change.subscription, "reason": str(error)}
            log.error("set a subscription aside", extra=facts)  # noqa: TRY400 - no bug of ours, no traceback
