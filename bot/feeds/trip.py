"""One fetch on its way from redirect to redirect: what it may still say, and how long it may still take."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from yarl import URL

from bot.feeds.redirects import MOST_REDIRECTS, is_same_origin, next_hop
from bot.feeds.trouble import ANOTHER, Refused
from bot.model.feed import Validators

FOR_GOOD = frozenset({301, 308})
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Redirect:
    status: int
    location: str


@dataclass(slots=True)
class Trip:
    url: URL
    accept: str
    validators: Validators
    secret: Mapping[str, str]
    """Headers for the origin of the feed's own address."""
    seconds_left: float
    """Of the deadline."""
    patience: float
    """How many seconds it may still wait for turns."""
    is_private: bool = False
    left_home: bool = False
    """Whether a redirect led to another origin."""
    is_temporary: bool = False
    """Whether a redirect on the way was not meant for good."""
    seen: list[URL] = field(default_factory=list)

    @property
    def host(self) -> str:
        return (self.url.raw_host or "").rstrip(".")

    @property
    def asked(self) -> dict[str, str]:
        """The headers of the next request: they ask for the document only if it changed."""
        asked = {"Accept": self.accept, **self.secret}
        if self.validators.etag:
            asked["If-None-Match"] = self.validators.etag
        if self.validators.last_modified:
            asked["If-Modified-Since"] = self.validators.last_modified
        return asked

    @property
    def moved_to(self) -> str:
        """Empty where it has not moved for good. A private feed never leaves its origin: its key stays there."""
        has_moved = self.seen and not self.is_temporary and not (self.is_private and self.left_home)
        return str(self.url) if has_moved else ""

    def turn(self, redirect: Redirect) -> None:
        """Go on to where it leads. The secret goes to the feed's own origin; once elsewhere nowhere, not even back."""
        target = next_hop(self.url, redirect.location)
        self.seen.append(self.url)
        if target in self.seen:
            raise Refused("The redirects lead back to where they began: a loop.", step=ANOTHER)
        if len(self.seen) > MOST_REDIRECTS:
            raise Refused(f"There are more than {MOST_REDIRECTS} redirects.", step=ANOTHER)
        if not is_same_origin(target, self.url):
            self.secret, self.left_home = NO_HEADERS, True
        self.is_temporary |= redirect.status not in FOR_GOOD
        self.url = target
