"""Every feed of the public corpora goes the whole way: over the wire, through the worker processes, into the store.

The folder is found through TOCSIN_CORPUS, else beside the checkout; the project commits none of it.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.feeds.fetch import HttpFetcher
from bot.feeds.workers import ProcessParser, Workers
from bot.jobs.intake import take_in
from bot.model.destination import CONSOLE, Workspace
from bot.model.reading import Fetched, ParsedFeed
from storage.unit import SqlStorage
from tests.standins.publisher import Publisher

CHECKOUT = Path(__file__).parent.parent.parent
CORPUS = Path(os.environ.get("TOCSIN_CORPUS") or CHECKOUT / ".." / "shared" / "feeds")
AT_ONCE = 8

Store = Callable[[str, ParsedFeed], Awaitable[None]]
"""Gets the address under which a feed was published, and what it gave."""

pytestmark = pytest.mark.skipif(not (CORPUS / "FEEDS.txt").is_file(), reason=f"there is no corpus at {CORPUS}")


def corpus_files() -> list[Path]:
    return [CORPUS / line for line in (CORPUS / "FEEDS.txt").read_text().splitlines() if line]


@pytest.fixture
async def reading() -> AsyncIterator[tuple[Publisher, HttpFetcher, ProcessParser]]:
    parser = ProcessParser(Workers(2))
    fetcher = HttpFetcher(allow_private=["127.0.0.1"], per_host=AT_ONCE)
    async with Publisher() as publisher:
        yield publisher, fetcher, parser
        await fetcher.close()
    await parser.close()


async def read_corpus(
    publisher: Publisher, fetcher: HttpFetcher, parser: ProcessParser, store: Store
) -> tuple[Counter[str], dict[Path, str]]:
    """Counts of feeds, articles and complaints; and why which files gave none."""
    counts: Counter[str] = Counter()
    refused: dict[Path, str] = {}

    async def read(number: int, file: Path) -> None:
        address = publisher.address(f"/{number}")
        publisher.publishes(f"/{number}", file.read_bytes(), content_type_of(file))
        fetched = await fetcher.fetch(address)
        outcome = await parser.parse(fetched) if isinstance(fetched, Fetched) else fetched
        if not isinstance(outcome, ParsedFeed):
            refused[file.relative_to(CORPUS)] = getattr(outcome, "reason", str(outcome))
            return
        counts.update(feeds=1, articles=len(outcome.articles), complaints=bool(outcome.complaint))
        await store(address, outcome)

    files = list(enumerate(corpus_files()))
    for start in range(0, len(files), AT_ONCE):
        await asyncio.gather(*(read(*file) for file in files[start : start + AT_ONCE]))
    return counts, refused


def content_type_of(file: Path) -> str:
    return "application/feed+json" if file.suffix == ".json" else "application/xml"


async def test_every_feed_of_the_corpora_is_fetched_parsed_and_stored_without_an_error(
    reading: tuple[Publisher, HttpFetcher, ProcessParser], storage: SqlStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    async with storage.begin() as unit:
        workspace = await unit.workspaces.register(Workspace(CONSOLE))

    async def store(address: str, parsed: ParsedFeed) -> None:
        async with storage.begin() as unit:
            await unit.feeds.follow(workspace, address, origin="command")
            feed = await unit.feeds.find(address)
            assert feed is not None
            await take_in(unit, feed, parsed.articles, timedelta(hours=6))

    counts, refused = await read_corpus(*reading, store=store)

    async with storage.read() as unit:
        stored = len({one.id async for one in unit.articles.stored(workspace)})
    with capsys.disabled():
        print(
            f"\ncorpus: {counts['feeds']} feeds with {counts['articles']} articles, {stored} of them distinct;", end=" "
        )
        print(f"{counts['complaints']} feeds are malformed, {len(refused)} files are no feeds")
    assert counts["feeds"] + len(refused) == len(corpus_files())
    assert counts["feeds"] > 0
    assert 0 < stored <= counts["articles"]
    assert {why for why in refused.values() if "stumble" in why or "died" in why or "more than" in why} == set()
