"""Publishers who bring news, repeat it, change its text and its guids, and answer as servers do."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from bot.model.article import Article
from bot.model.feed import Validators
from bot.model.reading import (
    Fetched,
    FetchOutcome,
    Page,
    ParsedFeed,
    ParseOutcome,
    Unchanged,
    Unreachable,
    Unreadable,
)
from tests.builders import NOON, SettableClock

Answer = Literal["", "500", "429", "no 304", "garbage"]
ANSWERS: Sequence[Answer] = ("", "500", "429", "no 304", "garbage")
TOPICS = ("auction", "merger")
"""What articles are about, and subscriptions ask for."""


@dataclass(frozen=True, slots=True)
class Told:
    """An item of a document, and what it really is."""

    number: int
    """Of the story: two items of one number tell the same."""
    topics: frozenset[str]
    article: Article = field(repr=False)
    on_page: frozenset[str] = frozenset()
    """What its page is about besides."""


Document = tuple[Told, ...]
"""The newest first."""


def an_item(address: str, number: int, topics: frozenset[str], on_page: frozenset[str] = frozenset()) -> Told:
    title = f"Story number {number} is about {' and '.join(sorted(topics))}"
    link = f"https://{address.split('/')[2]}/{number}"
    published = NOON + timedelta(seconds=number)
    article = Article(title, link, link, f"It says {' '.join(sorted(topics))}.", published=published)
    return Told(number, topics, article, on_page)


def topics_of(article: Article) -> frozenset[str]:
    """As its feed tells it."""
    return frozenset(topic for topic in TOPICS if topic in f"{article.title} {article.summary}")


@dataclass
class Publisher:
    """One feed. Every change is another version, by which its server knows again what was asked for before."""

    address: str
    versions: list[Document] = field(default_factory=lambda: [()], repr=False)
    leads_to: str = ""
    """Where it has moved for good: its server redirects there from now on."""

    @property
    def document(self) -> Document:
        return self.versions[-1]

    @property
    def version(self) -> int:
        return len(self.versions) - 1

    def shows(self, *items: Told) -> None:
        self.versions.append(items)

    def publishes(self, item: Told) -> None:
        self.shows(item, *self.document)

    def copies(self, item: Told, is_linked: bool) -> None:
        """What another feed tells, at the same link or at one of its own."""
        own = f"https://{self.address.split('/')[2]}/{item.number}"
        link = item.article.link if is_linked else own
        self.publishes(replace(item, article=replace(item.article, guid=own, link=link)))

    def edits(self, place: int, topics: frozenset[str]) -> None:
        """The headline stays, the text is about more."""
        item = self.document[place]
        summary = f"It says {' '.join(sorted(item.topics | topics))} now."
        edited = replace(item, topics=item.topics | topics, article=replace(item.article, summary=summary))
        self.shows(*self.document[:place], edited, *self.document[place + 1 :])

    def reissues(self, place: int) -> None:
        """With another date, above all others."""
        item = self.document[place]
        again = replace(item, article=replace(item.article, published=NOON + timedelta(seconds=100 + self.version)))
        self.shows(again, *self.document[:place], *self.document[place + 1 :])

    def changes_its_guids(self) -> None:
        changed = (replace(one.article, guid=f"{one.article.link} in version {self.version}") for one in self.document)
        self.shows(*(replace(one, article=article) for one, article in zip(self.document, changed, strict=True)))


@dataclass
class Publishers:
    """The web, and what stands in documents and on pages."""

    clock: SettableClock
    feeds: dict[str, Publisher] = field(default_factory=dict)

    @property
    def headlines(self) -> Mapping[int, str]:
        """By story."""
        shown = (one for feed in self.feeds.values() for document in feed.versions for one in document)
        return {one.number: one.article.title for one in shown}

    def number_of(self, article: Article) -> int:
        return next(number for number, title in self.headlines.items() if title == article.title)

    def of(self, address: str) -> Publisher:
        return self.feeds.setdefault(address, Publisher(address))

    def standing_at(self, address: str) -> Publisher:
        """After redirects."""
        while self.of(address).leads_to:
            address = self.of(address).leads_to
        return self.of(address)

    def moves(self, address: str, to: str) -> None:
        """To a place of its own with all that it shows, or into another feed."""
        feed = self.of(address)
        if to not in self.feeds:
            self.feeds[to] = Publisher(to, list(feed.versions))
        feed.leads_to = to

    def answer(self, address: str, validators: Validators, answer: Answer) -> FetchOutcome:
        feed = self.standing_at(address)
        moved_to = "" if feed.address == address else feed.address
        current = Validators(etag=f"{feed.address}#{feed.version}")
        match answer:
            case "500":
                return Unreachable("the server answered 500")
            case "429":
                return Unreachable("too many requests", timedelta(seconds=5), "throttled", address.split("/")[2])
            case "garbage":
                return Fetched(b"", "text/html", address, Validators(etag="garbage"))
            case "" if validators == current:
                return Unchanged(current, moved_to=moved_to)
            case _:
                body = str(feed.version).encode()
                return Fetched(body, "application/rss+xml", feed.address, current, moved_to=moved_to)

    def page(self, article: Article, answer: Answer) -> Page:
        """Of an article, wherever its link was first told."""
        match answer:
            case "500":
                return Page("troubled", reason="the server answered 500")
            case "429":
                return Page("troubled", reason="too many requests", retry_after=timedelta(seconds=5))
            case "garbage":
                return Page("no article", reason="it holds none")
            case _:
                shown = (one for feed in self.feeds.values() for document in feed.versions for one in document)
                told = next(one for one in shown if one.article.link == article.link)
                return Page("read", f"All of it: {' '.join(sorted(told.on_page))}.")

    def parsed(self, fetched: Fetched, marks: bytes) -> ParseOutcome:
        """Only what did not stand in the last document as it stands now."""
        if not fetched.body:
            return Unreadable("it is no feed")
        document = self.of(fetched.address).versions[int(fetched.body)]
        known = set(marks.split())
        unread = tuple(one.article for one in document if _mark(one) not in known)
        standing = b" ".join(map(_mark, document))
        return ParsedFeed("rss20", "", "en", "utf-8", unread, marks=standing, known=len(document) - len(unread))


def _mark(one: Told) -> bytes:
    return hashlib.sha256(repr(one.article).encode()).hexdigest()[:16].encode()
