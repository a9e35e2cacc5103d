"""An outcome of parsing as pieces of an answer, and back."""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from bot.feeds.frames import Piece
from bot.model.article import Article, Image
from bot.model.feed import Hints
from bot.model.reading import ParsedFeed, ParseOutcome, Unreadable

SMALL = 64_000
"""Characters of articles that go into one piece, and the last one's."""
SAID = tuple(field.name for field in fields(Article) if field.compare)
"""What of an article a document says."""


def pieces_of(outcome: ParseOutcome) -> Iterator[Piece]:
    if isinstance(outcome, Unreadable):
        yield {"reason": outcome.reason, "step": outcome.step}
        return
    yield {
        "format": outcome.format,
        "title": outcome.title,
        "language": outcome.language,
        "encoding": outcome.encoding,
        "complaint": outcome.complaint,
        "hints": _written_hints(outcome.hints),
        "marks": b64encode(outcome.marks).decode(),
        "known": outcome.known,
    }
    for articles in _batches(outcome.articles):
        yield {"articles": [_written(article) for article in articles]}


def outcome_of(pieces: Sequence[dict[str, Any]]) -> ParseOutcome:
    """Raises ValueError for anything that ``pieces_of`` did not give."""
    try:
        return _outcome(*pieces)
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError("This is no outcome of parsing.") from error


def _outcome(said: dict[str, Any], *batches: dict[str, Any]) -> ParseOutcome:
    if "reason" in said:
        return Unreadable(**said)
    hints, marks = _hints(**said.pop("hints")), b64decode(said.pop("marks"))
    articles = tuple(_article(item) for batch in batches for item in batch["articles"])
    return ParsedFeed(articles=articles, hints=hints, marks=marks, **said)


def _batches(articles: Sequence[Article]) -> Iterator[list[Article]]:
    batch: list[Article] = []
    length = 0
    for article in articles:
        batch.append(article)
        length += len(article.title) + len(article.summary) + len(article.body)
        if length >= SMALL:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch


def _written(article: Article) -> dict[str, Any]:
    said = {name: getattr(article, name) for name in SAID}
    image, published = article.image, article.published
    said["image"] = (image.url, image.alt) if image else None
    said["published"] = published.isoformat() if published else None
    return said


def _article(said: dict[str, Any]) -> Article:
    image, published, tags = said.pop("image"), said.pop("published"), said.pop("tags")
    return Article(
        image=Image(*image) if image else None,
        published=datetime.fromisoformat(published) if published else None,
        tags=tuple(tags),
        **said,
    )


def _written_hints(hints: Hints) -> dict[str, Any]:
    return {
        "ttl": hints.ttl.total_seconds(),
        "skip_hours": sorted(hints.skip_hours),
        "skip_days": sorted(hints.skip_days),
    }


def _hints(ttl: float, skip_hours: list[int], skip_days: list[int]) -> Hints:
    return Hints(timedelta(seconds=ttl), frozenset(skip_hours), frozenset(skip_days))
