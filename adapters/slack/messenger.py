"""Posts to Slack, edits, deletes, and looks for what was posted. One attempt per call; the SDK retries nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adapters.slack import meaning
from adapters.slack.accounts import Account, Accounts
from adapters.slack.messages import Form, edited, look, posted, simpler, thread, window
from adapters.slack.pace import SlackPace
from adapters.slack.places import Place, Places
from adapters.slack.wire import Answer, Failure, Limited, Said, ask, post
from bot.model.delivery import (
    Absent,
    Deferred,
    Delivery,
    Finding,
    Found,
    Notice,
    Outcome,
    Refused,
    Sent,
    Unconfirmed,
    Unknowable,
)
from bot.model.destination import Destination, Workspace

FORMS_KEPT = 1000
NO_THREAD = Said("thread_not_found")


@dataclass(frozen=True, slots=True)
class At:
    """Where a delivery goes, and as whom."""

    account: Account
    place: Place


class SlackMessenger:
    """A Messenger (bot.ports) for every workspace that is signed in.

    A message whose picture Slack cannot fetch is refused as a whole. Such a delivery is answered ``Deferred``, and its
    next attempt goes without the picture, and if that is refused too, as plain text. Which form is next is remembered
    in this process only: after a restart the first attempt is refused once more, and nothing else is lost.
    """

    knows_again = timedelta()
    """Slack takes no key by which it would."""

    def __init__(self, accounts: Accounts, places: Places, pace: SlackPace) -> None:
        self._accounts = accounts
        self._places = places
        self._pace = pace
        self._forms: dict[str, Form] = {}

    async def send(self, delivery: Delivery) -> Outcome:
        at = await self._at(delivery.destination)
        if not isinstance(at, At):
            return at
        if missing := await _missing_thread(at):
            return missing
        form = self._forms.pop(delivery.key, "whole")
        message = posted(at.place, delivery, form)
        answer = await post(at.account.client, "chat.postMessage", message)
        if answer == Said("not_in_channel") and await self._join(at, delivery):
            answer = await post(at.account.client, "chat.postMessage", message)
        if isinstance(answer, Answer) and _left_its_thread(at.place, answer.data):
            return await self._take_back(at, delivery, answer.data)
        outcome = self._outcome(at, delivery, form, answer)
        return self._paced(at, delivery.destination.workspace, outcome, answer)

    async def find(self, delivery: Delivery) -> Finding:
        at = await self._at(delivery.destination)
        if not isinstance(at, At):
            return Deferred(at.reason, meaning.ASK_AGAIN)
        method = "conversations.replies" if at.place.thread else "conversations.history"
        cursor, copies = "", list[str]()
        while True:
            answer = await ask(at.account.client, method, **window(at.place, delivery, cursor))
            if not isinstance(answer, Answer):
                return meaning.finding(answer, at.account.token_variable)
            found = look(answer.data.get("messages") or [], delivery.key)
            if isinstance(found, Unknowable):
                return found
            copies += found
            cursor = (answer.data.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return Found(tuple(sorted(copies, key=float))) if copies else Absent()

    async def edit(self, delivery: Delivery, receipt: str) -> Outcome:
        at = await self._at(delivery.destination)
        if not isinstance(at, At):
            return at
        form = self._forms.pop(delivery.key, "whole")
        message = edited(at.place, delivery, form, receipt)
        return self._outcome(at, delivery, form, await post(at.account.client, "chat.update", message))

    async def delete(self, delivery: Delivery, receipt: str) -> Outcome:
        at = await self._at(delivery.destination)
        if not isinstance(at, At):
            return at
        answer = await self._deletion(at, receipt)
        if isinstance(answer, Answer) or answer == Said("message_not_found"):
            return Sent(receipt)
        return self._refusal(at, delivery, answer)

    async def reach(self, destination: Destination) -> Deferred | Refused | None:
        at = await self._at(destination)
        if not isinstance(at, At):
            return at
        answer = await ask(at.account.client, "conversations.history", channel=at.place.channel, limit="1")
        # Without the scope to read it nobody can tell before something is posted.
        if isinstance(answer, Answer) or (isinstance(answer, Said) and answer.code == "missing_scope"):
            return await _missing_thread(at)
        return meaning.before_posting(answer, at.account.token_variable)

    async def _at(self, destination: Destination) -> At | Deferred | Refused:
        account = self._accounts.at(destination.workspace.external_id)
        if not isinstance(account, Account):
            return account
        place = await self._places.find(account, destination)
        if isinstance(place, Refused) and place.scope == "workspace":
            self._accounts.doubt(account)
        return At(account, place) if isinstance(place, Place) else place

    async def _take_back(self, at: At, delivery: Delivery, posted: Mapping[str, Any]) -> Outcome:
        """The thread went in the moment of posting, and the message stands where nobody asked for it."""
        await self._deletion(at, str(posted.get("ts")))
        return self._refusal(at, delivery, NO_THREAD)

    async def _deletion(self, at: At, receipt: str) -> Answer | Failure:
        return await post(at.account.client, "chat.delete", {"channel": at.place.channel, "ts": receipt})

    async def _join(self, at: At, delivery: Delivery) -> bool:
        """Enter a public channel for what a person there has just asked for. Nothing has been posted so far."""
        asked_for = isinstance(delivery.content, Notice) and delivery.content.mention
        if not asked_for:
            return False
        return isinstance(await ask(at.account.client, "conversations.join", channel=at.place.channel), Answer)

    def _paced(self, at: At, workspace: Workspace, outcome: Outcome, answer: Answer | Failure) -> Outcome:
        """What the answer says of Slack's limits, learnt; and how long the channel rests now."""
        match answer:
            case Answer() if isinstance(outcome, Sent):
                pause = self._pace.posted(workspace, at.place.channel)
                return Sent(outcome.receipt, timedelta(seconds=pause))
            case Limited(retry_after):
                self._pace.refused(workspace, at.place.channel, retry_after.total_seconds())
        return outcome

    def _outcome(self, at: At, delivery: Delivery, form: Form, answer: Answer | Failure) -> Outcome:
        match answer:
            case Answer(data):
                receipt = data.get("ts")
                return Sent(receipt) if isinstance(receipt, str) and receipt else Unconfirmed("Slack gave no receipt")
            case Said(code, _, detail) if code in meaning.BLOCKS and (next_form := simpler(delivery, form)):
                self._remember(delivery.key, next_form)
                return Deferred(f"Slack refused its form ({detail or code}); the next attempt is {next_form}")
            case _:
                self._remember(delivery.key, form)
                return self._refusal(at, delivery, answer)

    def _refusal(self, at: At, delivery: Delivery, failed: Failure) -> Outcome:
        if meaning.is_token(failed):
            self._accounts.doubt(at.account)
        outcome = meaning.outcome(failed, at.account.token_variable)
        if isinstance(outcome, Refused):
            self._places.forget(at.account, delivery.destination)
        return outcome

    def _remember(self, key: str, form: Form) -> None:
        if form == "whole":
            return
        if len(self._forms) >= FORMS_KEPT:
            del self._forms[next(iter(self._forms))]
        self._forms[key] = form


async def _missing_thread(at: At) -> Deferred | Refused | None:
    """Asked before posting: where the message is gone that a thread hangs on, Slack posts in the channel instead.

    A look that Slack does not allow says nothing: then the post itself has to tell.
    """
    if not at.place.thread:
        return None
    answer = await ask(at.account.client, "conversations.replies", **thread(at.place), limit="1")
    match answer:
        case Answer():
            return None
        case Said() if answer != NO_THREAD:
            return None
        case _:
            return meaning.before_posting(answer, at.account.token_variable)


def _left_its_thread(place: Place, posted: Mapping[str, Any]) -> bool:
    message = posted.get("message")
    return bool(place.thread) and isinstance(message, dict) and not message.get("thread_ts")
