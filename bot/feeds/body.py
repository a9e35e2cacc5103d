"""The body of an answer: complete, unpacked, and never larger than the caps.

aiohttp would unpack too, but takes a compressed answer that breaks off for a complete one.
"""

import asyncio
import io
from collections.abc import AsyncIterator

from bot.feeds.codings import GZIP, Unpacker, unpacker_for
from bot.feeds.trouble import ANOTHER, Refused

MOST_TIMES = 300
"""How often larger than its packed form a document may be: feeds repeat themselves ten to fifty times, bombs a thousand
times and more."""
FREE_BYTES = 1 << 20
"""What may be unpacked at any ratio: a small feed of much the same lines is no bomb."""
SLICE = 4 << 10
"""How many packed bytes are unpacked at once: what a bomb's next bytes unpack to is seen before the rest is tried."""
BREATH_BYTES = 256 << 10
"""After how many unpacked bytes others get their turn on the event loop: about a millisecond."""


async def read_body(pieces: AsyncIterator[bytes], coding: str, max_bytes: int) -> bytes:
    """All of it, unpacked. ``coding`` is what the Content-Encoding says.

    Raises Refused where it is too large packed or unpacked, unpacks too well to be honest, is damaged, breaks off
    before the end that its coding marks, or is packed in a way that cannot be unpacked. A file that was packed before
    it was put on the server (``feed.xml.gz``) is unpacked too.
    """
    unpacker = unpacker_for(coding)
    document = _Document(max_bytes)
    async for piece in pieces:
        document.arrives(piece)
        if unpacker is None:
            document.add(piece)
        else:
            await _unpack(piece, unpacker, document)
    if unpacker is not None:
        unpacker.finish()
    body = document.whole()
    return await _unzipped(body, max_bytes) if body.startswith(GZIP) else body


def too_large(max_bytes: int) -> Refused:
    step = "Look on the site for a shorter feed, or raise fetch.max_bytes in the configuration."
    return Refused(f"The document is larger than {_size(max_bytes)} (fetch.max_bytes).", step=step)


class _Document:
    """What was received and unpacked so far, within the caps."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._received = 0
        self._used = 0
        self._buffer = io.BytesIO()
        self._size = 0
        self._breath_at = BREATH_BYTES

    def arrives(self, piece: bytes) -> None:
        self._received += len(piece)
        if self._received > self._max_bytes:
            raise too_large(self._max_bytes)

    def uses(self, packed: bytes) -> None:
        self._used += len(packed)

    def add(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._max_bytes:
            raise too_large(self._max_bytes)
        self._buffer.write(part)

    def add_unpacked(self, part: bytes) -> None:
        self.add(part)
        if self._size > max(FREE_BYTES, self._used * MOST_TIMES):
            reason = f"The compressed answer unpacks to more than {MOST_TIMES} times its size, as no feed does."
            raise Refused(reason, step=ANOTHER)

    def needs_breath(self) -> bool:
        if self._size < self._breath_at:
            return False
        self._breath_at = self._size + BREATH_BYTES
        return True

    def whole(self) -> bytes:
        # The buffer's own bytes: a copy would hold the document twice.
        return self._buffer.getvalue()


async def _unpack(piece: bytes, unpacker: Unpacker, document: _Document) -> None:
    for begin in range(0, len(piece), SLICE):
        packed = piece[begin : begin + SLICE]
        document.uses(packed)
        for part in unpacker.unpack(packed):
            document.add_unpacked(part)
            if document.needs_breath():
                await asyncio.sleep(0)


async def _unzipped(body: bytes, max_bytes: int) -> bytes:
    unpacker = Unpacker("gzip")
    document = _Document(max_bytes)
    document.arrives(body)
    await _unpack(body, unpacker, document)
    unpacker.finish()
    return document.whole()


def _size(count: int) -> str:
    """In the largest unit that leaves a whole number, of 1,024 or of 1,000."""
    for name, units in (("MB", (1 << 20, 1_000_000)), ("KB", (1 << 10, 1_000))):
        for unit in units:
            if count % unit == 0:
                return f"{count // unit} {name}"
    return f"{count:,} bytes"
