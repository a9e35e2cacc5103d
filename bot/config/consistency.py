"""What settings must hold together.

They are compared as they stand in the document, each where it can be read, so that one mistake hides no other.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, TypeVar

from yarl import URL

from bot.config.headers import credential_of, headers_env
from bot.config.mistakes import place
from bot.config.places import destination, workspace
from bot.config.settings import Delivery, Fetch, Section
from bot.config.values import CONTACTS, alias, contact, duration, private_host, query, switch, unreadable, web_address
from bot.feeds import extra
from bot.feeds.addresses import Allowed, parse_allowed
from bot.matching.language import QueryError, parse
from bot.matching.names import Names as Aliased
from bot.matching.names import read_aliases
from bot.model.address import same_address
from bot.model.destination import CONSOLE, Workspace

T = TypeVar("T")
Document = Mapping[str, Any]
Names = Mapping[tuple[str, str], str]

LOOPBACK = {"localhost": "127.0.0.1"}


def contradictions(document: Document, names: Names) -> Iterator[str]:
    """A line for each pair of settings that cannot both be meant."""
    yield from delivery_in_order(section(document, "delivery"), names)
    yield from interval_bounds(section(document, "fetch"), names)
    yield from repeated_feeds(tables(document, "feeds"))
    yield from platforms_without_section(document)
    yield from queries_that_aliases_overgrow(document)
    yield from slack_workspaces(section(document, "slack"))
    if section(document, "slack").get("mode") == "http" and section(document, "web").get("listen") == "":
        yield f'{place(("slack", "mode"), names)}: "http" needs an address in web.listen, where Slack comes in'


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
    """One address stands in several tables only with other credentials, so that no workspace would follow it twice."""
    standing: dict[str, list[int]] = {}
    for number, feed in enumerate(feeds):
        address = readable(web_address, feed.get("url"))
        if address is None:
            continue
        earlier = standing.setdefault(same_address(address), [])
        clashes = (clash(feed, feeds[other], f"feeds[{other}]") for other in earlier)
        if found := next(filter(None, clashes), ""):
            yield f"feeds[{number}].{found}"
        earlier.append(number)


def clash(feed: Document, other: Document, name: str) -> str:
    """Why two tables of one address cannot both be meant. The one that names a workspace wins over the one for all."""
    given, before = (readable(headers_env, each.get("headers_env", "")) for each in (feed, other))
    if given is None or before is None:
        return ""
    if credential_of(given) == credential_of(before):
        return f"url: is the address of {name} again: accepted is each address once, or again with other headers_env"
    if not items(feed, "workspaces") and not items(other, "workspaces"):
        return (
            f"workspaces: is empty, as in {name} with the same address: accepted is one table for all, others by name"
        )
    if twice := named_workspaces(feed) & named_workspaces(other):
        names = ", ".join(sorted(map(str, twice)))
        return f"workspaces: {names} would follow the address of {name} twice: accepted is each workspace once"
    return ""


def named_workspaces(feed: Document) -> set[Workspace]:
    return {found for each in items(feed, "workspaces") if (found := readable(workspace, each))}


def platforms_without_section(document: Document) -> Iterator[str]:
    """What is meant for a platform that is off."""
    for number, subscription in enumerate(tables(document, "subscriptions")):
        to = readable(destination, subscription.get("to"))
        if to and (advice := where_it_is_off(to.workspace, document)):
            yield f"subscriptions[{number}].to: {advice}"
    to = readable(destination, section(document, "health").get("notify"))
    if to and (advice := where_it_is_off(to.workspace, document)):
        yield f"health.notify: {advice}"
    for number, feed in enumerate(tables(document, "feeds")):
        for position, name in enumerate(items(feed, "workspaces")):
            found = readable(workspace, name)
            if found and (advice := where_it_is_off(found, document)):
                yield f"feeds[{number}].workspaces[{position}]: {advice}"


def where_it_is_off(place: Workspace, turned_on: Collection[str]) -> str:
    """What to do where a platform is off; empty where it is on. The console needs no section."""
    if place.platform == CONSOLE or place.platform in turned_on:
        return ""
    return f"is on {place.platform.capitalize()}, which is off: add the section [{place.platform}]"


def queries_that_aliases_overgrow(document: Document) -> Iterator[str]:
    """What can be read as it stands, and is too large with what the aliases add."""
    written = section(document, "aliases")
    given = {name: [one for one in items(written, name) if readable(alias, one)] for name in written}
    aliased = Aliased(aliases=read_aliases({name: more for name, more in given.items() if readable(alias, name)}))
    for number, subscription in enumerate(tables(document, "subscriptions")):
        typed = readable(query, subscription.get("query"))
        if typed is not None and (mistake := mistake_in(typed, aliased)):
            yield f"subscriptions[{number}].query: {mistake}"


def mistake_in(typed: str, names: Aliased) -> str:
    """Why a query cannot be read; empty where it can."""
    try:
        parse(typed, names)
    except QueryError as error:
        return unreadable(error)
    return ""


def slack_workspaces(slack: Document) -> Iterator[str]:
    """Each is an app of its own, so no two share a name or a variable."""
    first: dict[tuple[str, str], int] = {}
    for number, declared in enumerate(tables(slack, "workspaces")):
        for key in ("name", "bot_token_env", "app_token_env", "signing_secret_env"):
            given = declared.get(key)
            if not isinstance(given, str) or not given.strip():
                continue
            earlier = first.setdefault((key, given.strip()), number)
            if earlier != number:
                yield f"slack.workspaces[{number}].{key}: is the {key} of slack.workspaces[{earlier}] again"


def missing_contact(document: Document) -> Iterator[str]:
    """Whoever polls public hosts says who they are. Hosts in ``fetch.allow_private`` need no contact."""
    fetch = section(document, "fetch")
    if readable(contact, fetch.get("contact", "")) != "":
        return
    allowed = parse_allowed(host for each in items(fetch, "allow_private") if (host := readable(private_host, each)))
    addresses = [readable(web_address, feed.get("url")) for feed in tables(document, "feeds")]
    if any(not is_private(address, allowed) for address in addresses if address):
        yield f"fetch.contact: is missing, and publishers want to know who polls them: accepted is {CONTACTS}"


def missing_extra(document: Document) -> Iterator[str]:
    """Where full text is asked for, what reads pages must be installed."""
    if extra.is_installed():
        return
    asking = ["fetch.full_text"] if readable(switch, section(document, "fetch").get("full_text")) else []
    asking += [
        f"feeds[{number}].full_text"
        for number, feed in enumerate(tables(document, "feeds"))
        if readable(switch, feed.get("full_text"))
    ]
    for each in asking:
        yield f"{each}: needs the extra fulltext, which is not installed: {extra.REMEDY}, or turn it off"


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
