"""Several write in one commit what each would write in its own, and harm each other as little."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from unittest.mock import AsyncMock

import pytest

from bot.errors import LeaseLost, StorageUnavailable
from bot.jobs import together
from bot.jobs.together import Together
from bot.ports import Unit
from storage.unit import SqlStorage
from tests.builders import ACME

Work = Callable[[Unit], Awaitable[str]]


def one_by_one(storage: SqlStorage, weight: int = 1) -> Together[Work, str]:
    """Who are written in one unit of work do it one after the other."""

    async def write(unit: Unit, some: Sequence[Work]) -> Sequence[str]:
        return [await work(unit) for work in some]

    return Together(storage, write, lambda _work: weight)


@pytest.fixture(autouse=True)
def time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """For those who wait to join each other, however slow the machine is."""
    monkeypatch.setattr(together, "LONGEST", 600)


def following(address: str, error: Exception | None = None) -> Work:
    """Follow a feed, and then break off where an error is named."""

    async def follow(unit: Unit) -> str:
        await unit.feeds.follow(await unit.workspaces.register(ACME), address, origin="command")
        if error is not None:
            raise error
        return address

    return follow


async def followed(storage: SqlStorage) -> set[str]:
    async with storage.read() as unit:
        workspace = await unit.workspaces.find(ACME)
        return set() if workspace is None else {feed.address for feed in await unit.feeds.followed(workspace)}


def counting(storage: SqlStorage, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The units of work that are begun from here on."""
    begun: list[object] = []
    begin = storage.begin
    monkeypatch.setattr(storage, "begin", lambda: begun.append(None) or begin())  # type: ignore[func-returns-value]
    return begun


