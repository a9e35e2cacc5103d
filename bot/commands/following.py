"""A workspace and the feeds that it follows: whose they are, which one is meant, and how one begins."""

import random
from collections.abc import Collection

from bot.commands.access import OPERATOR
from bot.commands.command import Problem, Request
from bot.commands.desk import Desk
from bot.commands.looking import Found
from bot.commands.tenants import named_workspace, refused_place
from bot.feeds.cadence import Success, next_poll, rate_by_dates
from bot.feeds.health import first_rhythm
from bot.model.address import same_address
from bot.model.destination import Workspace
from bot.model.feed import Feed, FeedStatus
from bot.model.reading import ReadPoll
from bot.ports import Unit


async def whose(desk: Desk, request: Request) -> Workspace | Problem:
    """The asker's workspace; the one that the operator means, who has to say it where there are several."""
    if request.asker.user != OPERATOR:
        return request.asker.workspace
    async with desk.storage.read() as unit:
        if name := named_workspace(request):
            try:
                workspace = desk.read_workspace(name)
            except ValueError as error:
                return Problem(f"--workspace {error}.")
            return await refused_place(unit, request, workspace) or workspace
        known = [workspace for _, workspace in await unit.workspaces.all()]
    if len(known) > 1:
        return Problem("There are several workspaces.", f"Add --workspace, one of: {', '.join(map(str, known))}")
    return next(iter(known), desk.home) or Problem(
        "No workspace is known yet.", "Start tocsin run once, or name it: --workspace slack:T0123"
    )


async def followed(unit: Unit, workspace: Workspace, address: str) -> FeedStatus | None:
    """In whatever spelling, where it stood before it moved included; what the file declares comes last."""
    id_ = await unit.workspaces.find(workspace)
    feeds = [] if id_ is None else await unit.feeds.followed(id_)
    found = [feed for feed in feeds if address in map(same_address, (feed.address, *feed.formerly))]
    return min(found, key=lambda feed: feed.declared, default=None)


async def as_anybody_spells_it(unit: Unit, address: str) -> str:
    """As it is stored where somebody follows it: one feed, one row, one fetch. Private feeds are nobody else's."""
    for id_, _ in await unit.workspaces.all():
        for feed in await unit.feeds.followed(id_):
            if not feed.credential and same_address(feed.address) == address:
                return feed.address
    return address


def not_followed(request: Request, address: str) -> Problem:
    step = f"See the feeds with: {request.say('feeds list', workspace=named_workspace(request))}"
    return Problem(f"{address} is not followed here.", step, mistake=False)


async def keep_first_reading(desk: Desk, unit: Unit, feed: Feed, found: Found, but_for: Collection[int] = ()) -> None:
    """What was read to begin with is the feed's first poll: what stands in it is history.

    ``but_for``: the places of articles that are left for the next poll to find.
    """
    fetched, parsed = found.fetched, found.parsed
    history = [article for place, article in enumerate(parsed.articles) if place not in but_for]
    await desk.take_in(unit, feed, history)
    dates = [article.published for article in parsed.articles if article.published]
    rate = rate_by_dates(dates, unit.now)
    brought, jitter = Success(rate, fetched.fresh_for, parsed.hints), random.random()  # noqa: S311 - spreads polls
    poll = ReadPoll(
        feed.id,
        title=parsed.title,
        validators=fetched.validators,
        complaint=parsed.complaint,
        next_poll=next_poll(feed, brought, unit.now, bounds=desk.bounds, jitter=jitter),
        rate=rate,
        hints=parsed.hints,
        items=len(parsed.articles),
        marks=parsed.marks,
        rhythm=first_rhythm(dates, unit.now),
    )
    await unit.feeds.read([poll])
