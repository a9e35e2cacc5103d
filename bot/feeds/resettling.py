"""What stands at a feed's new address: what of it stood at the one before, and what is news. A pure decider."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.feeds.identity import CONTENT_WINDOW
from bot.feeds.news import LONG_AGO
from bot.model.article import Article
from bot.model.identity import Known
from bot.model.ids import ArticleId
from bot.model.reading import ArticleKeys


@dataclass(frozen=True, slots=True)
class Resettled:
    guids: Mapping[str, str]
    """Under which guids articles of the feed stand at the new address, by their guids before; those that differ."""
    news: int
    """How many of the newest articles there are news: as few as hold all that are."""


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of the feed as it stood before."""

    known: Known
    """Of the keys at the new address."""
    twins: Mapping[str, Article]
    """What stood in it with the same texts, by ``ArticleKeys.text_digest``."""
    last_success: datetime | None


def resettled(articles: Sequence[Article], keys: Sequence[ArticleKeys], before: Before, now: datetime) -> Resettled:
    """What stood in the feed before, by guid, link or content, is known.

    Of the rest news is what was published since the last successful poll. Where no article has a date, it is what
    stands above all that is known, since feeds stand newest first.
    """
    guids = [_guid_before(article, one, before, now) for article, one in zip(articles, keys, strict=True)]
    changed = {old: one.guid for one, old in zip(keys, guids, strict=True) if old not in (None, one.guid)}
    is_known = [guid is not None for guid in guids]
    return Resettled(changed, _news(articles, is_known, before.last_success))


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
    twin = None if _is_younger(article, before.last_success) else before.twins.get(keys.text_digest)
    return twin.guid if twin else None


def _stood_here(articles: Collection[ArticleId], known: Known) -> str | None:
    guids = [guid for article in articles if article in known.articles for guid in known.articles[article].guids_here]
    return min(guids, default=None)


def _is_younger(article: Article, than: datetime | None) -> bool:
    return article.published is not None and than is not None and article.published > than


def _news(articles: Sequence[Article], is_known: Sequence[bool], last_success: datetime | None) -> int:
    if last_success is None:
        return 0
    if not any(article.published for article in articles):
        return is_known.index(True) if True in is_known else 0
    dated = [
        (article.published or LONG_AGO, not known and _is_younger(article, last_success))
        for article, known in zip(articles, is_known, strict=True)
    ]
    newest_first = sorted(dated, key=lambda one: one[0], reverse=True)
    return max((place for place, (_, is_news) in enumerate(newest_first, 1) if is_news), default=0)
