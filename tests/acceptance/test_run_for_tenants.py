"""Two Slack workspaces and two Discord servers in one process: nothing of one is ever visible in another."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.program import Program
from tests.acceptance.world import Channels, World, opened, platforms, tokens

pytestmark = pytest.mark.acceptance

PUBLIC, MEMBERS = "Auction opens to all", "Auction of the members"
MEMBERS_ONLY = {"Authorization": "Bearer invented-members-key"}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with opened() as standing:
        standing.acme.person("UADMIN", is_admin=True)
        standing.globex.person("UADMIN", is_admin=True)
        standing.acme.channel("CACME")
        standing.globex.channel("CGLOBEX")
        standing.discord.person("9", manage_guild=True)
        yield standing


@pytest.fixture
def connected(tocsin: Program, world: World) -> Program:
    """Everybody follows the one address, Acme and the server 100 with a key that opens more of it."""
    address = world.publisher.address("/rss.xml")
    tocsin.configure(
        *("[web]", 'listen = ""', "[fetch]", 'allow_private = ["127.0.0.1"]', "per_host = 5", *platforms(world)),
        *("[[feeds]]", f'url = "{address}"', 'name = "Wire"', 'poll_every = "1s"'),
        *("[[feeds]]", f'url = "{address}"', 'name = "Members Wire"', 'poll_every = "1s"'),
        *('workspaces = ["slack:T1", "discord:100"]', 'headers_env = { Authorization = "MEMBERS_KEY" }'),
        # By hand: a channel of the other workspace, behind the name of one's own.
        *("[[subscriptions]]", "query = 'auction'", 'to = "slack:T1/CGLOBEX"'),
        *("[[subscriptions]]", "query = 'auction'", 'to = "discord:100/310"'),
    )
    tocsin.environment = {**tokens(world), "MEMBERS_KEY": MEMBERS_ONLY["Authorization"]}
    return tocsin


def publish(world: World, *titles: str) -> None:
    """What the key alone opens stands in the document for members."""
    world.publisher.publishes("/rss.xml", a_feed(*[title for title in titles if title != MEMBERS]))
    world.publisher.opens("/rss.xml", MEMBERS_ONLY, a_feed(*titles))


def a_feed(*titles: str) -> str:
    items = "".join(f"<item><title>{title}</title><guid>{title}</guid></item>" for title in titles)
    return f'<rss version="2.0"><channel><title>Example Wire</title>{items}</channel></rss>'


def heard(channels: Channels, headline: str) -> dict[str, int]:
    return {
        place: channels.heard(place, headline, source)
        for place, source in (
            ("slack:T1/C1", "Members Wire"),
            ("slack:T2/C1", "Wire"),
            ("discord:100/110", "Members Wire"),
            ("discord:300/310", "Wire"),
        )
    }


async def test_nothing_of_one_workspace_is_visible_in_another(connected: Program, world: World) -> None:
    acme, globex, discord = world.acme, world.globex, world.discord
    publish(world, "Old news")

    with connected.started("run") as process:
        channels = Channels(process, world)
        await process.until(lambda: process.log.count("polled feed") == 2, "both documents were read")
        await asyncio.gather(acme.connected(), globex.connected(), discord.connected())
        said = [
            await acme.command("U1", "C1", "/news subscribe auction"),
            await globex.command("U1", "C1", "/news subscribe auction"),
            await discord.command("7", "110", "subscribe", query="auction"),
            await discord.command("7", "310", "subscribe", query="auction"),
        ]
        second = await acme.command("U1", "C2", "/news subscribe secretword")
        publish(world, MEMBERS, PUBLIC, "Old news")
        await process.until(
            lambda: (
                min(heard(channels, PUBLIC).values()) == 1
                and heard(channels, MEMBERS)["slack:T1/C1"] == heard(channels, MEMBERS)["discord:100/110"] == 1
            ),
            "everybody hears what is theirs",
        )
        # Listings, previews, completions and errors, from the others' side.
        listing = await globex.command("U1", "C1", "/news subscriptions")
        ended = await globex.command("U1", "C1", "/news unsubscribe 3")
        unknown = await globex.command("U1", "C1", "/news unsubscribe 9")
        by_query = await globex.command("U1", "C1", "/news unsubscribe secretword")
        previews = [
            await acme.command("U1", "C1", "/news preview members"),
            await globex.command("U1", "C1", "/news preview members"),
            await discord.command("7", "110", "preview", query="members"),
            await discord.command("7", "310", "preview", query="members"),
        ]
        feeds = [
            await globex.command("UADMIN", "C1", "/news feeds list"),
            await discord.command("9", "310", "feeds list"),
        ]
        offered = await discord.completes("7", "310", "unsubscribe", "subscription")
        statuses = [await globex.command("U1", "C1", "/news status"), await discord.command("7", "310", "status")]
        overall = json.loads((await asyncio.to_thread(connected, "status", "--json")).stdout)
        code = await process.stop()

    assert code == 0
    numbers = [exchange.last.split(" stands for ")[0].rsplit(" ", 1)[-1] for exchange in said]
    assert numbers == ["2", "1", "2", "1"]
    assert "Subscription 3 stands for slack:T1/C2" in second.last
    assert heard(channels, PUBLIC) == dict.fromkeys(
        ("slack:T1/C1", "slack:T2/C1", "discord:100/110", "discord:300/310"), 1
    )
    assert [channels.mentions(place, MEMBERS) for place in ("slack:T2/C1", "slack:T2/CGLOBEX", "discord:300/310")] == [
        0
    ] * 3
    assert [
        channels.mentions(place, "auction") for place in ("slack:T2/CGLOBEX", "slack:T2/C2", "discord:300/320")
    ] == [0] * 3
    assert "secretword" not in listing.last
    assert [each.last.split(" here.")[0] for each in (ended, unknown, by_query)] == [
        "There is no subscription 3",
        "There is no subscription 9",
        "There is no subscription secretword",
    ]
    assert [MEMBERS in each.last for each in previews] == [True, False, True, False]
    assert not [each for each in feeds if "Members Wire" in each.last]
    assert [choice["value"] for choice in offered] == ["1"]
    assert not [each for each in statuses if "T1" in each.last or "discord:100" in each.last]
    assert {each["destination"] for each in overall["suspended"]} == {"slack:T1/CGLOBEX", "discord:100/310"}
    assert "invented-members-key" not in process.log
    assert "Traceback" not in process.log


async def test_what_the_file_of_one_process_calls_by_hand_reaches_nobody_elses_channel(
    connected: Program, world: World, tmp_path: Path
) -> None:
    posted = await asyncio.to_thread(connected, "doctor", "--post", "discord:100/310")

    assert posted.returncode == 1
    assert "not one of this server's" in posted.stdout
    assert world.discord.messages("310") == []
