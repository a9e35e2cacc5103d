"""Feeds: which a workspace follows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.alerts.notices import feed_removed
from bot.commands.access import OPERATOR
from bot.commands.command import Done, Listing, Problem, Reply, Request
from bot.commands.desk import Desk
from bot.commands.following import as_anybody_spells_it, followed, keep_first_reading, not_followed, whose
from bot.commands.looking import Found, Page, address_of, look, no_feed_either, the_one
from bot.commands.standing import is_declared
from bot.commands.tenants import named_workspace, tenants
from bot.model.destination import Workspace
from bot.model.feed import FeedStatus
from bot.model.ids import WorkspaceId
from bot.model.reading import ParsedFeed
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
            columns=("name", "address", "tags", "state", "last success", "next poll", "articles a day", "full text"),
            rows=tuple(_row(feed) for feed in followed),
            empty=f"No feed is followed here yet. Try: {_first(request)}",
            data=[_as_data(feed) for feed in followed],
        )

    async def add(self, request: Request) -> Reply:
        asked = await self._asked(request)
        return asked if isinstance(asked, Problem) else await self._add(request, *asked)

    async def _add(self, request: Request, workspace: Workspace, address: str, page: str = "") -> Reply:
        """``page``: the web page that names the address as its feed; empty where a person named it."""
        async with self.desk.storage.read() as unit:
            standing = await followed(unit, workspace, address)
            address = await as_anybody_spells_it(unit, address)
        if standing is not None and standing.state != "gone":
            return Done(f"{standing.name} is followed already.", data=_as_data(standing))
        match await look(self.desk, address):
            case Problem() as problem:
                return problem
            case Page() if page:
                return no_feed_either(page, address)
            case Page() as found:
                named = the_one(found, request, "feeds add")
                return named if isinstance(named, Problem) else await self._add(request, workspace, named, address)
            case Found() if standing is not None:
                async with self.desk.storage.begin() as unit:
                    return await _revived(unit, standing)
            case Found() as found:
                return await self._begin(request, workspace, found, page)

    async def _begin(self, request: Request, workspace: Workspace, found: Found, page: str) -> Reply:
        """Follow it where it stands now: whoever adds it hears of the move, so that this need not prove itself."""
        async with self.desk.storage.begin() as unit:
            standing = await followed(unit, workspace, found.stands_at) if found.has_moved else None
            if standing is not None:
                return replace(await _revived(unit, standing), notes=(_moved(found, standing.address),))
            address = await as_anybody_spells_it(unit, found.stands_at)
            await self._keep(unit, await unit.workspaces.register(workspace), address, request.arguments, found)
        notes = _notes(found, page, address, workspace if request.asker.user == OPERATOR else None)
        return Done(f"{found.parsed.title or address} is followed now.", notes, {"address": address})

    async def _keep(self, unit: Unit, who: WorkspaceId, address: str, wishes: Mapping[str, str], found: Found) -> None:
        name, tags = wishes.get("name", "").strip(), _listed(wishes.get("tags", ""))
        followed = await unit.feeds.follow(
            who, address, name=name, tags=tags, full_text=self.desk.full_text, origin=COMMANDED
        )
        await unit.feeds.revive(followed)
        feed = await unit.feeds.find(address)
        if feed is not None and feed.id == followed and not feed.primed:
            await keep_first_reading(self.desk, unit, feed, found)

    async def remove(self, request: Request) -> Reply:
        asked = await self._asked(request)
        if isinstance(asked, Problem):
            return asked
        workspace, address = asked
        async with self.desk.storage.begin() as unit:
            status = await followed(unit, workspace, address)
            if status is None:
                return not_followed(request, address)
            if status.declared:
                return is_declared(status.name)
            told = await _drop(unit, workspace, status, _by(request))
        return Done(f"{status.name} is not followed any more.", _told(told), {"address": address})

    async def _asked(self, request: Request) -> tuple[Workspace, str] | Problem:
        """Who follows which address, or is to."""
        address = address_of(request)
        if isinstance(address, Problem):
            return address
        workspace = await whose(self.desk, request)
        return workspace if isinstance(workspace, Problem) else (workspace, address)


async def _revived(unit: Unit, standing: FeedStatus) -> Done:
    """What is followed already, and was just seen to answer."""
    if standing.state != "gone":
        return Done(f"{standing.name} is followed already.", data=_as_data(standing))
    await unit.feeds.revive(standing.id)
    return Done(f"{standing.name} answers again, and is read as before.", data={"address": standing.address})


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


def _moved(found: Found, address: str) -> str:
    return f"{found.address} has moved for good: it is read from {address}."


def _notes(found: Found, page: str, address: str, follower: Workspace | None) -> tuple[str, ...]:
    parsed = found.parsed
    said = (
        f"{page} names it as its feed: {found.address}" if page else "",
        _moved(found, address) if found.has_moved else "",
        _history(parsed),
        f"Who follows it: {follower}" if follower else "",
        f"Its document is faulty, but can be read: {parsed.complaint}" if parsed.complaint else "",
    )
    return tuple(note for note in said if note)


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
    next_poll = "asked no more" if feed.state == "gone" else f"{feed.next_poll:%Y-%m-%d %H:%M}"
    rate, full_text = f"{feed.items_per_day:g}", "on" if feed.full_text else ""
    return feed.name, feed.address, ", ".join(feed.tags), state, last, next_poll, rate, full_text


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
