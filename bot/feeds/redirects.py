"""Which addresses are fetched at all, and where a redirect may lead."""

import re
from functools import lru_cache

from yarl import URL

from bot.feeds.trouble import ANOTHER, SPELLING, Refused

MOST_REDIRECTS = 5
HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+(?:%[a-z0-9._-]+)?", re.ASCII | re.IGNORECASE)
"""A name as it stands in the DNS, or an address; what else yarl lets through (blanks, quotes) could only confuse."""
UNREADABLE = (ValueError, TypeError, IndexError)
"""What yarl raises for text that is no address; the last for an empty host in brackets before an @."""


@lru_cache(maxsize=4096)  # the same ones come again and again
def read_address(address: str) -> URL:
    """An http or https address without its fragment. Raises Refused for any other."""
    try:
        return _acceptable(_without_fragment(URL(address.strip())))
    except UNREADABLE:
        raise _refused("This is not an address that can be fetched.", SPELLING) from None


def next_hop(url: URL, location: str) -> URL:
    """Where a redirect leads. Raises Refused where it may not be followed."""
    if not location:
        raise Refused("The server redirects, but does not say where to.", step=ANOTHER)
    try:
        target = _acceptable(_without_fragment(url.join(URL(location))))
    except UNREADABLE:
        raise _refused("The server redirects to something that is no address.", ANOTHER) from None
    if url.scheme == "https" and target.scheme == "http":
        reason = f"The redirect to {target.host} leads from https to http, where anybody could change the feed."
        raise _refused(reason, ANOTHER)
    return target


def is_same_origin(one: URL, other: URL) -> bool:
    """RFC 6454, section 4: scheme, host and port."""
    return (one.scheme, one.raw_host, one.port) == (other.scheme, other.raw_host, other.port)


def _without_fragment(url: URL) -> URL:
    return url.with_fragment(None) if url.raw_fragment else url


def _acceptable(url: URL) -> URL:
    if url.scheme not in {"http", "https"}:
        raise _refused(f"Only http and https addresses are fetched, not {url.scheme[:20] or 'relative ones'}.")
    if not url.raw_host:
        raise _refused("The address names no host.", SPELLING)
    if not HOST.fullmatch(url.raw_host):
        raise _refused("The address names a host that nobody can have.", SPELLING)
    if url.raw_user is not None or url.raw_password is not None:
        raise _refused("Addresses with a user name or a password in them are not fetched.")
    return url


def _refused(reason: str, step: str = "") -> Refused:
    return Refused(reason, kind="refused", step=step)
