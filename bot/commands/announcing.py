"""The public line: a channel sees who changed its subscriptions, and Tocsin sees whether it may post there."""

from contextlib import suppress
from typing import Literal
from uuid import uuid4

from bot.commands.access import OPERATOR
from bot.commands.command import Asker
from bot.commands.desk import Desk
from bot.errors import StorageUnavailable
from bot.model.delivery import Deferred, Delivery, Notice, Refused, Sent
from bot.model.destination import Destination
from bot.model.subscription import Subscription

Did = Literal["subscribed", "ended"]


async def announce(desk: Desk, asker: Asker, did: Did, subscription: Subscription) -> Refused | None:
    """Say in the channel who did what. Answers the refusal where the platform refuses the line, else None.

    A line that is rate-limited goes through the outbox; one that is unconfirmed is not repeated.
    """
    destination = subscription.destination
    notice = _line(asker, did, subscription)
    messenger = desk.messengers.get(destination.workspace.platform)
    if messenger is None:
        # The command line beside a running Tocsin, whose lanes will carry it.
        await _queue(desk, subscription, notice)
        return None
    outcome = await messenger.send(Delivery(f"line-{uuid4().hex[:20]}", destination, notice))
    match outcome:
        case Refused():
            return outcome
        case Sent():
            # Without it the lane opens by itself, only later.
            with suppress(StorageUnavailable):
                await _reopen(desk, destination)
        case Deferred():
            await _queue(desk, subscription, notice)
    return None


async def _reopen(desk: Desk, destination: Destination) -> None:
    async with desk.storage.begin() as unit:
        await unit.outbox.reopen(destination)


async def _queue(desk: Desk, subscription: Subscription, notice: Notice) -> None:
    async with desk.storage.begin() as unit:
        await unit.outbox.notify(subscription.destination_id, notice, f"{notice.text} {subscription.id} {unit.now}")


def _line(asker: Asker, did: Did, subscription: Subscription) -> Notice:
    if subscription.destination == asker.direct:
        said = "You subscribed to" if did == "subscribed" else "You ended your subscription to"
        return Notice(said, code=subscription.query)
    what = "subscribed this channel to" if did == "subscribed" else "ended this channel's subscription to"
    if asker.user == OPERATOR:
        return Notice(f"The operator {what}", code=subscription.query)
    return Notice(f"{asker.mention} {what}", code=subscription.query, mention=asker.mention)
