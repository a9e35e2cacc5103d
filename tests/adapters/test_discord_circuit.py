from datetime import timedelta

import pytest

from adapters.discord.circuit import MOST, SHUT_OUT, WINDOW, Circuit
from adapters.discord.messenger import DiscordMessenger
from adapters.discord.platform import DiscordPlatform
from adapters.discord.settings import DiscordSettings
from adapters.discord.wire import Answer, Call, Limited, Rest
from bot.model.delivery import Deferred, Refused, Sent
from bot.model.destination import Destination, Workspace
from tests.adapters.arrange import a_delivery
from tests.standins.discord_standin import DiscordStandIn
from tests.standins.trouble import Scripted

NOON = 1000.0
ME = Call("GET", "/users/@me")
CHANNEL = Destination(Workspace("discord", "100"), "200")
NO_ACCESS = Scripted(403, {"code": 50001, "message": "Missing Access"})


@pytest.fixture
def messenger(discord_platform: DiscordPlatform) -> DiscordMessenger:
    return discord_platform.messenger


@pytest.fixture
def rest(discord: DiscordStandIn) -> Rest:
    return Rest(discord.token, discord.api_url, timedelta(seconds=5))


def refused(circuit: Circuit, times: int, now: float = NOON, status: int = 403, *, shared: bool = False) -> None:
    for _ in range(times):
        circuit.note(status, now, shared=shared)


# ---- how many are too many -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403, 429])
def test_it_opens_at_500_refused_requests_within_ten_minutes(status: int) -> None:
    circuit = Circuit()
    refused(circuit, MOST - 1, status=status)
    assert circuit.rests_for(NOON) == 0

    refused(circuit, 1, NOON + 60, status)

    assert circuit.rests_for(NOON + 60) == WINDOW - 60
    assert circuit.rests_for(NOON + WINDOW) == 0


def test_refusals_of_more_than_ten_minutes_ago_do_not_count() -> None:
    circuit = Circuit()
    refused(circuit, MOST - 1)
    refused(circuit, 1, NOON + WINDOW)

    assert circuit.rests_for(NOON + WINDOW) == 0


@pytest.mark.parametrize("status", [200, 204, 400, 404, 500, 502])
def test_answers_that_discord_does_not_count_do_not_open_it(status: int) -> None:
    circuit = Circuit()
    refused(circuit, 2 * MOST, status=status)

    assert circuit.rests_for(NOON) == 0


def test_a_limit_that_others_used_up_does_not_count() -> None:
    circuit = Circuit()
    refused(circuit, 2 * MOST, status=429, shared=True)

    assert circuit.rests_for(NOON) == 0


def test_one_more_refusal_after_its_rest_does_not_open_it_again() -> None:
    circuit = Circuit()
    for second in range(MOST):
        refused(circuit, 1, NOON + second)
    over = NOON + MOST - 1 + circuit.rests_for(NOON + MOST - 1)
    assert over < NOON + MOST + WINDOW

    refused(circuit, 1, over)

    assert circuit.rests_for(over) == 0


def test_it_opens_again_when_as_many_are_refused_once_more() -> None:
    circuit = Circuit()
    refused(circuit, MOST)
    refused(circuit, MOST, NOON + WINDOW + 1)

    assert circuit.rests_for(NOON + WINDOW + 1) == WINDOW


# ---- on the wire -----------------------------------------------------------------------------------------------------


async def test_an_open_circuit_lets_no_request_out_and_says_why(discord: DiscordStandIn, rest: Rest) -> None:
    discord.says_only = NO_ACCESS
    for _ in range(MOST):
        await rest.ask(ME)
    discord.says_only = None

    answer = await rest.ask(ME)

    assert isinstance(answer, Limited)
    assert timedelta(minutes=9) < answer.retry_after <= timedelta(minutes=10)
    assert "refused so many requests" in answer.reason
    assert len(discord.calls) == MOST


async def test_a_delivery_waits_for_an_open_circuit_with_its_reason(
    discord: DiscordStandIn, messenger: DiscordMessenger
) -> None:
    discord.says_only = NO_ACCESS
    for _ in range(MOST):
        await messenger.send(a_delivery(CHANNEL))
    discord.says_only = None

    waits = await messenger.send(a_delivery(CHANNEL))

    assert isinstance(waits, Deferred)
    assert "refused so many requests" in waits.reason
    assert discord.messages("200") == []


async def test_after_one_401_nothing_is_sent_in_any_server(
    discord: DiscordStandIn, messenger: DiscordMessenger, caplog: pytest.LogCaptureFixture
) -> None:
    await messenger.send(a_delivery(CHANNEL))
    discord.revoked = True
    await messenger.send(a_delivery(CHANNEL))
    asked = len(discord.calls)
    discord.revoked = False

    outcome = await messenger.send(a_delivery(CHANNEL))

    assert isinstance(outcome, Refused)
    assert outcome.scope == "workspace"
    assert len(discord.calls) == asked
    assert caplog.text.count("Discord refuses the token") == 1


def test_a_token_that_was_refused_is_tried_again_after_a_while() -> None:
    circuit = Circuit()
    refused(circuit, 1, status=401)

    assert circuit.is_refused(NOON + SHUT_OUT - 1)
    assert not circuit.is_refused(NOON + SHUT_OUT)


async def test_signing_in_again_tries_a_token_that_was_refused(
    discord: DiscordStandIn, discord_settings: DiscordSettings
) -> None:
    platform = DiscordPlatform(discord_settings)
    discord.revoked = True
    await platform.connect()
    discord.revoked = False

    await platform.connect()

    assert isinstance(await platform.messenger.send(a_delivery(CHANNEL)), Sent)


async def test_a_token_that_works_is_never_held_back(rest: Rest) -> None:
    assert isinstance(await rest.ask(ME), Answer)
    assert not isinstance(await rest.ask(Call("GET", "/channels/{channel}", {"channel": "1"})), Limited | Answer)
    assert isinstance(await rest.ask(ME), Answer)
