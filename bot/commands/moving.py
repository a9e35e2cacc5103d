"""A feed that has moved: the same feed, read from another address. See docs/decisions/0012-moved-feeds.md."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.commands.access import OPERATOR
from bot.commands.command import Done, Problem, Reply, Request
from bot.commands.desk import Desk
from bot.commands.following import as_anybody_spells_it, followed, keep_first_reading, not_followed, whose
from bot.commands.looking import Found, Page, address_of, look, no_feed_either, the_one
from bot.commands.tenants import named_workspace
from bot.feeds.identity import keys_of_document
from bot.feeds.news import newest_that_hold
from bot.feeds.resettling import Before, Resettled, resettled
from bot.model.address import same_address, same_origin
from bot.model.destination import Workspace
from bot.model.feed import Feed, FeedStatus
from bot.model.ids import WorkspaceId
from bot.ports import Unit


@dataclass(frozen=True, slots=True)
class Moving:
    desk: Desk

    async def move(self, request: Request) -> Reply:
        old, new = address_of(request, "old"), address_of(request, "new")
        if isinstance(old, Problem):
            return old
        if isinstance(new, Problem):
            return new
        workspace = await whose(self.desk, request)
        return workspace if isinstance(workspace, Problem) else await self._move(request, workspace, old, new)

    async def _move(self, request: Request, workspace: Workspace, old: str, new: str, page: str = "") -> Reply:
        """``page``: the web page that names the new address as its feed; empty where a person named it."""
        async with self.desk.storage.read() as unit:
            tie = await followed(unit, workspace, old)
            new = await as_anybody_spells_it(unit, new)
            there = await followed(unit, workspace, new)
        if tie is None:
            return not_followed(request, old)
        if same_address(tie.address) == same_address(new):
            return Done(f"{tie.name} is read from {tie.address} already.", data={"address": tie.address, "news": 0})
        if there is not None and same_address(there.address) == same_address(new):
            return _followed_there(request, there)
        if tie.credential and not same_origin(tie.address, new):
            return _would_leak(tie)
        match await look(self.desk, new, tie.credential):
            case Problem() as problem:
                return problem
            case Page() if page:
                return no_feed_either(page, new)
            case Page() as found:
                named = the_one(found, request, "feeds move", "new")
                return named if isinstance(named, Problem) else await self._move(request, workspace, old, named, new)
            case Found() as found:
                return await self._read_from_there(request, workspace, old, found)

    async def _read_from_there(self, request: Request, workspace: Workspace, old: str, found: Found) -> Reply:
        async with self.desk.storage.begin() as unit:
            tie = await followed(unit, workspace, old)
            feed = await unit.feeds.find(tie.address, tie.credential) if tie else None
            there = await followed(unit, workspace, found.address)
            if tie is None or feed is None:
                return not_followed(request, old)
            if there is not None and there.address == found.address:
                return _followed_there(request, there)
            mover = await unit.workspaces.register(workspace)
            news = await self._resettle(unit, request, mover, feed, found)
        text = f"{tie.name} is read from {found.address} from now on."
        data = {"address": found.address, "before": tie.address, "news": news}
        return Done(text, tuple(_notes(request, tie, found, news)), data)

    async def _resettle(self, unit: Unit, request: Request, mover: WorkspaceId, feed: Feed, found: Found) -> int:
        """How many of the articles at the new address are news here."""
        there = await unit.feeds.find(found.address, feed.credential)
        others = {follow.workspace for follow in await unit.feeds.followers(there.id)} if there else set()
        is_whole = not others and await _is_its_own(unit, request, mover, feed, found.address)
        since = next(tie.since for tie in await unit.feeds.followers(feed.id) if tie.workspace == mover)
        # Before the articles: who polls the feed holds it first, and them afterwards.
        moved = await unit.feeds.move(feed.id, found.address, by=None if is_whole else mover)
        outcome = await _compared(unit, feed, found, since)
        if is_whole:
            await unit.articles.rename(feed.id, outcome.guids)
        standing = await unit.feeds.get(moved)
        await self._begin_there(unit, mover, standing, found, outcome.news, has_others=bool(others))
        return len(outcome.news)

    async def _begin_there(
        self, unit: Unit, mover: WorkspaceId, feed: Feed, found: Found, news: Collection[int], *, has_others: bool
    ) -> None:
        """Keep what was read as history but for the news, which the next poll brings, due at once.

        Where they are known at the new address, since others follow it or did, they are owed to the mover alone.
        """
        articles = found.parsed.articles
        keys = keys_of_document(articles, feed.identified_by)
        seen_there = (await unit.articles.known({feed.id: keys}))[feed.id].sightings
        is_owed = has_others or any(keys[place].guid in seen_there for place in news)
        if not (has_others and feed.primed):
            await keep_first_reading(self.desk, unit, feed, found, but_for=() if is_owed else news)
        if news:
            await unit.feeds.owe(mover, feed.id, newest_that_hold(articles, news) if is_owed else 0)


async def _is_its_own(unit: Unit, request: Request, mover: WorkspaceId, feed: Feed, new: str) -> bool:
    """Whether the feed may move as a whole, with what is known of it.

    Nobody else may follow it, and the word that it is the same feed has to be one that all may rely on: the operator's,
    the server's, or that of the only workspace there is.
    """
    if {follow.workspace for follow in await unit.feeds.followers(feed.id)} != {mover}:
        return False
    is_led_there = feed.move is not None and same_address(feed.move.address) == same_address(new)
    return is_led_there or request.asker.user == OPERATOR or len(await unit.workspaces.all()) == 1


async def _compared(unit: Unit, feed: Feed, found: Found, since: datetime) -> Resettled:
    articles = found.parsed.articles
    keys = keys_of_document(articles, feed.identified_by)
    known = (await unit.articles.known({feed.id: keys}))[feed.id]
    twins = await unit.articles.twins(feed.id, {one.text_digest for one in keys})
    newest = await unit.articles.newest(feed.id)
    return resettled(articles, keys, Before(known, twins, newest, since, feed.last_success), unit.now)


def _followed_there(request: Request, there: FeedStatus) -> Problem:
    """Two feeds would become one, and no command could part them again."""
    remove = request.say("feeds remove", url=there.address, workspace=named_workspace(request))
    step = "take it out of the configuration file" if there.declared else remove
    text = f"{there.address} is followed already, as {there.name}."
    return Problem(text, f"To read both as one, remove that one first: {step}", mistake=False)


def _would_leak(tie: FeedStatus) -> Problem:
    text = f"{tie.name} is private: its secret request headers would go to another server."
    step = "Change its address in the configuration file, where its headers_env stands."
    return Problem(text, step, mistake=False)


def _notes(request: Request, tie: FeedStatus, found: Found, news: int) -> Iterator[str]:
    match news:
        case 0:
            yield "What stands there now is kept as history; what comes next is news."
        case 1:
            yield "One article there is news since it was last read; it comes with the next poll."
        case _:
            yield f"{news} articles there are news since it was last read; they come with the next poll."
    if tie.declared:
        here = f"The configuration file declares it at {tie.address}"
        yield f"{here}: write {found.address} there. Until then both mean this feed."
    if found.parsed.complaint:
        yield f"Its document is faulty, but can be read: {found.parsed.complaint}"
    back = request.say("feeds move", old=found.address, new=tie.address, workspace=named_workspace(request))
    yield f"To take it back: {back}"
