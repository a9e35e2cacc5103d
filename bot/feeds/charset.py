"""The characters of a document: by its byte order mark, the server's word, its own word, and last by detection."""

import codecs
import re
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
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
"""How ``<`` and ``<?xm`` begin where there is no mark (XML 1.0, appendix F)."""
SUPERSETS = {
    "big5": "big5hkscs",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
}
"""What is meant by names that publishers use for more than they stand for (WHATWG Encoding)."""
WESTERN = {"iso-8859-1", "latin1", "windows-1252", "cp1252", "us-ascii", "ascii", "iso-8859-15"}
"""What servers say by default, whatever the document holds."""
PROLOG = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
PARAMETER = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)

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
    for encoding in (*declared, "utf-8"):
        if (text := _strictly(body, encoding)) is not None:
            return _told(text, encoding, declared)
    for encoding in (*declared, "utf-8"):
        if (text := _mostly(body, encoding)) is not None:
            return Decoded(text, encoding, f"some of its characters are damaged ({encoding})")
    return _detected(body, declared)


def known_by(body: bytes, content_type: str, encoding: str) -> str:
    """How it is known that a document is in this encoding, given what ``decode`` answered: for people."""
    if any(body.startswith(mark) for mark, _ in MARKS):
        return "its byte order mark says so"
    said = {
        "the server says so": [match[1] for match in PARAMETER.finditer(content_type)][:1],
        "its first line says so": [match[1].decode("ascii") for match in [PROLOG.match(body)] if match],
    }
    for words, names in said.items():
        if encoding in {SUPERSETS.get(name.lower(), name.lower()) for name in names}:
            return words
    return "nobody says so, but it reads as such"


def _declared(body: bytes, content_type: str) -> list[str]:
    """What the server, the first bytes and the prolog say, in this order."""
    named = [match[1].lower() for match in PARAMETER.finditer(content_type)][:1]
    named += [encoding for first, encoding in FIRST_BYTES if body.startswith(first)][:1]
    named += [match[1].decode("ascii").lower() for match in [PROLOG.match(body)] if match]
    if WESTERN.intersection(named[:1]) and not body.isascii():
        # Western bytes are almost never valid UTF-8 by chance, so a server's default has to give way.
        named.insert(0, "utf-8")
    return list(dict.fromkeys(SUPERSETS.get(name, name) for name in named))


def _strictly(body: bytes, encoding: str) -> str | None:
    try:
        return _without_halves(body.decode(encoding))
    except (UnicodeError, LookupError):
        return None


def _mostly(body: bytes, encoding: str) -> str | None:
    """With damaged characters replaced, where they are few among those beyond ASCII: a text cut in mid-character."""
    try:
        text = _without_halves(body.decode(encoding, "replace"))
    except (UnicodeError, LookupError):
        return None
    damaged = text.count("\ufffd")
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return text if damaged * 4 < beyond_ascii - damaged else None


def _detected(body: bytes, declared: list[str]) -> Decoded:
    guess = (chardet.detect(body)["encoding"] or "windows-1252").lower()
    encoding = SUPERSETS.get(guess, guess)
    text = _strictly(body, encoding) or _mostly(body, encoding)
    if text is None:
        encoding, text = "windows-1252", body.decode("windows-1252", "replace")
    return _told(text, encoding, declared)


def _told(text: str, encoding: str, declared: list[str]) -> Decoded:
    if not declared or encoding in declared:
        return Decoded(text, encoding)
    return Decoded(text, encoding, f"it says that it is {declared[0]}, but it is {encoding}")


def _without_halves(text: str) -> str:
    """Some codecs let halves of surrogate pairs through, which no database takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return HALVES.sub("\ufffd", text)
    return text
