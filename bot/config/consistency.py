"""What settings must hold together.

They are compared as they stand in the document, each where it can be read, so that one mistake hides no other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, TypeVar

from yarl import URL

from bot.config.mistakes import place
from bot.config.places import destination, workspace
from bot.config.settings import Delivery, Fetch, Section
from bot.config.values import CONTACTS, contact, duration, private_host, web_address
from bot.feeds.addresses import Allowed, parse_allowed
from bot.model.address import same_address

T = TypeVar("T")
Document = Mapping[str, Any]
Names = Mapping[tuple[str, str], str]

LOOPBACK = {"localhost": "127.0.0.1"}


def contradictions(document: Document, names: Names) -> Iterator[str]:
    """A line for each pair of settings that cannot both be meant."""
    yield from delivery_in_order(section(document, "delivery"), names)
    yield from interval_bounds(section(document, "fetch"), names)
    yield from repeated_feeds(tables(document, "feeds"))
    if "slack" not in document:
        yield from slack_without_section(document)


def delivery_in_order(delivery: Document, names: Names) -> Iterator[str]:
    """A request ends before anybody looks whether it arrived, and that before another process may take over."""
    for shorter, longer in (("request_timeout", "grace"), ("grace", "lease")):
        first, second = (length(Delivery, delivery, key) for key in (shorter, longer))
        if first and second and first >= second:
            yield f"{place(('delivery', shorter), names)}: must be shorter than delivery.{longer}"


def interval_bounds(fetch: Document, names: Names) -> Iterator[str]:
    least, most = (length(Fetch, fetch, key) for key in ("min_interval", "max_interval"))
    if least and most and least > most:
        yield f"{place(('fetch', 'min_interval'), names)}: must not be longer than fetch.max_interval"


def repeated_feeds(feeds: Sequence[Document]) -> Iterator[str]:
    first: dict[str, int] = {}
    for number, feed in enumerate(feeds):
        address = readable(web_address, feed.get("url"))
        if address is None:
            continue
        earlier = first.setdefault(same_address(address), number)
        if earlier != number:
            yield f"feeds[{number}].url: is the address of feeds[{earlier}] again: accepted is each address once"


def slack_without_section(document: Document) -> Iterator[str]:
    advice = "is on Slack, which is off: add the section [slack]"
    for number, subscription in enumerate(tables(document, "subscriptions")):
        to = readable(destination, subscription.get("to"))
        if to and to.workspace.platform == "slack":
            yield f"subscriptions[{number}].to: {advice}"
    for number, feed in enumerate(tables(document, "feeds")):
        for position, name in enumerate(items(feed, "workspaces")):
            found = readable(workspace, name)
            if found and found.platform == "slack":
                yield f"feeds[{number}].workspaces[{position}]: {advice}"


def missing_contact(document: Document) -> Iterator[str]:
    """Whoever polls public hosts says who they are. Hosts in ``fetch.allow_private`` need no contact."""
    fetch = section(document, "fetch")
    if readable(contact, fetch.get("contact", "")) != "":
        return
    allowed = parse_allowed(host for each in items(fetch, "allow_private") if (host := readable(private_host, each)))
    addresses = [readable(web_address, feed.get("url")) for feed in tables(document, "feeds")]
    if any(not is_private(address, allowed) for address in addresses if address):
        yield f"fetch.contact: is missing, and publishers want to know who polls them: accepted is {CONTACTS}"


def is_private(address: str, allowed: Allowed) -> bool:
    """Whether ``allow_private`` names the host, or a network that holds it. Nobody is asked where a name leads."""
    host = URL(address).raw_host or ""
    literal = readable(ip_address, LOOPBACK.get(host, host))
    return allowed.names(host) or any(literal in network for network in allowed.networks if literal)


def readable(read: Callable[[Any], T], value: object) -> T | None:
    try:
        return read(value)
    except ValueError:
        return None


def length(model: type[Section], written: Document, key: str) -> timedelta | None:
    """The duration that stands there, or its default; None where it cannot be read."""
    return readable(duration, written.get(key, model.model_fields[key].default))


def section(document: Document, name: str) -> Document:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def tables(document: Document, name: str) -> Sequence[Document]:
    """The tables of a list; one that is none stands there as an empty one, so that the others keep their numbers."""
    return [each if isinstance(each, dict) else {} for each in items(document, name)]


def items(document: Document, name: str) -> Sequence[Any]:
    found = document.get(name)
    return found if isinstance(found, list) else []
