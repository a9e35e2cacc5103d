"""A document to its articles: RSS, RDF and Atom through feedparser, JSON Feed by its own reader.

A pure function, but one that is run in a worker process: there are small documents that keep feedparser busy for
minutes.
"""

import functools
import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from xml.sax import SAXParseException

import feedparser
import feedparser.api

from bot.feeds.charset import Decoded, decode
from bot.feeds.compose import LONGEST_TITLE, Document, compose, language, newest, too_many
from bot.feeds.entries import draft, text
from bot.feeds.frames import Piece
from bot.feeds.jsonfeed import parse_json
from bot.feeds.outcomes import pieces_of
from bot.model.reading import ParsedFeed, ParseOutcome, Unreadable

WEB_PAGE = re.compile(r"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
LAST_TAG = re.compile(r"</\s*(?:\w+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
REFERENCE = re.compile(r"&#(?:x0*([0-9a-f]+)|0*([0-9]+))", re.IGNORECASE)
BEGINNING = 2_000
"""Characters in which a web page shows itself."""


def _forgiving(parser: type) -> type:
    """A parser of feedparser whose handlers may fail.

    A stray ``</category>`` or a ``<width>`` that is no number makes a handler raise KeyError or TypeError, and the
    whole document would be lost. Where a tag has no handler (AttributeError) feedparser goes on, so it does here too.
    """

    def tried(handler: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(handler)
        def attempt(self: Any, *said: Any) -> Any:
            try:
                return handler(self, *said)
            except (LookupError, TypeError, ValueError) as error:
                raise AttributeError(str(error)) from error

        return attempt

    names = [name for name in dir(parser) if name.startswith(("_start_", "_end_"))]
    return type(parser.__name__, (parser,), {name: tried(getattr(parser, name)) for name in names})


feedparser.api.StrictFeedParser = _forgiving(feedparser.api.StrictFeedParser)
feedparser.api.LooseFeedParser = _forgiving(feedparser.api.LooseFeedParser)


def answer(document: bytes, about: dict[str, Any]) -> Iterator[Piece]:
    """To a question of the kind ``feed``."""
    now = datetime.fromisoformat(about["now"])
    return pieces_of(parse_document(document, about["content_type"], about["address"], now))


def parse_document(body: bytes, content_type: str, address: str, now: datetime) -> ParseOutcome:
    """Its articles in their order; Unreadable where it is no feed.

    ``content_type`` is the server's header, ``address`` where the document was found. A malformed document gives the
    articles that can be read, and a complaint. Dates later than ``now`` become ``now``.
    """
    decoded = decode(body, content_type)
    document = decoded.text.lstrip("\ufeff \t\r\n\x00")
    if not document:
        return Unreadable("The document is empty.")
    if document[0] in "{[":
        return parse_json(decoded, address, now)
    document = REFERENCE.sub(_possible, document)
    try:
        parsed = _parse_xml(document, address)
    except (LookupError, TypeError, ValueError, AttributeError, AssertionError) as error:
        return Unreadable(f"The feed is too badly formed to be read ({type(error).__name__}).")
    return _judge(parsed, document, decoded, address, now)


def _parse_xml(document: str, address: str) -> Any:
    """feedparser's own dictionary.

    The body goes in as a stream: bytes that look like a path would be opened. feedparser's sanitiser is off, since
    every text becomes plain text here, and so is its resolving of links inside of texts that lose them.
    """
    return feedparser.parse(
        io.BytesIO(document.encode()),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": address},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _possible(reference: re.Match[str]) -> str:
    """A reference to a character that cannot exist makes feedparser drop the whole document: replaced by U+FFFD."""
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    number = int(digits, base) if len(digits) <= 7 else 0x110000
    return reference[0] if number < 0xD800 or 0xDFFF < number < 0x110000 else "&#xFFFD"


def _judge(parsed: Any, document: str, decoded: Decoded, address: str, now: datetime) -> ParseOutcome:
    fault = _fault(parsed)
    if not parsed.version and (not parsed.entries or WEB_PAGE.search(document[:BEGINNING])):
        return _no_feed(document)
    if not parsed.entries and fault and not LAST_TAG.search(document):
        return Unreadable(f"The feed breaks off before its first article: it is {fault}.")
    return _feed(parsed, decoded, fault, address, now)


def _no_feed(document: str) -> Unreadable:
    if WEB_PAGE.search(document[:BEGINNING]):
        return Unreadable("This is a web page, not a feed.")
    return Unreadable("This is not a feed: neither RSS, RDF, Atom nor JSON Feed.")


def _feed(parsed: Any, decoded: Decoded, fault: str, address: str, now: datetime) -> ParsedFeed:
    feed = parsed.feed
    document = Document(address, language(feed.get("language") or ""), now)
    is_atom = parsed.version.startswith("atom")
    articles = tuple(compose(draft(entry, feed, is_atom=is_atom), document) for entry in parsed.entries)
    complaints = (decoded.complaint, f"it is {fault}" if fault else "", too_many(len(articles)))
    return ParsedFeed(
        format=parsed.version,
        title=text(feed, "title", LONGEST_TITLE),
        language=document.language,
        encoding=decoded.encoding,
        articles=newest(articles),
        complaint="; ".join(filter(None, complaints)),
    )


def _fault(parsed: Any) -> str:
    """What is wrong with the document's form, in words; empty where nothing is."""
    error = parsed.get("bozo_exception")
    if not parsed.bozo or error is None:
        return ""
    if isinstance(error, SAXParseException):
        return f"not well-formed in line {error.getLineNumber()} ({error.getMessage()})"
    return f"not well-formed ({error})"
