"""Aliases of the configuration, from the start of Tocsin to the alert; they may be others at every start."""

import asyncio
import io
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from adapters.console import ConsolePlatform
from bot.config import ConfigurationMistakes, Secrets, Settings
from bot.doctor import examine
from bot.matching.language import parse
from bot.matching.names import Names, read_aliases
from bot.model.destination import CONSOLE
from bot.service.rereading import read_anew
from bot.service.running import Service
from bot.wiring import assemble, open_storage
from tests.acceptance.program import PATIENCE, Program
from tests.builders import a_new_subscription, a_subscription

WIDE = [f"h{number}" for number in range(40)]
OVERGROWN = (
    "aliases.Huawei: subscription 1 of slack:T1 for slack:T1/C1 cannot be read with it: huawei ban: A query has at "
    "most 32 words and phrases, and the alias of huawei makes more of this one: make two subscriptions of it, or write "
    "`huawei` in backticks, which no alias widens. Shorten the alias, or: "
    "tocsin subscriptions remove 1 --workspace slack:T1"
)


def settings(folder: Path, **sections: Any) -> Settings:
    database = {"url": f"sqlite:///{folder / 'tocsin.db'}"}
    return Settings.model_validate({"database": database, "web": {"listen": None}, **sections})


async def starts(with_: Settings) -> None:
    """Comes up, and is stopped once it is ready."""
    application = assemble(with_, open_storage(with_), {CONSOLE: ConsolePlatform(io.StringIO())})
    stop = asyncio.Event()
    watch = StopsWhenReady(stop)
    log = logging.getLogger("bot.service.running")
    log.addHandler(watch)
    log.setLevel(logging.INFO)
    try:
        await asyncio.wait_for(Service(application, ("poll",)).run(stop), PATIENCE)
    finally:
        log.removeHandler(watch)
        log.setLevel(logging.NOTSET)
        await application.close()


class StopsWhenReady(logging.Handler):
    def __init__(self, stop: asyncio.Event) -> None:
        super().__init__()
        self._stop = stop

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "ready":
            self._stop.set()


async def stand(folder: Path, *queries: str, to: str = "slack:T1/C1") -> None:
    storage = open_storage(settings(folder))
    await storage.migrate()
    async with storage.begin() as unit:
        for query in queries:
            assert await unit.subscriptions.add(a_new_subscription(query, to))
    await storage.close()


async def normal_forms(folder: Path) -> Sequence[str]:
    storage = open_storage(settings(folder))
    try:
        async with storage.read() as unit:
            return [one.normal_form for one in await unit.subscriptions.standing()]
    finally:
        await storage.close()


async def test_what_stands_is_read_anew_at_every_start(tmp_path: Path) -> None:
    await stand(tmp_path, "huawei ban", "zte")

    await starts(settings(tmp_path, aliases={"Huawei": ["华为"]}))
    widened = await normal_forms(tmp_path)
    await starts(settings(tmp_path, aliases={"ZTE": ["中兴"]}))
    others = await normal_forms(tmp_path)
    await starts(settings(tmp_path))

    assert widened == ["(huawei OR 华为) ban", "zte"]
    assert others == ["huawei ban", "zte OR 中兴"]
    assert await normal_forms(tmp_path) == ["huawei ban", "zte"]


async def test_two_that_an_alias_makes_the_same_do_not_keep_it_from_starting(tmp_path: Path) -> None:
    await stand(tmp_path, "huawei", "huawei OR 华为")

    await starts(settings(tmp_path, aliases={"huawei": ["华为"]}))

    assert await normal_forms(tmp_path) == ["huawei OR 华为"] * 2


async def test_two_declared_ones_that_an_alias_makes_the_same_keep_their_places(tmp_path: Path) -> None:
    declared = [{"query": query, "to": "console"} for query in ("huawei", "huawei OR 华为")]
    await starts(settings(tmp_path, subscriptions=declared))
    await starts(settings(tmp_path, subscriptions=declared, aliases={"huawei": ["华为"]}))

    assert await normal_forms(tmp_path) == ["huawei OR 华为"] * 2


async def test_a_standing_query_that_an_alias_makes_too_large_keeps_it_from_starting(tmp_path: Path) -> None:
    await stand(tmp_path, "huawei ban", "zte")

    with pytest.raises(ConfigurationMistakes) as caught:
        await starts(settings(tmp_path, aliases={"Huawei": WIDE, "zte": ["中兴"], "BAN": ["sanction"]}))

    assert caught.value.mistakes == (OVERGROWN,)
    assert await normal_forms(tmp_path) == ["huawei ban", "zte"]


async def test_run_ends_with_two_and_says_what_to_do(tmp_path: Path) -> None:
    await stand(tmp_path, "huawei ban")
    tocsin = Program(tmp_path)
    tocsin.configure("[web]", 'listen = ""', "[aliases]", f"Huawei = {WIDE}")

    refused = await asyncio.to_thread(tocsin, "run")
    removed = await asyncio.to_thread(tocsin, "subscriptions", "remove", "1", "--workspace", "slack:T1")

    assert (refused.returncode, refused.stdout, refused.stderr.splitlines()[-1]) == (2, "", OVERGROWN)
    assert removed.returncode == 0, removed.stderr


async def test_doctor_says_so_before_the_start(tmp_path: Path) -> None:
    await stand(tmp_path, "huawei ban")
    out = io.StringIO()

    code = await examine(settings(tmp_path, aliases={"Huawei": WIDE}), Secrets(), out, offline=True)

    assert code == 1
    assert f"WRONG   {OVERGROWN}" in out.getvalue().splitlines()


# ---- which alias it was --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "aliases", "blamed"),
    [
        ("a b", {"a": WIDE[:20], "b": WIDE[20:38]}, "aliases.a"),
        ('"meng wanzhou"', {"Meng Wanzhou": WIDE}, 'aliases."Meng Wanzhou"'),
        ("a NEAR/3 b", {"unused": WIDE, "b": WIDE}, "aliases.b"),
        ("title:(a OR b)", {"a": WIDE}, "aliases.a"),
        ("-(a b) c", {"a": WIDE}, "aliases.a"),
    ],
)
def test_the_alias_that_adds_most_is_blamed(query: str, aliases: dict[str, list[str]], blamed: str) -> None:
    rereading = read_anew([a_subscription(query=query)], aliases, Names(read_aliases(aliases)))

    assert [one.place for one in rereading.overgrown] == [blamed]
    assert not rereading.normal_forms


def test_a_query_that_cannot_be_read_anyway_is_no_fault_of_the_aliases() -> None:
    aliases = {"a": ["b"]}

    rereading = read_anew([a_subscription(query="(")], aliases, Names(read_aliases(aliases)))

    assert not rereading.overgrown
    assert not rereading.normal_forms


def test_without_aliases_everything_reads_as_it_was_typed() -> None:
    standing = [a_subscription(number, query) for number, query in enumerate(['"5G auction"', "HUAWEI OR zte"], 1)]

    rereading = read_anew(standing, {}, Names())

    assert list(rereading.normal_forms.values()) == [parse(one.query).normal_form for one in standing]
