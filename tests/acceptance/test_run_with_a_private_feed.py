"""``tocsin run`` with a private feed, as a process of its own."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.acceptance.program import Program
from tests.standins.publisher import Publisher

pytestmark = pytest.mark.acceptance

PIN = "hunter2-invented"
SETTINGS = (
    *("[fetch]", 'contact = "mailto:news@example.org"', 'allow_private = ["127.0.0.1"]', "[web]", 'listen = ""'),
    *("[[subscriptions]]", "query = 'auction'", 'to = "console"'),
)


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with Publisher() as publishing:
        publishing.answers("/rss.xml", 401)
        yield publishing


@pytest.fixture
def address(tocsin: Program, publisher: Publisher) -> str:
    address = publisher.address("/rss.xml")
    feed = ("[[feeds]]", f'url = "{address}"', 'poll_every = "1s"', 'headers_env = "WIRE_HEADERS"')
    tocsin.configure(*SETTINGS, *feed)
    return address


def opens_with(publisher: Publisher, *titles: str) -> None:
    publisher.opens("/rss.xml", {"Authorization": f"Bearer {PIN}"}, document(*titles))


def document(*titles: str) -> str:
    items = "".join(f"<item><title>{title}</title><guid>{title}</guid></item>" for title in titles)
    return f'<rss version="2.0"><channel><title>Example Wire</title>{items}</channel></rss>'


async def test_what_a_private_feed_publishes_is_printed_and_its_key_is_not(
    tocsin: Program, publisher: Publisher, address: str
) -> None:
    (tocsin.folder / "key").write_text(f"Authorization: Bearer {PIN}\n")
    tocsin.environment["WIRE_HEADERS_FILE"] = str(tocsin.folder / "key")
    opens_with(publisher, "Old auction")

    with tocsin.started("run") as process:
        await process.until(lambda: "polled" in process.log, "the first poll is over")
        opens_with(publisher, "New auction", "Old auction")
        await process.until(lambda: "New auction" in process.printed, "the alert is printed")
        publisher.answers("/rss.xml", 403)
        await process.until(lambda: "could not poll" in process.log, "a poll failed")
        assert await process.stop() == 0

    assert "Old auction" not in process.printed
    assert "credential=WIRE_HEADERS" in process.log
    assert PIN not in process.log + process.printed
    assert all(asked.headers["Authorization"] == f"Bearer {PIN}" for asked in publisher.asked_for("/rss.xml"))


@pytest.mark.parametrize("command", ["run", "doctor"])
def test_without_its_key_it_says_which_variable_is_missing(tocsin: Program, address: str, command: str) -> None:
    finished = tocsin(command)

    assert finished.returncode == 2
    assert finished.stderr == (
        "feeds[0].headers_env: WIRE_HEADERS is not set: put the lines Header-Name: value there\n"
    )


async def test_commands_read_a_private_feed_with_its_key_and_show_none_of_it(
    tocsin: Program, publisher: Publisher, address: str
) -> None:
    await has_been_polled(tocsin, publisher)
    publisher.answers("/moved.xml", 401)
    publisher.opens("/moved.xml", {"Authorization": f"Bearer {PIN}"}, document("Old auction"))
    moved = publisher.address("/moved.xml")

    checked = await asyncio.to_thread(tocsin, "feeds", "check", address)
    carried = await asyncio.to_thread(tocsin, "feeds", "move", address, moved)

    assert (checked.returncode, checked.stderr) == (0, "")
    assert "Old auction" in checked.stdout
    assert (carried.returncode, carried.stderr) == (0, "")
    assert f"is read from {moved} from now on" in carried.stdout
    assert PIN not in checked.stdout + carried.stdout


async def test_a_command_without_the_key_of_a_private_feed_says_which_one_it_lacks(
    tocsin: Program, publisher: Publisher, address: str
) -> None:
    await has_been_polled(tocsin, publisher)
    asked = len(publisher.requests)
    del tocsin.environment["WIRE_HEADERS"]

    checked = await asyncio.to_thread(tocsin, "feeds", "check", address)

    assert checked.returncode == 1
    assert "WIRE_HEADERS" in checked.stderr
    assert len(publisher.requests) == asked


async def has_been_polled(tocsin: Program, publisher: Publisher) -> None:
    tocsin.environment["WIRE_HEADERS"] = f"Authorization: Bearer {PIN}"
    opens_with(publisher, "Old auction")
    with tocsin.started("run") as process:
        await process.until(lambda: "polled" in process.log, "the first poll is over")
        assert await process.stop() == 0


def test_other_commands_need_no_key_and_send_none(tocsin: Program, publisher: Publisher, address: str) -> None:
    tocsin.environment["WIRE_HEADERS"] = f"Authorization: Bearer {PIN}"

    finished = tocsin("feeds", "list", "--json")

    assert (finished.returncode, finished.stdout.strip()) == (0, "[]")
    assert publisher.requests == []
