"""Why a stored article did or did not alert."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from bot.alerts.plain import shorten
from bot.alerts.wording import WHY_NOT_ITS_PAGE
from bot.commands.access import OPERATOR
from bot.commands.command import Details, Problem, Reply, Request
from bot.commands.desk import Desk
from bot.commands.judging import Judged, Reading, judge, nearest_first, outcome
from bot.commands.reasoning import became_of, came_of, reason, unfolded
from bot.commands.standing import described
from bot.commands.tenants import feed_names, tenants
from bot.commands.times import moment
from bot.feeds.identity import link_keys
from bot.matching.explanation import Explanation
from bot.matching.names import NO_NAMES, Names
from bot.matching.text import ArticleText
from bot.model.destination import Destination, Workspace
from bot.model.ids import ArticleId, SubscriptionId, WorkspaceId
from bot.model.subscription import Subscription
from bot.ports import Sighted, Told, Unit

SHOWN, PARTS, OTHERS = 4, 5, 2
"""How many subscriptions are told of, how many parts of each, how many other feeds, articles and alerts.

Slack and Discord show 40 facts.
"""
IN_DATA = 20
"""How many subscriptions ``--json`` has beside those that matched."""
QUERY = 40
"""Characters of a query, where it only names what is told beside it."""
BREATH = 200
"""After how many subscriptions the event loop gets its turn."""

Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Record:
    """All that one workspace has of an article, and that the asker may see."""

    workspace: Workspace
    article: ArticleId
    others_at_link: int
    """How many other articles stand at the same address."""
    story: Sequence[Sighted]
    told: Sequence[Told]
    subscriptions: Sequence[Subscription]
    since: Mapping[SubscriptionId, datetime]
    names: Names

    @property
    def stood(self) -> list[Sighted]:
        return [one for one in self.story if one.id == self.article]

    @property
    def title(self) -> str:
        told = (one.headline for one in self.told if one.article == self.article)
        return next((one.article.title for one in self.stood if one.article.title), "") or next(told, "")


@dataclass(frozen=True, slots=True)
class Explaining:
    desk: Desk

    async def explain(self, request: Request) -> Reply:
        link = _address(request.arguments["link"])
        keys = link_keys(link)
        if not keys:
            return _no_article(link)
        async with self.desk.storage.read() as unit:
            asked = await tenants(unit, request)
            if isinstance(asked, Problem):
                return asked
            found = [await _looked_up(unit, request, keys, *one) for one in asked.items()]
        records = [record for record in found if record is not None]
        if not records:
            return _unknown(request, link)
        judged = [await _judged(record) for record in records]
        together = list(zip(records, judged, strict=True))
        return Details(
            heading=records[0].title or "Untitled article",
            facts=tuple(
                fact
                for record, subscriptions in together
                for fact in (*_named(record, len(records)), *_facts(request, link, record, subscriptions))
            ),
            data={"link": link, "workspaces": [_as_data(record, subscriptions) for record, subscriptions in together]},
        )


def _address(written: str) -> str:
    """Slack writes links between angle brackets, with what it shows of them behind a bar."""
    link = written.strip()
    return link[1:-1].partition("|")[0] if link.startswith("<") and link.endswith(">") else link


def _no_article(link: str) -> Problem:
    try:
        parts = urlsplit(link)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme.lower() in {"http", "https"} and parts.netloc:
        return Problem(f"{link} leads to a front page, and to no article.", "Give the address of an article itself.")
    return Problem(f"{link} is no link to an article.", "It begins with http:// or https://")


def _unknown(request: Request, link: str) -> Problem:
    search = request.say("preview", query="huawei")
    hint = f"It has not stood in a feed that is followed here, or was forgotten. To search what is stored: {search}"
    return Problem(f"No article is known here at {link}", hint, mistake=False)


async def _looked_up(
    unit: Unit, request: Request, keys: Sequence[str], workspace: Workspace, id_: WorkspaceId
) -> _Record | None:
    found = await unit.stories.linked(id_, keys)
    if not found:
        return None
    standing = await unit.subscriptions.standing(id_)
    told = await unit.stories.told(id_, found[0])
    record = _Record(
        workspace=workspace,
        article=found[0],
        others_at_link=len(found) - 1,
        story=await unit.stories.sighted(id_, found[0]),
        told=[one for one in told if _may_see(request, one.destination)],
        subscriptions=[one for one in standing if _may_see(request, one.destination)],
        since=await unit.stories.subscribed_at(id_),
        names=replace(await feed_names(unit, [id_], NO_NAMES), complete=False),
    )
    return record if record.stood or record.told else None


def _may_see(request: Request, destination: Destination) -> bool:
    """What is asked for in other channels may be as private as they are: only the operator sees it all."""
    return request.asker.user == OPERATOR or destination in (request.here, request.asker.direct)


async def _judged(record: _Record) -> list[Judged]:
    """Nobody, where no text is left to judge by."""
    readings = [Reading(one, ArticleText(one.article)) for one in record.stood if one.has_text]
    judged: list[Judged] = []
    for count, subscription in enumerate(record.subscriptions if readings else ()):
        # One that was made or ended since this was read has nothing to do with the article.
        if since := record.since.get(subscription.id):
            judged.append(judge(subscription, since, readings, record.names))
        if count % BREATH == BREATH - 1:
            await asyncio.sleep(0)
    return nearest_first(judged)


# ---- for people ----------------------------------------------------------------------------------------------------


def _named(record: _Record, of: int) -> list[Fact]:
    return [("workspace", str(record.workspace))] if of > 1 else []


def _facts(request: Request, link: str, record: _Record, judged: Sequence[Judged]) -> Iterator[Fact]:
    stood = record.stood
    yield "link", stood[0].article.link if stood else link
    yield from _where_it_stood(record)
    if stood and not any(one.has_text for one in stood):
        yield "text", "tidied away: what would match it cannot be told any more"
    elif why := next(filter(None, (WHY_NOT_ITS_PAGE.get(one.page) for one in stood)), ""):
        yield "text", f"the feed's own ({why})"
    for told in record.told[:OTHERS]:
        several = "s" if len(told.posted) > 1 else ""
        numbers = ", ".join(map(str, told.posted))
        yield f"alert to {told.destination}", f"{became_of(told)}, for subscription{several} {numbers}"
    if len(record.told) > OTHERS:
        yield "other alerts", f"{len(record.told) - OTHERS} more destinations"
    if not record.subscriptions:
        yield "subscriptions", f"none stands here; to begin: {request.say('subscribe', query='huawei')}"
    shown = judged[:SHOWN]
    for one in shown:
        yield from _subscription(request, record, one)
    if len(judged) > len(shown):
        matched = sum(one.matched for one in judged[SHOWN:])
        others = len(judged) - SHOWN - matched
        counted = (f"{matched} more matched" if matched else "", f"{others} more did not match" if others else "")
        yield "other subscriptions", ", ".join(filter(None, counted))


def _where_it_stood(record: _Record) -> Iterator[Fact]:
    stood = record.stood
    if not stood:
        yield "feeds", "none that is followed here still has it"
    for number, one in enumerate(stood[: OTHERS + 1]):
        yield ("also seen" if number else "first seen"), f"{moment(one.seen)} in {one.feed}"
    if len(stood) > OTHERS + 1:
        yield "also seen", f"in {len(stood) - OTHERS - 1} more feeds"
    others = [one for one in record.story if one.id != record.article]
    for one in others[:OTHERS]:
        yield "same story", f"{moment(one.seen)} in {one.feed}: {one.article.title or one.article.link}"
    if len(others) > OTHERS:
        yield "same story", f"{len(others) - OTHERS} times more"
    if record.others_at_link:
        yield "same link", f"{record.others_at_link} other articles stand at this address; this is the newest"


def _subscription(request: Request, record: _Record, judged: Judged) -> Iterator[Fact]:
    subscription = judged.subscription
    goes_to = "" if subscription.destination == request.here else f" for {subscription.destination}"
    name = f"subscription {subscription.number}, {shorten(described(subscription), QUERY)}"
    yield name, _verdict(record, judged, goes_to)
    if judged.explanation is None:
        return
    parts = list(unfolded(judged.explanation))
    for part in parts[:PARTS]:
        yield f"– {shorten(part.judged.normal_form, QUERY)}", reason(part, judged.heard[0].text)
    if len(parts) > PARTS:
        yield "– …", f"{len(parts) - PARTS} more parts"


def _verdict(record: _Record, judged: Judged, goes_to: str) -> str:
    if judged.unreadable:
        return f"cannot be read any more{goes_to}: {judged.unreadable}"
    if not judged.heard:
        feeds = ", ".join(dict.fromkeys(one.feed for one in record.stood))
        return f"does not listen to {feeds}{goes_to}"
    feed = f" in {judged.heard[0].sighted.feed}" if len(record.stood) > 1 else ""
    if judged.matched:
        return f"matched{feed}{goes_to}; {came_of(outcome(judged, record.told))}"
    return f"did not match{feed}{goes_to}"


# ---- for programs --------------------------------------------------------------------------------------------------


def _as_data(record: _Record, judged: Sequence[Judged]) -> Mapping[str, Any]:
    matched = sum(one.matched for one in judged)
    shown = judged[: matched + IN_DATA]
    return {
        "workspace": str(record.workspace),
        "title": record.title,
        "first_seen": min((one.seen for one in record.stood), default=None),
        "text_stored": any(one.has_text for one in record.stood),
        "feeds": [{"name": one.feed, "address": one.address, "seen": one.seen} for one in record.stood],
        "same_story": [
            {"title": one.article.title, "link": one.article.link, "feed": one.feed, "seen": one.seen}
            for one in record.story
            if one.id != record.article
        ],
        "alerts": [_told_as_data(one) for one in record.told],
        "subscriptions": [_judged_as_data(one, record) for one in shown],
        "not_shown": len(judged) - len(shown),
    }


def _told_as_data(told: Told) -> Mapping[str, Any]:
    return {
        "destination": str(told.destination),
        "headline": told.headline,
        "told": told.at,
        "state": told.state,
        "sent": told.sent_at,
        "reason": told.reason or told.shut,
        "subscriptions": told.posted,
        "later_subscriptions": told.kept,
    }


def _judged_as_data(judged: Judged, record: _Record) -> Mapping[str, Any]:
    subscription = judged.subscription
    heard = judged.heard[0] if judged.heard else None
    return {
        "number": subscription.number,
        "destination": str(subscription.destination),
        "query": subscription.query,
        "normal_form": subscription.normal_form,
        "listens": heard is not None,
        "matched": judged.matched,
        "feed": heard.sighted.feed if heard else None,
        "outcome": _verdict(record, judged, ""),
        "parts": _part_as_data(judged.explanation, heard.text) if judged.explanation and heard else None,
    }


def _part_as_data(part: Explanation, text: ArticleText) -> Mapping[str, Any]:
    return {
        "part": part.normal_form,
        "held": part.held,
        "places": [
            {"field": name, "span": [start, end], "words": text.original(name)[start:end]}
            for name, (start, end) in part.places
        ],
        "parts": [_part_as_data(inner, text) for inner in part.parts],
    }
