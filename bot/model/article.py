"""One item of a feed, and what tells it from others."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.model.ids import FeedId
from bot.model.text import words


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

    def on_page(self, text: str) -> "Article":
        """As its page tells it too: that text, and the feed's own where it says what the page does not."""
        is_held = set(words(self.body)) <= set(words(text))
        return replace(self, body=text if is_held else f"{text} {self.body}", full_text=True)
