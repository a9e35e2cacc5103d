"""The public line: a channel sees who changed its subscriptions, and Tocsin sees whether it may post there."""

from uuid import uuid4

from bot.commands.access import OPERATOR
from bot.commands.command import Asker
from bot.commands.desk import Desk
from bot.model.delivery import Deferred, Delivery, Notice, Refused, Sent
from bot.model.subscription import Subscription


async def announce(desk: Desk, asker: Asker, did: str, subscription: Subscription) -> Refused | None:
    """Say in the channel who did what. Answers the refusal where the platform refuses the line, else None.

    A line that is rate-limited goes through the outbox; one that is unconfirmed is not repeated.
    """
    notice = Notice(f"{_who(asker)} {did}", code=subscription.query, mention=_mention(asker))
    destination = subscription.destination
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
            async with desk.storage.begin() as unit:
                await unit.outbox.reopen(destination)
        case Deferred():
            await _queue(desk, subscription, notice)
    return None


async def _queue(desk: Desk, subscription: Subscription, notice: Notice) -> None:
    async with desk.storage.begin() as unit:
        await unit.outbox.notify(subscription.destination_id, notice, f"{notice.text} {subscription.id} {unit.now}")


def _who(asker: Asker) -> str:
    return "The operator" if asker.user == OPERATOR else asker.mention


def _mention(asker: Asker) -> str:
    return "" if asker.user == OPERATOR else asker.mention
