"""Same article or not: a pure decider. Losing an alert is worse than repeating one, so in doubt articles stay apart.

The keys, in rank: (feed, guid), canonical link, content. A link tells nothing once two guids of one feed share it, and
its fragment counts only where it tells guids apart (``/changelog#v2``, live tickers). Content counts only with an
equal title, more than 40 words, within 72 hours (a weather warning repeats). Where keys point to different articles
the higher one wins; the conflict is named and nothing is merged.

Some publishers give a guid to one article after another. One that stands for another article now goes with its link.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache

from bot.feeds.compose import COMPOSED
from bot.feeds.links import canonical_link
from bot.model.article import Article
from bot.model.feed import IdentifiedBy
from bot.model.identity import ArticleRef, Known, NewArticle, Placement, Plan
from bot.model.reading import ArticleKeys
from bot.model.text import word_count, words

CONTENT_WORDS = 40
CONTENT_WINDOW = timedelta(hours=72)
LONGEST_KEY = 200
RUN, COMPARED, LIKENESS = 8, 4000, 0.2
"""Characters of a run, and of a text that is compared. Of pairs of news articles, 1,500 drawn at random, those of two
stories shared 0.08 of their runs at most in 99 of 100; those that two papers wrote of one story 0.14 to 0.17 in the
middle."""


def keys_of(article: Article) -> ArticleKeys:
    """All keys that an article could be known by."""
    return _keys(article, article.guid)


def _keys(article: Article, guid: str, said: str = "") -> ArticleKeys:
    return ArticleKeys(
        guid=_short(guid),
        links=link_keys(article.link),
        content=_content(article),
        text_digest=_digest((article.title, article.summary, article.body)),
        said=_short(said),
        apart=tuple(_with(said, link) for link in link_keys(article.link)),
    )


def keys_of_document(articles: Sequence[Article], identified_by: IdentifiedBy = "guid") -> tuple[ArticleKeys, ...]:
    """As ``keys_one_by_one``."""
    return tuple(keys_one_by_one(articles, identified_by))


def keys_one_by_one(articles: Sequence[Article], identified_by: IdentifiedBy = "guid") -> Iterator[ArticleKeys]:
    """The keys of each item of a document. Those of a long text take long, and are made when they are asked for.

    A guid that several links of one document share is no guid: the link goes with it. So does the headline, where
    several share the link too, and the text, where the publisher gave neither guid nor link. Where guids change with
    every answer, the link or the text stands for them.
    """
    said = [_stand_in(article, identified_by) for article in articles]
    guids = _told_apart(said, articles, lambda article: next(iter(link_keys(article.link)), article.link))
    guids = _told_apart(guids, articles, lambda article: " ".join(words(article.title)))
    guids = _told_apart(guids, articles, _text_where_nothing_else_tells)
    for article, guid, one in zip(articles, guids, said, strict=True):
        yield _keys(article, guid, one)


def settled(
    items: Sequence[tuple[ArticleKeys, Article]], known: Known, stood: Mapping[str, Article]
) -> list[ArticleKeys]:
    """The keys of a document's items among what is known of its feed, where a guid is or was that of several.

    What stood there before with its link keeps the guid that it got then, whatever shares it now. No two items get one
    guid. ``stood``: what stood in the feed under the guids of items that changed.
    """
    taken = {keys.guid for keys, _ in items}
    found = []
    for keys, article in items:
        guid = next((guid for guid in _guids_before(keys, article, known, stood) if guid not in taken), keys.guid)
        taken.add(guid)
        found.append(replace(keys, guid=guid))
    return found


def _guids_before(keys: ArticleKeys, article: Article, known: Known, stood: Mapping[str, Article]) -> Iterator[str]:
    """Under which guid it stands, where that is not the one that it has in this document: the likeliest first."""
    if keys.guid not in known.sightings:
        alike = {keys.said, *keys.apart}
        yield from (guid for guid in _guids_here(keys.links, known) if guid in alike)
        yield from (guid for guid in keys.apart if guid in known.sightings)
        bare = known.sightings.get(keys.said)
        if bare is not None and bare.text_digest == keys.text_digest:
            yield keys.said
    else:
        before = stood.get(keys.guid)
        if before is not None and keys.guid == keys.said and is_another(article, before):
            yield keys.apart[0]


def is_another(article: Article, before: Article) -> bool:
    """Whether an item is another article than the one that stood under its guid, and no new version of that.

    A new version keeps something: its place under its address, its headline or its text. Where nothing is kept, a later
    date makes it another, else a text that has little in common.
    """
    here, there = link_keys(article.link), link_keys(before.link)
    if not here or not there or _place(here) == _place(there) or words(article.title) == words(before.title):
        return False
    texts = (article.summary, article.body), (before.summary, before.body)
    if any(texts[0]) and texts[0] == texts[1]:
        return False
    return _is_later(article, before) or _likeness(article, before) < LIKENESS


def steadier_identity(twins: Sequence[tuple[ArticleKeys, ArticleKeys]], items: int) -> IdentifiedBy | None:
    """What tells the items of a feed apart whose guids change with every answer; None where they do not.

    ``twins`` are items of a document of which not one guid is known, each with the stored one of the same text. Half
    of all items are enough, since some may be news. One alone may be the same warning given again.
    """
    if len(twins) < 2 or len(twins) * 2 < items:
        return None
    links = [new.links[:1] for new, _ in twins]
    are_steady = all(new.links and new.links == old.links for new, old in twins)
    return "link" if are_steady and len(set(links)) == len(links) else "content"


@lru_cache(maxsize=512)  # each is asked for twice, for the document and for the item
def link_keys(link: str) -> tuple[str, ...]:
    """The canonical link, with its fragment first where it has one; none for what leads to no article."""
    canonical = canonical_link(link)
    if canonical is None:
        return ()
    if canonical.fragment:
        return _short(f"{canonical.folded}#{canonical.fragment}"), _short(canonical.folded)
    return (_short(canonical.folded),)


def place(items: Sequence[ArticleKeys], known: Known, now: datetime) -> Plan:
    """Where each item of one document belongs. Equal input, equal plan."""
    placing = _Placing(known, now, _shared_links(items))
    placements = tuple(placing.place(keys) for keys in items)
    return Plan(placements, placing.links, placing.contents, tuple(placing.conflicts))


def _stand_in(article: Article, identified_by: IdentifiedBy) -> str:
    match identified_by:
        case "guid":
            return article.guid
        case "link":
            return next(iter(link_keys(article.link)), "") or article.guid
        case "content":
            return "text:" + _digest((article.title, article.summary, article.body))


def _guids_here(links: Sequence[str], known: Known) -> list[str]:
    """Those under which the articles that these links lead to stood in this feed."""
    articles = [article for link in links if (article := known.links.get(link)) is not None]
    return [
        guid for article in articles if article in known.articles for guid in sorted(known.articles[article].guids_here)
    ]


def _with(guid: str, detail: str) -> str:
    return _short(f"{guid} {detail}")


def _place(links: Sequence[str]) -> str:
    """The last part of an address: it stays where the date in the address changes."""
    return links[-1].rpartition("/")[2]


def _is_later(article: Article, before: Article) -> bool:
    return article.published is not None and before.published is not None and article.published > before.published


def _likeness(one: Article, other: Article) -> float:
    """The share of the shorter one's runs of characters that stand in the longer one, too: 0 to 1, in any script."""
    shorter, longer = sorted((_runs(one), _runs(other)), key=len)
    return len(shorter & longer) / len(shorter) if shorter else 0.0


