"""The sample newsroom: a few invented outlets that publish telecom news in waves.

``feeds/wave-N/HOST/PATH`` is what http://HOST/PATH serves from wave N on. Addresses, guids, links and texts stay the
same from run to run, so that a database that has seen them knows them; dates count back from the run, so that the
news is fresh whenever it is shown. ``feeds/articles.toml`` says what is in there and what is to become of it.

One outlet says little in its feed: it is read in full text, and ``feeds/pages/HOST/PATH.html`` is what http://HOST/PATH
serves. It publishes only where the extra is installed that reads pages.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from bot.feeds import extra
from bot.model.reading import Verdict

SUBSCRIPTIONS = (
    "huawei",
    '"5G auction"',
    '"Meng Wanzhou"',
    "华为",
    "title:(spectrum OR licen*) NOT satellite",
)
"""What the demo looks for; the first is number 1."""

IN_FULL_TEXT = "http://longread.example/rss.xml"
"""The feed whose articles are judged on their pages."""
CONTENT_TYPES = {
    "rss.xml": "application/rss+xml",
    "atom.xml": "application/atom+xml",
    "index.rdf": "application/rdf+xml",
    "feed.json": "application/feed+json",
}
AGO = re.compile(r"\{\{(\d+)([mhd]) ago\}\}")
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class SampleArticle:
    """An article as articles.toml writes it down."""

    feed: str
    title: str
    link: str
    wave: int
    """The first one that holds it."""
    verdict: Verdict
    """When that wave is polled; of a story, whichever article comes second is a duplicate."""
    subscriptions: tuple[int, ...] = ()
    """Numbers of the subscriptions that it meets, whether or not it is alerted."""
    story: str = ""
    """What several articles tell; empty: nobody else tells it."""
    reissued_in: int | None = None
    """The wave in which it comes again with a later date."""


@dataclass(frozen=True, slots=True)
class Document:
    """What stands at an address."""

    body: bytes
    content_type: str

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass
class Newsroom:
    """What is published, and how far. A wave that is published stays: there is no way back."""

    first_wave: int = 0
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    """UTC; what the dates in the feeds count back from."""

    def __post_init__(self) -> None:
        self.wave = min(self.first_wave, last_wave())

    def publish_next_wave(self) -> bool:
        """False where everything is published."""
        if self.wave == last_wave():
            return False
        self.wave += 1
        return True

    def document(self, address: str) -> Document | None:
        """What stands there now; None where there is nothing."""
        versions = templates().get(address, {})
        wave = max((each for each in versions if each <= self.wave), default=None)
        if wave is None:
            return None
        name = address.rpartition("/")[2]
        return Document(
            self._dated(versions[wave], mail_style=name == "rss.xml").encode(), f"{CONTENT_TYPES[name]}; charset=utf-8"
        )

    def page(self, address: str) -> Document | None:
        """What an article's page says; None where there is none."""
        text = pages().get(address)
        return None if text is None else Document(text.encode(), "text/html; charset=utf-8")

    def _dated(self, template: str, *, mail_style: bool) -> str:
        """RSS 2.0 writes dates as mail does (RFC 822), the others as ISO 8601."""

        def date(found: re.Match[str]) -> str:
            when = self.now.replace(microsecond=0) - timedelta(**{UNITS[found[2]]: int(found[1])})
            return format_datetime(when) if mail_style else when.isoformat()

        return AGO.sub(date, template)


def addresses() -> tuple[str, ...]:
    """Of all sample feeds that can be shown here; the same in every run."""
    return tuple(sorted(address for address in templates() if _is_shown(address)))


def last_wave() -> int:
    return max(wave for versions in templates().values() for wave in versions)


def wave_seen(links: Iterable[str]) -> int | None:
    """The last wave of which a database holds an article, by the links that it holds; None where it holds none."""
    held = frozenset(links)
    return max((article.wave for article in articles() if article.link in held), default=None)


def articles() -> tuple[SampleArticle, ...]:
    """All sample articles that can be shown here, by wave."""
    return tuple(article for article in _written() if _is_shown(article.feed))


def _is_shown(address: str) -> bool:
    return address != IN_FULL_TEXT or extra.is_installed()


@cache
def _written() -> tuple[SampleArticle, ...]:
    written = tomllib.loads(packaged().joinpath("articles.toml").read_text(encoding="utf-8"))
    return tuple(
        SampleArticle(**{**each, "subscriptions": tuple(each.get("subscriptions", ()))}) for each in written["article"]
    )


@cache
def templates() -> Mapping[str, Mapping[int, str]]:
    """By address and wave: a document with places for its dates."""
    found: dict[str, dict[int, str]] = {}
    for wave in packaged().iterdir():
        if not wave.name.startswith("wave-"):
            continue
        number = int(wave.name.removeprefix("wave-"))
        for host in wave.iterdir():
            for file in host.iterdir():
                address = f"http://{host.name}/{file.name}"
                found.setdefault(address, {})[number] = file.read_text(encoding="utf-8")
    return found


@cache
def pages() -> Mapping[str, str]:
    """By address."""
    return {f"http://{path}": text for path, text in _texts_in(packaged().joinpath("pages"))}


def _texts_in(folder: Traversable, before: str = "") -> Iterator[tuple[str, str]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _texts_in(each, f"{before}{each.name}/")
        else:
            yield f"{before}{each.name.removesuffix('.html')}", each.read_text(encoding="utf-8")


def packaged() -> Traversable:
    return resources.files("bot.demo").joinpath("feeds")
