"""Block Kit in words: the few shapes that Tocsin posts, as plain dictionaries.

Everything stands in rich_text blocks: their elements are shown as they are, so no text in them can be markup.
https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

Block = dict[str, Any]
Element = dict[str, Any]
Rendered = tuple[str, list[Block]]
"""``text``, which push previews and screen readers show, and the blocks."""


def text(value: str, *, bold: bool = False, code: bool = False) -> Element:
    """``value`` must not be empty: Slack refuses an empty element, and with it the message."""
    style = {name: True for name, wanted in (("bold", bold), ("code", code)) if wanted}
    return {"type": "text", "text": value, **({"style": style} if style else {})}


def link(url: str, label: str, *, bold: bool = False) -> Element:
    return {"type": "link", "url": url, "text": label, **({"style": {"bold": True}} if bold else {})}


def user(user_id: str) -> Element:
    return {"type": "user", "user_id": user_id}


def ago(when: datetime) -> Element:
    return _date(when, "{ago}", f"on {when.astimezone(UTC):%Y-%m-%d}")


def day_and_time(when: datetime) -> Element:
    return _date(when, "{date_short_pretty} {time}", f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC")


def section(*elements: Element) -> Element:
    return {"type": "rich_text_section", "elements": list(elements)}


def quoted(elements: Iterable[Element]) -> Element:
    return {"type": "rich_text_quote", "elements": list(elements)}


def fixed_width(value: str) -> Element:
    return {"type": "rich_text_preformatted", "elements": [text(value)]}


def bullets(sections: Iterable[Element]) -> Element:
    return {"type": "rich_text_list", "style": "bullet", "elements": list(sections)}


def rich(*elements: Element) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def picture(url: str, alt: str) -> Block:
    return {"type": "image", "image_url": url, "alt_text": alt}


def _date(when: datetime, pattern: str, fallback: str) -> Element:
    """A date in the reader's own zone; a time before 1970, which Slack does not know, in plain words."""
    seconds = int(when.timestamp())
    if seconds <= 0:
        return text(fallback)
    return {"type": "date", "timestamp": seconds, "format": pattern, "fallback": fallback}
