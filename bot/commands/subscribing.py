"""Subscribe, unsubscribe, and the list of what stands."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.commands.access import OPERATOR
from bot.commands.announcing import announce
from bot.commands.command import Done, Listing, Problem, Reply, Request
from bot.commands.desk import Desk
from bot.commands.standing import as_data, described, is_declared, made_by, not_here, standing_for, the_one_called
from bot.commands.tenants import feed_names, refused_place
from bot.matching.language import parse, read_for
from bot.matching.mistakes import QueryError
from bot.matching.query import Query
from bot.model.destination import Destination
from bot.model.ids import SubscriptionId
from bot.model.subscription import COMMANDED, NewSubscription, Subscription
from bot.ports import Unit

ME = "me"
"""The asker's direct messages, as a destination."""
NOISY = " (noisy: what else it brings gathers in one message; narrow it to hear less)"


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
            query = parse(request.arguments["query"], self.desk.names)
            new = _new(request, query, self._destination(request))
        except QueryError as error:
            return unreadable(error)
        except ValueError as error:
            return Problem(f"--to {error}.")
        async with self.desk.storage.begin() as unit:
            if unknown := await refused_place(unit, request, new.destination.workspace):
                return unknown
            if unread := await self._unread(unit, query, new):
                return unread
            if twin := await unit.subscriptions.twin(new):
                said = f"That stands already, as subscription {twin.number} for {twin.destination}: {twin.normal_form}"
                return Done(said, data=as_data(twin))
            added = await unit.subscriptions.add(new)
            deaf = bool(new.tags) and not await _hears_anything(unit, added)
        if added is None:
            step = f"See it with: {request.say('subscriptions')}"
            return Problem("Somebody else subscribed to the same just now.", step, mistake=False)
        refused = await announce(self.desk, request.asker, "subscribed", added)
        if refused is not None:
            async with self.desk.storage.begin() as unit:
                await unit.subscriptions.end(added.id)
            return Problem(f"The subscription was not kept: {refused.reason}", refused.hint, mistake=False)
        notes = [f"Read as: {query.normal_form}", *query.notes, f"To end it: {_to_end(request, added)}"]
        if deaf:
            notes.append(f"No feed here is tagged {', '.join(new.tags)} yet: it hears nothing until one is.")
        return Done(f"Subscription {added.number} stands for {added.destination}.", tuple(notes), as_data(added))

    async def _unread(self, unit: Unit, query: Query, new: NewSubscription) -> Problem | None:
        """A query that names a feed which nobody in its workspace calls so."""
        if not query.names_feeds:
            return None
        workspace = await unit.workspaces.find(new.destination.workspace)
        try:
            read_for(new.query, await feed_names(unit, [] if workspace is None else [workspace], self.desk.names))
        except QueryError as error:
            return unreadable(error)
        return None

    async def unsubscribe(self, request: Request) -> Reply:
        named = request.arguments["subscription"].strip()
        found = await the_one_called(self.desk, request, named)
        if not isinstance(found, Subscription):
            return found
        if found.is_declared:
            return is_declared(f"Subscription {found.number}")
        async with self.desk.storage.begin() as unit:
            ended = await unit.subscriptions.end(found.id)
        if not ended:
            # Somebody else was quicker.
            return not_here(request, named)
        # Where the line cannot be posted the subscription has ended all the same: nobody can be kept subscribed.
        await announce(self.desk, request.asker, "ended", found)
        said = f"Subscription {found.number} has ended: {found.normal_form}"
        return Done(said, _to_take_up_again(request, found), as_data(found))

    async def subscriptions(self, request: Request) -> Reply:
        is_operator = request.asker.user == OPERATOR
        async with self.desk.storage.read() as unit:
            standing = await standing_for(unit, request)
        if isinstance(standing, Problem):
            return standing
        if not is_operator:
            standing = [one for one in standing if one.destination in (request.here, request.asker.direct)]
        noisy = await self._noisy(standing)
        return Listing(
            heading="Subscriptions" if is_operator else _heading(request, standing),
            columns=("number", "query", "destination", "by"),
            rows=tuple(
                (str(one.number), described(one) + NOISY * (one.id in noisy), str(one.destination), made_by(one))
                for one in standing
            ),
            empty=f"There are no subscriptions here yet. Try: {self._first(request)}",
            data=[as_data(one) for one in standing],
        )

    async def _noisy(self, standing: Sequence[Subscription]) -> Collection[SubscriptionId]:
        noise = self.desk.noise
        if noise is None:
            return ()
        async with self.desk.storage.read() as unit:
            heard = await unit.outbox.heard([one.id for one in standing], unit.now - noise.window)
        return {one for one, alerts in heard.items() if alerts >= noise.alerts}

    def _first(self, request: Request) -> str:
        return request.say("subscribe", query="huawei", to=str(self.desk.home or "slack:T0123/C0456"))

    def _destination(self, request: Request) -> Destination:
        """Where it was said, or the asker's direct messages; only the operator names any other place.

        Raises ValueError saying what is accepted.
        """
        named = request.arguments.get("to")
        if named is None:
            return request.here
        if request.asker.user == OPERATOR:
            return self.desk.read_destination(named)
        if named != ME or request.asker.direct is None:
            raise ValueError(f"takes {ME}, for your direct messages; left out, it is this channel")
        return request.asker.direct


def _heading(request: Request, standing: Sequence[Subscription]) -> str:
    is_direct = request.here == request.asker.direct
    if is_direct:
        return "Subscriptions of your direct messages"
    has_direct = any(one.destination == request.asker.direct for one in standing)
    return f"Subscriptions of this channel{' and of your direct messages' if has_direct else ''}"


def _new(request: Request, query: Query, destination: Destination) -> NewSubscription:
    return NewSubscription(
        destination=destination,
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
    return any(subscription.listens_to(feed.address, feed.tags, feed.formerly) for feed in followed)


def _to_end(request: Request, added: Subscription) -> str:
    workspace = added.destination.workspace
    named = "" if workspace == request.here.workspace else str(workspace)
    return request.say("unsubscribe", subscription=str(added.number), workspace=named)


def _to_take_up_again(request: Request, ended: Subscription) -> tuple[str, ...]:
    """Nothing where saying it would subscribe another channel: only the operator names the destination."""
    is_own = ended.destination == request.asker.direct
    if not is_own and ended.destination != request.here and request.asker.user != OPERATOR:
        return ()
    to = ME if is_own else str(ended.destination)
    step = request.say("subscribe", query=ended.query, tags=",".join(ended.tags), to=to)
    return (f"To take it up again: {step}",)
