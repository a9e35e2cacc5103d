"""Text from feeds and people as plain text, before a platform's own markup is made of it. Pure."""

import re
import unicodedata
from urllib.parse import quote, urlsplit

BREAK = "\N{WORD JOINER}"
"""Takes no room and cannot be seen; within a mention or an address it leaves nothing for a client to obey."""
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Turn the direction of what follows them, beyond the text in which they stand."""

_UNSAFE_IN_ADDRESS = re.compile(r'[ <>"\\^`{|}]')
_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+", re.IGNORECASE)


def clean(text: str) -> str:
    """Without control characters, lone surrogates and bidirectional overrides; line ends and tabs stay."""
    return "".join(char for char in text if char in "\n\t" or not _is_unwanted(char))


def on_one_line(text: str) -> str:
    """Clean, with single spaces."""
    return " ".join(clean(text.replace("\r", "\n")).split())


def shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def web_address(url: str, longest: int) -> str | None:
    """The address as it may be linked; None where it is none of the web's, or a platform would refuse it."""
    address = url.strip()
    if not address.isprintable() or len(address) > longest:
        return None
    address = _UNSAFE_IN_ADDRESS.sub(lambda found: quote(found[0]), address)
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    linkable = parts.scheme in ("http", "https") and _HOST.fullmatch(host) and len(address) <= longest
    return address if linkable else None


def _is_unwanted(char: str) -> bool:
    return char in BIDI_CONTROLS or unicodedata.category(char) in ("Cc", "Cs")
