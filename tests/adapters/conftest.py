from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.slack.platform import SlackPlatform
from adapters.slack.settings import SlackSettings
from tests.standins.slack import SlackStandIn

pytest.register_assert_rewrite("tests.adapters.contract")


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    """A Slack with the public channel C1, in which Tocsin is, one person, and one admin."""
    async with SlackStandIn() as standing:
        standing.channel("C1")
        standing.person("U1")
        standing.person("UADMIN", is_admin=True)
        yield standing


@pytest.fixture
def settings(slack: SlackStandIn) -> SlackSettings:
    return SlackSettings(
        bot_token=slack.bot_token,
        app_token=slack.app_token,
        api_url=slack.api_url,
        request_timeout=timedelta(seconds=5),
        reconnect_after=timedelta(milliseconds=10),
    )


@pytest.fixture
async def platform(settings: SlackSettings) -> SlackPlatform:
    """Signed in."""
    signed_in = SlackPlatform(settings)
    await signed_in.connect()
    return signed_in


@pytest.fixture
async def impatient(settings: SlackSettings) -> SlackPlatform:
    """Signed in, and waiting for no answer longer than a second."""
    signed_in = SlackPlatform(replace(settings, request_timeout=timedelta(seconds=1)))
    await signed_in.connect()
    return signed_in
