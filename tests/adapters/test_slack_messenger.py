import asyncio
import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk import errors
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.messenger import SlackMessenger
from adapters.slack.platform import SlackPlatform
from adapters.slack.settings import SlackSettings
from adapters.slack.wire import FAILURES
from bot.model.article import Image
from bot.model.delivery import Absent, Deferred, Found, Notice, Refused, Sent, Unconfirmed, Unknowable
from bot.model.destination import Destination, Workspace
from tests.adapters.arrange import a_delivery, a_notice, an_alert
from tests.adapters.contract import NetworkMessengerContract
from tests.standins.slack import SlackStandIn
from tests.standins.slack_checks import pinged, shown
from tests.standins.trouble import Scripted, Trouble

C1 = Destination(Workspace("slack", "T1"), "C1")
PICTURE = "https://news.example.org/mast.png"


class SlackStage:
    destination = C1
    nowhere = replace(C1, channel="C404")
    messages_after_edits = 1

    def __init__(self, slack: SlackStandIn, platform: SlackPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
        self.slack = slack
        self.messenger = platform.messenger
        self.secrets = (slack.bot_token, slack.app_token)
        self._monkeypatch = monkeypatch

    def shown(self) -> list[str]:
        return [shown(message) for message in self.slack.messages("C1")]

    def notified(self) -> list[str]:
        return [name for message in self.slack.messages("C1") for name in pinged(message)]

    async def goes_away(self) -> None:
        self.slack.channels["C1"].archived = True

    async def limits(self) -> timedelta:
        self.slack.clock = lambda: 1000.0
        self.slack.limits(0, 17, channel="C1")
        self.slack.channels["C1"].limit.taken.append(1000.0)  # type: ignore[union-attr] # just set
        return timedelta(seconds=17)

    async def forbids(self) -> None:
        self.slack.channels["C1"].read_only = True

    async def revokes(self) -> None:
        self.slack.refusals[self.slack.bot_token] = "token_revoked"

    async def refuses_connections(self) -> None:
        await self.slack.stop()

    async def falls_silent(self) -> None:
        self.slack.fail("chat.postMessage", "hang before")

    async def resets(self, *, after_accept: bool) -> None:
        self.slack.fail("chat.postMessage", "reset after accept" if after_accept else "reset before")

    async def answers_500(self) -> None:
        self.slack.fail("chat.postMessage", "500")

    async def answers_502_after_accept(self) -> None:
        self.slack.fail("chat.postMessage", "502 after accept")

    async def edits_break_off(self) -> None:
        self.slack.fail("chat.update", "502 after accept")
        self.slack.fail("chat.delete", "502 after accept")

    def vendor_exceptions(self) -> list[type[Exception]]:
        exported = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, Exception)]
        assert len(exported) >= 8
        return exported

    def mapped_exceptions(self) -> list[type[Exception]]:
        return list(FAILURES)

    def raises(self, exception: type[Exception]) -> None:
        error = exception.__new__(exception)
        error.response = type("Response", (), {"status_code": 200, "data": {}, "headers": {}})  # type: ignore[attr-defined] # SlackApiError's

        async def stumble(*_: Any, **__: Any) -> Any:
            raise error

        self._monkeypatch.setattr(AsyncWebClient, "api_call", stumble)


class TestSlack(NetworkMessengerContract):
    adapter = "slack"

    @pytest.fixture
    def stage(self, slack: SlackStandIn, impatient: SlackPlatform, monkeypatch: pytest.MonkeyPatch) -> SlackStage:
        return SlackStage(slack, impatient, monkeypatch)


@pytest.fixture
def messenger(platform: SlackPlatform) -> SlackMessenger:
    return platform.messenger


