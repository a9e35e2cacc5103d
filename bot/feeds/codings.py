"""Content codings (RFC 9110, 8.4.1): what is asked for, and how it is unpacked, bit by bit and to its end mark."""

import sys
import zlib
from collections.abc import Iterator
from typing import Protocol

import brotli

from bot.feeds.trouble import ANOTHER, LATER, Refused

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CODINGS = "gzip, deflate, br, zstd"
"""What is asked for, and what can be unpacked."""
SUPPORTED = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate", "br": "br", "zstd": "zstd"}
UNSUPPORTED = frozenset(
    {"compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip", "aes128gcm", "sdch", "xz", "bzip2"}
)
"""The other names of the IANA HTTP Content Coding Registry, and those that were in use without it."""

GZIP = b"\x1f\x8b"
NEXT_MEMBER = {"gzip": frozenset(GZIP[:1]), "zstd": frozenset([0x28, *range(0x50, 0x60)])}
"""The first byte of the next of several documents one after the other (RFC 1952; RFC 8878, skippable frames too);
brotli and deflate know no next one."""
MOST_MEMBERS = 1_000
"""Of one body. Servers write a member a flush; a flood of empty ones would cost time without filling the cap."""
STEP = 64 << 10
"""About how many bytes are unpacked at once; brotli gives up to half as much more."""
LARGEST_WINDOW = 23
"""Of zstd, as a power of two: 8 MB, the most that RFC 9659 lets a server use."""


class Stream(Protocol):
    """One compressed document on its way."""

    def step(self, piece: bytes) -> bytes:
        """Unpack about STEP bytes at most. Call it again, with ``left``, while ``can_go_on``."""
        ...

    @property
    def left(self) -> bytes:
        """What the last step did not use of its piece; at the end, what stands behind it."""
        ...

    @property
    def can_go_on(self) -> bool:
        """Whether there is more to be had without another piece."""
        ...

    @property
    def is_complete(self) -> bool:
        """Whether its end mark was read, and its checksum where it has one."""
        ...


class Unpacker:
    """Unpacks one body, which may be several compressed documents one after the other."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._stream: Stream | None = None
        self._members = 0

    def unpack(self, piece: bytes) -> Iterator[bytes]:
        """In steps, so that who counts can stop early. Raises Refused where it is damaged."""
        while piece and (stream := self._stream_for(piece)):
            try:
                yield stream.step(piece)
                while stream.can_go_on:
                    yield stream.step(stream.left)
            except (zlib.error, brotli.error, zstd.ZstdError):
                raise Refused("The compressed answer is damaged.", step=LATER) from None
            piece = stream.left

    def finish(self) -> None:
        """Raises Refused where the end mark has not come."""
        if self._stream is not None and not self._stream.is_complete:
            raise Refused("The compressed answer breaks off before its end.", step=LATER)

    def _stream_for(self, piece: bytes) -> Stream | None:
        """The one that goes on, or the next; None for padding behind the last."""
        if self._stream is None or (self._stream.is_complete and self._begins_another(piece)):
            self._members += 1
            if self._members > MOST_MEMBERS:
                raise Refused(f"The compressed answer has more than {MOST_MEMBERS:,} parts.", step=ANOTHER)
            self._stream = _stream(self._coding, piece)
        return None if self._stream.is_complete else self._stream

    def _begins_another(self, piece: bytes) -> bool:
        return piece[0] in NEXT_MEMBER.get(self._coding, ())


def unpacker_for(coding: str) -> Unpacker | None:
    """For a Content-Encoding as it came; None where it names no packing. Raises Refused where it cannot be unpacked.

    What is no coding at all (``utf-8``, ``none``, ``aws-chunked``) is a slip of the server's, which browsers overlook.
    The same coding named twice mostly is one, too: a second layer of gzip shows itself once the first is off.
    """
    named = {SUPPORTED.get(name, name) for name in _names(coding) if name in SUPPORTED or name in UNSUPPORTED}
    if not named:
        return None
    if len(named) > 1 or named & UNSUPPORTED:
        raise Refused(f"The answer is packed in a way that was not asked for ({coding[:40]!a}).", step=ANOTHER)
    return Unpacker(named.pop())


def is_packed(coding: str) -> bool:
    """Whether a Content-Encoding names a packing, which marks the end of what it holds."""
    return not SUPPORTED.keys().isdisjoint(_names(coding))


def _names(coding: str) -> list[str]:
    return [name.strip().lower() for name in coding.split(",")] if coding else []


def _stream(coding: str, piece: bytes) -> Stream:
    match coding:
        case "br":
            return _Brotli()
        case "zstd":
            return _Zstd()
        case _:
            return _Deflate(_window(coding, piece))


def _window(coding: str, piece: bytes) -> int:
    """zlib's ``wbits``: 31 reads gzip, 15 wrapped deflate (CM 8 in the first byte, RFC 1950), -15 bare deflate.

    RFC 9110 asks for the wrapping, and many servers leave it out.
    """
    if coding == "gzip":
        return 31
    return 15 if piece[0] & 0x0F == 8 else -15


class _Deflate:
    def __init__(self, window: int) -> None:
        self._inflater = zlib.decompressobj(window)
        self._is_full = False

    def step(self, piece: bytes) -> bytes:
        out = self._inflater.decompress(piece, STEP)
        self._is_full = len(out) >= STEP
        return out

    @property
    def left(self) -> bytes:
        return self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail

    @property
    def can_go_on(self) -> bool:
        return not self._inflater.eof and (self._is_full or bool(self._inflater.unconsumed_tail))

    @property
    def is_complete(self) -> bool:
        return self._inflater.eof


class _Brotli:
    left = b""  # kept inside

    def __init__(self) -> None:
        self._decoder = brotli.Decompressor()
        self._is_full = False

    def step(self, piece: bytes) -> bytes:
        out: bytes = self._decoder.process(piece, output_buffer_limit=STEP)
        self._is_full = len(out) >= STEP
        return out

    @property
    def can_go_on(self) -> bool:
        # It says that it can take more once all its input is read, though there be more to give.
        return not self.is_complete and (self._is_full or not self._decoder.can_accept_more_data())

    @property
    def is_complete(self) -> bool:
        return bool(self._decoder.is_finished())


class _Zstd:
    def __init__(self) -> None:
        self._decoder = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: LARGEST_WINDOW})

    def step(self, piece: bytes) -> bytes:
        return self._decoder.decompress(piece, STEP)

    @property
    def left(self) -> bytes:
        return self._decoder.unused_data  # before the end kept inside

    @property
    def can_go_on(self) -> bool:
        return not self._decoder.eof and not self._decoder.needs_input

    @property
    def is_complete(self) -> bool:
        return self._decoder.eof
