"""Every feed of the public corpora goes the whole way: over the wire, through the worker processes, into the store.

The folder is found through TOCSIN_CORPUS, else beside the checkout; the project commits none of it.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Container
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.feeds.charset import decode
from bot.feeds.delta import spans_of
from bot.feeds.fetch import HttpFetcher
from bot.feeds.parse import parse_document
from bot.feeds.workers import ProcessParser, Workers
from bot.jobs.intake import take_in
from bot.model.destination import CONSOLE, Workspace
from bot.model.ids import WorkspaceId
from bot.model.reading import Fetched, ParsedFeed
from storage.unit import SqlStorage
from tests.standins.publisher import Publisher

CHECKOUT = Path(__file__).parent.parent.parent
CORPUS = Path(os.environ.get("TOCSIN_CORPUS") or CHECKOUT / ".." / "shared" / "feeds")
AT_ONCE = 8
ADDRESS = "https://wire.example/feed"
NOW = datetime(2026, 9, 22, 12, 0, tzinfo=UTC)

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


def test_reading_what_is_new_in_a_feed_of_the_corpora_gives_what_reading_the_whole_gives(
    record_property: Callable[[str, object], None],
) -> None:
    chance = random.Random(20260922)
    counts: Counter[str] = Counter()
    for file in corpus_files():
        body, said = file.read_bytes(), content_type_of(file)
        whole = parse_document(body, said, ADDRESS, NOW)
        if isinstance(whole, ParsedFeed) and whole.marks:
            text = decode(body, said).text
            gone = frozenset(at for at in range(len(whole.articles)) if chance.random() < 0.4)
            before = parse_document(without(text.encode(), gone), "application/xml; charset=utf-8", ADDRESS, NOW)
            marks = before.marks if isinstance(before, ParsedFeed) else b""
            again = parse_document(body, said, ADDRESS, NOW, marks)
            assert isinstance(again, ParsedFeed)
            new = gone if again.known else frozenset(range(len(whole.articles)))
            assert again.articles == tuple(whole.articles[at] for at in sorted(new))
            for name in ("format", "title", "language", "encoding", "complaint", "hints", "marks"):
                assert getattr(again, name) == getattr(whole, name)
            counts.update(told=1, deltas=bool(again.known), known=again.known, read=len(again.articles))
        counts.update(feeds=isinstance(whole, ParsedFeed) and bool(whole.articles))

    record_property(
        "delta",
        f"the items of {counts['told']} of {counts['feeds']} feeds with items are told; "
        f"{counts['deltas']} are read in part, {counts['known']} items not again, {counts['read']} anew",
    )
    assert counts["told"] > 0


def without(document: bytes, gone: Container[int]) -> bytes:
    """The feed as it stood before some of its items came."""
    pieces, at = [], 0
    for number, span in enumerate(spans_of(document)):
        if number in gone:
            pieces.append(document[at : span.start])
            at = span.end
    return b"".join((*pieces, document[at:]))


def content_type_of(file: Path) -> str:
    return "application/feed+json" if file.suffix == ".json" else "application/xml"


async def test_every_feed_of_the_corpora_is_fetched_parsed_and_stored_without_an_error(
    reading: tuple[Publisher, HttpFetcher, ProcessParser],
    sqlite: SqlStorage,
    postgresql: SqlStorage,
    record_property: Callable[[str, object], None],
) -> None:
    stores = [(storage, await a_workspace(storage)) for storage in (sqlite, postgresql)]

    async def store(address: str, parsed: ParsedFeed) -> None:
        await asyncio.gather(*(keep(*one, address, parsed) for one in stores))

    counts, refused = await read_corpus(*reading, store=store)

    stored = [await articles_in(*one) for one in stores]
    record_property(
        "corpus",
        f"{counts['feeds']} feeds with {counts['articles']} articles, {stored[0]} of them distinct; "
        f"{counts['complaints']} feeds are malformed, {len(refused)} files are no feeds",
    )
    assert counts["feeds"] + len(refused) == len(corpus_files())
    assert counts["feeds"] > 0
    assert all(0 < count <= counts["articles"] for count in stored)
    assert {why for why in refused.values() if "stumble" in why or "died" in why or "more than" in why} == set()


async def a_workspace(storage: SqlStorage) -> WorkspaceId:
    async with storage.begin() as unit:
        return await unit.workspaces.register(Workspace(CONSOLE))


async def keep(storage: SqlStorage, workspace: WorkspaceId, address: str, parsed: ParsedFeed) -> None:
    async with storage.begin() as unit:
        await unit.feeds.follow(workspace, address, origin="command")
        feed = await unit.feeds.find(address)
        assert feed is not None
        await take_in(unit, feed, parsed.articles, timedelta(hours=6))


async def articles_in(storage: SqlStorage, workspace: WorkspaceId) -> int:
    async with storage.read() as unit:
        return len({one.id async for one in unit.articles.stored(workspace)})
