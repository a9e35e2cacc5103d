"""One item of a feed, and what tells it from others."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.model.ids import FeedId


@dataclass(frozen=True, slots=True)
class Image:
    url: str
    alt: str
    """What the picture shows, for those who cannot see it; never empty."""


@dataclass(frozen=True, slots=True)
class Article:
    """An item as it stood in one feed. Every text is plain: no markup, no control characters, white space folded."""

    title: str
    link: str = ""
    guid: str = ""
    """The publisher's own identifier; where there is none, the link, else a digest of what the item says."""
    summary: str = ""
    body: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    """As the feed declares it, lower case (``en``, ``zh-cn``); empty where it does not."""
    published: datetime | None = None
    """UTC. None where the feed gives no date that can be read; never later than when it was read."""
    image: Image | None = None
    full_text: bool = field(default=False, compare=False)
    """Whether ``body`` is all that stands on the article's page; else it is what the feed itself says."""
    feed: FeedId | None = field(default=None, compare=False)
    """The feed in which it stood so, once that is known."""
