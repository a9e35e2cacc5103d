"""Posting one test line, directly. Where it stands, a lane that was shut is open again."""

from uuid import uuid4

from bot.alerts.notices import trial_line
from bot.model.delivery import Deferred, Delivery, Refused, Sent, Unconfirmed
from bot.model.destination import CONSOLE, Destination
from bot.ports import Examined
from bot.wiring import Application


async def post_trial_line(application: Application, destination: Destination) -> Examined:
    name = destination.workspace.platform
    platform = application.platforms.get(name)
    if platform is None:
        return _failed(destination, f"{name} is off", _to_turn_on(name))
    await platform.connect()
    delivery = Delivery(f"doctor-{uuid4().hex[:18]}", destination, trial_line(destination))
    match await platform.messenger.send(delivery):
        case Sent():
            async with application.storage.begin() as unit:
                await unit.outbox.reopen(destination)
            return Examined(str(destination), ok=True, detail="one test line was posted")
        case Refused(_, reason, hint):
            return _failed(destination, reason, hint or "Say tocsin doctor without --post for the details.")
        case Deferred(reason):
            return _failed(destination, reason, "Try again in a minute.")
        case Unconfirmed(reason):
            return _failed(destination, reason, "Look whether it stands there; if not, try again in a minute.")


def _to_turn_on(platform: str) -> str:
    if platform == CONSOLE:
        return "It is on where a subscription goes there: tocsin subscriptions add huawei --to console"
    return f"Add the section [{platform}] to the configuration."


def _failed(destination: Destination, detail: str, step: str) -> Examined:
    return Examined(str(destination), ok=False, detail=detail, next_step=step, fatal=True)
