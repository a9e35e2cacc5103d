import gzip
import tracemalloc
from collections.abc import AsyncIterator

import pytest

from bot.feeds.body import read_body, too_large
from bot.feeds.trouble import Refused


async def pieces(*of: bytes) -> AsyncIterator[bytes]:
    for piece in of:
        yield piece


async def test_a_bomb_is_never_unpacked_beyond_the_cap() -> None:
    bomb = gzip.compress(b"\x00" * 100_000_000)
    tracemalloc.start()

    with pytest.raises(Refused, match=r"larger than 1 MB"):
        await read_body(pieces(bomb), "gzip", 1_000_000)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


async def test_a_packed_body_is_read_however_it_is_cut_into_pieces() -> None:
    packed = gzip.compress(b"first, ") + gzip.compress(b"second") + b"\x00" * 3

    for size in range(1, len(packed)):
        cut = [packed[at : at + size] for at in range(0, len(packed), size)]

        assert await read_body(pieces(*cut), "gzip", 1_000) == b"first, second"


@pytest.mark.parametrize("coding", ["gzip", "deflate", ""])
async def test_nothing_at_all_is_an_empty_body(coding: str) -> None:
    assert await read_body(pieces(), coding, 1_000) == b""


async def test_the_cap_holds_for_what_comes_over_the_wire_too() -> None:
    with pytest.raises(Refused, match="larger than"):
        await read_body(pieces(gzip.compress(b"x"), b"\x00" * 2_000), "gzip", 1_000)


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
