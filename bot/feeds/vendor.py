"""feedparser, as it is used here: it reads RSS, RDF and Atom, well-formed or not, and its faults are mended.

Run it in a worker process alone: there are small documents that keep it busy for minutes.
"""

import functools
import io
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from xml.sax import SAXException, SAXParseException
from xml.sax.expatreader import ExpatParser
from xml.sax.xmlreader import AttributesNSImpl

import feedparser
import feedparser.api
import feedparser.mixin
from feedparser.urls import make_safe_absolute_uri

from bot.feeds.compose import LONGEST_LINK, language

NOTES = "notes of the parser"
"""Where they stand among what the feed says: no element has such a name."""
LONGEST_NAME = 500
MOST_TAGS = 200
MOST_ATTRIBUTES = 200
"""More than any element has, and than are kept."""
LONGEST_TEXT = 1 << 16
"""Bytes of text that are said in one."""
LONGEST_HEAD = 32_000
"""What may stand before the first tag. A longer one is no declaration, and takes long by its square."""
LONGEST_PROLOG = 1_000
"""The same of the XML declaration: feedparser looks for the end of its encoding at each quotation mark."""
HEAD = re.compile(r"(\s*<\?xml[^>]*>)?(.*?)(?=<\w)", re.DOTALL)
BLANKS = re.compile(r"\s{100,}")
LONG_ENTITY = re.compile(r"<!ENTITY[^>]{100,}>")
"""One that stands for a character or a name is shorter."""
CANNOT_STAND = (LookupError, TypeError, ValueError, AssertionError)
"""As a namespace with blanks makes it raise."""
ITEMS = frozenset({"item", "entry"})


@dataclass(slots=True)
class Notes:
    """What the parser noticed, beyond what feedparser keeps."""

    states: list[str] = field(default_factory=list)
    """In which it met each item, where it was strict: whatever bears on how the item reads."""
    namespaces: str = ""
    """Those that it knew when it met the first item."""
    hours: list[str] = field(default_factory=list)
    days: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What feedparser gives: every key of its dictionaries may be missing, and hold what the publisher made of it."""

    version: str
    feed: dict[str, Any]
    entries: list[dict[str, Any]]
    fault: str
    """What is wrong with the document's form, in words; empty where nothing is."""
    notes: Notes

    @property
    def is_atom(self) -> bool:
        return self.version.startswith("atom")

    @property
    def language(self) -> str:
        said = self.feed.get("language")
        return language(said) if isinstance(said, str) else ""

    @property
    def is_clean(self) -> bool:
        """Whether it is well-formed, and nothing that one item holds reached into another."""
        states = self.notes.states
        return not self.fault and len(states) == len(self.entries) and len(set(states)) == 1


