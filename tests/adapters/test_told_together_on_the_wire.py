"""Alerts that one message tells together, with real messengers before stand-ins and on each database."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from adapters.discord.platform import DiscordPlatform
from adapters.slack.platform import SlackPlatform
from bot.alerts.retry import Patience
from bot.jobs.deliver import Deliverer, Delivering
from bot.jobs.intake import take_in
from bot.model.delivery import Noise, Notice, Reason
from bot.model.destination import Destination, Workspace
from bot.ports import Messenger, Telling
from storage.unit import SqlStorage
from tests.builders import WINDOW, SettableClock, a_new_subscription, an_alert, an_article
from tests.standins import discord_checks, slack_checks
from tests.standins.discord_standin import DiscordStandIn
from tests.standins.slack import SlackStandIn
from tests.standins.trouble import Trouble

WIRE = "https://wire.example.org/rss"
SUMMARY = "3 alerts have waited"
NOISE = Noise(2, timedelta(minutes=15))
A_REST = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Stage:
    destination: Destination
    messenger: Messenger
    standing: Callable[[], list[str]]
    """The messages in the channel, as a person reads them."""
    meets: Callable[[Trouble], None]
    """What the next message meets."""
    edit_meets: Callable[[Trouble], None]
    """What the next edit meets."""


@pytest.fixture(params=["slack", "discord"])
def stage(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"{request.param}_stage")


@pytest.fixture
def slack_stage(slack: SlackStandIn, platform: SlackPlatform, clock: SettableClock) -> Stage:
    slack.clock = lambda: clock.now.timestamp()  # noqa: PLW0108 - the clock moves
    return Stage(
        Destination(Workspace("slack", "T1"), "C1"),
        platform.messenger,
        lambda: [slack_checks.shown(message) for message in slack.messages("C1")],
        lambda trouble: slack.fail("chat.postMessage", trouble),
        lambda trouble: slack.fail("chat.update", trouble),
    )


@pytest.fixture
def discord_stage(discord: DiscordStandIn, discord_platform: DiscordPlatform, clock: SettableClock) -> Stage:
    discord.clock = lambda: clock.now.timestamp()  # noqa: PLW0108 - the clock moves
    return Stage(
        Destination(Workspace("discord", "100"), "200"),
        discord_platform.messenger,
        lambda: [discord_checks.shown(message) for message in discord.messages("200")],
        lambda trouble: discord.fail("POST /channels/{id}/messages", trouble),
        lambda trouble: discord.fail("PATCH /channels/{id}/messages/{message}", trouble),
    )


@dataclass(frozen=True, slots=True)
class Scene:
    storage: SqlStorage
    clock: SettableClock
    stage: Stage

    async def queues(self, *titles: str, noise: Noise | None = None) -> None:
        async with self.storage.begin() as unit:
            to = self.stage.destination
            await unit.feeds.follow(await unit.workspaces.register(to.workspace), WIRE, origin="command")
            feed = await unit.feeds.find(WIRE)
            assert feed is not None
            await unit.subscriptions.add(a_new_subscription(to=str(to)))
            [subscription] = await unit.subscriptions.standing()
            lane = await unit.outbox.destination(to)
            articles = [an_article(title) for title in titles]
            reasons = (Reason(subscription.number, "auction"),)
            sightings = await take_in(unit, feed, articles, WINDOW)
            tellings = [
                Telling(lane, seen.story, seen.article_id, an_alert(article=one, reasons=reasons), (subscription.id,))
                for seen, one in zip(sightings, articles, strict=True)
            ]
            await unit.outbox.tell(tellings, noise)

    async def says(self, words: str) -> None:
        async with self.storage.begin() as unit:
            await unit.outbox.notify(await unit.outbox.destination(self.stage.destination), Notice(words), words)

    async def delivers(self, **later: float) -> None:
        """As one process after another would, so that none remembers what was done before."""
        self.clock.advance(**later)
        platform = self.stage.destination.workspace.platform
        settings = Delivering(Patience(), timedelta(seconds=60))
        rests: list[datetime] = []
        deliverer = Deliverer(
            self.storage,
            {platform: self.stage.messenger},
            settings,
            f"at {self.clock.now}",
            lambda _lane, at: rests.append(at),
        )
        while True:
            rests.clear()
            await deliverer.sweep()
            while lanes := [task for task in asyncio.all_tasks() if task.get_name().startswith("lane ")]:
                await asyncio.wait(lanes)
            # A channel rests between two messages; what is in doubt waits for longer.
            soon = [at for at in rests if at <= self.clock.now + A_REST]
            if not soon:
                return
            self.clock.now = max(soon)


@pytest.fixture
def scene(storage: SqlStorage, clock: SettableClock, stage: Stage) -> Scene:
    return Scene(storage, clock, stage)


async def test_after_an_outage_a_channel_gets_one_summary_and_then_what_is_young(scene: Scene) -> None:
    await scene.queues("First auction", "Second auction", "Third auction")
    await scene.says("A line.")
    scene.clock.advance(hours=5)
    await scene.queues("Fourth auction")

    await scene.delivers(hours=1)

    [summary, line, alert] = scene.stage.standing()
    assert SUMMARY in summary
    places = [summary.index(title) for title in ("First auction", "Second auction", "Third auction")]
    assert places == sorted(places)
    assert "A line." in line
    assert "Fourth auction" in alert


@pytest.mark.parametrize("trouble", ["502 after accept", "reset after accept", "500", "reset before"])
async def test_a_summary_that_may_have_arrived_stands_there_once(scene: Scene, trouble: Trouble) -> None:
    await scene.queues("First auction", "Second auction", "Third auction")
    scene.stage.meets(trouble)
    await scene.delivers(hours=6)

    await scene.delivers(seconds=30)
    await scene.delivers(seconds=30)

    [summary] = scene.stage.standing()
    assert SUMMARY in summary


async def test_an_alert_that_may_have_arrived_stands_there_once_beside_the_summary_of_the_others(scene: Scene) -> None:
    await scene.queues("First auction", "Second auction", "Third auction", "Fourth auction")
    scene.stage.meets("502 after accept")
    await scene.delivers()

    await scene.delivers(hours=6)

    [alert, summary] = scene.stage.standing()
    assert "First auction" in alert
    assert SUMMARY in summary
    assert "First auction" not in summary


async def test_what_a_noisy_subscription_brings_gathers_in_one_message_that_is_edited_in_place(scene: Scene) -> None:
    await scene.queues("First auction", "Second auction", "Third auction", noise=NOISE)
    await scene.delivers()
    await scene.queues("Fourth auction", noise=NOISE)
    await scene.says("A line.")

    await scene.delivers(minutes=1)

    [_, _, gathering, line] = scene.stage.standing()
    assert "2 more alerts of subscription 1, which is noisy at present" in gathering
    assert gathering.index("Third auction") < gathering.index("Fourth auction")
    assert "unsubscribe 1" in gathering
    assert "A line." in line


@pytest.mark.parametrize("trouble", ["502 after accept", "500", "reset before"])
async def test_a_message_in_doubt_in_which_a_subscription_gathers_stands_there_once_and_says_all(
    scene: Scene, trouble: Trouble
) -> None:
    await scene.queues("First auction", "Second auction", noise=NOISE)
    await scene.delivers()
    await scene.queues("Third auction", noise=NOISE)
    scene.stage.meets(trouble)
    await scene.delivers()
    await scene.queues("Fourth auction", noise=NOISE)

    await scene.delivers(seconds=30)
    await scene.delivers(seconds=30)

    [_, _, gathering] = scene.stage.standing()
    assert "Third auction" in gathering
    assert "Fourth auction" in gathering


@pytest.mark.parametrize("trouble", ["502 after accept", "500", "reset before"])
async def test_an_edit_that_may_have_arrived_is_made_again(scene: Scene, trouble: Trouble) -> None:
    await scene.queues("First auction", "Second auction", "Third auction", noise=NOISE)
    await scene.delivers()
    await scene.queues("Fourth auction", noise=NOISE)
    scene.stage.edit_meets(trouble)
    await scene.delivers()

    await scene.delivers(seconds=30)

    [_, _, gathering] = scene.stage.standing()
    assert "Fourth auction" in gathering
