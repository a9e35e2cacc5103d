"""What a feed is like before anybody follows it, and what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bot.commands.access import OPERATOR
from bot.commands.account import Account, Fault, Tie, as_data, facts, faults, state
from bot.commands.command import Details, Problem, Reply, Request
from bot.commands.desk import Desk
from bot.commands.following import followed
from bot.commands.looking import Found, Page, address_of, look, no_feed_either, the_one
from bot.model.address import same_address, same_origin
from bot.model.reading import ParsedFeed
from bot.ports import Unit

SHOWN = 5
"""How many articles a check names."""


@dataclass(frozen=True, slots=True)
class Checking:
    desk: Desk

    async def check(self, request: Request) -> Reply:
        address = address_of(request)
        return address if isinstance(address, Problem) else await self._check(request, address)

    async def _check(self, request: Request, address: str, page: str = "") -> Reply:
        """``page``: the web page that names the address as its feed; empty where a person named it."""
        async with self.desk.storage.read() as unit:
            tie, now = await _tie(unit, request, address), unit.now
        match await look(self.desk, address, _credential(tie, address)):
            case Problem() as problem:
                return _with_state(problem, tie, now, request) if tie else problem
            case Page() if page:
                return no_feed_either(page, address)
            case Page() as found:
                named = the_one(found, request, "feeds check")
                return named if isinstance(named, Problem) else await self._check(request, named, address)
            case Found(address, fetched, parsed) as found:
                tie = tie or await self._tie_where_it_has_moved(request, found)
                return _details(Account(address, page, fetched, parsed, tie, now, self.desk.bounds), request)

    async def _tie_where_it_has_moved(self, request: Request, found: Found) -> Tie | None:
        """Of a feed that is followed at the address to which a permanent redirect leads."""
        if not found.has_moved:
            return None
        async with self.desk.storage.read() as unit:
            tie = await _tie(unit, request, found.stands_at)
        return replace(tie, has_moved=True) if tie else None


async def _tie(unit: Unit, request: Request, address: str) -> Tie | None:
    """How the asker's workspace follows it; to the operator: how anybody does."""
    known = [workspace for _, workspace in await unit.workspaces.all()]
    for workspace in known if request.asker.user == OPERATOR else [request.asker.workspace]:
        status = await followed(unit, workspace, address)
        feed = await unit.feeds.find(status.address, status.credential) if status else None
        if status and feed:
            return Tie(status, feed, has_moved=same_address(status.address) != address)
    return None


def _credential(tie: Tie | None, address: str) -> str:
    """What opens the feed, if it is private; nowhere but on its own server."""
    return tie.status.credential if tie and same_origin(tie.status.address, address) else ""


def _with_state(problem: Problem, tie: Tie, now: datetime, request: Request) -> Problem:
    told = f"{state(tie, now)}."
    if tie.has_moved:
        return replace(problem, hint=f"{told} Look there instead: {request.say('feeds check', url=tie.status.address)}")
    return replace(problem, hint=f"{problem.hint} {told}".strip())


def _details(account: Account, request: Request) -> Details:
    found = tuple(faults(account, request.say))
    shown = (*facts(account), *_told(found), *_headlines(account.parsed))
    return Details(account.parsed.title or account.address, shown, as_data(account, found))


def _told(found: tuple[Fault, ...]) -> Iterator[tuple[str, str]]:
    if not found:
        yield "what is wrong", "nothing"
    for fault in found:
        yield "what is wrong", fault.what
        yield "what to do", fault.to_do


def _headlines(parsed: ParsedFeed) -> Iterator[tuple[str, str]]:
    return ((f"article {number}", one.title) for number, one in enumerate(parsed.articles[:SHOWN], 1))
