"""What the storage knows that bears on which article an item is, and where it was decided to belong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.model.ids import ArticleId, StoryId
from bot.model.reading import Item


@dataclass(frozen=True, slots=True)
class KnownSighting:
    """An item that stood in this feed before."""

    article: ArticleId
    text_digest: str
    """Empty once its text was tidied away."""


@dataclass(frozen=True, slots=True)
class KnownArticle:
    """An article that another key points to."""

    guids_here: frozenset[str]
    """Under which guids it stood in this feed; empty where it never did."""
    story: StoryId
    headline: str | None = None
    """The key of the headline by which it came to its story; None where that was too short."""
    shares_its_story: bool = False
    """Whether other articles tell the same story."""


@dataclass(frozen=True, slots=True)
class KnownContent:
    article: ArticleId
    since: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """All that is stored of the keys of one document."""

    sightings: Mapping[str, KnownSighting] = field(default_factory=dict)
    """By guid, in this feed."""
    links: Mapping[str, ArticleId | None] = field(default_factory=dict)
    """By canonical link. None: two guids of one feed shared it, so it tells nothing."""
    contents: Mapping[str, KnownContent] = field(default_factory=dict)
    articles: Mapping[ArticleId, KnownArticle] = field(default_factory=dict)
    """Those that links and contents point to."""


@dataclass(frozen=True, slots=True)
class NewArticle:
    """The nth article that a document brings, before it has an id."""

    index: int


ArticleRef = ArticleId | NewArticle


@dataclass(frozen=True, slots=True)
class StandingStory:
    """The story that holds a headline."""

    id: StoryId
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class NewStory:
    """The nth story that a document begins, before it has an id."""

    index: int
    headline: str | None
    succeeds: StoryId | None = None
    """The story that held this headline, and lets go of it now."""


StoryRef = StoryId | NewStory


@dataclass(frozen=True, slots=True)
class InStory:
    """The story that an article joins or begins, and the headline's key that brought it there."""

    story: StoryRef
    headline: str | None


@dataclass(frozen=True, slots=True)
class Grouping:
    """Which stories the articles of a document tell: pure decision of bot.stories, carried out by the storage."""

    new: tuple[InStory, ...]
    """One for each new article of the plan, by its index."""
    moved: Mapping[ArticleId, InStory] = field(default_factory=dict)
    """Known articles that turned out to tell a story of their own."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an item belongs."""

    guid: str
    article: ArticleRef
    by: str
    """``guid``, ``link``, ``content`` or ``new``: which key said so."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to keep of a document: pure decision of bot.feeds.identity, carried out by the storage."""

    placements: tuple[Placement, ...]
    """One an item, in order."""
    links: Mapping[str, ArticleRef | None]
    """Link keys to write; None: shared by two guids, tells nothing from now on."""
    contents: Mapping[str, ArticleRef]
    """Content keys to write or to point anew."""
    conflicts: tuple[str, ...] = ()
    """Keys that pointed to different articles, in words for the log: nothing was merged."""


@dataclass(frozen=True, slots=True)
class Decided:
    """All that was decided about the items of a document, which the storage carries out."""

    items: tuple[Item, ...]
    plan: Plan
    grouping: Grouping
