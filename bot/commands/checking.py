"""Whether an address can be read as a feed, and what is wrong with it."""

from dataclasses import dataclass

from bot.commands.command import Details, Problem, Reply, Request
from bot.commands.desk import Desk
from bot.model.reading import Fetched, ParsedFeed, Unreachable, Unreadable

SHOWN = 5
"""How many articles a check names."""


@dataclass(frozen=True, slots=True)
class Checking:
    desk: Desk

    async def check(self, request: Request) -> Reply:
        address = address_of(request)
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
    if not address.lower().startswith(("http://", "https://")):
        return Problem(f"{address} is no address of a feed.", "It begins with http:// or https://")
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


def address_of(request: Request) -> str:
    """As it was given; Slack writes links between angle brackets."""
    return request.arguments["url"].strip().strip("<>")


def _conditional(fetched: Fetched) -> str:
    return "yes" if fetched.validators.etag or fetched.validators.last_modified else "no: it sends no validators"