def parse_xml(document: str, address: str) -> Parsed:
    """Raises LookupError, TypeError, ValueError, AttributeError or AssertionError where it cannot stand a document.

    The document goes in as a stream: text that looks like a path would be opened. feedparser's sanitiser is off, since
    every text becomes plain text here, and so is its resolving of links inside of texts that lose them.
    """
    said = feedparser.parse(
        io.BytesIO(_with_short_head(document).encode()),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": address},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    notes = dict.pop(said.feed, NOTES, None) or Notes()
    return Parsed(said.version, said.feed, said.entries, _fault(said), notes)


def _with_short_head(document: str) -> str:
    """Without what floods it: white space, comments, entities that stand for more than a word.

    Of what holds no tag at all the beginning will do: it is no feed.
    """
    if not (found := HEAD.match(document)):
        return document[:LONGEST_PROLOG]
    prolog, head = found[1] or "", found[2]
    if len(prolog) > LONGEST_PROLOG:
        prolog = ""
    head = LONG_ENTITY.sub("", BLANKS.sub("\n", head)) if len(head) <= LONGEST_HEAD else ""
    return prolog + head + document[found.end() :]


def _fault(said: Any) -> str:
    error = said.get("bozo_exception")
    if not said.bozo or error is None:
        return ""
    if isinstance(error, SAXParseException):
        return f"not well-formed in line {error.getLineNumber()} ({error.getMessage()})"
    return f"not well-formed ({error})"


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


class _Mended:
    """Keeps every hour and day of RSS's skipHours and skipDays, of which feedparser keeps the last.

    And does not do what takes it minutes: looking for an address in a name without end, comparing each tag with each.
    """

    feeddata: dict[str, Any]
    inentry: int
    push: Callable[[str, int], None]
    pop: Callable[[str], str | None]
    _get_context: Callable[[], dict[str, Any]]

    def __init__(self, *said: object) -> None:
        super().__init__(*said)
        self.contentparams: dict[str, Any] = {}

    def push_content(self, *said: object) -> None:
        super().push_content(*said)  # type: ignore[misc]
        # Asked for each tag and each piece of text, where feedparser's own dictionaries would look for other names.
        self.contentparams = dict(self.contentparams)

    def _sync_author_detail(self, key: str = "author") -> None:
        context = self._get_context()
        if isinstance(name := dict.get(context, key), str):
            context[key] = name[:LONGEST_NAME]
        super()._sync_author_detail(key)  # type: ignore[misc]

    def _add_tag(self, *said: object) -> None:
        if len(dict.get(self._get_context(), "tags", ())) < MOST_TAGS:
            super()._add_tag(*said)  # type: ignore[misc]

    def _start_hour(self, _: object) -> None:
        self.push("hour", 0)

    def _end_hour(self) -> None:
        self._note(self._notes().hours, self.pop("hour"))

    def _start_day(self, _: object) -> None:
        self.push("day", 0)

    def _end_day(self) -> None:
        self._note(self._notes().days, self.pop("day"))

    def _note(self, said: list[str], text: str | None) -> None:
        if text and not self.inentry:
            said.append(text)

    def _notes(self) -> Notes:
        notes: Notes = dict.setdefault(self.feeddata, NOTES, Notes())
        return notes


class _Strict(_Mended, feedparser.api.StrictFeedParser):  # type: ignore[misc]
    """Notes in which state it meets each item, and leaves what it cannot stand to the loose parser."""

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802 - SAX calls it so
        if len(attrs) > MOST_ATTRIBUTES:
            attrs = AttributesNSImpl(dict(islice(attrs.items(), MOST_ATTRIBUTES)), {})
        try:
            super().startElementNS(name, qname, attrs)
        except CANNOT_STAND as error:
            raise SAXException(str(error)) from error

    def endElementNS(self, name: Any, qname: Any) -> None:  # noqa: N802 - SAX calls it so
        try:
            super().endElementNS(name, qname)
        except CANNOT_STAND as error:
            raise SAXException(str(error)) from error

    def unknown_starttag(self, tag: str, attrs: list[tuple[str, str]]) -> None:
        if tag in ITEMS:
            self._meet()
        super().unknown_starttag(tag, attrs)

    def _meet(self) -> None:
        notes = self._notes()
        if not notes.states:
            notes.namespaces = repr((sorted(self._renamed()), sorted(self.namespaces_in_use.items())))
        notes.states.append(repr(self._state()))

    def _state(self) -> tuple[object, ...]:
        """Of what feedparser keeps from one tag to the next; but what it pushed before an item it finds after it."""
        context = (self.infeed, self.inentry, self.incontent, self.intextinput, self.inimage, self.inauthor)
        others = (self.incontributor, self.inpublisher, self.insource, self.svgOK, self.depth, self.hasContent)
        said = bool(self.sourcedata), sorted(self.contentparams), "image" in self.feeddata, "textinput" in self.feeddata
        scopes = len(self.basestack), len(self.langstack), self.lang, self.baseuri
        return context, others, said, scopes, self._summaryKey, sorted(self._renamed())

    def _renamed(self) -> list[tuple[str, str]]:
        """Prefixes that stand for a namespace that has another one by custom."""
        return [(known, prefix) for known, prefix in self.namespacemap.items() if known and known != prefix]


class _Loose(_Mended, feedparser.api.LooseFeedParser):  # type: ignore[misc]
    """There is no other parser to leave a document to: what it cannot stand it passes over."""

    def unknown_starttag(self, *said: object) -> None:
        with suppress(*CANNOT_STAND):
            super().unknown_starttag(*said)

    def unknown_endtag(self, *said: object) -> None:
        with suppress(*CANNOT_STAND):
            super().unknown_endtag(*said)

    def handle_charref(self, *said: object) -> None:
        with suppress(*CANNOT_STAND):
            super().handle_charref(*said)


@functools.lru_cache(maxsize=64)
def _base(base: str, relative: str | None = None) -> str:
    """Asked for each tag, mostly for the same; and a base that grows with each tag is none."""
    uri: str = make_safe_absolute_uri(base, relative)
    return uri if len(uri) <= LONGEST_LINK else base


class _Buffered(ExpatParser):
    _parser: Any
    """Says the text between two tags in one, where expat ends it at each line, sign and reference."""

    def reset(self) -> None:
        super().reset()
        self._parser.buffer_size = LONGEST_TEXT
        self._parser.buffer_text = True


def create_parser() -> _Buffered:
    """Asked for by xml.sax, given the name of this module."""
    return _Buffered()


feedparser.api.PREFERRED_XML_PARSERS = [__name__]
feedparser.mixin.make_safe_absolute_uri = _base
feedparser.api.StrictFeedParser = _forgiving(_Strict)
feedparser.api.LooseFeedParser = _forgiving(_Loose)
