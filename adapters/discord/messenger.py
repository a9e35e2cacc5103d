"""Posts to Discord, edits, deletes, and looks for what was posted. One attempt per call, and no retry of any kind."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.discord import meaning, render
from adapters.discord.buttons import button, keys_in
from adapters.discord.permissions import READ_MESSAGE_HISTORY, TO_POST, missing
from adapters.discord.places import Place, Places
from adapters.discord.wire import Answer, Call, Failure, Method, Rest, Said
from bot.model.delivery import (
    Absent,
    Deferred,
    Delivery,
    Finding,
    Found,
    Outcome,
    Refused,
    Sent,
    Unconfirmed,
    Unknowable,
)
from bot.model.destination import Destination

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
"""From which ids count milliseconds. https://docs.discord.com/developers/reference#snowflakes"""
DISCORD_CLOCK = timedelta(minutes=2)
"""How far Discord's clock and ours may differ when a message is looked for."""
PAGE = 100
LOOKS_KEPT = 1000
LATE = "Discord did not answer in time"
MESSAGES = "/channels/{channel}/messages"
MESSAGE = MESSAGES + "/{message}"


class DiscordMessenger:
    """A Messenger (bot.ports) for every guild that the bot is in.

    A delivery's key travels twice: as the nonce, by which Discord itself knows a second attempt again for a few
    minutes, and in the button under the message, where it stands in the channel's history.
    """

    def __init__(
        self, rest: Rest, places: Places, token_variable: str, timeout: timedelta, nonce_window: timedelta
    ) -> None:
        """``timeout`` is for a whole attempt; for ``nonce_window`` Discord is relied on to know a nonce again."""
        self.knows_again = nonce_window
        self._rest = rest
        self._places = places
        self._token_variable = token_variable
        self._timeout = timeout
        self._looked: dict[str, Look] = {}
        self._shut: Deferred | Refused | None = Deferred("Discord is not signed in yet", meaning.ASK_AGAIN)

    def open(self) -> None:
        """The token was accepted."""
        self._shut = None

    def shut(self, answer: Deferred | Refused) -> None:
        """What deliveries are answered while the token is not accepted."""
        self._shut = answer

    async def send(self, delivery: Delivery) -> Outcome:
        message = {**_written(delivery), "nonce": delivery.key, "enforce_nonce": True}
        answer = await self._act(delivery, "POST", message)
        if not isinstance(answer, Answer):
            return answer
        message = answer.data if isinstance(answer.data, dict) else {}
        receipt = message.get("id")
        if not (isinstance(receipt, str) and receipt):
            return Unconfirmed("Discord gave no receipt")
        next_one = Call("POST", MESSAGES, {"channel": str(message.get("channel_id"))})
        return Sent(receipt, timedelta(seconds=self._rest.rests_for(next_one)))

    async def edit(self, delivery: Delivery, receipt: str) -> Outcome:
        answer = await self._act(delivery, "PATCH", _written(delivery), receipt)
        return Sent(receipt) if isinstance(answer, Answer) else answer

    async def delete(self, delivery: Delivery, receipt: str) -> Outcome:
        answer = await self._act(delivery, "DELETE", None, receipt)
        return Sent(receipt) if isinstance(answer, Answer) else answer

    async def find(self, delivery: Delivery) -> Finding:
        place = await self._place(delivery.destination)
        match place:
            case Refused("workspace", reason):
                return Deferred(reason, meaning.ASK_AGAIN)
            case Refused(reason=reason):
                return Unknowable(reason)
            case Deferred():
                return place
            case _:
                return await self._search(delivery, place)

    async def reach(self, destination: Destination) -> Deferred | Refused | None:
        place = await self._place(destination)
        if not isinstance(place, Place):
            return place
        if not place.guild:
            return None
        bits = await self._places.permissions(place)
        if not isinstance(bits, int):
            return meaning.before_posting(bits, self._token_variable)
        return _lacks(missing(bits, in_thread=place.is_thread, wanted=TO_POST))

    async def _act(
        self, delivery: Delivery, method: Method, body: Mapping[str, Any] | None, receipt: str = ""
    ) -> Answer | Deferred | Refused | Unconfirmed:
        """One attempt at the place behind the destination, all of it within the time of one request."""
        place: Place | Deferred | Refused = Deferred(LATE)
        try:
            async with asyncio.timeout(self._timeout.total_seconds()):
                place = await self._place(delivery.destination)
                if not isinstance(place, Place):
                    return place
                where = {"channel": place.channel, **({"message": receipt} if receipt else {})}
                answer = await self._rest.ask(Call(method, MESSAGE if receipt else MESSAGES, where, body=body))
        except TimeoutError:
            return Unconfirmed(LATE) if isinstance(place, Place) else place
        match answer:
            case Answer():
                return answer
            case Said(code=meaning.UNKNOWN_MESSAGE) if method == "DELETE":
                return Answer(None)
            case _:
                return await self._refusal(delivery, place, answer)

    async def _place(self, destination: Destination) -> Place | Deferred | Refused:
        return self._shut or await self._places.find(destination)

    async def _refusal(self, delivery: Delivery, place: Place, failed: Failure) -> Deferred | Refused | Unconfirmed:
        """With the missing permission by its name, where that is what it lacks."""
        outcome = meaning.outcome(failed, self._token_variable)
        if not isinstance(outcome, Refused):
            return outcome
        self._places.forget(delivery.destination)
        if not (place.guild and isinstance(failed, Said) and failed.code == meaning.MISSING_PERMISSIONS):
            return outcome
        bits = await self._places.permissions(place)
        lacking = missing(bits, in_thread=place.is_thread) if isinstance(bits, int) else []
        return _lacks(lacking) or outcome

    async def _search(self, delivery: Delivery, place: Place) -> Finding:
        since = delivery.first_sent_at or delivery.last_sent_at
        until = delivery.last_sent_at or since
        first = _snowflake(since - DISCORD_CLOCK) if since else 0
        last = _snowflake(until + DISCORD_CLOCK) if until else None
        look = self._looked.pop(delivery.key, Look(first))
        while True:
            page = await self._page(place, look.after)
            if not isinstance(page, list):
                self._remember(delivery.key, look)
                return meaning.finding(page, self._token_variable)
            copies = tuple(int(message["id"]) for message in page if delivery.key in keys_in(message))
            after = max((int(message["id"]) for message in page), default=look.after)
            look = Look(after, look.copies + copies)
            if len(page) < PAGE or (last is not None and after > last):
                break
        if look.copies:
            return Found(tuple(map(str, sorted(look.copies))))
        return Absent() if look.after > first else await self._absent(place)

    def _remember(self, key: str, look: "Look") -> None:
        if len(self._looked) >= LOOKS_KEPT:
            del self._looked[next(iter(self._looked))]
        self._looked[key] = look

    async def _page(self, place: Place, after: int) -> list[Mapping[str, Any]] | Failure:
        """The messages that came right after that id, in any order."""
        query = {"after": str(after), "limit": str(PAGE)}
        answer = await self._rest.ask(Call("GET", MESSAGES, {"channel": place.channel}, query))
        if not isinstance(answer, Answer):
            return answer
        return answer.data if isinstance(answer.data, list) else []

    async def _absent(self, place: Place) -> Finding:
        """An empty history says nothing where Tocsin may not read it: Discord gives none, and no error."""
        if not place.guild:
            return Absent()
        bits = await self._places.permissions(place)
        if not isinstance(bits, int):
            return meaning.finding(bits, self._token_variable)
        lacking = missing(bits, wanted=READ_MESSAGE_HISTORY)
        return Unknowable(f"Tocsin lacks {lacking[0]} in the channel") if lacking else Absent()


@dataclass(frozen=True, slots=True)
class Look:
    """How far a look at a channel's history has come: one that has to be put off goes on from there."""

    after: int
    copies: tuple[int, ...] = ()


def _lacks(permissions: Sequence[str]) -> Refused | None:
    """By the names of Discord's own interface."""
    if not permissions:
        return None
    named = " and ".join(permissions)
    reason = f"Tocsin may not post in the channel: it lacks {named}"
    return Refused("lane", reason, f"Edit the channel, Permissions: allow Tocsin {named}")


def _written(delivery: Delivery) -> dict[str, Any]:
    """The message without what only a post takes."""
    shown = render.content(delivery.content, repeated=delivery.repeated)
    return {**shown, "components": button(delivery.destination.workspace.external_id, delivery.key)}


def _snowflake(when: datetime) -> int:
    """The first id of that time."""
    return max(int((when - EPOCH) / timedelta(milliseconds=1)), 0) << 22
