import asyncio
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.frames import LENGTH, Question, read_piece, write_answer, write_question
from bot.feeds.outcomes import outcome_of, pieces_of
from bot.feeds.worker import MEMORY
from bot.feeds.workers import ProcessParser, Unanswered, Workers
from bot.model.article import Article, Image
from bot.model.feed import Hints, Validators
from bot.model.reading import Fetched, ParsedFeed, ParseOutcome, Unreadable

HONEST = '<rss version="2.0"><channel><title>Mainz Wire</title><item><title>5G auction</title></item></channel></rss>'
ENDLESS = HONEST.replace("</item>", f"<description>{'<br/>' * 60_000}&nbsp;</description></item>")
"""Malformed, and so many tags that reading it takes far longer than the tests give it."""


def fetched(document: str | bytes, content_type: str = "application/rss+xml") -> Fetched:
    body = document.encode() if isinstance(document, str) else document
    return Fetched(body, content_type, "https://wire.example/feed", Validators())


def headlines(outcome: ParseOutcome) -> list[str]:
    assert isinstance(outcome, ParsedFeed), outcome
    return [article.title for article in outcome.articles]


def reason(outcome: ParseOutcome) -> str:
    assert isinstance(outcome, Unreadable), outcome
    return outcome.reason


def processes() -> list[psutil.Process]:
    """Those that parse for this one."""
    return [child for child in psutil.Process().children() if parses(child)]


def parses(process: psutil.Process) -> bool:
    try:
        return "bot.feeds.worker" in process.cmdline()
    except psutil.NoSuchProcess:  # it is about to be gone
        return False


async def test_a_document_is_parsed_in_a_process_that_goes_on(parser: ProcessParser, samples: Path) -> None:
    first = await parser.parse(fetched(HONEST))
    (process,) = processes()

    assert headlines(first) == ["5G auction"]
    assert headlines(await parser.parse(fetched((samples / "everything-atom.xml").read_bytes())))
    assert processes() == [process]


async def test_no_process_is_started_before_it_is_needed_nor_left_after_closing() -> None:
    parser = ProcessParser()
    assert processes() == []

    await parser.parse(fetched(HONEST))
    assert len(processes()) == 1
    await parser.close()

    assert processes() == []


async def test_a_document_that_takes_too_long_ends_under_its_deadline_and_the_next_is_parsed() -> None:
    parser = ProcessParser(cpu_seconds=0.1)

    said = reason(await parser.parse(fetched(ENDLESS)))
    after = await parser.parse(fetched(HONEST))
    await parser.close()

    assert re.fullmatch(r"Reading the feed took more than 0\.6 s of CPU time\.", said)
    assert headlines(after) == ["5G auction"]


async def test_the_event_loop_goes_on_while_a_document_is_parsed() -> None:
    parser = ProcessParser(cpu_seconds=0.3)
    parsing = asyncio.create_task(parser.parse(fetched(ENDLESS)))
    turns = 0
    while not parsing.done():
        await asyncio.sleep(0.01)
        turns += 1
    await parser.close()

    assert turns > 5


async def test_a_process_that_hangs_without_working_is_replaced() -> None:
    parser = ProcessParser(Workers(wall_seconds=3.0))
    await parser.parse(fetched(HONEST))
    (stopped,) = processes()
    stopped.suspend()

    said = reason(await parser.parse(fetched(HONEST)))
    after = await parser.parse(fetched(HONEST))
    await parser.close()

    assert said == "Reading the feed took more than 3 s."
    assert headlines(after) == ["5G auction"]


async def test_a_process_that_died_between_documents_is_replaced(parser: ProcessParser) -> None:
    await parser.parse(fetched(HONEST))
    (process,) = processes()
    process.kill()
    while processes():
        await asyncio.sleep(0.001)

    outcomes = [await parser.parse(fetched(HONEST)) for _ in range(2)]

    assert headlines(outcomes[-1]) == ["5G auction"]


