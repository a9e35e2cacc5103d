"""The fields whose value is no text to look for: site:, lang:, feed: and exact:."""

import re
import unicodedata
from difflib import get_close_matches

from bot.matching.literals import Piece
from bot.matching.mistakes import Edit, Misread
from bot.matching.query import Exact, Feed, Lang, Site
from bot.matching.typed import exactly, shown
from bot.model.sites import host_of, registrable_domain
from bot.model.text import normalise

TEXTS = ("title", "summary", "body", "author", "tag")
VALUES = ("site", "lang", "feed", "exact")
FIELDS = TEXTS + VALUES

_CODE = re.compile("([a-z]{2,3})(?:[-_][a-z0-9]+)*")
_LINKED = re.compile(r"<([^|>]*)(?:\|[^>]*)?>")
"""An address as Slack sends it."""

LANGUAGES = {
    "arabic": "ar",
    "bengali": "bn",
    "chinese": "zh",
    "czech": "cs",
    "dutch": "nl",
    "english": "en",
    "french": "fr",
    "german": "de",
    "greek": "el",
    "hebrew": "he",
    "hindi": "hi",
    "hungarian": "hu",
    "indonesian": "id",
    "italian": "it",
    "japanese": "ja",
    "korean": "ko",
    "persian": "fa",
    "polish": "pl",
    "portuguese": "pt",
    "romanian": "ro",
    "russian": "ru",
    "spanish": "es",
    "swedish": "sv",
    "thai": "th",
    "turkish": "tr",
    "ukrainian": "uk",
    "vietnamese": "vi",
}


def value(field: str, typed: str, start: int, end: int) -> Piece:
    """What a field at [start, end) looks for, given its value as typed. Raises Misread."""
    match field:
        case "site":
            return _site(typed, start, end)
        case "lang":
            return _lang(typed, start, end)
        case "feed":
            return _feed(typed, start, end)
        case _:
            return exact(typed, start, end)


def exact(typed: str, start: int, end: int) -> Piece:
    """Raises Misread where nothing could be found by it, or where no backticks could enclose it."""
    text = exactly(typed)
    if "`" in text:
        message = "A backtick encloses what is looked for exactly and cannot be part of it: leave it out."
        raise Misread(message, start, Edit(start, end))
    if not any(unicodedata.category(character)[0] in "LN" for character in text):
        message = "What is looked for exactly has a letter or a digit in it: write one, or leave this out."
        raise Misread(message, start, Edit(start, end))
    return Piece(Exact(text), shown(text))


def _site(typed: str, start: int, end: int) -> Piece:
    linked = _LINKED.fullmatch(typed)
    address = (linked[1] if linked else typed).removeprefix("*.")
    domain = registrable_domain(address)
    if not domain:
        raise Misread(
            f"site: takes an address, a host or a domain, as in site:example.org; “{shown(typed)}” is none.",
            start,
            Edit(start, end),
        )
    host = host_of(address)
    note = f"site:{host} is read as site:{domain}: every host of a domain is one site."
    return Piece(Site(domain), domain, () if host == domain else (note,))


def _lang(typed: str, start: int, end: int) -> Piece:
    name = typed.strip().lower()
    code = _CODE.fullmatch(name)
    if name not in LANGUAGES and code is None:
        nearest = get_close_matches(name, LANGUAGES, n=1, cutoff=0.85)
        raise Misread(
            "lang: takes a code of two or three letters, as in lang:de or lang:zh, "
            f"or the English name of a common language, as in lang:german; “{shown(typed)}” is neither.",
            start,
            Edit(start, end, f"lang:{LANGUAGES[nearest[0]]}" if nearest else ""),
        )
    language = LANGUAGES.get(name) or (code[1] if code else "")
    return Piece(Lang(language), language)


def _feed(typed: str, start: int, end: int) -> Piece:
    name = normalise(typed)
    if not name:
        message = 'feed: takes the name or tag of a feed, as in feed:reuters or feed:"BBC World".'
        raise Misread(message, start, Edit(start, end))
    return Piece(Feed(name), shown(typed))