def _runs(article: Article) -> set[str]:
    said = " ".join(words(f"{article.title} {article.summary} {article.body}"))[:COMPARED]
    return {said[start : start + RUN] for start in range(len(said) - RUN + 1)}


def _text_where_nothing_else_tells(article: Article) -> str:
    is_composed = article.guid.startswith(COMPOSED) and not article.link
    return _digest((article.summary, article.body)) if is_composed else ""


def _told_apart(guids: Sequence[str], articles: Sequence[Article], detail: Callable[[Article], str]) -> Sequence[str]:
    """The guids, with their detail where it differs among items of one guid."""
    if len(set(guids)) == len(guids):
        return guids
    details = [detail(article) for article in articles]
    sharing: dict[str, set[str]] = {}
    for guid, said in zip(guids, details, strict=True):
        sharing.setdefault(guid, set()).add(said)
    return [f"{guid} {said}" if len(sharing[guid]) > 1 else guid for guid, said in zip(guids, details, strict=True)]


def _content(article: Article) -> str | None:
    said = words(f"{article.summary} {article.body}")
    # A word of a script without spaces counts for several, so that few of them may be many.
    if len(said) <= CONTENT_WORDS and word_count(said) <= CONTENT_WORDS:
        return None
    return _digest((" ".join(words(article.title)), " ".join(said)))


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _short(key: str) -> str:
    return key if len(key) <= LONGEST_KEY else _digest((key,))