async def test_a_process_that_dies_over_a_document_harms_only_that_document() -> None:
    parser = ProcessParser(cpu_seconds=30)
    parsing = asyncio.create_task(parser.parse(fetched(ENDLESS)))
    while not processes():
        await asyncio.sleep(0.001)
    processes()[0].send_signal(signal.SIGSEGV)

    said = reason(await parsing)
    after = await parser.parse(fetched(HONEST))
    await parser.close()

    assert said == f"Reading the feed ended with its process (status {-signal.SIGSEGV})."
    assert headlines(after) == ["5G auction"]


async def test_a_cancelled_parse_leaves_no_answer_to_the_next() -> None:
    parser = ProcessParser(cpu_seconds=30)
    await parser.parse(fetched(HONEST))
    cancelled = asyncio.create_task(parser.parse(fetched(HONEST.replace("5G auction", "Never heard"))))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled

    after = await parser.parse(fetched(HONEST))
    await parser.close()

    assert headlines(after) == ["5G auction"]


async def test_as_many_documents_are_parsed_at_once_as_there_are_workers() -> None:
    parser = ProcessParser(Workers(2))

    outcomes = await asyncio.gather(*(parser.parse(fetched(HONEST)) for _ in range(6)))
    started = len(processes())
    await parser.close()

    assert [headlines(outcome) for outcome in outcomes] == [["5G auction"]] * 6
    assert started == 2


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system does not tell which cores may be used")
async def test_there_are_as_many_workers_as_cores_and_two_at_most() -> None:
    cores = os.sched_getaffinity(0)
    started = []
    for allowed in ({min(cores)}, cores):
        os.sched_setaffinity(0, allowed)
        parser = ProcessParser()
        await asyncio.gather(*(parser.parse(fetched(HONEST)) for _ in range(6)))
        started.append(len(processes()))
        await parser.close()

    assert started == [1, min(2, len(cores))]


async def test_a_signal_that_asks_the_application_to_finish_leaves_a_document_alone(parser: ProcessParser) -> None:
    await parser.parse(fetched(HONEST))
    (process,) = processes()
    for asked in (signal.SIGTERM, signal.SIGINT):
        process.send_signal(asked)

    assert headlines(await parser.parse(fetched(HONEST))) == ["5G auction"]
    assert processes() == [process]


async def test_a_document_that_takes_too_much_memory_harms_only_itself() -> None:
    parser = ProcessParser(cpu_seconds=30)
    flood = b'<?xml version="1.0" encoding="utf-7"?>' + b"<rss><channel>" + b"&#8364;" * 1_000_000
    before = await parser.parse(fetched(HONEST))
    (process,) = processes()
    assert process.rlimit(psutil.RLIMIT_AS) == (MEMORY, MEMORY)
    enough = process.memory_info().vms + 12_000_000
    process.rlimit(psutil.RLIMIT_AS, (enough, enough))

    said = reason(await parser.parse(fetched(flood)))
    after = await parser.parse(fetched(HONEST))
    await parser.close()

    assert "memory" in said
    assert headlines(before) == headlines(after)


