"""Whether an address can be read as a feed, and what is wrong with it."""

from dataclasses import dataclass

from bot.commands.command import Details, Problem, Reply, Request
from bot.commands.desk import Desk
from bot.model.address import same_address
from bot.model.reading import Fetched, ParsedFeed, Unreachable, Unreadable

LONGEST = 2000
"""Characters of an address: beyond that, servers and browsers begin to refuse."""
SHOWN = 5
"""How many articles a check names."""


@dataclass(frozen=True, slots=True)
class Checking:
    desk: Desk

    async def check(self, request: Request) -> Reply:
        address = address_of(request)
        if isinstance(address, Problem):
            return address
        found = await read(self.desk, address)
        if isinstance(found, Problem):
            return found
        fetched, parsed = found
        newest = max((article.published for article in parsed.articles if article.published), default=None)
        facts = (
            ("address", fetched.address),
            ("format", parsed.format or "unknown"),
            ("encoding", parsed.encoding or "unknown"),
            ("articles", str(len(parsed.articles))),
            ("newest", f"{newest:%Y-%m-%d %H:%M} UTC" if newest else "no article has a date"),
            ("answers 'not modified'", _conditional(fetched)),
            ("what is wrong", parsed.complaint or "nothing"),
            *((f"article {number}", one.title) for number, one in enumerate(parsed.articles[:SHOWN], 1)),
        )
        return Details(parsed.title or address, facts, dict(facts))


async def read(desk: Desk, address: str) -> tuple[Fetched, ParsedFeed] | Problem:
    """One request; what stands there, or why it is no feed."""
    match await desk.fetcher.fetch(address):
        case Fetched() as fetched:
            match await desk.parser.parse(fetched):
                case ParsedFeed() as parsed:
                    return fetched, parsed
                case Unreadable(reason):
                    return Problem(f"{address} cannot be read: {reason}", mistake=False)
        case Unreachable(reason):
            return Problem(f"{address} cannot be fetched: {reason}", mistake=False)
        case _:
            return Problem(f"{address} answered 'not modified' to a first request.", mistake=False)


def address_of(request: Request) -> str | Problem:
    """In the one spelling of all that lead there; Slack writes links between angle brackets."""
    written = request.arguments["url"].strip().strip("<>")
    if len(written) > LONGEST:
        return Problem(
            f"That address is longer than {LONGEST:,} characters.", "No feed needs so many: look at it again."
        )
    try:
        return same_address(written)
    except ValueError:
        return Problem(f"{written} is no address of a feed.", "It begins with http:// or https://")


def _conditional(fetched: Fetched) -> str:
    return "yes" if fetched.validators.etag or fetched.validators.last_modified else "no: it sends no validators"
