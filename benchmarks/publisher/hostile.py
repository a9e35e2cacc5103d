"""Documents that publishers never write and attackers do, each within 8 MB."""

import gzip
import json
from collections.abc import Callable
from functools import cache

MOST = 8_000_000
"""Bytes; ``fetch.max_bytes`` lets them through."""

WORDS = "the auction of the spectrum ended after nine rounds and the ministry said so in the morning "


def long_articles() -> bytes:
    """An archive: 3,000 articles with all they say."""
    item = "<item><title>Article {0}</title><guid>{0}</guid><description>{1}</description></item>"
    return _rss("".join(item.format(number, WORDS * 27) for number in range(3_000)))


def flood_of_items() -> bytes:
    return _rss("".join(f"<item><guid>{number}</guid><title>{number}</title></item>" for number in range(150_000)))


def one_long_text() -> bytes:
    return _rss(
        f"<item><guid>1</guid><title>{WORDS * 40_000}</title><description>{WORDS * 45_000}</description></item>"
    )


def long_author() -> bytes:
    return _rss(f"<item><guid>1</guid><title>One</title><author>{'a' * 40_000}</author></item>")


def newlines_before_the_root() -> bytes:
    return b"\n" * 200_000 + _rss("<item><guid>1</guid><title>One</title></item>")


def comments_that_never_end() -> bytes:
    return _rss("<!--" * 200_000)


def flood_of_attributes() -> bytes:
    attributes = " ".join(f'a{number}="{number}"' for number in range(400_000))
    return _rss(f"<item {attributes}><guid>1</guid><title>One</title></item>")


def nested_elements() -> bytes:
    return _rss(f"<item><guid>1</guid><title>One</title><description>{'&lt;div&gt;' * 50_000}x</description></item>")


def flood_of_json() -> bytes:
    items = [{"id": str(number), "title": str(number), "content_text": WORDS} for number in range(50_000)]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Flood", "items": items}).encode()


def packed_small() -> bytes:
    """8 MB that come as 8 KB."""
    return gzip.compress(_rss(" " * (MOST - 200)), mtime=0)


DOCUMENTS: dict[str, Callable[[], bytes]] = {
    each.__name__: cache(each)
    for each in (
        long_articles,
        flood_of_items,
        one_long_text,
        long_author,
        newlines_before_the_root,
        comments_that_never_end,
        flood_of_attributes,
        nested_elements,
        flood_of_json,
        packed_small,
    )
}


def _rss(items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>Hostile</title>{items}</channel></rss>'.encode()