async def test_the_process_knows_no_secret_of_the_environment(
    parser: ProcessParser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-invented")
    await parser.parse(fetched(HONEST))
    (process,) = processes()

    assert "SLACK_BOT_TOKEN" not in process.environ()


async def test_a_module_in_the_working_folder_is_not_taken_for_a_library(
    parser: ProcessParser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "feedparser.py").write_text("raise SystemExit('taken')")
    monkeypatch.chdir(tmp_path)

    assert headlines(await parser.parse(fetched(HONEST))) == ["5G auction"]


APPLICATION = f"""
import asyncio, os
from bot.feeds.workers import ProcessParser
from bot.model.feed import Validators
from bot.model.reading import Fetched

async def main():
    await ProcessParser().parse(Fetched({HONEST.encode()!r}, "", "https://wire.example/", Validators()))
    print("parsed", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_a_killed_application_leaves_no_orphan() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", APPLICATION],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as application:
        assert application.stdout is not None
        assert application.stdout.readline() == b"parsed\n"
        (worker,) = psutil.Process(application.pid).children()
        application.kill()

        worker.wait(timeout=10)


def test_a_process_whose_application_is_gone_ends_without_a_word() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-m", "bot.feeds.worker"], stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, complaints = process.communicate(question(), timeout=30)

    assert complaints == b""


async def test_a_question_that_nobody_answers_harms_only_itself() -> None:
    workers = Workers(1)
    with pytest.raises(Unanswered, match=r"^made the parser stumble \(ValueError\)$"):
        await workers.ask(Question("riddle", {}, b"", 1.0))

    after = await ProcessParser(workers).parse(fetched(HONEST))
    await workers.close()

    assert headlines(after) == ["5G auction"]


def test_what_a_library_prints_is_no_answer() -> None:
    noisy = "import bot.feeds.parse, bot.feeds.worker as w; p = bot.feeds.parse.parse_document\n"
    noisy += "bot.feeds.parse.parse_document = lambda *said: (print('noise'), p(*said))[1]\nw.main()"

    done = subprocess.run([sys.executable, "-c", noisy], input=question(), capture_output=True, check=True, timeout=30)

    assert headlines(outcome_of(pieces(done.stdout))) == ["5G auction"]
    assert done.stderr == b"noise\n"


def question() -> bytes:
    """As it stands on the wire, with its document."""
    about = {"content_type": "", "address": "https://wire.example/", "marks": "", "now": "2026-09-22T00:00:00Z"}
    return write_question(Question("feed", about, HONEST.encode(), 1.0)) + HONEST.encode()


def pieces(written: bytes) -> list[dict[str, Any]]:
    (length,) = LENGTH.unpack_from(written)
    if not length:
        assert written == LENGTH.pack(0)
        return []
    end = LENGTH.size + length
    return [read_piece(written[LENGTH.size : end]), *pieces(written[end:])]


texts = st.text(st.characters(codec="utf-8"), max_size=20)
moments = st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone
articles = st.builds(
    Article,
    *(texts for _ in range(6)),
    tags=st.lists(texts).map(tuple),
    language=texts,
    published=st.none() | moments,
    image=st.none() | st.builds(Image, texts, texts),
)
hints = st.builds(
    Hints,
    st.integers(0, 10_000).map(lambda minutes: timedelta(minutes=minutes)),
    st.frozensets(st.integers(0, 23)),
    st.frozensets(st.integers(0, 6)),
)
outcomes = st.builds(Unreadable, texts) | st.builds(
    ParsedFeed,
    *(texts for _ in range(4)),
    articles=st.lists(articles).map(tuple),
    complaint=texts,
    hints=hints,
    marks=st.binary(max_size=40),
    known=st.integers(0, 1_000),
)


@given(outcomes)
def test_an_answer_is_read_as_it_was_written(outcome: ParseOutcome) -> None:
    assert outcome_of(pieces(write_answer(pieces_of(outcome)))) == outcome


def test_an_answer_comes_in_pieces_that_hold_nobody_up() -> None:
    long = Article("5G auction", summary="s" * 100_000, body="b" * 100_000)
    parsed = ParsedFeed("rss20", "", "", "utf-8", (long,) * 50 + (Article("short"),) * 50)

    written = pieces(write_answer(pieces_of(parsed)))

    assert outcome_of(written) == parsed
    assert [len(piece["articles"]) for piece in written[1:]] == [1] * 50 + [50]


def test_more_than_can_be_taken_in_is_not_sent() -> None:
    with pytest.raises(OverflowError):
        write_answer({"text": "t" * 1_000_000} for _ in range(68))
    with pytest.raises(OverflowError):
        write_answer([{"text": "t" * 9_000_000}])


@pytest.mark.parametrize("nonsense", [b"", b"[]", b"null", b'"x"', b"\xff"])
def test_a_piece_that_makes_no_sense_is_seen(nonsense: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_piece(nonsense)


@pytest.mark.parametrize("nonsense", [[], [{}], [{"reason": 1, "more": 2}], [{"articles": [1]}]])
def test_an_answer_that_makes_no_sense_is_seen(nonsense: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match=r".*"):
        outcome_of(nonsense)
