"""What stands at an address: a feed, or a web page that names feeds. Each address is asked once, whatever it holds."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.commands.command import Problem, Request
from bot.commands.desk import Desk
from bot.commands.times import minute_after
from bot.model.address import same_address
from bot.model.feed import host_of
from bot.model.reading import Fetched, ParsedFeed, Unreachable, Unreadable
from bot.model.sites import registrable_domain

if TYPE_CHECKING:
    from bot.feeds.discovery import Advertised

LONGEST = 2000
"""Characters of an address: beyond that, servers and browsers begin to refuse."""
ROOM = 1000
"""Characters of the lines to choose from: as many as every face shows whole."""
SHAPE = (
    "It begins with http:// or https://, and then names a host. A port, where there is one, is a number up to 65535."
)
WITH_A_LOGIN = Problem(
    "That address holds a user name or a password.",
    "Leave them out. What opens a private feed is named in the configuration file: see headers_env in "
    "docs/configuration.md.",
)


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that was read."""

    address: str
    """As it was asked for."""
    fetched: Fetched
    parsed: ParsedFeed

    @property
    def has_moved(self) -> bool:
        """Whether the server says that it stands elsewhere for good."""
        return bool(self.fetched.moved_to)

    @property
    def stands_at(self) -> str:
        return same_address(self.fetched.moved_to) if self.fetched.moved_to else self.address


@dataclass(frozen=True, slots=True)
class Page:
    """A web page, and the feeds that it names."""

    address: str
    """As it was asked for."""
    is_secure: bool
    """Whether nobody could change it on the way."""
    feeds: "tuple[Advertised, ...]"


async def look(desk: Desk, address: str, credential: str = "") -> Found | Page | Problem:
    """One request; what stands there, or why it is nothing that can be read.

    None where its server wants to be left alone: the poller has heard so, and this may be another process.
    """
    domain = registrable_domain(address) or host_of(address)
    async with desk.storage.read() as unit:
        now, until = unit.now, await unit.feeds.hushed_until(domain)
    if until is not None:
        text = f"{domain} asked for fewer requests, and is left alone until {minute_after(until)}."
        return Problem(text, "Try again after that.", mistake=False)
    match await desk.fetcher.fetch(address, credential=credential):
        case Fetched() as fetched:
            match await desk.parser.parse(fetched):
                case ParsedFeed() as parsed:
                    return Found(address, fetched, parsed)
                case Unreadable(reason, step):
                    page = await _page(address, fetched)
                    return page or Problem(f"{address} cannot be read: {reason}", step, mistake=False)
        case Unreachable(reason, retry_after=wait, step=step):
            step = f"Try again after {minute_after(now + wait)}." if wait else step
            return Problem(f"{address} cannot be fetched: {reason}", step, mistake=False)
        case _:
            return Problem(f"{address} answered 'not modified' to a first request.", mistake=False)


async def _page(address: str, fetched: Fetched) -> Page | None:
    # Slow to import, and every start of the command line reads this file.
    from bot.feeds.discovery import advertised_feeds, is_web_page  # noqa: PLC0415

    if not is_web_page(fetched.body, fetched.content_type):
        return None
    # In a thread, since the first megabyte of a page may hold a hundred thousand tags.
    feeds = await asyncio.to_thread(advertised_feeds, fetched.body, fetched.content_type, fetched.address)
    others = tuple(feed for feed in feeds if feed.address != address)
    return Page(address, urlsplit(fetched.address).scheme == "https", others)


def the_one(page: Page, request: Request, command: str, argument: str = "url") -> str | Problem:
    """The address of the feed that the page means; where that is not plain, what to say next.

    That is ``command`` with another ``argument``.
    """
    match page.feeds:
        case ():
            step = (
                "Look on it for a link called RSS, Atom or feed, and say the address that it leads to. "
                "Many sites have theirs at /feed, /rss.xml or /atom.xml."
            )
            return Problem(f"{page.address} is a web page, and it names no feed.", step, mistake=False)
        case (one,) if not page.is_secure or urlsplit(one.address).scheme == "https":
            return one.address
        case (one,):
            text = f"{page.address} names a feed at an http address, where anybody could change it on its way."
            lines = _lines(page.feeds, request, command, argument)
            return Problem(text, "If you want it nevertheless, say this.", lines, mistake=False)
        case several:
            text = f"{page.address} is a web page, and it names {len(several)} feeds. Which one?"
            lines = _lines(several, request, command, argument)
            return Problem(text, "Say one of these. Nothing was stored so far.", lines, mistake=False)


def no_feed_either(page: str, address: str) -> Problem:
    """What a page names is a page again."""
    text = f"{page} names {address} as its feed, but that is a web page, too."
    return Problem(text, "Look on the site for another link called RSS, Atom or feed.", mistake=False)


def _lines(feeds: "Sequence[Advertised]", request: Request, command: str, argument: str) -> str:
    """Each with what to say to mean it."""
    said = (request.say(command, **{**request.arguments, argument: feed.address}) for feed in feeds)
    choices = (f"{_described(feed)}\n  {line}" for feed, line in zip(feeds, said, strict=True))
    lines = list(_while_there_is_room(choices))
    left_out = len(feeds) - len(lines)
    return "\n".join([*lines, *([f"… and {left_out} more"] if left_out else [])])


def _described(feed: "Advertised") -> str:
    kind = "" if feed.kind == "feed" else f" ({feed.kind}{', comments' if feed.for_comments else ''})"
    return (feed.title or "a feed without a title") + kind


def _while_there_is_room(choices: Iterator[str]) -> Iterator[str]:
    """Always the first one."""
    used = 0
    for place, choice in enumerate(choices):
        used += len(choice) + 1
        if place and used > ROOM:
            return
        yield choice


def address_of(request: Request, name: str = "url") -> str | Problem:
    """In the one spelling of all that lead there; Slack writes links between angle brackets."""
    written = request.arguments[name].strip().strip("<>")
    if len(written) > LONGEST:
        return Problem(
            f"That address is longer than {LONGEST:,} characters.", "No feed needs so many: look at it again."
        )
    try:
        address = same_address(written)
    except ValueError:
        # Most likely a login that cannot be told from the host; what is no address has no other use for the sign.
        return WITH_A_LOGIN if "@" in written else Problem(f"{written} is no address of a feed.", SHAPE)
    return WITH_A_LOGIN if "@" in urlsplit(address).netloc else address
