"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), which feedparser does not read."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from bot.feeds.charset import Decoded
from bot.feeds.compose import LONGEST_TEXT, LONGEST_TITLE, Document, Draft, compose, language, newest, too_many
from bot.feeds.sanitise import plain, text_of
from bot.model.reading import ParsedFeed, ParseOutcome, Unreadable

VERSIONS = {"1": "json1", "1.0": "json1", "1.1": "json11"}
"""By the end of the version's address; some write the number alone."""
VERSION = re.compile(r"(?:https?://(?:www\.)?jsonfeed\.org/version/)?(1(?:\.[01])?)/?")
# Raw line breaks in strings are the commonest fault of hand-made JSON, and harmless.
READER = json.JSONDecoder(strict=False)

PUBLISHER = "Tell its publisher, or look on the site for another feed."

Object = Mapping[str, Any]


def parse_json(decoded: Decoded, address: str, now: datetime) -> ParseOutcome:
    text = decoded.text.strip()
    try:
        feed, end = READER.raw_decode(text)
    except json.JSONDecodeError as error:
        return Unreadable(f"This is broken JSON: {error.msg} in line {error.lineno}.", PUBLISHER)
    except (ValueError, RecursionError):
        return Unreadable("This is JSON that goes beyond what can be read.", PUBLISHER)
    if not isinstance(feed, dict) or _version(feed) is None:
        return Unreadable("This is JSON, but not a JSON Feed.", PUBLISHER)
    trailing = "something stands behind its end" if end < len(text) else ""
    return _feed(feed, decoded, address, now, trailing)


def _feed(feed: Object, decoded: Decoded, address: str, now: datetime, trailing: str) -> ParsedFeed:
    document = Document(address, language(_string(feed.get("language"))), now)
    items = _objects(feed.get("items"))
    articles = tuple(compose(_draft(item, feed), document) for item in newest(items, _published, now))
    complaints = (decoded.complaint, trailing, too_many(len(items)))
    return ParsedFeed(
        format=_version(feed) or "",
        title=plain(_string(feed.get("title")), LONGEST_TITLE),
        language=document.language,
        encoding=decoded.encoding,
        articles=articles,
        complaint="; ".join(filter(None, complaints)),
    )


def _version(feed: Object) -> str | None:
    version = VERSION.fullmatch(_string(feed.get("version")))
    return VERSIONS[version[1]] if version and isinstance(feed.get("items"), list) else None


def _draft(item: Object, feed: Object) -> Draft:
    return Draft(
        title=plain(_string(item.get("title")), LONGEST_TITLE),
        summary=plain(_string(item.get("summary")), LONGEST_TEXT),
        body=_body(item),
        link=_string(item.get("url")) or _string(item.get("external_url")),
        guid=_string(item.get("id")),
        authors=_authors(item) or _authors(feed),
        tags=tuple(_string(tag) for tag in _list(item.get("tags"))),
        language=_string(item.get("language")),
        published=_published(item),
        date=_said_date(item),
        image=_image(item),
    )


def _body(item: Object) -> str:
    if markup := _string(item.get("content_html")):
        return text_of(markup, LONGEST_TEXT)
    return plain(_string(item.get("content_text")), LONGEST_TEXT)


def _authors(said: Object) -> tuple[str, ...]:
    """Version 1 has one ``author``, version 1.1 a list."""
    authors = _objects(said.get("authors")) or _objects([said.get("author")])
    return tuple(name for author in authors if (name := _string(author.get("name"))))


def _image(item: Object) -> str:
    attached = (
        _string(attachment.get("url"))
        for attachment in _objects(item.get("attachments"))
        if _string(attachment.get("mime_type")).startswith("image/")
    )
    return _string(item.get("image")) or _string(item.get("banner_image")) or next(attached, "")


def _said_date(item: Object) -> str:
    return _string(item.get("date_published")) or _string(item.get("date_modified"))


def _published(item: Object) -> datetime | None:
    return _date(_said_date(item))


def _date(text: str) -> datetime | None:
    """RFC 3339, or as RSS writes it; one without an offset is read as UTC."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            date = read(text)
            return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _string(value: Any) -> str:
    """Numbers stand for what they look like, as the specification asks for ids; anything else for nothing."""
    if isinstance(value, bool):
        return ""
    return str(value) if isinstance(value, str | int | float) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: Any) -> list[Object]:
    return [item for item in _list(value) if isinstance(item, dict)]
