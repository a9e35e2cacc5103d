"""Damaged feeds of the corpora and of the project's own: read or refused, and nothing lost without a word."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.feeds.charset import decode
from bot.feeds.delta import spans_of
from bot.feeds.outcomes import outcome_of, pieces_of
from bot.feeds.parse import parse_document, unpack
from bot.feeds.workers import ProcessParser
from bot.model.feed import Validators
from bot.model.reading import Fetched, ParsedFeed, ParseOutcome, Unreadable
from tests.feeds.damage import damaged
from tests.feeds.test_corpus import CORPUS, corpus_files

SAMPLES = sorted((Path(__file__).parent.parent / "data" / "feeds").iterdir())
FILES = [*SAMPLES, *(corpus_files() if (CORPUS / "FEEDS.txt").is_file() else ())]
BODIES = [body for file in FILES if len(body := file.read_bytes()) < 20_000]
SEVERAL = [body for body in BODIES if body.count(b"<item") + body.count(b"<entry") > 2]
ADDRESS = "https://wire.example/feed"
NOW = datetime(2026, 9, 22, 12, 0, tzinfo=UTC)


class Reader:
    """Reads in a process whose allowance of CPU time ends what hangs."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._parser = ProcessParser()

    def read(self, body: bytes, marks: bytes = b"") -> ParseOutcome:
        fetched = Fetched(body, "application/xml", ADDRESS, Validators())
        return self._runner.run(self._parser.parse(fetched, marks))

    def close(self) -> None:
        self._runner.run(self._parser.close())
        self._runner.close()


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.close()


fuzzed = settings(
    max_examples=400, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
bodies = st.sampled_from(BODIES)
chances = st.integers(0, 2**32).map(Random)


@fuzzed
@given(bodies, chances)
def test_a_damaged_feed_is_read_or_refused_and_nothing_is_lost_without_a_word(
    reader: Reader, body: bytes, chance: Random
) -> None:
    harmed = damaged(body, BODIES, chance)

    outcome = reader.read(harmed)

    assert_nothing_is_lost(harmed, outcome)


@fuzzed
@given(st.sampled_from(SEVERAL), chances)
def test_what_is_new_in_a_damaged_feed_is_read_as_the_whole_would_be(body: bytes, chance: Random) -> None:
    sound = parse_document(body, "application/xml", ADDRESS, NOW)
    harmed = damaged(body, BODIES, chance)

    whole = parse_document(harmed, "application/xml", ADDRESS, NOW)
    again = parse_document(harmed, "application/xml", ADDRESS, NOW, getattr(sound, "marks", b""))

    assert_read_as_the_whole(again, whole)


def assert_nothing_is_lost(body: bytes, outcome: ParseOutcome) -> None:
    assert outcome_of([dict(piece) for piece in pieces_of(outcome)]) == outcome
    if isinstance(outcome, Unreadable):
        assert not outcome.reason.startswith("Reading the feed")
        return
    for article in outcome.articles:
        assert article.guid
        assert article.title
        for text in (article.title, article.summary, article.body):
            text.encode()
            assert "\x00" not in text
    text = decode(unpack(body) or b"", "application/xml").text
    assert outcome.articles or outcome.complaint or outcome.format.startswith("json") or not spans_of(text.encode())


def assert_read_as_the_whole(again: ParseOutcome, whole: ParseOutcome) -> None:
    if not isinstance(again, ParsedFeed) or not again.known:
        assert again == whole
        return
    assert isinstance(whole, ParsedFeed)
    assert again.known + len(again.articles) == len(whole.articles)
    rest = iter(whole.articles)
    assert all(article in rest for article in again.articles)
    for said in ("format", "title", "language", "encoding", "complaint", "hints", "marks"):
        assert getattr(again, said) == getattr(whole, said)
