"""feedparser, as it is used here: it reads RSS, RDF and Atom, well-formed or not, and its faults are mended.

Run it in a worker process alone: there are small documents that keep it busy for minutes.
"""

import functools
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.sax import SAXParseException

import feedparser
import feedparser.api

from bot.feeds.compose import language

NOTES = "notes of the parser"
"""Where they stand among what the feed says: no element has such a name."""
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
        io.BytesIO(document.encode()),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": address},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    notes = dict.pop(said.feed, NOTES, None) or Notes()
    return Parsed(said.version, said.feed, said.entries, _fault(said), notes)


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


class _Hints:
    """Keeps every hour and day of RSS's skipHours and skipDays, of which feedparser keeps the last."""

    feeddata: dict[str, Any]
    inentry: int
    push: Callable[[str, int], None]
    pop: Callable[[str], str | None]

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


class _Strict(_Hints, feedparser.api.StrictFeedParser):  # type: ignore[misc]
    """Notes in which state it meets each item."""

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


class _Loose(_Hints, feedparser.api.LooseFeedParser):  # type: ignore[misc]
    pass


feedparser.api.StrictFeedParser = _forgiving(_Strict)
feedparser.api.LooseFeedParser = _forgiving(_Loose)
