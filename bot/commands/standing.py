"""The subscriptions that stand: whose they are, which one is meant, and how they are shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.commands.access import OPERATOR, is_admin
from bot.commands.command import AdminUnknown, Problem, Request
from bot.commands.desk import Desk
from bot.commands.tenants import tenants
from bot.matching.language import parse
from bot.matching.mistakes import QueryError
from bot.matching.names import Names
from bot.model.subscription import Subscription
from bot.ports import Unit


async def standing_for(unit: Unit, request: Request) -> Sequence[Subscription] | Problem:
    asked = await tenants(unit, request)
    if isinstance(asked, Problem):
        return asked
    return [one for id_ in asked.values() for one in await unit.subscriptions.standing(id_)]


async def the_one_called(desk: Desk, request: Request, named: str) -> Subscription | Problem:
    """The one that is meant, by its number, or by its query as it was typed or as it reads.

    Of other channels everybody but their admins hears only what is their own: a query may be as private as a channel.
    """
    async with desk.storage.read() as unit:
        standing = await standing_for(unit, request)
    if isinstance(standing, Problem):
        return standing
    number = _number(named)
    found = [one for one in standing if str(one.number) == number] if number else _reading(named, standing, desk.names)
    match await _within_reach(desk, request, found):
        case [one]:
            return one
        case []:
            return not_here(request, named)
        case several:
            places = ", ".join(f"{one.number} for {one.destination}" for one in several)
            numbers = {one.number for one in several}
            step = "Name it by its number." if len(numbers) == len(several) else "Add --workspace."
            return Problem(f"Several subscriptions are called {number or named}: {places}.", step)


def not_here(request: Request, named: str) -> Problem:
    hint = f"See them with: {request.say('subscriptions')}"
    return Problem(f"There is no subscription {_number(named) or named} here.", hint, mistake=False)


def is_declared(what: str) -> Problem:
    step = "What the file declares, the file alone changes: take it out there."
    return Problem(f"{what} is declared in the configuration file.", step, mistake=False)


def _number(named: str) -> str:
    """``7`` and ``#7`` as ``7``; empty where it is no number."""
    digits = named.removeprefix("#")
    return digits if digits.isdecimal() else ""


def _reading(query: str, standing: Sequence[Subscription], names: Names) -> Sequence[Subscription]:
    try:
        normal_form = parse(query, names).normal_form
    except QueryError:
        return []
    return [one for one in standing if one.normal_form == normal_form]


async def _within_reach(desk: Desk, request: Request, found: Sequence[Subscription]) -> Sequence[Subscription]:
    """Those of the channel in which it was said, else the asker's own, else, for admins, all. The operator's are all.

    Who is an admin is asked whether or not there are others, and who cannot be told is none, so that what is hidden
    cannot be told from what is not there.
    """
    if request.asker.user == OPERATOR:
        return found
    here = [one for one in found if one.destination == request.here]
    own = [one for one in found if one.owner == request.asker.user]
    return here or own or (found if await _is_known_admin(desk, request) else ())


async def _is_known_admin(desk: Desk, request: Request) -> bool:
    try:
        return await is_admin(request.asker, desk)
    except AdminUnknown:
        return False


def belongs_to(request: Request, subscription: Subscription) -> bool:
    """Whether it is of the channel in which it was said, or the asker's own."""
    return subscription.destination == request.here or subscription.owner == request.asker.user


def described(subscription: Subscription) -> str:
    tags = f" (feeds tagged {', '.join(subscription.tags)})" if subscription.tags else ""
    feeds = f" (only {', '.join(subscription.feeds)})" if subscription.feeds else ""
    return subscription.normal_form + tags + feeds


def made_by(subscription: Subscription) -> str:
    return "the configuration file" if subscription.is_declared else subscription.owner


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