async def test_who_waits_at_the_same_time_is_written_in_one_commit(
    storage: SqlStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = counting(storage, monkeypatch)
    writing = one_by_one(storage)

    answers = await asyncio.gather(*(writing.write(following(f"https://{n}.example.org/rss")) for n in range(3)))

    assert answers == [f"https://{n}.example.org/rss" for n in range(3)]
    assert await followed(storage) == set(answers)
    assert len(begun) == 1


async def test_no_commit_grows_without_end(storage: SqlStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "LONGEST", 0)
    begun = counting(storage, monkeypatch)
    writing = one_by_one(storage, weight=together.MOST)

    answers = await asyncio.gather(*(writing.write(following(f"https://{n}.example.org/rss")) for n in range(3)))

    assert await followed(storage) == set(answers)
    assert len(begun) == 3


async def test_what_is_heavy_is_not_written_at_once_but_in_one_commit(
    storage: SqlStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = counting(storage, monkeypatch)
    sizes: list[int] = []

    async def write(_unit: Unit, some: Sequence[int]) -> Sequence[int]:
        sizes.append(len(some))
        return some

    writing: Together[int, int] = Together(storage, write, lambda weight: weight)
    weights = [together.MOST - 1, 1, 1, together.MOST + 1, 1]

    assert await asyncio.gather(*map(writing.write, weights)) == weights
    assert sizes == [2, 1, 1, 1]
    assert len(begun) == 1


async def test_who_comes_a_little_later_joins_the_commit(storage: SqlStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = counting(storage, monkeypatch)
    writing = one_by_one(storage)

    one = writing.write(following("https://one.example.org/rss"))
    await asyncio.sleep(0.01)
    two = writing.write(following("https://two.example.org/rss"))

    assert writing.unanswered == 2
    assert await asyncio.gather(one, two) == ["https://one.example.org/rss", "https://two.example.org/rss"]
    assert len(begun) == 1
    assert writing.unanswered == 0


@pytest.mark.parametrize("number", [1, together.MOST])
async def test_nobody_is_waited_for_where_none_will_come_or_enough_are_there(
    storage: SqlStorage, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(together, "PAUSE", 600)
    writing = one_by_one(storage)

    written = [writing.write(following(f"https://{n}.example.org/rss")) for n in range(number)]
    if number == 1:
        writing.hurry()

    async with asyncio.timeout(60):
        assert len(await asyncio.gather(*written)) == number


@pytest.mark.parametrize("error", [LeaseLost("taken over"), ZeroDivisionError("a bug")])
async def test_one_that_fails_leaves_nothing_and_harms_only_itself(storage: SqlStorage, error: Exception) -> None:
    writing = one_by_one(storage)

    answers = await asyncio.gather(
        writing.write(following("https://one.example.org/rss")),
        writing.write(following("https://two.example.org/rss", error)),
        writing.write(following("https://three.example.org/rss")),
        return_exceptions=True,
    )

    assert answers == ["https://one.example.org/rss", error, "https://three.example.org/rss"]
    assert await followed(storage) == {"https://one.example.org/rss", "https://three.example.org/rss"}


async def test_after_a_deadlock_each_is_written_by_itself(storage: SqlStorage) -> None:
    writing = one_by_one(storage)
    troubles = [StorageUnavailable("deadlock detected")]

    async def deadlocked_once(unit: Unit) -> str:
        if troubles:
            raise troubles.pop()
        return await following("https://two.example.org/rss")(unit)

    answers = await asyncio.gather(
        writing.write(following("https://one.example.org/rss")), writing.write(deadlocked_once)
    )

    assert answers == ["https://one.example.org/rss", "https://two.example.org/rss"]
    assert await followed(storage) == set(answers)


async def test_a_database_that_takes_nothing_any_more_is_not_asked_for_each_of_them(storage: SqlStorage) -> None:
    writing = one_by_one(storage)
    trouble = StorageUnavailable("the disk is full")
    asked: list[str] = []

    def until_it_is_full(name: str, *, holds: bool) -> Work:
        async def write(_unit: Unit) -> str:
            asked.append(name)
            if holds and asked.count(name) == 1:
                return name
            raise trouble

        return write

    answers = await asyncio.gather(
        writing.write(until_it_is_full("one", holds=True)),
        writing.write(until_it_is_full("two", holds=False)),
        return_exceptions=True,
    )

    assert answers == [trouble, trouble]
    assert asked == ["one", "two", "one"]
    assert await writing.write(following("https://one.example.org/rss")) == "https://one.example.org/rss"


async def test_a_database_that_cannot_be_reached_is_everybodys_trouble(
    storage: SqlStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = one_by_one(storage)
    trouble = StorageUnavailable("gone")
    with monkeypatch.context() as outage:
        outage.setattr(storage, "begin", lambda: AsyncMock(__aenter__=AsyncMock(side_effect=trouble)))

        answers = await asyncio.gather(
            *(writing.write(following(f"https://{n}.example.org/rss")) for n in range(2)), return_exceptions=True
        )

    assert answers == [trouble, trouble]
    assert await writing.write(following("https://one.example.org/rss")) == "https://one.example.org/rss"


async def test_who_waits_no_more_is_not_written(storage: SqlStorage) -> None:
    writing = one_by_one(storage)
    one = writing.write(following("https://one.example.org/rss"))
    two = writing.write(following("https://two.example.org/rss"))

    one.cancel()

    assert await two == "https://two.example.org/rss"
    assert await followed(storage) == {"https://two.example.org/rss"}


@pytest.mark.parametrize("error", [None, ZeroDivisionError("a bug"), StorageUnavailable("deadlock detected")])
async def test_nobody_waits_for_a_writer_that_is_to_end(storage: SqlStorage, error: Exception | None) -> None:
    """Also where it writes each by itself, since one of them failed."""
    writing = one_by_one(storage)
    errors = [error] if error else []
    is_long = asyncio.Event()

    async def take_long(_unit: Unit) -> str:
        if errors:
            raise errors.pop()
        is_long.set()
        await asyncio.Event().wait()
        return "never"

    written = [writing.write(take_long), writing.write(following("https://two.example.org/rss"))]
    if error is None:
        written.reverse()
    await is_long.wait()
    written.append(writing.write(following("https://three.example.org/rss")))

    [writer] = [task for task in asyncio.all_tasks() if task.get_name() == "writing what polls brought"]
    writer.cancel()

    await asyncio.wait([writer, *written], timeout=5)
    assert [one.cancelled() for one in written] == [True, True, True]
    assert writing.unanswered == 0
