"""The subscriptions that stand: whose they are, which one is meant, and how they are shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.commands.command import Problem, Request
from bot.commands.tenants import tenants
from bot.matching.language import parse
from bot.matching.mistakes import QueryError
from bot.model.subscription import DECLARED, Subscription
from bot.ports import Unit


async def standing_for(unit: Unit, request: Request) -> Sequence[Subscription] | Problem:
    asked = await tenants(unit, request)
    if isinstance(asked, Problem):
        return asked
    return [one for id_ in asked.values() for one in await unit.subscriptions.standing(id_)]


async def the_one_called(unit: Unit, request: Request, named: str) -> Subscription | Problem:
    """The one that is meant, by its number, or by its query as it was typed or as it reads."""
    standing = await standing_for(unit, request)
    if isinstance(standing, Problem):
        return standing
    number = named.removeprefix("#")
    is_number = number.isdecimal()
    found = [one for one in standing if str(one.number) == number] if is_number else _reading(named, request, standing)
    match found:
        case [one]:
            return one
        case []:
            return Problem(f"There is no subscription {named} here.", "See them with: subscriptions", mistake=False)
        case _:
            places = ", ".join(f"{one.number} for {one.destination}" for one in found)
            step = "Add --workspace." if is_number else "Name it by its number."
            return Problem(f"Several subscriptions are called {named}: {places}.", step)


def _reading(query: str, request: Request, standing: Sequence[Subscription]) -> Sequence[Subscription]:
    """Those that read so; where it was said there are any, those alone."""
    try:
        normal_form = parse(query).normal_form
    except QueryError:
        return []
    found = [one for one in standing if one.normal_form == normal_form]
    return [one for one in found if one.destination == request.here] or found


def described(subscription: Subscription) -> str:
    tags = f" (feeds tagged {', '.join(subscription.tags)})" if subscription.tags else ""
    feeds = f" (only {', '.join(subscription.feeds)})" if subscription.feeds else ""
    return subscription.normal_form + tags + feeds


def made_by(subscription: Subscription) -> str:
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
