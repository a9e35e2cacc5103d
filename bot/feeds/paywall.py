"""Whether a page says that its article is for subscribers alone."""

import json
import re
from collections.abc import Iterator
from typing import Any

from bot.feeds.pagewords import NO_WALL, WALL, WALL_ASKS, WALL_BEGINS

Element = Any
"""lxml brings no types."""

FREE = "isaccessibleforfree"
"""schema.org: of an article, a page, or a part of it."""
NO = frozenset({"false", "0", "no", "http://schema.org/false", "https://schema.org/false"})
YES = frozenset({"true", "1", "yes", "http://schema.org/true", "https://schema.org/true"})
PARTS = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart")
"""Where an article may stand in the data of its page; lists of other articles are none of them."""
WRAPPED = re.compile(r"^\s*(?:<!\[CDATA\[|<!--|//\s*<!\[CDATA\[)|(?:\]\]>|-->|//\s*\]\]>)\s*;?\s*$")
WRITTEN = re.compile(r'"isAccessibleForFree"\s*:\s*(?:"(?:https?://schema\.org/)?false"|false)', re.IGNORECASE)
MOST_PARTS = 1_000
DEEPEST = 12

TIER_TAGS = ("article:content_tier", "content_tier", "content-tier", "article:access", "content-access", "access")
WALL_TAGS = ("paywall", "is_paywall", "is-paywall", "ispaywall", "has_paywall", "article:paywall")
TIERS = frozenset({"locked", "metered", "paid", "premium", "subscriber", "subscribers", "subscription"})
FREE_TIERS = frozenset({"free", "open", "public"})
LONGEST_BOX = 1_500
LONGEST_SENTENCE = 300
BOXES = ("div", "section", "aside", "form", "dialog")
LINES = ("h2", "h3", "h4", "p", "div", "span", "strong")


def wants_subscription(tree: Element) -> bool:
    """By its data (JSON-LD, microdata) or its meta tags; where they are silent, by a box that says so."""
    said = {*_in_data(tree), *_in_meta_tags(tree)}
    if said:
        return False in said
    return any(map(_is_wall, tree.iter(*BOXES))) or any(map(_says_so, tree.iter(*LINES)))


def _in_data(tree: Element) -> Iterator[bool]:
    """Whether it is free, as often as it says so."""
    for script in tree.iter("script"):
        if (script.get("type") or "").strip().lower().startswith("application/ld+json"):
            yield from _in_script(script.text or "")
    for element in tree.iter():
        if isinstance(element.tag, str) and (element.get("itemprop") or "").lower() == FREE:
            yield from _free(element.get("content") or element.get("href") or "".join(element.itertext()))


def _in_script(written: str) -> Iterator[bool]:
    if FREE not in written.lower():
        return
    try:
        data = json.loads(WRAPPED.sub("", WRAPPED.sub("", written)), strict=False)
    except (ValueError, RecursionError):
        # Many are written by hand and cannot be read; what they say is plain all the same.
        if WRITTEN.search(written):
            yield False
        return
    for part in _parts(data):
        for name, value in part.items():
            if name.lower() == FREE:
                yield from _free(value)


def _free(value: object) -> Iterator[bool]:
    said = str(value).strip().lower()
    if said in NO or said in YES:
        yield said in YES


def _parts(data: Any) -> Iterator[dict[str, Any]]:
    """The objects that tell of this page, without those that tell of others."""
    waiting = [(data, 0)]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        value, depth = waiting.pop()
        if isinstance(value, list) and depth < DEEPEST:
            waiting += [(each, depth + 1) for each in value]
        elif isinstance(value, dict) and depth < DEEPEST:
            yield value
            waiting += [(value[name], depth + 1) for name in PARTS if name in value]


def _in_meta_tags(tree: Element) -> Iterator[bool]:
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").strip().lower()
        said = (meta.get("content") or "").strip().lower()
        if name in TIER_TAGS and said in TIERS | FREE_TIERS:
            yield said in FREE_TIERS
        elif name in WALL_TAGS and said in YES:
            yield False
        elif name == FREE:
            yield from _free(said)


def _is_wall(element: Element) -> bool:
    """A box that is called so, can be seen, and asks for something: a page may carry an empty one for others."""
    names = f"{element.get('class', '')} {element.get('id', '')}".split()
    if not any(WALL.search(name) and not NO_WALL.search(name) for name in names) or _is_hidden(element):
        return False
    text = "".join(element.itertext())
    asks = len(text) <= LONGEST_BOX and WALL_ASKS.search(text) is not None
    return asks and next(element.iter("a", "button", "input"), None) is not None


def _says_so(element: Element) -> bool:
    text = (element.text or "").strip()
    return (
        bool(text) and len(text) <= LONGEST_SENTENCE and WALL_BEGINS.match(text) is not None and not _is_hidden(element)
    )


def _is_hidden(element: Element) -> bool:
    return any(
        each.get("hidden") is not None
        or each.get("aria-hidden") == "true"
        or "display:none" in (each.get("style") or "").replace(" ", "").lower()
        for each in (element, *element.iterancestors())
    )
