"""The characters of a document: by its byte order mark, its first bytes, the server's word, its own, and detection."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

import chardet

MARKS = (
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
FIRST_BYTES = (
    (re.compile(rb"\x00\x00\x00[<{\[]"), "utf-32-be"),
    (re.compile(rb"[<{\[]\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"\x00[<{\[\s]"), "utf-16-be"),
    (re.compile(rb"[<{\[\s]\x00"), "utf-16-le"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),
)
"""How ``<`` and ``<?xm`` begin where there is no mark (XML 1.0, appendix F), and ``{`` likewise."""
LABELS = {
    "cn-gb": "gb18030",
    "gb_2312-80": "gb18030",
    "iso-8859-8-i": "iso-8859-8",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "windows-949": "cp949",
    "x-big5": "big5hkscs",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "x-euc-jp": "euc-jp",
    "x-gbk": "gb18030",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-roman": "mac-roman",
    "x-sjis": "cp932",
    "x-user-defined": "windows-1252",
}
"""Names in use (WHATWG Encoding) that Python does not know."""
MEANT = {
    "ascii": ("windows-1252",),
    "big5": ("big5", "big5hkscs"),
    "euc_jp": ("euc-jp", "euc_jis_2004"),
    "euc_kr": ("cp949",),
    "gb2312": ("gb18030",),
    "gbk": ("gb18030",),
    "iso2022_jp": ("iso-2022-jp", "iso2022_jp_ext"),
    "iso8859-1": ("windows-1252", "iso-8859-1"),
    "shift_jis": ("shift_jis", "cp932"),
    "tis-620": ("tis-620", "cp874"),
}
"""What publishers mean by names, which they use for more than they stand for; by the names of Python's codecs."""
WESTERN = {"iso-8859-1", "latin1", "windows-1252", "cp1252", "us-ascii", "ascii", "iso-8859-15"}
"""What servers say by default, whatever the document holds."""
OF_ONE_BYTE = re.compile(r"ascii|cp(?:037|12\d\d|4\d\d|8\d\d)|hp-|iso8859|koi8|kz|mac|ptcp|tis")
"""Codecs in which a character takes one byte, so that any bytes are a text."""
NO_ENCODINGS = {"charmap", "idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
OF_OTHER_SCRIPTS = re.compile(r"big5|cp(?:1251|1253|1255|1256|874|9\d\d)|euc|gb|iso2022|iso8859-[5678]$|koi8|shift|tis")
OF_OTHER_LETTERS = re.compile(r"cp125[047]$|iso8859-(?:2|9|13)$")
"""Central European, Turkish and Baltic: Latin letters, many of them at the places of Western ones."""
TAG = re.compile(rb"<!\[CDATA\[|\]\]>|<[^<>]*>")
MOST_DETECTED = 200_000
ASCII = frozenset(range(128))
RUN = re.compile(rb"[\x80-\xff]{4}")
"""Western texts hardly ever hold one; in other scripts each word is one."""
CONFIDENT = 0.3
"""Of chardet, that it is another script. It is hardly ever for Western texts."""
LIKELY = 0.1
"""The same, that it is Latin with other letters."""
FEWEST_LETTERS = 4
"""Beyond ASCII, different ones: by fewer, Catalan looks like Polish."""
ON_MACS = re.compile(rb"[a-z][\x80-\x84\x86-\x91\x93-\x95\x98\x99\x9b\x9d\x9f][a-z]")
"""Mac Roman has letters where Western texts have signs that never stand inside a word."""
ESCAPES = (
    (b"\x1b", re.compile(rb"\x1b\$\)C"), "iso2022_kr"),
    (b"\x1b", re.compile(rb"\x1b\$|\x1b\([IJ]"), "iso2022_jp_ext"),
    (b"~{", re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e])+~\}"), "hz"),
)
"""How encodings of seven bits go over to another script: no other document holds that, and reads as such.

First stands how that begins, which is looked for quickly.
"""
PROLOG = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
PARAMETER = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
BEGINNING = 5_000
"""Characters in which a document begins."""

HALVES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    text: str
    encoding: str
    complaint: str = ""


def decode(body: bytes, content_type: str) -> Decoded:
    """The text of a document, whatever it takes. Where that is not what was declared, a complaint says so."""
    for mark, encoding in MARKS:
        if body.startswith(mark):
            return Decoded(body[len(mark) :].decode(encoding, "replace"), encoding)
    declared = _declared(body, content_type)
    for encoding in _likely(declared, body):
        text = _strictly(body, encoding)
        if text is not None and _begins_as_a_document(text):
            return _told(text, encoding, declared)
    return _least_damaged(body, declared) or _detected(body, declared)


def known_by(body: bytes, content_type: str, encoding: str) -> str:
    """How it is known that a document is in this encoding, given what ``decode`` answered: for people."""
    if any(body.startswith(mark) for mark, _ in MARKS):
        return "its byte order mark says so"
    said = {"the server says so": _servers_word(content_type), "its first line says so": _own_word(body)}
    for words, names in said.items():
        if encoding in _meant(names):
            return words
    return "nobody says so, but it reads as such"


