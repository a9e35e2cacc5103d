"""What may stand behind an equals sign. Each reader raises ValueError saying what is accepted, never what it was given.

A value may be a secret in the wrong place, so no message repeats it.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator
from yarl import URL

from bot.feeds.addresses import parse_allowed
from bot.matching.language import QueryError, parse
from bot.matching.names import word_or_phrase
from bot.model.address import same_address, without_query

DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([smhd])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST = timedelta(days=3650)

# It travels in a header, inside parentheses.
CONTACT = re.compile(r"(?:mailto:[^@]+@|https?://)[^()@]+")

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

DURATIONS = 'a number and s, m, h or d in quotes, such as "90s"'
FEED_ADDRESSES = "an address that begins with http:// or https:// and names a host"
DATABASES = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
PASSWORDS = "percent-encode @ / # in it (%40 %2F %23), and put it before the host"
PRIVATE_HOSTS = 'a network ("10.0.0.0/8"), an address ("192.0.2.7") or a host name ("news.internal")'
CONTACTS = '"mailto:someone@example.org" or the https:// address of a page that says who you are'
GATEWAYS = 'an address that begins with wss:// or ws://, or "" for Discord\'s own'
VARIABLES = 'the name of an environment variable, such as "ACME_SLACK_BOT_TOKEN"; the token itself never stands here'
ALIASES = "words, without the signs and operators of queries"
LISTENS = '"HOST:PORT", such as "127.0.0.1:8080", or "" for off'


@dataclass(frozen=True, slots=True)
class ListenAddress:
    host: str
    port: int
    """0: one that is free."""


def text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    raise ValueError("must be text in quotes")


def one_line(value: object) -> str:
    written = text(value)
    if not written.isprintable():
        raise ValueError("must be one line of text without control characters")
    return written


def tag(value: object) -> str:
    written = one_line(value)
    if not written or "," in written:
        raise ValueError("is no tag: accepted is a word or a few, without a comma")
    return written


def named(value: object) -> str:
    written = one_line(value)
    if not written:
        raise ValueError("is empty: accepted is a name of your own for it")
    return written


def switch(value: object) -> bool:
    """As a file writes it, or a variable, which is text."""
    written = value.strip().lower() if isinstance(value, str) else value
    match written:
        case True | "true":
            return True
        case False | "false":
            return False
        case _:
            raise ValueError("must be true or false")


def duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    found = DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"is no duration: accepted is {DURATIONS}")
    length = timedelta(seconds=float(found[1]) * SECONDS[found[2]])
    if not timedelta() < length <= LONGEST:
        raise ValueError("must be more than nothing and at most 3650d")
    return length


def interval(value: object) -> timedelta:
    """A duration between two polls."""
    length = duration(value)
    if length < timedelta(seconds=1):
        raise ValueError('must be at least "1s"')
    return length


def web_address(value: object) -> str:
    """Of a feed, or of an API: http or https, with a host, without credentials."""
    written = text(value)
    url = read_url(written)
    if url is None or not url.raw_host or not is_web(written):
        raise ValueError(f"is no address that can be fetched: accepted is {FEED_ADDRESSES}")
    if url.raw_user is not None or url.raw_password is not None:
        raise ValueError("must not carry a user name or a password")
    return written


def is_web(written: str) -> bool:
    """Whether it can be compared with other addresses, as those of feeds are."""
    try:
        same_address(written)
    except ValueError:
        return False
    return True


def read_url(written: str) -> URL | None:
    """None where it is no address at all: a port that is no number, a bracket that never closes, a blank."""
    try:
        return URL(written) if written.isprintable() and " " not in written else None
    except (ValueError, IndexError):
        return None


def api_address(value: object) -> str:
    address = web_address(value)
    return address if address.endswith("/") else f"{address}/"


def optional_web_address(value: object) -> str:
    written = text(value)
    return web_address(written) if written else ""


def bare_address(value: object) -> str:
    """Without the slash at its end."""
    written = web_address(value)
    if "?" in written or "#" in written:
        raise ValueError("must end with its path: what stands behind ? or # would get into every request")
    return written.rstrip("/")


def socket_address(value: object) -> str:
    """Of a web socket, or nothing."""
    written = text(value)
    url = read_url(written)
    if written and (url is None or url.scheme not in ("ws", "wss") or not url.raw_host or url.raw_user is not None):
        raise ValueError(f"is no address of a gateway: accepted is {GATEWAYS}")
    return written


def variable(value: object) -> str:
    """The name of an environment variable, or nothing."""
    written = text(value)
    if written and not VARIABLE.fullmatch(written):
        raise ValueError(f"is no name of a variable: accepted is {VARIABLES}")
    return written


def database_address(value: object) -> str:
    written = text(value)
    url = read_url(written)
    if url and url.scheme == "sqlite" and not url.authority and url.path.strip("/") and ":memory:" not in written:
        return written
    if url and url.scheme == "postgresql" and (url.authority or url.path.strip("/")):
        # Read in two ways, a part of the password would end up in messages as part of the host's name.
        if written.count("@") > 1 or "password" in url.query or url.fragment:
            raise ValueError(f"writes the password so that it cannot be told: {PASSWORDS}")
        return written
    raise ValueError(f"is no database that Tocsin can use: accepted is {DATABASES}")


def private_host(value: object) -> str:
    """As ``bot.feeds.addresses`` understands it."""
    written = text(value)
    try:
        parse_allowed([written])
    except ValueError:
        raise ValueError(f"names no host: accepted is {PRIVATE_HOSTS}") from None
    return written


def contact(value: object) -> str:
    written = text(value)
    if written and not (CONTACT.fullmatch(written) and written.isascii() and read_url(written)):
        raise ValueError(f"is no contact: accepted is {CONTACTS}")
    return written


def listen_address(value: object) -> ListenAddress | None:
    if value is None or isinstance(value, ListenAddress):
        return value
    host, _, port = text(value).rpartition(":")
    if not host and not port:
        return None
    if not host or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
        raise ValueError(f"is no address to listen at: accepted is {LISTENS}")
    return ListenAddress(host.removeprefix("[").removesuffix("]"), int(port))


def query(value: object) -> str:
    """As typed; that it can be read is what is checked."""
    written = text(value)
    try:
        parse(written)
    except QueryError as error:
        raise ValueError(unreadable(error)) from None
    return written


def unreadable(error: QueryError) -> str:
    """The nearest query is shown where it holds no question mark: behind that stand the keys of addresses."""
    nearest = f" Did you mean: {error.suggestion}" if error.suggestion and "?" not in error.suggestion else ""
    return f"cannot be read at character {error.position + 1}: {without_query(error.message)}{nearest}"


def alias(value: object) -> str:
    """A word or phrase that stands for others, or one of these."""
    written = one_line(value)
    try:
        word_or_phrase(written)
    except ValueError:
        raise ValueError(f"is neither a word nor a phrase: accepted are {ALIASES}") from None
    return written


Duration = Annotated[timedelta, BeforeValidator(duration)]
Interval = Annotated[timedelta, BeforeValidator(interval)]
Switch = Annotated[bool, BeforeValidator(switch)]
OneLine = Annotated[str, BeforeValidator(one_line)]
Named = Annotated[str, BeforeValidator(named)]
Tag = Annotated[str, BeforeValidator(tag)]
WebAddress = Annotated[str, BeforeValidator(web_address)]
ApiAddress = Annotated[str, BeforeValidator(api_address)]
BareAddress = Annotated[str, BeforeValidator(bare_address)]
PublicAddress = Annotated[str, BeforeValidator(optional_web_address)]
SocketAddress = Annotated[str, BeforeValidator(socket_address)]
Variable = Annotated[str, BeforeValidator(variable)]
DatabaseAddress = Annotated[str, BeforeValidator(database_address)]
PrivateHost = Annotated[str, BeforeValidator(private_host)]
Contact = Annotated[str, BeforeValidator(contact)]
Listen = Annotated[ListenAddress | None, BeforeValidator(listen_address)]
AliasText = Annotated[str, BeforeValidator(alias)]
QueryText = Annotated[str, BeforeValidator(query)]
