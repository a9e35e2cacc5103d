"""Which items of a document stood in the last one as they stand now, so that only the others need to be read.

A document is cut at its ``<item>`` and ``<entry>`` tags. What is left without the items that are known is a smaller
feed with the same beginning and end, and reading it gives what reading the whole would give, provided that

- the document is well-formed, so that tags are where they seem to be, and declares no entities;
- there are as many cuts as the parser saw items, nothing but comments between them, and each item found the parser in
  the same state, so that nothing an item holds reaches into the next one;
- what bears on items from outside is what it was: namespaces, base, language, authors, the address;
- no new item shares guid or link with a known one, since only together they tell that they share it.

Where any of it does not hold, or in doubt, the whole document is read.
"""

import re
import struct
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import Any, TypeVar

from bot.feeds.identity import link_keys
from bot.model.article import Article

cut: Any
try:
    from bot.feeds import _cut as cut
except ImportError:  # nothing was compiled when Tocsin was installed: it is done here, slower
    cut = None

T = TypeVar("T")

NAME = rb"(?P<name>(?:[\w.\x80-\xff-]+:)?(?:item|entry))(?=[\s/>])"
TAG = re.compile(rb"<(?:(?P<passed>!--|!\[CDATA\[|\?)|(?P<declaration>!)|(?P<end>/?)" + NAME + rb")")
REST_OF_TAG = re.compile(rb"""(?:[^<>"']|"[^"<]*"|'[^'<]*')*+>""")
COMMENTS = re.compile(rb"(?:\s|(?><!--.*?-->))*+", re.DOTALL)
"""And blanks. It never goes back: for comments that are begun again and again that takes long by their square."""
ENDS = {b"!--": b"-->", b"![CDATA[": b"]]>", b"?": b"?>"}

FORMAT = b"\x01"
"""Of the marks: those in another are not read."""
LONG, SHORT = 8, 4
"""Bytes of digests; short ones will do where a false alarm only costs time."""
ITEM = struct.Struct(f"{LONG}s{SHORT}s{SHORT}s")
"""Digests of its text, its guid and its link."""


SPAN = struct.Struct("=5q")
"""As ``_cut.c`` tells one."""


@dataclass(frozen=True, slots=True)
class Span:
    """An item in the UTF-8 of its document."""

    start: int
    end_of_tag: int
    """Where its start tag ends."""
    end: int
    name: bytes
    """As its last tag says it."""


@dataclass(frozen=True, slots=True)
class Identity:
    guid: bytes
    link: bytes
    """All zeros: it has none that leads to an article."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What has to be known of a document to tell what is new in the next one."""

    surroundings: bytes
    """Digest of all outside of items that bears on how they read."""
    items: Mapping[bytes, Identity]
    """By the digest of their text."""


@dataclass(frozen=True, slots=True)
class Delta:
    """What of a document has to be read."""

    text: str
    """The document without the items that are known, but for the tags of some: they tell how items are met."""
    is_new: tuple[bool, ...]
    """Whether it is new, or such a known one, of each item of ``text``."""
    digests: tuple[bytes, ...]
    """Of all items of the document."""
    before: Marks

    @property
    def known(self) -> int:
        """How many items need not be read."""
        return sum(digest in self.before.items for digest in self.digests)

    def unread(self, items: Sequence[T]) -> Sequence[T]:
        """Those of the items of ``text`` that are new."""
        return [item for item, new in zip(items, self.is_new, strict=True) if new]

    def marks(self, articles: Sequence[Article]) -> Marks | None:
        """Of the whole document, whose new items these are. None where one has the guid or the link of a known one."""
        standing = {digest: self.before.items[digest] for digest in self.digests if digest in self.before.items}
        new = [identity_of(article) for article in articles]
        if _collide(new, standing.values()):
            return None
        items = standing | dict(zip((digest for digest in self.digests if digest not in standing), new, strict=True))
        return Marks(self.before.surroundings, {digest: items[digest] for digest in self.digests})


def delta(document: str, before: Marks) -> Delta | None:
    """None where nothing in it is known, or where its items cannot be told."""
    written = _written(document)
    spans = _spans_in_a_row(written)
    digests = _digests(written, spans)
    known = [digest in before.items for digest in digests]
    if not any(known):
        return None
    first = known.index(True)
    # Besides that one, each that stands behind a new one: nothing of that may reach into it.
    emptied = [number == first or not known[number - 1] for number in range(len(spans))]
    is_new = tuple(not old for old, tags in zip(known, emptied, strict=True) if not old or tags)
    return Delta(_without(written, spans, known, emptied), is_new, digests, before)


