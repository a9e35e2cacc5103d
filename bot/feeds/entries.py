"""What an entry of feedparser says, as a draft of an article."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from html import unescape
from time import struct_time
from typing import Any

from bot.feeds.compose import LONGEST_NAME, LONGEST_TEXT, LONGEST_TITLE, Draft
from bot.feeds.sanitise import plain, text_of

Said = dict[str, Any]
"""feedparser's dictionaries: every key may be missing, and hold what the publisher made of it.

They are read through ``dict.get``: their own ``get`` answers for ``updated`` with ``published`` and a warning, and
takes its time to look for other names of a key.
"""

DATES = ("published", "updated", "created")
PLAIN = "text/plain"
LONGEST_NAME_SAID = 2_000
"""Of a name with its markup."""


def draft(entry: Said, feed: Said, *, is_atom: bool) -> Draft:
    return Draft(
        title=text(entry, "title", LONGEST_TITLE),
        summary=text(entry, "summary", LONGEST_TEXT),
        body=_body(entry),
        link=string(dict.get(entry, "link")),
        guid=string(dict.get(entry, "id")),
        # RFC 4287, 4.2.1: the feed's authors stand for the entries that name none. An RSS feed's is its editor.
        authors=authors(entry) or (authors(feed) if is_atom else ()),
        tags=tuple(_name(tag.get("term")) or _name(tag.get("label")) for tag in _all(entry, "tags")),
        language=_language(entry),
        published=published(entry),
        date=next(filter(None, (string(dict.get(entry, name)) for name in DATES)), ""),
        image=next(filter(None, _images(entry)), ""),
    )


def text(said: Said, key: str, longest: int) -> str:
    """A text as people read it; as it stands where the publisher declared it plain."""
    detail = dict.get(said, f"{key}_detail") or {}
    return _read(string(dict.get(said, key)), string(detail.get("type")), longest)


def _read(value: str, kind: str, longest: int) -> str:
    return plain(value, longest) if kind == PLAIN else _text_of(value, longest)


# feedparser gives the content of an entry without a summary for its summary.
_text_of = lru_cache(maxsize=4)(text_of)


def _body(entry: Said) -> str:
    """The longest text among the contents: others are shorter versions, or no text at all."""
    texts = (
        _read(string(content.get("value")), string(content.get("type")), LONGEST_TEXT)
        for content in _all(entry, "content")
        if _is_text(string(content.get("type")))
    )
    return max(texts, key=len, default="")


def _is_text(kind: str) -> bool:
    return not kind or kind.startswith("text/") or kind.endswith("xml")


def authors(said: Said) -> tuple[str, ...]:
    names = [_name(author.get("name")) for author in _all(said, "authors")]
    detail = said.get("author_detail") or {}
    return tuple(filter(None, names)) or tuple(filter(None, [_name(detail.get("name")) or _name(said.get("author"))]))


def _name(said: object) -> str:
    """Of a person or a tag. Publishers write markup here, too, and feedparser leaves entities of malformed feeds."""
    return text_of(unescape(string(said)[:LONGEST_NAME_SAID]), LONGEST_NAME)


def _language(entry: Said) -> str:
    details = (entry, entry.get("title_detail") or {}, entry.get("summary_detail") or {}, *_all(entry, "content"))
    return next(filter(None, (string(detail.get("language")) for detail in details)), "")


def published(entry: Said) -> datetime | None:
    dates = (_date(dict.get(entry, f"{name}_parsed")) for name in DATES)
    return next((date for date in dates if date), None)


def _date(parsed: object) -> datetime | None:
    """feedparser's dates are in UTC. A leap second is read as the one before it."""
    if not isinstance(parsed, struct_time):
        return None
    year, month, day, hour, minute, second = parsed[:6]
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _images(entry: Said) -> Iterator[str]:
    for media in _all(entry, "media_content"):
        if string(media.get("medium")) == "image" or string(media.get("type")).startswith("image/"):
            yield string(media.get("url"))
    for thumbnail in _all(entry, "media_thumbnail"):
        yield string(thumbnail.get("url"))
    for link in _all(entry, "links"):
        if link.get("rel") == "enclosure" and string(link.get("type")).startswith("image/"):
            yield string(link.get("href"))
    image = entry.get("image")
    if isinstance(image, dict):
        yield string(image.get("href"))


def _all(said: Said, key: str) -> list[Said]:
    values = dict.get(said, key)
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def string(value: object) -> str:
    return value if isinstance(value, str) else ""
