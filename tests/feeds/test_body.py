import asyncio
import gzip
import random
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable

import brotli
import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.feeds.body import read_body, too_large
from bot.feeds.codings import STEP
from bot.feeds.trouble import Refused

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda body: brotli.compress(body, quality=5),
    "zstd": zstd.compress,
}
FEED = b"".join(
    b"<item><guid>%d</guid><title>%s</title></item>" % (number, random.Random(number).randbytes(20).hex().encode())
    for number in range(40)
)


async def pieces(*of: bytes) -> AsyncIterator[bytes]:
    for piece in of:
        yield piece


def cut(body: bytes, size: int) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


def repetitive(size: int) -> bytes:
    """A feed with the same long footer in each of its items, which say little beside it."""
    footer = b"<p>" + random.Random(0).randbytes(8_000).hex().encode() + b"</p>"
    news = (random.Random(number).randbytes(40).hex().encode() for number in range(size // 16_000))
    return b"".join(b"<item><title>%s</title>%s</item>" % (title, footer) for title in news)


@pytest.mark.parametrize("coding", PACKERS)
async def test_a_bomb_is_refused_long_before_it_fills_the_cap(coding: str) -> None:
    bomb = PACKERS[coding](b"\x00" * 100_000_000)
    tracemalloc.start()

    with pytest.raises(Refused, match="more than 300 times its size"):
        await read_body(pieces(bomb), coding, 1_000_000_000)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.parametrize("coding", PACKERS)
async def test_what_unpacks_beyond_the_cap_is_refused(coding: str) -> None:
    packed = PACKERS[coding](random.Random(1).randbytes(600_000).hex().encode())

    with pytest.raises(Refused, match="larger than 1 MB"):
        await read_body(pieces(packed), coding, 1_000_000)


@pytest.mark.parametrize("coding", PACKERS)
async def test_a_small_feed_of_much_the_same_lines_is_no_bomb(coding: str) -> None:
    packed = PACKERS[coding](b"\n" * 1_000_000)

    assert await read_body(pieces(packed), coding, 8_000_000) == b"\n" * 1_000_000


@pytest.mark.parametrize("coding", PACKERS)
async def test_a_large_feed_that_repeats_itself_is_no_bomb(coding: str) -> None:
    feed = repetitive(4_000_000)

    assert await read_body(pieces(*cut(PACKERS[coding](feed), 1_400)), coding, 8_000_000) == feed


async def test_a_bomb_inside_a_packed_file_is_refused() -> None:
    bomb = gzip.compress(b"\x00" * 100_000_000)

    for coding in ("", "gzip", "br"):
        wrapped = PACKERS[coding](bomb) if coding else bomb
        with pytest.raises(Refused, match="more than 300 times its size"):
            await read_body(pieces(wrapped), coding, 8_000_000)


@pytest.mark.parametrize("coding", PACKERS)
async def test_a_packed_body_cut_anywhere_is_never_taken_for_complete(coding: str) -> None:
    packed = PACKERS[coding](FEED)

    for size in range(1, len(packed)):
        with pytest.raises(Refused, match="breaks off before its end"):
            await read_body(pieces(packed[:size]), coding, 1_000_000)


@pytest.mark.parametrize("coding", PACKERS)
async def test_a_packed_file_cut_anywhere_is_never_taken_for_complete(coding: str) -> None:
    packed = gzip.compress(FEED)

    for size in range(3, len(packed), 7):
        with pytest.raises(Refused, match="breaks off before its end"):
            await read_body(pieces(PACKERS[coding](packed[:size])), coding, 1_000_000)


@settings(max_examples=100, deadline=None)
@given(
    coding=st.sampled_from(sorted(PACKERS)),
    steps=st.integers(0, 3),
    off=st.integers(-2, 2),
    size=st.one_of(st.integers(500, 100_000), st.integers(1, 3)),
    repeats=st.booleans(),
)
def test_a_packed_body_is_read_however_long_it_is_and_however_it_is_cut_into_pieces(
    *, coding: str, steps: int, off: int, size: int, repeats: bool
) -> None:
    length = max(steps * STEP + off, 0)
    body = b"a" * length if repeats else random.Random(length).randbytes(length)

    packed = PACKERS[coding](body)

    read = asyncio.run(read_body(pieces(*cut(packed, max(size, len(packed) // 1_000))), coding, 1_000_000))

    assert read == body


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_several_documents_one_after_the_other_are_read_however_they_are_cut(coding: str) -> None:
    packed = PACKERS[coding](b"first, ") + PACKERS[coding](b"second")

    for size in range(1, len(packed)):
        assert await read_body(pieces(*cut(packed, size)), coding, 1_000) == b"first, second"


async def test_what_zstd_marks_to_be_skipped_is_skipped_and_hides_nothing() -> None:
    skipped = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"note"
    packed = skipped + zstd.compress(b"first, ") + skipped + zstd.compress(b"second") + skipped

    for size in range(1, len(packed)):
        assert await read_body(pieces(*cut(packed, size)), "zstd", 1_000) == b"first, second"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
@pytest.mark.parametrize("padding", [b"\x00" * 20, b"\r\n", b"<!-- cached -->"])
async def test_what_stands_behind_the_end_is_left_out(coding: str, padding: bytes) -> None:
    packed = PACKERS[coding](FEED) + padding

    for size in (1, 7, len(packed)):
        assert await read_body(pieces(*cut(packed, size)), coding, 1_000_000) == FEED


async def test_zstd_is_given_no_more_memory_than_a_server_may_ask_for() -> None:
    greedy = zstd.compress(b"x" * 300_000_000, options={zstd.CompressionParameter.window_log: 27})

    with pytest.raises(Refused, match="damaged"):
        await read_body(pieces(greedy), "zstd", 1_000_000_000)


async def test_others_have_their_turn_while_a_large_body_is_unpacked() -> None:
    packed = gzip.compress(repetitive(4_000_000))
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    others = asyncio.create_task(take_turns())
    await read_body(pieces(packed), "gzip", 8_000_000)
    others.cancel()

    assert turns >= 4_000_000 // (512 << 10)


@pytest.mark.parametrize("coding", [*PACKERS, ""])
async def test_nothing_at_all_is_an_empty_body(coding: str) -> None:
    assert await read_body(pieces(), coding, 1_000) == b""


async def test_the_cap_holds_for_what_comes_over_the_wire_too() -> None:
    with pytest.raises(Refused, match="larger than"):
        await read_body(pieces(gzip.compress(b"x"), b"\x00" * 2_000), "gzip", 1_000)


async def test_a_large_document_is_not_held_twice() -> None:
    async def arriving() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield b"x" * 100_000

    tracemalloc.start()

    body = await read_body(arriving(), "", 8_000_000)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(body) == 8_000_000
    assert peak < 12_000_000


@pytest.mark.parametrize(
    ("max_bytes", "said"),
    [
        (8 << 20, "8 MB"),
        (8_000_000, "8 MB"),
        (1_500_000, "1500 KB"),
        (64 << 10, "64 KB"),
        (1_234_567, "1,234,567 bytes"),
        (1, "1 bytes"),
    ],
)
async def test_the_cap_is_named_in_whole_numbers(max_bytes: int, said: str) -> None:
    assert str(too_large(max_bytes)) == f"The document is larger than {said} (fetch.max_bytes)."