async def test_a_message_carries_its_key_unseen_and_unfolds_nothing(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    delivery = a_delivery(C1)

    outcome = await messenger.send(delivery)

    (message,) = slack.messages("C1")
    assert outcome == Sent(message["ts"], timedelta(seconds=1))
    assert message["metadata"] == {"event_type": "tocsin_alert", "event_payload": {"key": delivery.key}}
    assert (message["unfurl_links"], message["unfurl_media"]) == (False, False)
    assert (message["parse"], message["link_names"], message["mrkdwn"]) == ("none", False, False)
    assert delivery.key not in shown(message) + message["text"]


@pytest.mark.parametrize("trouble", ["not json", Scripted(body=[1]), Scripted(body="?"), Scripted(body={"ok": True})])
async def test_an_answer_that_cannot_be_read_is_unconfirmed(
    slack: SlackStandIn, messenger: SlackMessenger, trouble: Trouble | Scripted
) -> None:
    slack.fail("chat.postMessage", trouble)

    assert isinstance(await messenger.send(a_delivery(C1)), Unconfirmed)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
async def test_any_5xx_is_unconfirmed_whatever_it_says(
    slack: SlackStandIn, messenger: SlackMessenger, status: int
) -> None:
    slack.fail("chat.postMessage", Scripted(status, {"ok": False, "error": "channel_not_found"}))

    assert isinstance(await messenger.send(a_delivery(C1)), Unconfirmed)


SAID: list[tuple[str, Callable[[Any], bool]]] = [
    ("internal_error", lambda outcome: isinstance(outcome, Unconfirmed)),
    ("fatal_error", lambda outcome: isinstance(outcome, Unconfirmed)),
    ("ratelimited", lambda outcome: isinstance(outcome, Deferred)),
    ("team_added_to_org", lambda outcome: isinstance(outcome, Deferred)),
    *((code, lambda outcome: outcome.scope == "lane") for code in ("channel_not_found", "is_archived")),
    *((code, lambda outcome: outcome.scope == "lane") for code in ("restricted_action", "a_code_of_tomorrow")),
    *((code, lambda outcome: outcome.scope == "workspace") for code in ("invalid_auth", "account_inactive")),
    *((code, lambda outcome: outcome.scope == "workspace") for code in ("token_revoked", "missing_scope")),
    *((code, lambda outcome: outcome.scope == "delivery") for code in ("msg_too_long", "metadata_too_large")),
]


@pytest.mark.parametrize(("code", "is_right"), SAID, ids=[code for code, _ in SAID])
async def test_a_refusal_concerns_the_delivery_its_lane_or_the_workspace(
    slack: SlackStandIn, messenger: SlackMessenger, code: str, is_right: Callable[[Any], bool]
) -> None:
    slack.fail("chat.postMessage", Scripted(body={"ok": False, "error": code}))

    assert is_right(await messenger.send(a_delivery(C1)))


async def test_a_channel_without_tocsin_names_the_step_that_helps(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    slack.channels["C1"].member = False

    outcome = await messenger.send(a_delivery(C1))

    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.hint) == ("lane", "/invite @Tocsin")


async def test_a_missing_scope_is_named_with_the_variable_of_the_token(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    slack.scopes.discard("chat:write")

    outcome = await messenger.send(a_delivery(C1))

    assert isinstance(outcome, Refused)
    assert "SLACK_BOT_TOKEN" in outcome.reason
    assert "chat:write" in outcome.reason
    assert "chat:write" in outcome.hint


async def test_a_limit_of_the_workspace_holds_every_channel(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    slack.channel("C2")
    slack.limits(1, 60)
    await messenger.send(a_delivery(C1))

    outcome = await messenger.send(a_delivery(replace(C1, channel="C2")))

    assert isinstance(outcome, Deferred)
    assert timedelta(seconds=50) < outcome.retry_after <= timedelta(seconds=60)


async def test_a_picture_that_slack_cannot_fetch_is_left_out_of_the_next_attempt(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    slack.broken_pictures.append(PICTURE)
    delivery = a_delivery(C1, an_alert(article={"image": Image(PICTURE, "A mast")}))

    outcomes = [await messenger.send(delivery), await messenger.send(delivery)]

    assert isinstance(outcomes[0], Deferred)
    assert isinstance(outcomes[1], Sent)
    assert len(slack.calls_of("chat.postMessage")) == 2
    assert "A mast" not in shown(slack.messages("C1")[0])


async def test_a_form_that_slack_will_not_have_ends_in_plain_text_with_the_address(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    slack.fail("chat.postMessage", *[Scripted(body={"ok": False, "error": "invalid_blocks"})] * 2)
    delivery = a_delivery(C1, an_alert(article={"image": Image(PICTURE, "A mast")}))

    outcomes = [await messenger.send(delivery) for _ in range(3)]

    assert [type(outcome) for outcome in outcomes] == [Deferred, Deferred, Sent]
    assert "blocks" not in slack.messages("C1")[0]
    assert slack.messages("C1")[0]["text"].splitlines() == [
        "5G auction opens in Mainz — Example Wire",
        "https://news.example.org/5g-auction",
        "matched 5G auction, subscription 2",
    ]


async def test_the_simpler_form_outlives_a_rate_limit(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    slack.broken_pictures.append(PICTURE)
    delivery = a_delivery(C1, an_alert(article={"image": Image(PICTURE, "A mast")}))
    await messenger.send(delivery)
    slack.fail("chat.postMessage", Scripted(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "3"}))
    await messenger.send(delivery)

    assert isinstance(await messenger.send(delivery), Sent)


async def test_what_a_person_asked_for_joins_a_public_channel(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    slack.channels["C1"].member = False

    outcome = await messenger.send(a_delivery(C1, a_notice()))

    assert isinstance(outcome, Sent)
    assert len(slack.messages("C1")) == 1
    assert pinged(slack.messages("C1")[0]) == ["U1"]


@pytest.mark.parametrize("content", [an_alert(), Notice("A feed was removed.")])
async def test_nothing_else_brings_tocsin_back_into_a_channel(
    slack: SlackStandIn, messenger: SlackMessenger, content: Any
) -> None:
    slack.channels["C1"].member = False

    outcome = await messenger.send(a_delivery(C1, content))

    assert isinstance(outcome, Refused)
    assert not slack.calls_of("conversations.join")


async def test_a_private_channel_is_not_joined(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    slack.channel("G1", private=True, member=False)

    outcome = await messenger.send(a_delivery(replace(C1, channel="G1"), a_notice()))

    assert isinstance(outcome, Refused)
    assert outcome.hint == "/invite @Tocsin"


async def test_a_delivery_is_found_by_its_key_beyond_the_first_page(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    wanted = a_delivery(C1, first_sent_at=datetime.now(UTC))
    receipt = await messenger.send(wanted)
    template = slack.messages("C1")[0]
    others = [{**template, "metadata": None, "ts": f"{float(template['ts']) + n:.6f}"} for n in range(1, 450)]
    slack.messages("C1").extend(others)

    found = await messenger.find(wanted)

    assert isinstance(receipt, Sent)
    assert found == Found((receipt.receipt,))
    assert len(slack.calls_of("conversations.history")) == 3


async def test_every_copy_is_found_on_whatever_page_the_oldest_first(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    delivery = a_delivery(C1)
    first = await messenger.send(delivery)
    chatter = slack.messages("C1")[0]
    begun = float(chatter["ts"])
    slack.messages("C1").extend({**chatter, "metadata": None, "ts": f"{begun + n / 1000:.6f}"} for n in range(1, 250))
    second = await messenger.send(delivery)

    assert isinstance(first, Sent)
    assert isinstance(second, Sent)
    assert await messenger.find(delivery) == Found((first.receipt, second.receipt))


async def test_a_look_begins_shortly_before_the_first_attempt(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    sent_at = datetime.now(UTC)
    await messenger.send(a_delivery(C1))
    slack.messages("C1")[0]["ts"] = f"{(sent_at - timedelta(hours=1)).timestamp():.6f}"
    key = slack.messages("C1")[0]["metadata"]["event_payload"]["key"]

    found = await messenger.find(replace(a_delivery(C1, first_sent_at=sent_at), key=key))

    assert found == Absent()


@pytest.mark.parametrize("code", ["not_in_channel", "missing_scope", "channel_not_found", "a_code_of_tomorrow"])
async def test_a_channel_that_cannot_be_read_is_unknowable(
    slack: SlackStandIn, messenger: SlackMessenger, code: str
) -> None:
    slack.fail("conversations.history", Scripted(body={"ok": False, "error": code}))

    assert isinstance(await messenger.find(a_delivery(C1)), Unknowable)


async def test_payloads_that_slack_keeps_back_are_unknowable_and_not_absent(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    await messenger.send(a_delivery(C1))
    slack.keeps_payloads_back = True

    assert isinstance(await messenger.find(a_delivery(C1)), Unknowable)


@pytest.mark.parametrize(
    "trouble",
    [
        Scripted(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "7"}),
        Scripted(503, {}),
        "reset before",
        Scripted(body={"ok": False, "error": "token_revoked"}),
    ],
)
async def test_a_look_that_fails_for_now_is_repeated_later(
    slack: SlackStandIn, messenger: SlackMessenger, trouble: Trouble | Scripted
) -> None:
    slack.fail("conversations.history", trouble)

    assert isinstance(await messenger.find(a_delivery(C1)), Deferred)


async def test_an_edit_keeps_the_key_and_leaves_no_block_of_the_old(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    delivery = a_delivery(C1, an_alert(article={"image": Image(PICTURE, "A mast")}))
    sent = await messenger.send(delivery)
    assert isinstance(sent, Sent)

    edited = await messenger.edit(replace(delivery, content=Notice("Withdrawn.")), sent.receipt)

    (message,) = slack.messages("C1")
    assert edited == Sent(sent.receipt)
    assert shown(message) == message["text"] == "Withdrawn."
    assert await messenger.find(delivery) == Found((sent.receipt,))
    assert (message["parse"], message["link_names"]) == ("none", False)


async def test_an_edit_whose_picture_slack_cannot_fetch_goes_without_it_next_time(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    delivery = a_delivery(C1)
    sent = await messenger.send(delivery)
    assert isinstance(sent, Sent)
    slack.broken_pictures.append(PICTURE)
    changed = replace(delivery, content=an_alert(article={"image": Image(PICTURE, "A mast"), "title": "Closed"}))

    outcomes = [await messenger.edit(changed, sent.receipt) for _ in range(2)]

    assert isinstance(outcomes[0], Deferred)
    assert outcomes[1] == Sent(sent.receipt)
    assert "Closed" in shown(slack.messages("C1")[0])


@pytest.mark.parametrize("code", ["cant_update_message", "edit_window_closed", "message_not_found"])
async def test_what_cannot_be_edited_is_refused_for_that_message(
    slack: SlackStandIn, messenger: SlackMessenger, code: str
) -> None:
    slack.fail("chat.update", Scripted(body={"ok": False, "error": code}))

    outcome = await messenger.edit(a_delivery(C1), "1712345678.000100")

    assert isinstance(outcome, Refused)
    assert outcome.scope == "delivery"


async def test_what_somebody_else_wrote_is_neither_edited_nor_deleted(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    ts = slack.writes("U1", "C1", "Mine")

    edited, deleted = await messenger.edit(a_delivery(C1), ts), await messenger.delete(a_delivery(C1), ts)

    assert isinstance(edited, Refused)
    assert isinstance(deleted, Refused)
    assert (edited.scope, deleted.scope) == ("delivery", "delivery")
    assert slack.messages("C1")[0]["text"] == "Mine"


async def test_before_signing_in_nothing_is_sent_and_everything_waits(settings: SlackSettings) -> None:
    messenger = SlackPlatform([settings]).messenger

    assert isinstance(await messenger.send(a_delivery(C1)), Deferred)
    assert isinstance(await messenger.find(a_delivery(C1)), Deferred)


async def test_another_workspaces_deliveries_are_refused_for_that_workspace(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    outcome = await messenger.send(a_delivery(Destination(Workspace("slack", "T2"), "C1")))

    assert isinstance(outcome, Refused)
    assert outcome.scope == "workspace"
    assert not slack.calls_of("chat.postMessage")


async def test_a_cancelled_send_makes_no_second_attempt(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    slack.fail("chat.postMessage", "hang after accept")
    sending = asyncio.ensure_future(messenger.send(a_delivery(C1)))
    async with asyncio.timeout(10):
        while not slack.messages("C1"):
            await asyncio.sleep(0.001)

    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)

    assert sending.cancelled()
    assert len(slack.calls_of("chat.postMessage")) == 1
