"""What an article says on its page, without what stands around it.

A pure function, but one that is run in a worker process: there are small pages that keep trafilatura busy for minutes.
The only module that knows trafilatura and lxml, beside its parts ``surroundings`` and ``paywall``.
"""

import logging
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import trafilatura
from lxml import etree
from lxml import html as lxml_html
from trafilatura.settings import use_config

from bot.feeds.charset import WESTERN, decode
from bot.feeds.compose import LONGEST_TEXT
from bot.feeds.frames import Piece
from bot.feeds.paywall import wants_subscription
from bot.feeds.sanitise import plain
from bot.feeds.surroundings import cut_off_surroundings
from bot.model.reading import Page

HTML = re.compile(r"text/html|application/xhtml\+xml|text/plain|application/octet-stream|^\s*(?:;|$)", re.IGNORECASE)
"""Content types under which web pages are served; some servers do not care."""
LOOKS_LIKE_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|meta|div|p|article)[\s>]", re.IGNORECASE)
META = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
PARAMETER = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
BEGINNING = 4_096
"""Bytes in which a page says what it is (WHATWG: its charset in the first 1,024; many come later)."""
TABLE = re.compile(r"(?m)^\|?(?:-{3,}\|)+$|^\| | \|(?: |$)")
"""What trafilatura draws between cells."""
FEW = 60
"""Characters: an article of which no more was found is looked for everywhere on the page."""
STRICT = use_config()
STRICT["DEFAULT"]["MIN_EXTRACTED_SIZE"] = str(FEW)

# What cannot be read is an outcome here, not a line for the log of each page.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


def answer(document: bytes, about: dict[str, Any]) -> Iterator[Piece]:
    """To the question of the kind ``page``."""
    page = read_page(document, about["content_type"], about["link"])
    yield {"state": page.state, "text": page.text, "reason": page.reason}


def read_page(body: bytes, content_type: str, link: str) -> Page:
    """What its article says. ``link`` is the article's, whose fragment may name a part of the page."""
    if not HTML.search(content_type) or not _looks_like_html(body):
        return Page("no article", reason=f"It is no web page ({plain(content_type, 60) or 'of no type'}).")
    tree = _tree(decode(body, _declared(body, content_type)).text)
    if tree is None:
        return Page("no article", reason="It cannot be read as a web page.")
    if wants_subscription(tree):
        return Page("subscription", reason="It is for subscribers.")
    cut_off_surroundings(tree, urlsplit(link).fragment)
    text = plain(_article(tree), LONGEST_TEXT)
    return Page("read", text) if text else Page("no article", reason="No article was found on it.")


def _looks_like_html(body: bytes) -> bool:
    # In UTF-16 and UTF-32 zeros stand between the letters of a tag.
    return LOOKS_LIKE_HTML.search(body[:BEGINNING].replace(b"\0", b"")) is not None


def _declared(body: bytes, content_type: str) -> str:
    """The content type, with the charset that the page itself names where the server names none, or a default."""
    named = PARAMETER.search(content_type)
    if named and named[1].lower() not in WESTERN:
        return content_type
    found = META.search(body[:BEGINNING])
    return f"text/html; charset={found[1].decode('ascii')}" if found else content_type


def _tree(text: str) -> Any | None:
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        return lxml_html.document_fromstring(text.replace("\0", "").encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None


def _article(tree: Any) -> str:
    """Strictly first; where that finds hardly anything, whatever may be the article."""
    text = _extracted(tree, favor_precision=True, config=STRICT)
    return text if len(text) >= FEW else max(text, _extracted(tree), key=len)


def _extracted(tree: Any, **how: Any) -> str:
    document = trafilatura.bare_extraction(tree, include_comments=False, **how)
    text: str = getattr(document, "text", None) or ""
    return TABLE.sub(" ", text)
