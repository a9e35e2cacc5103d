"""Addresses of feeds: which spellings are one, and what of them a log may show."""

import re
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
QUERY = re.compile(r"\?\S+")


def same_address(address: str) -> str:
    """The one spelling of all that lead to the same place (RFC 3986, section 6.2).

    Scheme and host in small letters, without the default port, the trailing dot of the host and the fragment; an empty
    path is ``/``. What stands in path and query is left alone. Raises ValueError where it is no http or https address.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in DEFAULT_PORTS:
        raise ValueError(f"{address!r} is no http or https address")
    login, at, _ = parts.netloc.rpartition("@")
    place = f"[{host}]" if ":" in host else host.rstrip(".") or host
    place += "" if port in (None, DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return parts._replace(netloc=login + at + place, path=parts.path or "/", fragment="").geturl()


def same_origin(one: str, other: str) -> bool:
    """RFC 6454, section 4: scheme, host and port. False where either is no address."""
    try:
        return _origin(one) == _origin(other)
    except ValueError:
        return False


def _origin(address: str) -> tuple[str, str, int]:
    parts = urlsplit(same_address(address))
    return parts.scheme, parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]


def without_query(text: str) -> str:
    """For the log: the keys of private feeds often stand in the query strings of addresses."""
    return QUERY.sub("?…", text)
