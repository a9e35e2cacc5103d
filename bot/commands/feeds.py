"""Feeds: which a workspace follows, and whether one can be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.alerts.notices import feed_removed
from bot.commands.access import OPERATOR
from bot.commands.command import Details, Done, Listing, Problem, Reply, Request
from bot.commands.desk import Desk
from bot.model.destination import Workspace, parse_workspace
from bot.model.feed import FeedStatus
from bot.model.reading import Fetched, ParsedFeed, Unreachable, Unreadable
from bot.model.subscription import COMMANDED
from bot.ports import Unit

SHOWN = 5
"""How many articles a check names."""


@dataclass(frozen=True, slots=True)
class FeedCommands:
    desk: Desk

    async def list(self, request: Request) -> Reply:
        async with self.desk.storage.read() as unit:
            followed = [
                feed
                for id_, workspace in await unit.workspaces.all()
                if workspace in await _workspaces(unit, request)
                for feed in await unit.feeds.followed(id_)
            ]
        return Listing(
            heading="Feeds",
            columns=("name", "address", "tags", "state", "last success", "next poll", "articles a day"),
            rows=tuple(_row(feed) for feed in followed),
            empty="No feed is followed here yet. Try: feeds add https://example.org/rss.xml",
            data=[_as_data(feed) for feed in followed],
        )

    async def add(self, request: Request) -> Reply:
        address = request.arguments["url"].strip().strip("<>")
        workspace = await self._one_workspace(request)
        if isinstance(workspace, Problem):
            return workspace
        async with self.desk.storage.begin() as unit:
            id_ = await unit.workspaces.register(workspace)
            standing = {feed.address: feed for feed in await unit.feeds.followed(id_)}
        if address in standing:
            return Done(f"{standing[address].name} is followed already.", data=_as_data(standing[address]))
        read = await self._read(address)
        if isinstance(read, Problem):
            return read
        fetched, parsed = read
        async with self.desk.storage.begin() as unit:
            await unit.feeds.follow(
                id_,
                address,
                name=request.arguments.get("name", ""),
                tags=_listed(request.arguments.get("tags", "")),
                origin=COMMANDED,
            )
            feed = await unit.feeds.find(address)
            if feed is not None and not feed.primed:
                # The first poll, which keeps what stands there as history, has just been made.
                await self.desk.take_in(unit, feed, parsed.articles)
                await unit.feeds.read(
                    feed.id,
                    title=parsed.title,
                    validators=fetched.validators,
                    complaint=parsed.complaint,
                    next_poll=unit.now + self.desk.first_pause,
                )
        notes = [f"{_articles(parsed)} in it now are kept as history; what comes next is news."]
        if parsed.complaint:
            notes.append(f"Its document is faulty, but can be read: {parsed.complaint}")
        return Done(f"{parsed.title or address} is followed now.", tuple(notes), {"address": address})

    async def remove(self, request: Request) -> Reply:
        address = request.arguments["url"].strip().strip("<>")
        workspace = await self._one_workspace(request)
        if isinstance(workspace, Problem):
            return workspace
        async with self.desk.storage.begin() as unit:
            id_ = await unit.workspaces.register(workspace)
            followed = {one.address: one for one in await unit.feeds.followed(id_)}
            feed = await unit.feeds.find(address)
            if feed is None or address not in followed:
                return Problem(f"{address} is not followed here.", "See the feeds with: feeds list", mistake=False)
            status = followed[address]
            if status.declared:
                return Problem(
                    f"{status.name} is declared in the configuration file.",
                    "What the file declares, the file alone changes: take it out there.",
                    mistake=False,
                )
            hearing = [one for one in await unit.subscriptions.hearing(feed) if one.workspace == id_]
            await unit.feeds.unfollow(id_, address)
            notices = feed_removed(status.name, _by(request), hearing)
            for destination, notice in notices.items():
                await unit.outbox.notify(destination, notice, f"feed removed {address} {unit.now.isoformat()}")
        told = f"{len(notices)} destinations whose subscriptions heard it are told."
        return Done(f"{status.name} is not followed any more.", (told,) if notices else (), {"address": address})

    async def check(self, request: Request) -> Reply:
        address = request.arguments["url"].strip().strip("<>")
        read = await self._read(address)
        if isinstance(read, Problem):
            return read
        fetched, parsed = read
        newest = max((article.published for article in parsed.articles if article.published), default=None)
        facts = (
            ("address", fetched.address),
            ("format", parsed.format or "unknown"),
            ("encoding", parsed.encoding or "unknown"),
            ("articles", str(len(parsed.articles))),
            ("newest", f"{newest:%Y-%m-%d %H:%M} UTC" if newest else "no article has a date"),
            ("answers 'not modified'", _conditional(fetched)),
            ("what is wrong", parsed.complaint or "nothing"),
            *((f"article {number}", one.title) for number, one in enumerate(parsed.articles[:SHOWN], 1)),
        )
        return Details(parsed.title or address, facts, dict(facts))

    async def _read(self, address: str) -> tuple[Fetched, ParsedFeed] | Problem:
        if urlsplit(address).scheme not in {"http", "https"}:
            return Problem(f"{address} is no address of a feed.", "It begins with http:// or https://")
        match await self.desk.fetcher.fetch(address):
            case Fetched() as fetched:
                match await self.desk.parser.parse(fetched):
                    case ParsedFeed() as parsed:
                        return fetched, parsed
                    case Unreadable(reason):
                        return Problem(f"{address} cannot be read: {reason}", mistake=False)
            case Unreachable(reason):
                return Problem(f"{address} cannot be fetched: {reason}", mistake=False)
            case _:
                return Problem(f"{address} answered 'not modified' to a first request.", mistake=False)

    async def _one_workspace(self, request: Request) -> Workspace | Problem:
        """Where a feed is added or removed: the operator has to say it where there are several."""
        if request.asker.user != OPERATOR:
            return request.asker.workspace
        if named := request.arguments.get("workspace", ""):
            try:
                return parse_workspace(named)
            except ValueError as error:
                return Problem(f"There is no such workspace: {error}.")
        async with self.desk.storage.read() as unit:
            known = [workspace for _, workspace in await unit.workspaces.all()]
        if len(known) > 1:
            return Problem("There are several workspaces.", f"Add --workspace, one of: {', '.join(map(str, known))}")
        return known[0] if known else request.here.workspace


async def _workspaces(unit: Unit, request: Request) -> list[Workspace]:
    if request.asker.user != OPERATOR:
        return [request.asker.workspace]
    named = request.arguments.get("workspace", "")
    return [workspace for _, workspace in await unit.workspaces.all() if not named or str(workspace) == named]


def _by(request: Request) -> str:
    return "the operator" if request.asker.user == OPERATOR else "an admin"


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _articles(parsed: ParsedFeed) -> str:
    return "The one article" if len(parsed.articles) == 1 else f"The {len(parsed.articles)} articles"


def _conditional(fetched: Fetched) -> str:
    return "yes" if fetched.validators.etag or fetched.validators.last_modified else "no: it sends no validators"


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
