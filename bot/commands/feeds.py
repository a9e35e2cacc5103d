"""Feeds: which a workspace follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.alerts.notices import feed_removed
from bot.commands.access import OPERATOR
from bot.commands.checking import address_of, read
from bot.commands.command import Done, Listing, Problem, Reply, Request
from bot.commands.desk import Desk
from bot.commands.tenants import named_workspace, tenants
from bot.model.destination import Workspace
from bot.model.feed import FeedStatus
from bot.model.reading import Fetched, ParsedFeed
from bot.model.subscription import COMMANDED
from bot.ports import Unit


@dataclass(frozen=True, slots=True)
class FeedCommands:
    desk: Desk

    async def list(self, request: Request) -> Reply:
        async with self.desk.storage.read() as unit:
            asked = await tenants(unit, request)
            if isinstance(asked, Problem):
                return asked
            followed = [feed for id_ in asked.values() for feed in await unit.feeds.followed(id_)]
        return Listing(
            heading="Feeds",
            columns=("name", "address", "tags", "state", "last success", "next poll", "articles a day"),
            rows=tuple(_row(feed) for feed in followed),
            empty="No feed is followed here yet. Try: feeds add https://example.org/rss.xml",
            data=[_as_data(feed) for feed in followed],
        )

    async def add(self, request: Request) -> Reply:
        address = address_of(request)
        workspace = await self._follower(request)
        if isinstance(workspace, Problem):
            return workspace
        async with self.desk.storage.read() as unit:
            standing = await _followed(unit, workspace, address)
        if standing is not None:
            return Done(f"{standing.name} is followed already.", data=_as_data(standing))
        found = await read(self.desk, address)
        if isinstance(found, Problem):
            return found
        fetched, parsed = found
        async with self.desk.storage.begin() as unit:
            await self._keep(unit, workspace, request, (fetched, parsed))
        notes = [_history(parsed)]
        if request.asker.user == OPERATOR:
            notes.append(f"Who follows it: {workspace}")
        if parsed.complaint:
            notes.append(f"Its document is faulty, but can be read: {parsed.complaint}")
        return Done(f"{parsed.title or address} is followed now.", tuple(notes), {"address": address})

    async def _keep(self, unit: Unit, who: Workspace, request: Request, found: tuple[Fetched, ParsedFeed]) -> None:
        address, (fetched, parsed) = address_of(request), found
        await unit.feeds.follow(
            await unit.workspaces.register(who),
            address,
            name=request.arguments.get("name", "").strip(),
            tags=_listed(request.arguments.get("tags", "")),
            origin=COMMANDED,
        )
        feed = await unit.feeds.find(address)
        if feed is None or feed.primed:
            return
        # The first poll, which keeps what stands there as history, has just been made.
        await self.desk.take_in(unit, feed, parsed.articles)
        await unit.feeds.read(
            feed.id,
            title=parsed.title,
            validators=fetched.validators,
            complaint=parsed.complaint,
            next_poll=unit.now + self.desk.first_pause,
        )

    async def remove(self, request: Request) -> Reply:
        address = address_of(request)
        workspace = await self._follower(request)
        if isinstance(workspace, Problem):
            return workspace
        async with self.desk.storage.begin() as unit:
            status = await _followed(unit, workspace, address)
            if status is None:
                return Problem(f"{address} is not followed here.", "See the feeds with: feeds list", mistake=False)
            if status.declared:
                return Problem(
                    f"{status.name} is declared in the configuration file.",
                    "What the file declares, the file alone changes: take it out there.",
                    mistake=False,
                )
            told = await _drop(unit, workspace, status, _by(request))
        return Done(f"{status.name} is not followed any more.", _told(told), {"address": address})

    async def _follower(self, request: Request) -> Workspace | Problem:
        """Where a feed is added or removed: the operator has to say it where there are several."""
        if request.asker.user != OPERATOR:
            return request.asker.workspace
        if named := named_workspace(request):
            try:
                return self.desk.read_workspace(named)
            except ValueError as error:
                return Problem(f"--workspace {error}.")
        async with self.desk.storage.read() as unit:
            known = [workspace for _, workspace in await unit.workspaces.all()]
        if len(known) > 1:
            return Problem("There are several workspaces.", f"Add --workspace, one of: {', '.join(map(str, known))}")
        return next(iter(known), self.desk.home) or Problem(
            "No workspace is known yet.", "Start tocsin run once, or name it: --workspace slack:T0123"
        )


async def _followed(unit: Unit, workspace: Workspace, address: str) -> FeedStatus | None:
    id_ = await unit.workspaces.find(workspace)
    followed = [] if id_ is None else await unit.feeds.followed(id_)
    return next((feed for feed in followed if feed.address == address), None)


async def _drop(unit: Unit, workspace: Workspace, status: FeedStatus, by: str) -> int:
    """End the tie and tell those who heard of the feed; how many destinations are told."""
    id_ = await unit.workspaces.register(workspace)
    feed = await unit.feeds.find(status.address)
    hearing = [] if feed is None else await unit.subscriptions.hearing(feed)
    notices = feed_removed(status.name, by, [one for one in hearing if one.workspace == id_])
    await unit.feeds.unfollow(id_, status.address)
    for destination, notice in notices.items():
        await unit.outbox.notify(destination, notice, f"feed removed {status.address} {unit.now.isoformat()}")
    return len(notices)


def _told(destinations: int) -> tuple[str, ...]:
    match destinations:
        case 0:
            return ()
        case 1:
            return ("The one destination whose subscriptions heard it is told.",)
        case _:
            return (f"The {destinations} destinations whose subscriptions heard it are told.",)


def _by(request: Request) -> str:
    return "the operator" if request.asker.user == OPERATOR else "an admin"


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _history(parsed: ParsedFeed) -> str:
    match len(parsed.articles):
        case 0:
            return "There is no article in it now; what comes is news."
        case 1:
            return "The one article in it now is kept as history; what comes next is news."
        case count:
            return f"The {count} articles in it now are kept as history; what comes next is news."


def _row(feed: FeedStatus) -> tuple[str, ...]:
    last = f"{feed.last_success:%Y-%m-%d %H:%M}" if feed.last_success else "never"
    state = f"{feed.state}: {feed.error}" if feed.error else feed.state
    next_poll = f"{feed.next_poll:%Y-%m-%d %H:%M}"
    return feed.name, feed.address, ", ".join(feed.tags), state, last, next_poll, f"{feed.items_per_day:g}"


def _as_data(feed: FeedStatus) -> Mapping[str, Any]:
    return {
        "address": feed.address,
        "name": feed.name,
        "tags": list(feed.tags),
        "state": feed.state,
        "error": feed.error,
        "last_success": feed.last_success,
        "next_poll": feed.next_poll,
        "items_per_day": feed.items_per_day,
    }
