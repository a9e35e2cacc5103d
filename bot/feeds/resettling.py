"""What stands at a feed's new address: what of it stood at the one before, and what is news. A pure decider."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.feeds.identity import CONTENT_WINDOW
from bot.model.article import Article
from bot.model.identity import Known
from bot.model.ids import ArticleId
from bot.model.reading import ArticleKeys


@dataclass(frozen=True, slots=True)
class Resettled:
    guids: Mapping[str, str]
    """Under which guids articles of the feed stand at the new address, by their guids before; those that differ."""
    news: frozenset[int]
    """Which articles there are news, by their place in the document."""


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of the feed as it stood before."""

    known: Known
    """Of the keys at the new address."""
    twins: Mapping[str, Article]
    """What stood in it with the same texts, by ``ArticleKeys.text_digest``."""
    newest: datetime | None
    """When the newest article that ever stood in it was published; None where none has a date."""
    followed_since: datetime
    last_success: datetime | None
    """None: it was never read."""


def resettled(articles: Sequence[Article], keys: Sequence[ArticleKeys], before: Before, now: datetime) -> Resettled:
    """What stood in the feed before, by guid, link or content, is known.

    Of the rest, news is what is younger than all that ever stood in it, and what stands among the known and was
    published since the feed is followed: such an item came late. What lies beyond the known is the publisher's
    archive. An article without a date is news where it stands above all that is known, since feeds stand newest first.
    """
    guids = [_guid_before(article, one, before, now) for article, one in zip(articles, keys, strict=True)]
    changed = {old: one.guid for one, old in zip(keys, guids, strict=True) if old not in (None, one.guid)}
    return Resettled(changed, _news(articles, [guid is not None for guid in guids], before))


def _guid_before(article: Article, keys: ArticleKeys, before: Before, now: datetime) -> str | None:
    known = before.known
    if keys.guid in known.sightings:
        return keys.guid
    linked = [ref for link in keys.links if (ref := known.links.get(link)) is not None]
    alike = known.contents.get(keys.content) if keys.content else None
    if alike and now - alike.since <= CONTENT_WINDOW:
        linked.append(alike.article)
    if guid := _stood_here(linked, known):
        return guid
    twin = None if _is_younger(article.published, before.last_success) else before.twins.get(keys.text_digest)
    return twin.guid if twin else None


def _stood_here(articles: Collection[ArticleId], known: Known) -> str | None:
    guids = [guid for article in articles if article in known.articles for guid in known.articles[article].guids_here]
    return min(guids, default=None)


def _is_younger(date: datetime | None, than: datetime | None) -> bool:
    return date is not None and than is not None and date > than


def _news(articles: Sequence[Article], is_known: Sequence[bool], before: Before) -> frozenset[int]:
    if before.last_success is None:
        return frozenset()
    above_the_known = is_known.index(True) if True in is_known else 0
    standing = (article.published for article, known in zip(articles, is_known, strict=True) if known)
    oldest = min((date for date in standing if date), default=None)
    since = max(oldest, before.followed_since) if oldest else None

    def is_news(place: int, date: datetime | None) -> bool:
        if date is None:
            return place < above_the_known
        return date > (before.newest or before.followed_since) or _is_younger(date, since)

    return frozenset(
        place
        for place, (article, known) in enumerate(zip(articles, is_known, strict=True))
        if not known and is_news(place, article.published)
    )
