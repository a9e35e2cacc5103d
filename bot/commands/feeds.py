"""Feeds: which a workspace follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.alerts.notices import feed_removed
from bot.commands.access import OPERATOR
from bot.commands.checking import address_of, read
from bot.commands.command import Done, Listing, Problem, Reply, Request
from bot.commands.desk import Desk
from bot.commands.standing import is_declared
from bot.commands.tenants import named_workspace, refused_place, tenants
from bot.model.address import same_address
from bot.model.destination import Workspace
from bot.model.feed import FeedStatus
from bot.model.ids import WorkspaceId
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
            empty=f"No feed is followed here yet. Try: {_first(request)}",
            data=[_as_data(feed) for feed in followed],
        )

    async def add(self, request: Request) -> Reply:
        asked = await self._asked(request)
        if isinstance(asked, Problem):
            return asked
        workspace, address = asked
        async with self.desk.storage.read() as unit:
            standing = await _followed(unit, workspace, address)
            address = await _as_anybody_spells_it(unit, address)
        if standing is not None:
            return Done(f"{standing.name} is followed already.", data=_as_data(standing))
        found = await read(self.desk, address)
        if isinstance(found, Problem):
            return found
        async with self.desk.storage.begin() as unit:
            await self._keep(unit, await unit.workspaces.register(workspace), address, request.arguments, found)
        _, parsed = found
        notes = [_history(parsed)]
        if request.asker.user == OPERATOR:
            notes.append(f"Who follows it: {workspace}")
        if parsed.complaint:
            notes.append(f"Its document is faulty, but can be read: {parsed.complaint}")
        return Done(f"{parsed.title or address} is followed now.", tuple(notes), {"address": address})

    async def _keep(
        self, unit: Unit, who: WorkspaceId, address: str, wishes: Mapping[str, str], found: tuple[Fetched, ParsedFeed]
    ) -> None:
        fetched, parsed = found
        name, tags = wishes.get("name", "").strip(), _listed(wishes.get("tags", ""))
        followed = await unit.feeds.follow(who, address, name=name, tags=tags, origin=COMMANDED)
        feed = await unit.feeds.find(address)
        if feed is None or feed.id != followed or feed.primed:
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
        asked = await self._asked(request)
        if isinstance(asked, Problem):
            return asked
        workspace, address = asked
        async with self.desk.storage.begin() as unit:
            status = await _followed(unit, workspace, address)
            if status is None:
                step = f"See the feeds with: {request.say('feeds list')}"
                return Problem(f"{address} is not followed here.", step, mistake=False)
            if status.declared:
                return is_declared(status.name)
            told = await _drop(unit, workspace, status, _by(request))
        return Done(f"{status.name} is not followed any more.", _told(told), {"address": address})

    async def _asked(self, request: Request) -> tuple[Workspace, str] | Problem:
        """Who follows which address, or is to."""
        address = address_of(request)
        if isinstance(address, Problem):
            return address
        if request.asker.user != OPERATOR:
            return request.asker.workspace, address
        async with self.desk.storage.read() as unit:
            workspace = await self._named(unit, request)
        return workspace if isinstance(workspace, Problem) else (workspace, address)

    async def _named(self, unit: Unit, request: Request) -> Workspace | Problem:
        """The workspace that the operator means: he has to say it where there are several."""
        if name := named_workspace(request):
            try:
                workspace = self.desk.read_workspace(name)
            except ValueError as error:
                return Problem(f"--workspace {error}.")
            return await refused_place(unit, request, workspace) or workspace
        known = [workspace for _, workspace in await unit.workspaces.all()]
        if len(known) > 1:
            return Problem("There are several workspaces.", f"Add --workspace, one of: {', '.join(map(str, known))}")
        return next(iter(known), self.desk.home) or Problem(
            "No workspace is known yet.", "Start tocsin run once, or name it: --workspace slack:T0123"
        )


async def _followed(unit: Unit, workspace: Workspace, address: str) -> FeedStatus | None:
    """In whatever spelling; what the file declares comes last, since a command cannot change it."""
    id_ = await unit.workspaces.find(workspace)
    followed = [] if id_ is None else await unit.feeds.followed(id_)
    found = [feed for feed in followed if same_address(feed.address) == address]
    return min(found, key=lambda feed: feed.declared, default=None)


async def _as_anybody_spells_it(unit: Unit, address: str) -> str:
    """As it is stored where somebody follows it: one feed, one row, one fetch. Private feeds are nobody else's."""
    for id_, _ in await unit.workspaces.all():
        for feed in await unit.feeds.followed(id_):
            if not feed.credential and same_address(feed.address) == address:
                return feed.address
    return address


async def _drop(unit: Unit, workspace: Workspace, status: FeedStatus, by: str) -> int:
    """End the tie and tell those who heard of the feed; how many destinations are told."""
    id_ = await unit.workspaces.register(workspace)
    feed = await unit.feeds.find(status.address, status.credential)
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


def _first(request: Request) -> str:
    return request.say("feeds add", url="https://example.org/rss.xml", workspace=named_workspace(request))


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