def _declared(body: bytes, content_type: str) -> list[str]:
    """The names that it goes by, the most trustworthy first."""
    seen = [encoding for first, encoding in FIRST_BYTES if first.match(body)][:1]
    servers, own = _servers_word(content_type), _own_word(body)
    named = [*own, *servers] if WESTERN.intersection(servers) else [*servers, *own]
    if not seen:
        # It would show by the first bytes. "utf-16" is what programs write that hold their text so.
        named = [name for name in named if not _codec(name).startswith(("utf-16", "utf-32"))]
    return list(dict.fromkeys(seen + named))


def _likely(declared: list[str], body: bytes) -> Iterator[str]:
    """The encodings to try, in this order."""
    meant = _meant(declared)
    yield from (encoding for first, escape, encoding in ESCAPES if first in body and escape.search(body))
    if meant and OF_ONE_BYTE.match(_codec(meant[0])):
        # Bytes of such encodings are almost never valid UTF-8 by chance, but any bytes are valid in them.
        yield "utf-8"
    for encoding in meant:
        if encoding in WESTERN:
            yield from _not_western(body)
        yield encoding
    yield "utf-8"


def _not_western(body: bytes) -> list[str]:
    """What a text is in that is called Western, as servers and programs call whatever they hold."""
    texts = _texts(body)
    has_runs, has_letters = RUN.search(texts), len(set(texts) - ASCII) >= FEWEST_LETTERS
    if not (has_runs or has_letters):
        return []
    found = chardet.detect(texts)
    guess, confidence = (found["encoding"] or "").lower(), found["confidence"]
    codec = _codec(guess)
    is_likely = (
        (has_runs and OF_OTHER_SCRIPTS.match(codec) and confidence > CONFIDENT)
        or (has_letters and OF_OTHER_LETTERS.match(codec) and confidence > LIKELY)
        or (codec == "mac-roman" and ON_MACS.search(texts))
    )
    return _meant([guess]) if is_likely else []


def _texts(body: bytes) -> bytes:
    """What stands between tags and is not ASCII: tags would dilute it, and what the prolog says is no evidence."""
    between = TAG.split(body[:MOST_DETECTED])
    return b"\n".join(text for text in between if not text.isascii())


def _servers_word(content_type: str) -> list[str]:
    return [match[1].lower() for match in PARAMETER.finditer(content_type)][:1]


def _own_word(body: bytes) -> list[str]:
    return [match[1].decode("ascii").lower() for match in [PROLOG.match(body)] if match]


def _meant(names: list[str]) -> list[str]:
    known = [name for name in names if _codec(name)]
    return list(dict.fromkeys(meant for name in known for meant in MEANT.get(_codec(name), (LABELS.get(name, name),))))


def _codec(name: str) -> str:
    """What Python calls it; empty for what it does not know, and for what is no encoding of documents."""
    try:
        codec = codecs.lookup(LABELS.get(name, name)).name
    except (LookupError, ValueError):
        return ""
    return "" if codec in NO_ENCODINGS else codec


def _begins_as_a_document(text: str) -> bool:
    beginning = text[:BEGINNING]
    return "<" in beginning or "{" in beginning or not beginning.strip("\ufeff \t\r\n\x00")


def _strictly(body: bytes, encoding: str) -> str | None:
    try:
        return _without_halves(body.decode(encoding))
    except (UnicodeError, LookupError):
        return None


def _least_damaged(body: bytes, declared: list[str]) -> Decoded | None:
    """With damaged characters replaced, where they are few among those beyond ASCII: a text cut in mid-character."""
    readings = (_mostly(body, encoding) for encoding in (*_meant(declared), "utf-8"))
    least = min(filter(None, readings), key=lambda reading: reading.damaged, default=None)
    if least is None:
        return None
    return Decoded(least.text, least.encoding, f"some of its characters are damaged ({least.encoding})")


@dataclass(frozen=True, slots=True)
class _Reading:
    text: str
    encoding: str
    damaged: int


def _mostly(body: bytes, encoding: str) -> _Reading | None:
    if OF_ONE_BYTE.match(_codec(encoding)):
        return None
    try:
        text = _without_halves(body.decode(encoding, "replace"))
    except (UnicodeError, LookupError):
        return None
    damaged = text.count("\ufffd")
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return _Reading(text, encoding, damaged) if damaged * 4 < beyond_ascii - damaged else None


def _detected(body: bytes, declared: list[str]) -> Decoded:
    guess = (chardet.detect(body)["encoding"] or "windows-1252").lower()
    for encoding in _meant([guess]):
        text = _strictly(body, encoding)
        if text is None and (reading := _mostly(body, encoding)):
            text = reading.text
        if text is not None and _begins_as_a_document(text):
            return _told(text, encoding, declared)
    return _told(body.decode("windows-1252", "replace"), "windows-1252", declared)


def _told(text: str, encoding: str, declared: list[str]) -> Decoded:
    if not declared or encoding in declared or encoding in _meant(declared):
        return Decoded(text, encoding)
    return Decoded(text, encoding, f"it says that it is {declared[0]}, but it is {encoding}")


def _without_halves(text: str) -> str:
    """Some codecs let halves of surrogate pairs through, which no database takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return HALVES.sub("\ufffd", text)
    return text