def _shared_links(items: Sequence[ArticleKeys]) -> frozenset[str]:
    """Links that two guids of this document share."""
    guids: dict[str, set[str]] = {}
    for keys in items:
        for link in keys.links:
            guids.setdefault(link, set()).add(keys.guid)
    return frozenset(link for link, sharing in guids.items() if len(sharing) > 1)


@dataclass
class _Placing:
    """The state of one document's placing: what is known, and what the items before this one added."""

    known: Known
    now: datetime
    shared: frozenset[str]
    links: dict[str, ArticleRef | None] = field(default_factory=dict)
    contents: dict[str, ArticleRef] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    guids: dict[str, ArticleRef] = field(default_factory=dict)
    placed: dict[ArticleRef, set[str]] = field(default_factory=dict)
    """The same by article."""
    begun: int = 0

    def place(self, keys: ArticleKeys) -> Placement:
        placement = self._by_guid(keys) or self._by_link(keys) or self._by_content(keys) or self._anew(keys)
        self.guids[keys.guid] = placement.article
        self.placed.setdefault(placement.article, set()).add(keys.guid)
        self._learn(keys, placement)
        return placement

    def _by_guid(self, keys: ArticleKeys) -> Placement | None:
        if keys.guid in self.guids:
            return Placement(keys.guid, self.guids[keys.guid], "guid")
        if sighting := self.known.sightings.get(keys.guid):
            return Placement(keys.guid, sighting.article, "guid")
        return None

    def _by_link(self, keys: ArticleKeys) -> Placement | None:
        for link in keys.links:
            article = self._at_link(link, keys.guid)
            if article is not None:
                return Placement(keys.guid, article, "link")
        return None

    def _at_link(self, link: str, guid: str) -> ArticleRef | None:
        """The article that a link leads to, if the link still tells: unlearn it here where it no longer does."""
        if link in self.shared:
            return None
        article = self.links[link] if link in self.links else self.known.links.get(link)
        if article is None:
            return None
        if self._stands_here_under_another_guid(article, guid):
            self.links[link] = None
            return None
        return article

    def _stands_here_under_another_guid(self, article: ArticleRef, guid: str) -> bool:
        if self.placed.get(article, set()) - {guid}:
            return True
        if isinstance(article, NewArticle):
            return False
        stored = self.known.articles.get(article)
        return stored is not None and bool(stored.guids_here - {guid})

    def _by_content(self, keys: ArticleKeys) -> Placement | None:
        if keys.content is None:
            return None
        if keys.content in self.contents:
            return Placement(keys.guid, self.contents[keys.content], "content")
        stored = self.known.contents.get(keys.content)
        if stored is None or self.now - stored.since > CONTENT_WINDOW:
            return None
        return Placement(keys.guid, stored.article, "content")

    def _anew(self, keys: ArticleKeys) -> Placement:
        article = NewArticle(self.begun)
        self.begun += 1
        return Placement(keys.guid, article, "new")

    def _learn(self, keys: ArticleKeys, placement: Placement) -> None:
        for link in keys.links:
            self._learn_link(link, keys.guid, placement.article)
        if keys.content is not None:
            self._learn_content(keys.content, placement)

    def _learn_link(self, link: str, guid: str, article: ArticleRef) -> None:
        if link in self.shared:
            if self.known.links.get(link, article) is not None:
                self.links[link] = None
            return
        if link in self.links or link in self.known.links:
            other = self.links[link] if link in self.links else self.known.links[link]
            if other is not None and other != article:
                self.conflicts.append(f"guid {guid} and link {link} point to different articles; the guid counts")
            return
        self.links[link] = article

    def _learn_content(self, content: str, placement: Placement) -> None:
        stored = self.known.contents.get(content)
        if stored is not None and self.now - stored.since <= CONTENT_WINDOW:
            if stored.article != placement.article:
                self.conflicts.append(
                    f"guid {placement.guid} and its content point to different articles; the guid counts"
                )
            return
        self.contents.setdefault(content, placement.article)
