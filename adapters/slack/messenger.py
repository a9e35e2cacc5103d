"""Posts to Slack, and looks for what was posted. One attempt per call; the SDK retries nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, assert_never

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import meaning, render
from adapters.slack.blocks import Rendered
from adapters.slack.wire import Answer, Failure, Said, ask, post
from bot.model.delivery import (
    Absent,
    Deferred,
    Delivery,
    Finding,
    Notice,
    Outcome,
    Refused,
    Sent,
    Unconfirmed,
    Unknowable,
)

EVENT_TYPE = "tocsin_alert"
SLACK_CLOCK = timedelta(minutes=2)
"""How far Slack's clock and ours may differ when a message is looked for."""
PAGE = "200"
FORMS_KEPT = 1000

Form = Literal["whole", "without picture", "plain"]


@dataclass(frozen=True, slots=True)
class Account:
    """Tocsin's access to one workspace."""

    team_id: str
    name: str
    client: AsyncWebClient
    token_variable: str


class SlackMessenger:
    """A Messenger (bot.ports) for every workspace that is signed in.

    A message whose picture Slack cannot fetch is refused as a whole. Such a delivery is answered ``Deferred``, and its
    next attempt goes without the picture, and if that is refused too, as plain text. Which form is next is remembered
    in this process only: after a restart the first attempt is refused once more, and nothing else is lost.
    """

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._forms: dict[str, Form] = {}
        self._shut: Deferred | Refused = Deferred("Slack is not signed in yet", meaning.ASK_AGAIN)

    def open(self, account: Account) -> None:
        """The workspace is signed in; every other one is nobody's."""
        self._accounts[account.team_id] = account
        self._shut = Refused("workspace", "No Slack token is configured for this workspace")

    def shut(self, answer: Deferred | Refused) -> None:
        """What deliveries to a workspace that is not signed in are answered."""
        self._shut = answer

    def account(self, team_id: str) -> Account | None:
        return self._accounts.get(team_id)

    async def send(self, delivery: Delivery) -> Outcome:
        account = self.account(delivery.destination.workspace.external_id)
        if account is None:
            return self._shut
        form = self._forms.pop(delivery.key, "whole")
        message = self._message(delivery, _rendered(delivery, form))
        answer = await post(account.client, "chat.postMessage", message)
        if answer == Said("not_in_channel") and await self._join(account, delivery):
            answer = await post(account.client, "chat.postMessage", message)
        return self._outcome(account, delivery, form, answer)

    async def find(self, delivery: Delivery) -> Finding:
        account = self.account(delivery.destination.workspace.external_id)
        if account is None:
            return Deferred(self._shut.reason, meaning.ASK_AGAIN)
        cursor = ""
        while True:
            answer = await ask(account.client, "conversations.history", **_window(delivery, cursor))
            if not isinstance(answer, Answer):
                return meaning.finding(answer, account.token_variable)
            found = _look(answer.data.get("messages") or [], delivery.key)
            cursor = (answer.data.get("response_metadata") or {}).get("next_cursor") or ""
            if found is not None:
                return found
            if not cursor:
                return Absent()

    async def _join(self, account: Account, delivery: Delivery) -> bool:
        """Enter a public channel for what a person there has just asked for. Nothing has been posted so far."""
        asked_for = isinstance(delivery.content, Notice) and delivery.content.mention
        if not asked_for:
            return False
        return isinstance(await ask(account.client, "conversations.join", channel=delivery.destination.channel), Answer)

    def _message(self, delivery: Delivery, rendered: Rendered) -> dict[str, Any]:
        text, blocks = rendered
        return {
            "channel": delivery.destination.channel,
            "text": text,
            **({"blocks": blocks} if blocks else {}),
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": delivery.key}},
            "unfurl_links": False,
            "unfurl_media": False,
            "parse": "none",
            "link_names": False,
            # The text of an alert comes from feeds; that of a notice may name a person.
            "mrkdwn": isinstance(delivery.content, Notice),
        }

    def _outcome(self, account: Account, delivery: Delivery, form: Form, answer: Answer | Failure) -> Outcome:
        match answer:
            case Answer(data):
                receipt = data.get("ts")
                return Sent(receipt) if isinstance(receipt, str) and receipt else Unconfirmed("Slack gave no receipt")
            case Said(code, _, detail) if code in meaning.BLOCKS and (simpler := _simpler(delivery, form)):
                self._remember(delivery.key, simpler)
                return Deferred(f"Slack refused its form ({detail or code}); the next attempt is {simpler}")
            case _:
                self._remember(delivery.key, form)
                return meaning.outcome(answer, account.token_variable)

    def _remember(self, key: str, form: Form) -> None:
        if form == "whole":
            return
        if len(self._forms) >= FORMS_KEPT:
            del self._forms[next(iter(self._forms))]
        self._forms[key] = form


def _rendered(delivery: Delivery, form: Form) -> Rendered:
    content, repeated = delivery.content, delivery.repeated
    if isinstance(content, Notice):
        return render.notice(content, repeated=repeated)
    match form:
        case "whole":
            return render.alert(content, repeated=repeated)
        case "without picture":
            return render.alert(content, repeated=repeated, with_picture=False)
        case "plain":
            return render.plain_alert(content, repeated=repeated)
        case _:
            assert_never(form)


def _simpler(delivery: Delivery, form: Form) -> Form | None:
    if isinstance(delivery.content, Notice) or form == "plain":
        return None
    return "without picture" if form == "whole" and render.has_picture(delivery.content) else "plain"


def _window(delivery: Delivery, cursor: str) -> dict[str, str]:
    """The narrowest part of the channel in which the message can stand, and the page of it."""
    since = delivery.first_sent_at or delivery.last_sent_at
    until = delivery.last_sent_at
    return {
        "channel": delivery.destination.channel,
        "include_all_metadata": "true",
        "inclusive": "true",
        "limit": PAGE,
        **({"oldest": _ts(since - SLACK_CLOCK)} if since else {}),
        **({"latest": _ts(until + SLACK_CLOCK)} if until else {}),
        **({"cursor": cursor} if cursor else {}),
    }


def _ts(when: datetime) -> str:
    return f"{when.timestamp():.6f}"


def _look(messages: list[dict[str, Any]], key: str) -> Sent | Unknowable | None:
    """The message with our key on this page. Slack may keep payloads back: then nobody can tell."""
    ours = [message for message in messages if (message.get("metadata") or {}).get("event_type") == EVENT_TYPE]
    payloads = [(message["metadata"].get("event_payload"), str(message.get("ts") or "")) for message in ours]
    for payload, ts in payloads:
        if payload and payload.get("key") == key:
            return Sent(ts)
    if any(not payload for payload, _ in payloads):
        return Unknowable("Slack keeps the metadata of our messages back")
    return None
