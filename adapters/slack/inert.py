"""Text from feeds and people, made harmless before Slack sees it.

Alerts carry such text in rich_text blocks, which know no markup. What is done here on top of that holds even for a
client that would read markup: no sequence that could notify somebody survives.
"""

import re
import unicodedata
from urllib.parse import quote, urlsplit

BREAK = "\N{WORD JOINER}"
"""Takes no room and cannot be seen; between ``<`` and ``!`` it leaves nothing for a client to read as a mention."""
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Turn the direction of what follows them, beyond the text in which they stand."""
ADDRESS_LIMIT = 3000

_MENTION = re.compile(r"(?:<|&lt;)(?=[!@#])|@(?=here|channel|everyone)", re.IGNORECASE)
_UNSAFE_IN_ADDRESS = re.compile(r'[ <>"\\^`{|}]')
_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+", re.IGNORECASE)


def mention_ends(text: str) -> frozenset[int]:
    """The positions at which ``BREAK`` must stand so that nothing in ``text`` can notify anybody."""
    return frozenset(found.end() for found in _MENTION.finditer(text))


def without_mentions(text: str) -> str:
    return _MENTION.sub(lambda found: found[0] + BREAK, text)


def clean(text: str) -> str:
    """Without control characters, lone surrogates and bidirectional overrides; line ends and tabs stay."""
    return "".join(char for char in text if char in "\n\t" or not _unwanted(char))


def one_line(text: str, limit: int) -> str:
    """Harmless, on one line, at most ``limit`` characters before the unseen ones are put in."""
    return without_mentions(shorten(" ".join(clean(text.replace("\r", "\n")).split()), limit))


def block_of(text: str, limit: int) -> str:
    """Harmless with its lines and columns as they are, for fixed-width blocks."""
    return without_mentions(shorten(clean(text).strip("\n"), limit))


def shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def escape(text: str) -> str:
    """The three characters that Slack reads in ``text``; https://docs.slack.dev/messaging/formatting-message-text"""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def web_address(url: str) -> str | None:
    """The address as it may be linked; None where it is none of the web's, or Slack would refuse it."""
    address = url.strip()
    if not address.isprintable() or len(address) > ADDRESS_LIMIT:
        return None
    address = _UNSAFE_IN_ADDRESS.sub(lambda found: quote(found[0]), address)
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    linkable = parts.scheme in ("http", "https") and _HOST.fullmatch(host) and len(address) <= ADDRESS_LIMIT
    return address if linkable else None


def _unwanted(char: str) -> bool:
    return char in BIDI_CONTROLS or unicodedata.category(char) in ("Cc", "Cs")