def marks_of(document: str, around: bytes, articles: Sequence[Article]) -> Marks | None:
    """Of a document whose items these are, all of them. None where they are not what stands between its tags."""
    written = _written(document)
    digests = _digests(written, _spans_in_a_row(written))
    if len(digests) != len(articles):
        return None
    return Marks(around, dict(zip(digests, map(identity_of, articles), strict=True)))


def _written(document: str) -> bytes:
    return document.encode("utf-8", "surrogatepass")


def _spans_in_a_row(document: bytes) -> tuple[Span, ...]:
    """As ``spans_of``; none where more than comments stands between them, since it may bear on those behind it."""
    spans = spans_of(document)
    between = (document[one.end : two.start] for one, two in pairwise(spans))
    return spans if all(COMMENTS.fullmatch(gap) for gap in between) else ()


def spans_of(document: bytes) -> tuple[Span, ...]:
    """The items, outermost where they nest; none where they cannot be told. Right for well-formed documents only."""
    if cut:
        told = SPAN.iter_unpack(cut.spans(document) or b"")
        return tuple(Span(start, of_tag, end, document[name:behind]) for start, of_tag, end, name, behind in told)
    spans: list[Span] = []
    at = depth = start = end_of_tag = 0
    while found := TAG.search(document, at):
        at = _behind(document, found)
        if at < 0:
            return ()
        if found["passed"]:
            continue
        if found["end"]:
            depth -= 1
        elif not depth:
            start, end_of_tag = found.start(), at
        if not found["end"] and document[at - 2 : at - 1] != b"/":
            depth += 1
        elif not depth:
            spans.append(Span(start, end_of_tag, at, found["name"]))
        if depth < 0:
            return ()
    return () if depth else tuple(spans)


def _behind(document: bytes, found: re.Match[bytes]) -> int:
    """Where what was found ends; -1 where it does not, or where it declares something."""
    if found["declaration"]:
        return -1
    if passed := found["passed"]:
        end = document.find(ENDS[passed], found.end())
        return end if end < 0 else end + len(ENDS[passed])
    rest = REST_OF_TAG.match(document, found.end())
    return rest.end() if rest else -1


def _digests(document: bytes, spans: Iterable[Span]) -> tuple[bytes, ...]:
    return tuple(_digest(document[span.start : span.end], LONG) for span in spans)


def _without(document: bytes, spans: Sequence[Span], known: Sequence[bool], emptied: Sequence[bool]) -> str:
    pieces: list[bytes] = []
    at = 0
    for number, span in enumerate(spans):
        if known[number]:
            pieces += document[at : span.start], _emptied(document, span) if emptied[number] else b""
            at = span.end
    return b"".join((*pieces, document[at:])).decode("utf-8", "surrogatepass")


def _emptied(document: bytes, span: Span) -> bytes:
    tag = document[span.start : span.end_of_tag]
    return tag if tag.endswith(b"/>") else b"%b</%b>" % (tag, span.name)


def surroundings(*parts: object) -> bytes:
    return _digest(_written(repr(parts)), LONG)


def identity_of(article: Article) -> Identity:
    """Two links that differ in their fragment alone count as one here, as they may for ``bot.feeds.identity``."""
    links = link_keys(article.link)
    link = _digest(_written(links[-1]), SHORT) if links else bytes(SHORT)
    return Identity(_digest(_written(article.guid), SHORT), link)


def _collide(new: Collection[Identity], known: Collection[Identity]) -> bool:
    guids = {identity.guid for identity in known}
    links = {identity.link for identity in known if any(identity.link)}
    return any(identity.guid in guids or identity.link in links for identity in new)


def write_marks(marks: Marks) -> bytes:
    items = (ITEM.pack(digest, identity.guid, identity.link) for digest, identity in marks.items.items())
    return b"".join((FORMAT, marks.surroundings, *items))


def read_marks(written: bytes) -> Marks | None:
    """None where nothing is known, or nothing that can be read."""
    items_at = len(FORMAT) + LONG
    if not written.startswith(FORMAT) or len(written) < items_at or (len(written) - items_at) % ITEM.size:
        return None
    items = {digest: Identity(guid, link) for digest, guid, link in ITEM.iter_unpack(written[items_at:])}
    return Marks(written[len(FORMAT) : items_at], items)


def _digest(written: bytes, size: int) -> bytes:
    return blake2b(written, digest_size=size).digest()
