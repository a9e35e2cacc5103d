"""What a server's answer brings: the document, that nothing changed, where else to ask, or why there is nothing."""

import asyncio
import hashlib
import re
from datetime import UTC, datetime

import aiohttp
from multidict import MultiMapping

from bot.feeds import challenge, headers
from bot.feeds.body import read_body, too_large
from bot.feeds.codings import is_packed
from bot.feeds.trip import Redirect, Trip
from bot.feeds.trouble import BREAKS_OFF, LATER, Refused, by_status
from bot.model.reading import Fetched, FetchOutcome, Unchanged

PAGE_SECONDS = 5.0
"""How long the page that comes with a refusal is waited for; the refusal itself is known by then."""
DIGEST_BYTES = 1 << 20
EDGE_BYTES = 16 << 10
OPENED = re.compile(rb"<(?:\w{1,20}:)?(?:rss|rdf|feed)[\s>]", re.IGNORECASE)
CLOSED = re.compile(rb"</(?:\w{1,20}:)?(?:rss|rdf|feed)\s{0,20}>", re.IGNORECASE)


async def read_answer(response: aiohttp.ClientResponse, trip: Trip, max_bytes: int) -> FetchOutcome | Redirect:
    """Raises Refused where it brings nothing."""
    kept = trip.validators
    match response.status:
        case 200 | 203:
            return await _document(response, trip, max_bytes)
        case 301 | 302 | 303 | 307 | 308:
            return Redirect(response.status, response.headers.get("Location", ""))
        case 304 if kept.etag or kept.last_modified:
            fresh_for = headers.fresh_for(response.headers, datetime.now(UTC))
            return Unchanged(headers.renewed(kept, response.headers), fresh_for, trip.moved_to)
        case 304:
            raise Refused("The server says that nothing changed, although it was not asked (304).", step=LATER)
        case _:
            raise await _refusal(response, trip)


async def _document(response: aiohttp.ClientResponse, trip: Trip, max_bytes: int) -> FetchOutcome:
    if (response.content_length or 0) > max_bytes:
        raise too_large(max_bytes)
    body = await _body(response, max_bytes)
    if not body or body.isspace():
        raise Refused("The answer is empty.", step=LATER)
    if vendor := challenge.by_headers(response.headers) or (challenge.is_page(body) and challenge.by_page(body)):
        raise Refused(challenge.reason(vendor), kind="challenge")
    if _breaks_off(response.headers, body):
        raise Refused(BREAKS_OFF, step=LATER)
    received = headers.validators(response.headers, await _digest(body))
    fresh_for = headers.fresh_for(response.headers, datetime.now(UTC))
    if received.body_hash == trip.validators.body_hash:
        return Unchanged(received, fresh_for, trip.moved_to)
    content_type = response.headers.get("Content-Type", "")
    return Fetched(body, content_type, str(trip.url), received, fresh_for, trip.moved_to)


async def _refusal(response: aiohttp.ClientResponse, trip: Trip) -> Refused:
    """What an answer without a document means."""
    refused = by_status(response.status, headers.retry_after(response.headers, datetime.now(UTC)))
    if vendor := challenge.by_headers(response.headers) or await _challenge_on_page(response, trip):
        return Refused(challenge.reason(vendor), refused.retry_after, "challenge")
    if refused.kind == "gone" and trip.is_temporary:
        # What is gone is where the feed leads today, not the feed.
        return Refused(refused.reason, kind="missing", step=refused.step)
    return refused


async def _challenge_on_page(response: aiohttp.ClientResponse, trip: Trip) -> str:
    """Whose challenge its page shows; empty where it shows none within the time that it gets."""
    if response.status not in challenge.STATUSES:
        return ""
    try:
        async with asyncio.timeout(min(PAGE_SECONDS, trip.seconds_left / 4)):
            return challenge.by_page(await _body(response, challenge.LONGEST_PAGE))
    except (Refused, TimeoutError, aiohttp.ClientError, OSError):
        return ""


async def _body(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    return await read_body(response.content.iter_any(), _coding(response.headers), max_bytes)


def _coding(said: MultiMapping[str]) -> str:
    return ",".join(said.getall("Content-Encoding", ()))


async def _digest(body: bytes) -> str:
    """Piece by piece, so that a large document holds nobody up."""
    view = memoryview(body)
    digest = hashlib.sha256(view[:DIGEST_BYTES])
    for begin in range(DIGEST_BYTES, len(body), DIGEST_BYTES):
        await asyncio.sleep(0)
        digest.update(view[begin : begin + DIGEST_BYTES])
    return digest.hexdigest()


def _breaks_off(said: MultiMapping[str], body: bytes) -> bool:
    """Whether a feed has come without its end.

    Length, chunks and packing mark the end. Where only that of the connection does (RFC 9112, 6.3), a server that
    broke down looks like one that was done; then the document itself has to be closed.
    """
    if "Content-Length" in said or "Transfer-Encoding" in said or is_packed(_coding(said)) or challenge.is_page(body):
        return False
    begin, end = (part.replace(b"\x00", b"").strip() for part in (body[:EDGE_BYTES], body[-EDGE_BYTES:]))
    if begin.startswith(b"{"):
        return not end.endswith(b"}")
    return OPENED.search(begin) is not None and CLOSED.search(end) is None
