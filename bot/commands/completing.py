"""What may stand behind a parameter: the feeds, the tags and the subscriptions of the asker's own workspace."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.commands.command import Choice, Request
from bot.commands.desk import Desk
from bot.commands.standing import belongs_to, described
from bot.model.feed import FeedStatus

MOST = 25
"""As many as a person reads, and Discord takes."""


@dataclass(frozen=True, slots=True)
class Completing:
    desk: Desk

    async def feeds(self, request: Request, typed: str) -> Sequence[Choice]:
        """Addresses that a command can stop following, by the name of their feed."""
        return _fitting(typed, map(_choice, (feed for feed in await self._followed(request) if not feed.declared)))

    async def all_feeds(self, request: Request, typed: str) -> Sequence[Choice]:
        """The same, those that the file declares included."""
        return _fitting(typed, map(_choice, await self._followed(request)))

    async def tags(self, request: Request, typed: str) -> Sequence[Choice]:
        """Of a list of tags the last one is completed: ``telecom, r`` to ``telecom,regulator``."""
        *before, last = (part.strip() for part in typed.split(","))
        known = sorted({tag for feed in await self._followed(request) for tag in feed.tags} - set(before))
        lists = [",".join((*before, tag)) for tag in known if last.casefold() in tag.casefold()]
        return [Choice(each, each) for each in lists[:MOST]]

    async def subscriptions(self, request: Request, typed: str) -> Sequence[Choice]:
        """Those that the asker can end from here, save what the file declares."""
        async with self.desk.storage.read() as unit:
            workspace = await unit.workspaces.find(request.asker.workspace)
            standing = [] if workspace is None else await unit.subscriptions.standing(workspace)
        own = [one for one in standing if belongs_to(request, one) and not one.is_declared]
        return _fitting(typed, (Choice(str(one.number), f"{one.number}: {described(one)}") for one in own))

    async def _followed(self, request: Request) -> Sequence[FeedStatus]:
        async with self.desk.storage.read() as unit:
            workspace = await unit.workspaces.find(request.asker.workspace)
            return [] if workspace is None else await unit.feeds.followed(workspace)


def _choice(feed: FeedStatus) -> Choice:
    return Choice(feed.address, f"{feed.name} ({feed.address})")


def _fitting(typed: str, choices: Iterable[Choice]) -> list[Choice]:
    wanted = typed.strip().casefold()
    return [choice for choice in choices if wanted in choice.label.casefold()][:MOST]
