"""Text from feeds and people, made harmless before Slack sees it.

Alerts carry such text in rich_text blocks, which know no markup. What is done here on top of that holds even for a
client that would read markup: no sequence that could notify somebody survives.
"""

import re

from bot.alerts import plain
from bot.alerts.plain import BREAK, clean, on_one_line, shorten

ADDRESS_LIMIT = 3000

_MENTION = re.compile(r"(?:<|&lt;)(?=[!@#])|@(?=here|channel|everyone)", re.IGNORECASE)


def mention_ends(text: str) -> frozenset[int]:
    """The positions at which ``BREAK`` must stand so that nothing in ``text`` can notify anybody."""
    return frozenset(found.end() for found in _MENTION.finditer(text))


def without_mentions(text: str) -> str:
    return _MENTION.sub(lambda found: found[0] + BREAK, text)


def one_line(text: str, limit: int) -> str:
    """Harmless, on one line, at most ``limit`` characters before the unseen ones are put in."""
    return without_mentions(shorten(on_one_line(text), limit))


def block_of(text: str, limit: int) -> str:
    """Harmless with its lines and columns as they are, for fixed-width blocks."""
    return without_mentions(shorten(clean(text).strip("\n"), limit))


def escape(text: str) -> str:
    """The three characters that Slack reads in ``text``; https://docs.slack.dev/messaging/formatting-message-text"""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def web_address(url: str) -> str | None:
    """The address as it may be linked; None where it is none of the web's, or Slack would refuse it."""
    return plain.web_address(url, ADDRESS_LIMIT)
