"""Which registrable domain a host or an address belongs to, as the Public Suffix List has it."""

import re
from functools import cache, lru_cache
from urllib.parse import urlsplit

import idna
from publicsuffixlist import PublicSuffixList

_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+")
_USUAL = re.compile(r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?=[/?#]|\Z)")
"""What most addresses look like, which is quicker to take apart than all that addresses may be."""
_NUMBERED = re.compile(r"[0-9.]+")


@lru_cache(maxsize=1 << 12)
def registrable_domain(host_or_address: str) -> str:
    """``example.co.uk`` for ``https://news.example.co.uk/a``: lower case, ASCII (IDNA).

    Empty where there is none: for a number, a name without a dot, what is itself only a public suffix, and no host.
    """
    return _domain_of(host_of(host_or_address))


@lru_cache(maxsize=1 << 12)
def _domain_of(host: str) -> str:
    if not _HOST.fullmatch(host) or _NUMBERED.fullmatch(host):
        return ""
    domain: str | None = _suffixes().privatesuffix(host)
    return domain or ""


def host_of(host_or_address: str) -> str:
    """Lower case, ASCII (IDNA), without a last dot; empty where there is none."""
    if usual := _USUAL.match(host_or_address):
        return usual[1]
    address = host_or_address.strip()
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
        return (host if host.isascii() else idna.encode(host, uts46=True).decode()).removesuffix(".")
    except ValueError:
        return ""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
