"""What the application and its reading processes say to each other: lengths, JSON and bare bytes.

A question has a kind, so that one process answers several; what it is about goes along as JSON, the document as it
is. An answer comes in pieces, none of them long, so that taking it in holds nobody up. No pickle: the process reads
what strangers wrote, and is not trusted for having read it.
"""

import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

Piece = Mapping[str, Any]
"""A JSON object."""

LENGTHS = struct.Struct(">II")
"""Of a question's JSON and of the document behind it."""
LENGTH = struct.Struct(">I")
"""Of an answer's next piece; 0: there is none."""
LONGEST_PIECE = 8 * 1024 * 1024
"""Bytes of JSON: many times what an article may hold."""
LONGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of JSON: several times what the largest feed gives."""


@dataclass(frozen=True, slots=True)
class Question:
    kind: str
    """Who answers it: see ``bot.feeds.worker``."""
    about: Piece
    document: bytes
    cpu_seconds: float
    """Of CPU time, which answering it may take."""


def write_question(question: Question) -> bytes:
    """All but the document, which goes behind it."""
    said = {"kind": question.kind, "about": question.about, "cpu_seconds": question.cpu_seconds}
    header = json.dumps(said).encode()
    return LENGTHS.pack(len(header), len(question.document)) + header


def read_question(stream: BinaryIO) -> Question | None:
    """None where the other side has closed."""
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    header_length, document_length = LENGTHS.unpack(lengths)
    header, document = stream.read(header_length), stream.read(document_length)
    return Question(**json.loads(header), document=document) if len(document) == document_length else None


def write_answer(pieces: Iterable[Piece]) -> bytes:
    """Raises OverflowError where they say more than can be taken in."""
    written = [json.dumps(piece, ensure_ascii=False).encode("utf-8", "surrogatepass") for piece in pieces]
    if sum(map(len, written)) > LONGEST_ANSWER or max(map(len, written), default=0) > LONGEST_PIECE:
        raise OverflowError("The answer is too long.")
    return b"".join(LENGTH.pack(len(piece)) + piece for piece in (*written, b""))


def read_piece(written: bytes) -> dict[str, Any]:
    """Raises ValueError for anything that ``write_answer`` did not write."""
    match json.loads(written.decode("utf-8", "surrogatepass")):
        case dict() as piece:
            return piece
        case _:
            raise ValueError("This is no piece of an answer.")
