"""The body of an answer: complete, unpacked, and never larger than the cap.

aiohttp would unpack too, but takes a compressed answer that breaks off for a complete one.
"""

import zlib
from collections.abc import AsyncIterator
from typing import Protocol

from bot.feeds.trouble import Refused

CODINGS = "gzip, deflate"
"""What is asked for, and what can be unpacked."""
GZIP = b"\x1f\x8b"
MOST_MEMBERS = 100
"""Of one gzip body. Servers write a member a flush; a flood of empty ones would cost time without filling the cap."""


async def read_body(pieces: AsyncIterator[bytes], coding: str, max_bytes: int) -> bytes:
    """All of it, unpacked. Raises Refused where it is too large packed or unpacked, damaged or broken off.

    A file that was packed before it was put on the server (``feed.xml.gz``) is unpacked too.
    """
    unpacker = _unpacker(coding.strip().lower(), max_bytes)
    received = 0
    async for piece in pieces:
        received += len(piece)
        if received > max_bytes:
            raise too_large(max_bytes)
        unpacker.add(piece)
    body = unpacker.finish()
    return _unzipped(body, max_bytes) if body.startswith(GZIP) else body


def _unzipped(body: bytes, max_bytes: int) -> bytes:
    unpacker = _Zipped(max_bytes, is_gzip=True)
    unpacker.add(body)
    return unpacker.finish()


def too_large(max_bytes: int) -> Refused:
    return Refused(f"The document is larger than {_size(max_bytes)} (fetch.max_bytes).")


def _size(count: int) -> str:
    """In the largest unit that leaves a whole number, of 1,024 or of 1,000."""
    for name, units in (("MB", (1 << 20, 1_000_000)), ("KB", (1 << 10, 1_000))):
        for unit in units:
            if count % unit == 0:
                return f"{count // unit} {name}"
    return f"{count:,} bytes"


class _Unpacker(Protocol):
    def add(self, piece: bytes) -> None: ...

    def finish(self) -> bytes: ...


def _unpacker(coding: str, max_bytes: int) -> _Unpacker:
    match coding:
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip" | "deflate":
            return _Zipped(max_bytes, is_gzip=coding != "deflate")
        case _:
            raise Refused(f"The answer is packed in a way that was not asked for ({coding[:40]!a}).")


class _Plain:
    def __init__(self) -> None:
        self._body = bytearray()

    def add(self, piece: bytes) -> None:
        self._body += piece

    def finish(self) -> bytes:
        return bytes(self._body)


class _Zipped:
    """gzip (RFC 1952), and deflate: in the zlib wrapping that RFC 9110 asks for or bare, as many servers send it."""

    def __init__(self, max_bytes: int, *, is_gzip: bool) -> None:
        self._max_bytes = max_bytes
        self._is_gzip = is_gzip
        self._body = bytearray()
        self._stream: zlib._Decompress | None = None
        self._members = 0

    def add(self, piece: bytes) -> None:
        while piece and (stream := self._stream_for(piece)):
            try:
                self._body += stream.decompress(piece, self._max_bytes - len(self._body) + 1)
            except zlib.error:
                raise Refused("The compressed answer is damaged.") from None
            if len(self._body) > self._max_bytes:
                raise too_large(self._max_bytes)
            piece = stream.unused_data

    def finish(self) -> bytes:
        if self._stream is not None and not self._stream.eof:
            raise Refused("The compressed answer breaks off before its end.")
        return bytes(self._body)

    def _stream_for(self, piece: bytes) -> "zlib._Decompress | None":
        """The one that goes on, or the next; None for padding behind the last."""
        if self._stream is None or (self._stream.eof and self._is_gzip and piece.startswith(GZIP[:1])):
            self._members += 1
            if self._members > MOST_MEMBERS:
                raise Refused(f"The compressed answer has more than {MOST_MEMBERS} parts.")
            self._stream = zlib.decompressobj(self._window(piece))
        return None if self._stream.eof else self._stream

    def _window(self, piece: bytes) -> int:
        """zlib's ``wbits``: 31 reads gzip, 15 wrapped deflate (CM 8 in the first byte, RFC 1950), -15 bare deflate."""
        if self._is_gzip:
            return 31
        return 15 if piece[0] & 0x0F == 8 else -15
