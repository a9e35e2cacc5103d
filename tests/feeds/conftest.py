from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.feeds.fetch import HttpFetcher
from bot.feeds.workers import ProcessParser
from tests.standins.publisher import Publisher

SAMPLES = Path(__file__).parent.parent / "data" / "feeds"


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 9, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def samples() -> Path:
    """Small feeds, named by their quirk."""
    return SAMPLES


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with Publisher() as running:
        yield running


@pytest.fixture
async def fetcher() -> AsyncIterator[HttpFetcher]:
    """May fetch from loopback."""
    fetcher = HttpFetcher(
        "mailto:news@example.org",
        allow_private=["127.0.0.1"],
        timeout=timedelta(seconds=5),
        max_bytes=8_000_000,
    )
    yield fetcher
    await fetcher.close()


@pytest.fixture
async def hasty() -> AsyncIterator[HttpFetcher]:
    """May fetch from loopback, and gives a fetch a fifth of a second."""
    fetcher = HttpFetcher(allow_private=["127.0.0.1"], timeout=timedelta(seconds=0.2))
    yield fetcher
    await fetcher.close()


@pytest.fixture
async def stranger() -> AsyncIterator[HttpFetcher]:
    """As configured by default: public addresses alone."""
    fetcher = HttpFetcher(timeout=timedelta(seconds=5))
    yield fetcher
    await fetcher.close()


@pytest.fixture
async def parser() -> AsyncIterator[ProcessParser]:
    parser = ProcessParser(cpu_seconds=1.0)
    yield parser
    await parser.close()
