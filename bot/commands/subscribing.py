"""Subscribe, unsubscribe, and the list of what stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.commands.access import OPERATOR
from bot.commands.announcing import announce
from bot.commands.command import Done, Listing, Problem, Reply, Request
from bot.commands.desk import Desk
from bot.matching.language import parse
from bot.matching.mistakes import QueryError
from bot.matching.query import Query
from bot.model.destination import parse_destination
from bot.model.subscription import COMMANDED, DECLARED, NewSubscription, Subscription
from bot.ports import Unit


def unreadable(error: QueryError) -> Problem:
    """A query that cannot be read, answered with the place."""
    hint = f"Did you mean: {error.suggestion}" if error.suggestion else ""
    place = f"(at character {error.position + 1})"
    return Problem(f"I could not read that query. {error.message} {place}", hint, error.pointer())


@dataclass(frozen=True, slots=True)
class Subscribing:
    desk: Desk

    async def subscribe(self, request: Request) -> Reply:
        try:
            query = parse(request.arguments["query"])
            new = _new(request, query)
        except QueryError as error:
            return unreadable(error)
        except ValueError as error:
            return Problem(f"There is no such destination: {error}.")
        async with self.desk.storage.begin() as unit:
            if twin := await unit.subscriptions.twin(new):
                said = f"That stands already, as subscription {twin.number} for {twin.destination}: {twin.normal_form}"
                return Done(said, data=as_data(twin))
            added = await unit.subscriptions.add(new)
            deaf = bool(new.tags) and not await _hears_anything(unit, added)
        if added is None:
            return Problem(
                "Somebody else subscribed to the same just now.", "See it with: subscriptions", mistake=False
            )
        refused = await announce(self.desk, request.asker, "subscribed this channel to", added)
        if refused is not None:
            async with self.desk.storage.begin() as unit:
                await unit.subscriptions.end(added.id)
            return Problem(f"The subscription was not kept: {refused.reason}", refused.hint, mistake=False)
        notes = [f"Read as: {query.normal_form}", f"To end it: unsubscribe {added.number}"]
        if deaf:
            notes.append(f"No feed here is tagged {', '.join(new.tags)} yet: it hears nothing until one is.")
        return Done(f"Subscription {added.number} stands for {added.destination}.", tuple(notes), as_data(added))

    async def unsubscribe(self, request: Request) -> Reply:
        named = request.arguments["subscription"].strip()
        async with self.desk.storage.begin() as unit:
            found = _named(named, await _within(unit, request))
            if not found:
                return Problem(f"There is no subscription {named} here.", "See them with: subscriptions", mistake=False)
            if len(found) > 1:
                places = ", ".join(f"{one.destination.workspace} {one.number}" for one in found)
                return Problem(
                    f"Several subscriptions are called {named}: {places}.", "Add --workspace, or its number."
                )
            ended = found[0]
            if ended.origin == DECLARED:
                return Problem(
                    f"Subscription {ended.number} is declared in the configuration file.",
                    "What the file declares, the file alone changes: take it out there.",
                    mistake=False,
                )
            await unit.subscriptions.end(ended.id)
        # Where the line cannot be posted the subscription has ended all the same: nobody can be kept subscribed.
        await announce(self.desk, request.asker, "ended this channel's subscription to", ended)
        again = f"To take it up again: subscribe {ended.query}"
        return Done(f"Subscription {ended.number} has ended: {ended.normal_form}", (again,), as_data(ended))

    async def subscriptions(self, request: Request) -> Reply:
        is_operator = request.asker.user == OPERATOR
        async with self.desk.storage.read() as unit:
            standing = await _within(unit, request)
        if not is_operator:
            standing = [one for one in standing if one.destination == request.here]
        return Listing(
            heading="Subscriptions" if is_operator else "Subscriptions of this channel",
            columns=("number", "query", "destination", "by"),
            rows=tuple((str(one.number), _described(one), str(one.destination), _by(one)) for one in standing),
            empty="There are no subscriptions here yet. Try: subscribe huawei",
            data=[as_data(one) for one in standing],
        )


def _new(request: Request, query: Query) -> NewSubscription:
    """Raises ValueError for a destination that cannot be read."""
    named = request.arguments.get("to", "")
    return NewSubscription(
        destination=parse_destination(named) if named else request.here,
        query=request.arguments["query"].strip(),
        normal_form=query.normal_form,
        owner=request.asker.user,
        origin=COMMANDED,
        tags=tuple(sorted({tag.strip() for tag in request.arguments.get("tags", "").split(",")} - {""})),
    )


async def _hears_anything(unit: Unit, subscription: Subscription | None) -> bool:
    if subscription is None:
        return False
    followed = await unit.feeds.followed(subscription.workspace)
    return any(subscription.listens_to(feed.address, feed.tags) for feed in followed)


async def _within(unit: Unit, request: Request) -> Sequence[Subscription]:
    """Those of the asker's workspace; the operator's are all, or those of the workspace that he names."""
    standing = await unit.subscriptions.standing()
    if request.asker.user != OPERATOR:
        return [one for one in standing if one.destination.workspace == request.asker.workspace]
    named = request.arguments.get("workspace", "")
    return [one for one in standing if not named or str(one.destination.workspace) == named]


def _named(named: str, subscriptions: Sequence[Subscription]) -> list[Subscription]:
    """By number, or by query as it was typed or as it reads."""
    number = named.removeprefix("#")
    if number.isdecimal():
        return [one for one in subscriptions if one.number == int(number)]
    try:
        normal_form = parse(named).normal_form
    except QueryError:
        return []
    return [one for one in subscriptions if one.normal_form == normal_form]


def _described(subscription: Subscription) -> str:
    tags = f" (feeds tagged {', '.join(subscription.tags)})" if subscription.tags else ""
    feeds = f" (only {', '.join(subscription.feeds)})" if subscription.feeds else ""
    return subscription.normal_form + tags + feeds


def _by(subscription: Subscription) -> str:
    return "the configuration file" if subscription.origin == DECLARED else subscription.owner


def as_data(subscription: Subscription) -> Mapping[str, Any]:
    """As ``--json`` prints it."""
    return {
        "number": subscription.number,
        "workspace": str(subscription.destination.workspace),
        "destination": str(subscription.destination),
        "query": subscription.query,
        "normal_form": subscription.normal_form,
        "cadence": subscription.cadence,
        "owner": subscription.owner,
        "origin": subscription.origin,
    }
