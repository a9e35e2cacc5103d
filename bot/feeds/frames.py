"""What the application and its parsing process say to each other: lengths, JSON and the bare body.

No pickle: the process reads what strangers wrote, and is not trusted for having read it.
"""

import json
import struct
from dataclasses import asdict
from datetime import datetime
from typing import Any, BinaryIO

from bot.model.article import Article, Image
from bot.model.reading import Fetched, ParsedFeed, ParseOutcome, Unreadable

QUESTION = struct.Struct(">II")
"""Lengths of the JSON and of the body behind it."""
ANSWER = struct.Struct(">I")
LONGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of JSON: several times what the largest feed gives."""


def question(fetched: Fetched, cpu_seconds: float, now: datetime) -> bytes:
    said = {
        "content_type": fetched.content_type,
        "address": fetched.address,
        "cpu_seconds": cpu_seconds,
        "now": now.isoformat(),
    }
    header = json.dumps(said).encode()
    return QUESTION.pack(len(header), len(fetched.body)) + header


def read_question(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The header and the body; None where the other side has closed."""
    lengths = stream.read(QUESTION.size)
    if len(lengths) < QUESTION.size:
        return None
    header_length, body_length = QUESTION.unpack(lengths)
    header, body = stream.read(header_length), stream.read(body_length)
    return (json.loads(header), body) if len(body) == body_length else None


def answer(outcome: ParseOutcome) -> bytes:
    payload = json.dumps(asdict(outcome), default=datetime.isoformat).encode()
    if len(payload) > LONGEST_ANSWER:
        return answer(Unreadable("The articles hold more text than can be taken in."))
    return ANSWER.pack(len(payload)) + payload


def read_answer(payload: bytes) -> ParseOutcome:
    """Raises ValueError for anything that ``answer`` did not write."""
    try:
        return _outcome(json.loads(payload))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("This is no outcome of parsing.") from error


def _outcome(said: dict[str, Any]) -> ParseOutcome:
    if "reason" in said:
        return Unreadable(**said)
    articles = tuple(_article(item) for item in said.pop("articles"))
    return ParsedFeed(articles=articles, **said)


def _article(said: dict[str, Any]) -> Article:
    image, published, tags = said.pop("image"), said.pop("published"), said.pop("tags")
    return Article(
        image=Image(**image) if image else None,
        published=datetime.fromisoformat(published) if published else None,
        tags=tuple(tags),
        **said,
    )
