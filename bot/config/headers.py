"""The secret request headers of a private feed: where they stand, and what may stand there. No message repeats a value.

``headers_env`` is the name of a variable that holds one header a line, or a table of variables, one a header.
"""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator

from bot.config.values import VARIABLE

VariablesByHeader = tuple[tuple[str, str], ...]
HeadersEnv = str | VariablesByHeader
"""Empty: there are none."""

TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""RFC 9110, section 5.6.2."""
PRINTABLE = re.compile(r"[\x20-\x7e]+")
AUTHORIZATION = re.compile(r"[A-Za-z0-9-]+ +(\S+)")
"""A scheme and what it is given, as in ``Bearer abc``. RFC 9110, section 11.4."""
RESERVED = {
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "expect",
    "range",
    "accept-encoding",
    "if-none-match",
    "if-modified-since",
    "if-match",
    "if-unmodified-since",
    "if-range",
    "user-agent",
}
"""How a request travels, what it asks for and who asks: said by the fetcher alone."""

PLACES = (
    '"ACME_FEED_HEADERS", a variable with lines Header-Name: value, or { Authorization = "ACME_FEED_AUTH" }, '
    "a variable a header; the secret itself never stands here"
)
HEADERS = "the name of a header that Tocsin does not send by itself, such as Authorization"
LINES = "lines Header-Name: value, such as Authorization: Bearer …"


def headers_env(value: object) -> HeadersEnv:
    """Where the headers are said to stand. Raises ValueError."""
    if isinstance(value, str):
        return _variable(value.strip()) if value.strip() else ""
    if isinstance(value, dict):
        return _by_header(value)
    if isinstance(value, tuple):
        return value
    raise ValueError(f"does not say where the headers stand: accepted is {PLACES}")


def _variable(written: object) -> str:
    if not isinstance(written, str) or not VARIABLE.fullmatch(written.strip()):
        raise ValueError(f"names no variable: accepted is {PLACES}")
    return written.strip()


def _by_header(table: Mapping[str, object]) -> VariablesByHeader:
    if not all(may_be_sent(name) for name in table) or len({name.lower() for name in table}) < len(table):
        raise ValueError(f"names a header that cannot be sent, or one twice: accepted is {HEADERS}")
    return tuple((name, _variable(variable)) for name, variable in table.items())


def may_be_sent(name: str) -> bool:
    return bool(TOKEN.fullmatch(name)) and name.lower() not in RESERVED


def credential_of(where: HeadersEnv) -> str:
    """The name of what opens the feed: made of the variables' names, so that it outlives a new secret."""
    if isinstance(where, str):
        return where
    return ", ".join(sorted(f"{name.lower()}={variable}" for name, variable in where))


def variables_in(where: HeadersEnv) -> tuple[str, ...]:
    if isinstance(where, str):
        return (where,) if where else ()
    return tuple(variable for _, variable in where)


def value_of(text: str) -> str:
    """What may be sent behind a header's name. Raises ValueError."""
    if not PRINTABLE.fullmatch(text):
        raise ValueError("holds what no header can: accepted is one line of printable ASCII")
    return text


def headers_in(text: str) -> dict[str, str]:
    """The lines of a variable. Raises ValueError."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        name, value = name.strip(), value.strip()
        if not colon or not TOKEN.fullmatch(name) or not PRINTABLE.fullmatch(value):
            raise ValueError(f"cannot be read in line {number}: accepted are {LINES}")
        if not may_be_sent(name) or name.lower() in {each.lower() for each in found}:
            raise ValueError(f"sets a header in line {number} that cannot be sent, or again: accepted is {HEADERS}")
        found[name] = value
    return found


def secrets_in(text: str) -> set[str]:
    """All of a variable that no log line may show: itself, each header's value, and what stands behind its scheme."""
    lines = [line.strip() for line in text.splitlines()]
    values = {text, *lines, *(line.partition(":")[2].strip() for line in lines)}
    return (values | {found[1] for value in values if (found := AUTHORIZATION.fullmatch(value))}) - {""}


WhereHeadersStand = Annotated[HeadersEnv, BeforeValidator(headers_env)]
