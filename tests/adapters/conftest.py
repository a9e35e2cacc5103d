from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.discord.platform import DiscordPlatform
from adapters.discord.settings import DiscordSettings
from adapters.slack.platform import SlackPlatform
from adapters.slack.settings import SlackSettings
from tests.standins.discord_standin import DiscordStandIn
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
async def globex() -> AsyncIterator[SlackStandIn]:
    """Another workspace, T2, whose channels and people have the same ids."""
    async with SlackStandIn("T2") as standing:
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
        settle_after=timedelta(milliseconds=50),
    )


@pytest.fixture
def settings_of_both(settings: SlackSettings, globex: SlackStandIn) -> list[SlackSettings]:
    acme = replace(settings, name="acme", bot_token_variable="ACME_BOT", app_token_variable="ACME_APP")
    return [
        acme,
        replace(
            acme,
            name="globex",
            bot_token=globex.bot_token,
            bot_token_variable="GLOBEX_BOT",
            app_token=globex.app_token,
            app_token_variable="GLOBEX_APP",
            api_url=globex.api_url,
        ),
    ]


@pytest.fixture
async def platform(settings: SlackSettings) -> SlackPlatform:
    """Signed in."""
    signed_in = SlackPlatform([settings])
    await signed_in.connect()
    return signed_in


@pytest.fixture
async def impatient(settings: SlackSettings) -> SlackPlatform:
    """Signed in, and waiting for no answer longer than a second."""
    signed_in = SlackPlatform([replace(settings, request_timeout=timedelta(seconds=1))])
    await signed_in.connect()
    return signed_in


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    """A Discord with the guild 100 and its channel 200, in which Tocsin may post, a person, and an admin."""
    async with DiscordStandIn() as standing:
        standing.guild("100", "Invented Telecom").channel("200", name="telecom")
        standing.person("7")
        standing.person("9", manage_guild=True)
        yield standing
        assert not standing.violations


@pytest.fixture
def discord_settings(discord: DiscordStandIn) -> DiscordSettings:
    return DiscordSettings(
        token=discord.token,
        api_url=discord.api_url,
        gateway_url=discord.gateway_url,
        request_timeout=timedelta(seconds=5),
        reconnect_after=timedelta(milliseconds=10),
    )


@pytest.fixture
async def discord_platform(discord_settings: DiscordSettings) -> DiscordPlatform:
    """Signed in, and waiting for no answer longer than a second."""
    signed_in = DiscordPlatform(replace(discord_settings, request_timeout=timedelta(seconds=1)))
    await signed_in.connect()
    return signed_in
