"""A document to its articles: RSS, RDF and Atom through feedparser, JSON Feed by its own reader.

A pure function, but one that is run in a worker process: there are small documents that keep feedparser busy for
minutes.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.feeds.charset import Decoded, decode
from bot.feeds.compose import LONGEST_TITLE, MOST_ARTICLES, Document, compose, newest, too_many
from bot.feeds.delta import Marks, delta, marks_of, read_marks, spans_of, surroundings, write_marks
from bot.feeds.entries import Said, authors, draft, published, string, text
from bot.feeds.frames import Piece
from bot.feeds.hints import hints_of
from bot.feeds.jsonfeed import parse_json
from bot.feeds.outcomes import pieces_of
from bot.feeds.vendor import Parsed, parse_xml
from bot.model.article import Article
from bot.model.reading import ParsedFeed, ParseOutcome, Unreadable

WEB_PAGE = re.compile(r"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
OPML = re.compile(r"<opml[\s>]", re.IGNORECASE)
LAST_TAG = re.compile(r"</\s*(?:\w+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
REFERENCE = re.compile(r"&#(?:x0*([0-9a-f]+)|0*([0-9]+))", re.IGNORECASE)
ROOT = re.compile(r"<(?:\w+:)?(?:rss|feed|rdf)\b", re.IGNORECASE)
GZIP = b"\x1f\x8b\x08"
LONGEST_UNPACKED = 8_000_000
LONG_REFERENCE = 20
BEGINNING = 2_000
"""Characters in which a web page shows itself."""
LATER = "Try again later; where it stays so, tell its publisher."
ANOTHER = "Look on the site for a link called RSS, Atom or feed, and say the address that it leads to."
ONE_BY_ONE = "Say the addresses of the feeds in it one by one: each stands there behind xmlUrl."


def answer(document: bytes, about: dict[str, Any]) -> Iterator[Piece]:
    """To a question of the kind ``feed``."""
    now, marks = datetime.fromisoformat(about["now"]), bytes.fromhex(about["marks"])
    return pieces_of(parse_document(document, about["content_type"], about["address"], now, marks))


def parse_document(body: bytes, content_type: str, address: str, now: datetime, marks: bytes = b"") -> ParseOutcome:
    """Its articles in their order; Unreadable where it is no feed.

    ``content_type`` is the server's header, ``address`` where the document was found. A malformed document gives the
    articles that can be read, and a complaint. Dates later than ``now`` become ``now``. With the ``marks`` of the
    feed's last document only the items that did not stand there are read, where that makes no difference.
    """
    unpacked = unpack(body)
    if unpacked is None:
        return Unreadable("The document is packed with gzip, and cut off or too large.", LATER)
    decoded = decode(unpacked, content_type)
    document = decoded.text.lstrip("\ufeff \t\r\n\x00")
    if not document:
        return Unreadable("The document is empty.", LATER)
    if document[0] in "{[":
        outcome = parse_json(decoded, address, now)
        if isinstance(outcome, ParsedFeed) or not ROOT.search(document):
            return outcome
    reading, before = _Reading(document, decoded, address, now), read_marks(marks)
    try:
        return (reading.unread(before) if before else None) or reading.whole()
    except (LookupError, TypeError, ValueError, AttributeError, AssertionError) as error:
        return Unreadable(f"The feed is too badly formed to be read ({type(error).__name__}).", LATER)


def unpack(body: bytes) -> bytes | None:
    """What is packed as a file, and not only for its way: some publish ``feed.xml.gz``. None where it is damaged."""
    if not body.startswith(GZIP):
        return body
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacker.decompress(body, LONGEST_UNPACKED)
    except zlib.error:
        return None
    return unpacked if unpacker.eof else None


def _possible(reference: re.Match[str]) -> str:
    """A reference to a character that cannot exist makes feedparser drop the whole document: replaced by U+FFFD.

    So does one with thousands of zeros before it: they go.
    """
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    number = int(digits, base) if len(digits) <= 7 else 0x110000
    if 0xD800 <= number <= 0xDFFF or number >= 0x110000:
        return "&#xFFFD"
    return reference[0] if len(reference[0]) < LONG_REFERENCE else f"&#{number}"


@dataclass(frozen=True, slots=True)
class _Reading:
    """Of a document in RSS, RDF or Atom."""

    document: str
    decoded: Decoded
    address: str
    now: datetime

    def whole(self) -> ParseOutcome:
        parsed = self._parsed(self.document)
        if fault := self._fault(parsed):
            return fault
        articles = self._articles(parsed, parsed.entries)
        clean = parsed.is_clean and len(parsed.entries) <= MOST_ARTICLES
        marks = marks_of(self.document, self._surroundings(parsed), articles) if clean else None
        return self._feed(parsed, articles, marks)

    def unread(self, before: Marks) -> ParsedFeed | None:
        """What did not stand in the last document; None where the whole one has to be read."""
        part = delta(self.document, before)
        if part is None or len(part.digests) > MOST_ARTICLES:
            return None
        parsed = self._parsed(part.text)
        if not parsed.is_clean or self._surroundings(parsed) != before.surroundings:
            return None
        if len(parsed.entries) != len(part.is_new):
            return None
        articles = self._articles(parsed, part.unread(parsed.entries))
        marks = part.marks(articles)
        return self._feed(parsed, articles, marks, part.known) if marks else None

    def _parsed(self, text: str) -> Parsed:
        return parse_xml(REFERENCE.sub(_possible, text), self.address)

    def _fault(self, parsed: Parsed) -> Unreadable | None:
        """Why this is no feed, or none that can be read; None where it is one."""
        web_page = WEB_PAGE.search(self.document[:BEGINNING])
        if not parsed.version and web_page:
            return Unreadable("This is a web page, not a feed.", ANOTHER)
        if not parsed.version and not parsed.entries:
            if OPML.search(self.document[:BEGINNING]):
                return Unreadable("This is a list of feeds (OPML), not a feed.", ONE_BY_ONE)
            return Unreadable("This is not a feed: neither RSS, RDF, Atom nor JSON Feed.", ANOTHER)
        if not parsed.entries and parsed.fault and not LAST_TAG.search(self.document):
            return Unreadable(f"The feed breaks off before its first article: it is {parsed.fault}.", LATER)
        return None

    def _articles(self, parsed: Parsed, entries: Sequence[Said]) -> tuple[Article, ...]:
        document = Document(self.address, parsed.language, self.now)
        read = newest(entries, published, self.now)
        return tuple(compose(draft(entry, parsed.feed, is_atom=parsed.is_atom), document) for entry in read)

    def _surroundings(self, parsed: Parsed) -> bytes:
        """All outside of items that bears on how they read."""
        names = authors(parsed.feed) if parsed.is_atom else ()
        notes = parsed.notes
        return surroundings(notes.states[:1], notes.namespaces, parsed.version, parsed.language, names, self.address)

    def _feed(self, parsed: Parsed, articles: tuple[Article, ...], marks: Marks | None, known: int = 0) -> ParsedFeed:
        fault = f"it is {parsed.fault}" if parsed.fault else ""
        lost = (
            ""
            if parsed.entries or fault or not spans_of(self.document.encode("utf-8", "surrogatepass"))
            else "it holds items that are none of a feed's"
        )
        complaints = (self.decoded.complaint, fault, lost, too_many(len(parsed.entries)))
        return ParsedFeed(
            format=parsed.version,
            title=text(parsed.feed, "title", LONGEST_TITLE),
            language=parsed.language,
            encoding=self.decoded.encoding,
            articles=articles,
            complaint="; ".join(filter(None, complaints)),
            hints=hints_of(string(parsed.feed.get("ttl")), parsed.notes.hours, parsed.notes.days),
            marks=write_marks(marks) if marks else b"",
            known=known,
        )
