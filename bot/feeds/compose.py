"""One article from what an item says, in whichever format it said it: cleaned, capped and with an identity."""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

from bot.feeds.sanitise import plain
from bot.model.article import Article, Image

T = TypeVar("T")

LONGEST_TITLE = 1_000
LONGEST_TEXT = 100_000
LONGEST_NAME = 200
LONGEST_LINK = 4_000
LONGEST_GUID = 2_000
LONGEST_HEADLINE = 100
"""Of a headline made from the text."""
MOST_TAGS = 50
MOST_ARTICLES = 1_000
COMPOSED = "sha256:"
"""How a guid begins that was put together here, since the publisher gave none or one beyond all measure."""
TELLS_THE_TIME = re.compile(r"(?<![\d:+-])(?!00:00)\d?\d:\d\d")
LANGUAGE = re.compile(r"[a-z]{1,8}(-[a-z0-9]{1,8})*")
OLDEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Dates before it are what programs write for "none"."""


@dataclass(frozen=True, slots=True)
class Document:
    """What holds for all items of a document."""

    address: str
    """Where it was found: relative links are relative to it."""
    language: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """What an item says; its texts are plain already."""

    title: str
    summary: str
    body: str
    link: str = ""
    guid: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = ""
    published: datetime | None = None
    date: str = ""
    """As it was written: what is published for the future is read as now, and identity must not move with it."""
    image: str = ""


def compose(draft: Draft, document: Document) -> Article:
    link = absolute(draft.link, document.address)
    title = draft.title or _headline(draft) or link or plain(draft.guid, LONGEST_HEADLINE) or "…"
    body = draft.body
    return Article(
        title=title,
        link=link,
        guid=_guid(draft, link),
        summary="" if draft.summary == body else draft.summary,
        body=body,
        author=plain(", ".join(_distinct(draft.authors)), LONGEST_NAME),
        tags=_distinct(draft.tags)[:MOST_TAGS],
        language=language(draft.language) or document.language,
        published=published(draft.published, document.now),
        image=_image(draft, document, title),
    )


def newest(items: Sequence[T], date_of: Callable[[T], datetime | None], now: datetime) -> Sequence[T]:
    """The newest thousand in their order; what has no date counts as new."""
    if len(items) <= MOST_ARTICLES:
        return items
    ages = [published(date_of(item), now) or now for item in items]
    by_age = sorted(range(len(items)), key=ages.__getitem__, reverse=True)
    return [items[at] for at in sorted(by_age[:MOST_ARTICLES])]


def too_many(count: int) -> str:
    """A complaint, where there are more than are read."""
    if count <= MOST_ARTICLES:
        return ""
    return f"it holds {count:,} articles, of which only the newest {MOST_ARTICLES:,} are read"


def absolute(link: str, base: str) -> str:
    """An http or https address; empty where it is none."""
    if not link.strip():
        return ""
    try:
        url = urljoin(base, plain(link, LONGEST_LINK + 1))
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(url) > LONGEST_LINK:
        return ""
    return url.replace(" ", "%20")


def language(tag: str) -> str:
    """A language tag (BCP 47) in lower case; empty where it is none."""
    folded = tag.strip().lower().replace("_", "-")
    return folded if LANGUAGE.fullmatch(folded) else ""


def _headline(draft: Draft) -> str:
    """The first words of a post that has no headline."""
    text = draft.summary or draft.body
    if len(text) <= LONGEST_HEADLINE:
        return text
    return text[:LONGEST_HEADLINE].rpartition(" ")[0].rstrip(" ,;:–—-") + " …"


def _guid(draft: Draft, link: str) -> str:
    # A link that leads nowhere on the web (``at://``, ``urn:``) is still the publisher's own name for it.
    guid = plain(draft.guid, len(draft.guid)) or link or plain(draft.link, len(draft.link))
    if guid and len(guid) <= LONGEST_GUID:
        return guid
    # A headline and the minute it came tell items apart, and the text may be corrected; days have many of one headline.
    text = "" if draft.title and TELLS_THE_TIME.search(draft.date) else draft.summary or draft.body
    said = guid or "\x1f".join((draft.title, text, draft.date))
    return COMPOSED + hashlib.sha256(said.encode()).hexdigest()


def published(date: datetime | None, now: datetime) -> datetime | None:
    """What is dated later is read as now; what is older than feeds are has no date."""
    return None if date is None or date < OLDEST else min(date, now)


def _image(draft: Draft, document: Document, title: str) -> Image | None:
    url = absolute(draft.image, document.address) if draft.image else ""
    return Image(url, alt=title) if url else None


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in (plain(name, LONGEST_NAME) for name in names) if name))
