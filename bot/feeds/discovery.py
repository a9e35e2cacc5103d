"""Which feeds a web page names as its own: autodiscovery, by one scan that no page can make slow.

The links are those of the HTML standard (section "link type alternate") and of RSS autodiscovery. No tree is built:
tags are found one after the other, each in time that grows with its length, and none twice.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from bot.feeds.charset import decode
from bot.feeds.sanitise import plain
from bot.model.address import same_address

LONGEST_PAGE = 1_000_000
"""Bytes of a page that are searched: some put their links behind hundreds of kilobytes of scripts."""
LONGEST_ADDRESS = 2_000
LONGEST_TITLE = 200
MOST_LINKS = 500
"""To feeds, the same one named again included."""
MOST = 20
"""Feeds of one page: who names more names categories, and nobody reads on."""

KINDS = {
    "application/rss+xml": "RSS",
    "application/rss": "RSS",
    "application/x-rss+xml": "RSS",
    "application/rdf+xml": "RSS",
    "text/rss+xml": "RSS",
    "text/rss": "RSS",
    "application/atom+xml": "Atom",
    "application/atom": "Atom",
    "application/x.atom+xml": "Atom",
    "application/x-atom+xml": "Atom",
    "text/atom+xml": "Atom",
    "application/feed+json": "JSON Feed",
}
VAGUE = {"application/xml", "text/xml", "application/json"}
"""Types of much else (interfaces, sitemaps): they count where the link's words say that it is a feed."""
SAYS_FEED = re.compile(r"(?<![a-z])(?:feeds?|rss|atom|rdf)(?![a-z])", re.IGNORECASE)
SAYS_COMMENTS = re.compile(
    r"\b(?:comments?|kommentar\w*|commentaires?|comentarios?|comentários?|commenti|reacties)\b|评论|評論|コメント|комментари",
    re.IGNORECASE,
)

# Whatever begins with "<", and where a tag ends: a quote counts only behind "=". All quantifiers are possessive, so
# that nothing is tried twice.
BEGINNING = re.compile(r"<(?:(?P<comment>!--)|(?P<data>!\[CDATA\[)|(?P<name>/?+[a-z][^\s/>]*+)|[!?/])", re.IGNORECASE)
INSIDE = re.compile(r"""(?:[^>"'=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+|["'])*+""")
ATTRIBUTE = re.compile(r"""([^\s/>=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>]++)))?+""")
REFERENCE = re.compile(r"&(?:#x?[0-9a-f]{1,7}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
LINE_BREAKS = re.compile(r"[\t\r\n]")
# An abrupt end (<!-->, <!--->) is one, too.
COMMENT_END = re.compile(r"--!?>")
RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "title", "textarea", "template", "iframe", "noembed", "noframes", "xmp")
}
"""Elements in which markup is text, or stands for later use, and where they end."""
LINKING = {"link", "a", "area"}

WEB_PAGE = re.compile(r"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
META_CHARSET = re.compile(rb"""<meta\s[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
PRESCAN = 4_096
"""Bytes in which a page names its encoding; the standard looks at a quarter of it."""


@dataclass(frozen=True, slots=True)
class Advertised:
    """A feed that a page names."""

    address: str
    """Absolute, in the one spelling of ``same_address``; not yet judged by the rules of fetching."""
    title: str
    """Empty where the page gives none."""
    kind: str
    """``RSS``, ``Atom``, ``JSON Feed``; ``feed`` where the page does not say."""
    for_comments: bool = False
    """Whether it brings what readers say, by its words."""


def advertised_feeds(body: bytes, content_type: str, address: str) -> tuple[Advertised, ...]:
    """The feeds that the page at ``address`` names, each once, those for comments last; at most ``MOST``.

    Never raises for anything a page holds. What an https page names on its own host by http is asked for by https:
    on the way to the feed, too, nobody is to change it.
    """
    text = _text(body[:LONGEST_PAGE], content_type)
    tags = list(_tags(text, is_xml="xml" in content_type.lower()))
    base = next((_joined(address, attributes["href"]) for name, attributes in tags if name == "base"), "") or address
    links = [attributes for name, attributes in tags if name in LINKING and _kind(attributes)][:MOST_LINKS]
    feeds: dict[str, Advertised] = {}
    for link in links:
        named = _safely(_joined(base, link["href"]), address)
        if named and named != _spelt(address):
            feeds.setdefault(named, Advertised(named, _title(link), _kind(link), _is_for_comments(link)))
    return tuple(sorted(feeds.values(), key=lambda feed: feed.for_comments)[:MOST])


def is_web_page(body: bytes, content_type: str) -> bool:
    """By what the server says, or by how it begins."""
    beginning = body[:PRESCAN].replace(b"\x00", b"").decode("latin-1")
    return "html" in content_type.lower() or WEB_PAGE.search(beginning) is not None


def _text(page: bytes, content_type: str) -> str:
    """Where the server names no encoding, the page's own word counts (HTML, "determining the character encoding").

    A word that can be read as ASCII does not stand in UTF-16, whatever it says.
    """
    named = None if "charset" in content_type.lower() else META_CHARSET.search(page, 0, PRESCAN)
    if named and not named[1].lower().startswith(b"utf-16"):
        content_type = f"text/html; charset={named[1].decode('ascii')}"
    return decode(page, content_type).text


def _tags(text: str, *, is_xml: bool) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Links that may lead to feeds, and bases: their name in small letters and their attributes, with an ``href``."""
    at = 0
    while begins := BEGINNING.search(text, at):
        end = _end(text, begins)
        if end is None:
            return
        at = end
        name = (begins["name"] or "").lower()
        if name in LINKING or name == "base":
            attributes = _attributes(text[begins.end() : end])
            if attributes.get("href", "").strip():
                yield name, attributes
        elif name in RAW and not (is_xml and text.endswith("/>", 0, end)):
            raw_end = RAW[name].search(text, end)
            if raw_end is None:
                return
            at = raw_end.start()


def _end(text: str, begins: re.Match[str]) -> int | None:
    """Where the tag, the comment or whatever it is ends; None where it takes up the rest of the page."""
    if begins["name"]:
        ends = INSIDE.match(text, begins.end())
        return ends.end() + 1 if ends and ends.end() < len(text) else None
    if begins["comment"]:
        # The two hyphens that begin a comment may end it, too.
        ends = COMMENT_END.search(text, begins.end() - 2)
        return ends.end() if ends else None
    closing = "]]>" if begins["data"] else ">"
    found = text.find(closing, begins.end())
    return found + len(closing) if found >= 0 else None


def _attributes(inside: str) -> Mapping[str, str]:
    """By name in small letters; of one that is said twice the first counts."""
    lowered = inside.lower()
    if "href" not in lowered:
        return {}
    attributes: dict[str, str] = {}
    for name, *values in ATTRIBUTE.findall(inside):
        attributes.setdefault(name.lower(), _resolved("".join(values)))
    return attributes


def _resolved(value: str) -> str:
    """Character references, those alone that end in a semicolon: ``?a=1&copy=2`` means what it says."""
    return REFERENCE.sub(lambda reference: html.unescape(reference[0]), value) if "&" in value else value


def _kind(link: Mapping[str, str]) -> str:
    """Empty where the link leads to no feed."""
    relations = link.get("rel", "").lower().split()
    type_ = link.get("type", "").split(";")[0].strip().lower()
    if "stylesheet" in relations:
        return ""
    if "feed" in relations and "html" not in type_:
        return KINDS.get(type_, "feed")
    if "alternate" in relations and type_ in VAGUE:
        return "feed" if SAYS_FEED.search(_words(link)) else ""
    return KINDS.get(type_, "") if "alternate" in relations else ""


def _title(link: Mapping[str, str]) -> str:
    return plain(link.get("title", ""), LONGEST_TITLE)


def _is_for_comments(link: Mapping[str, str]) -> bool:
    return SAYS_COMMENTS.search(_words(link)) is not None


def _words(link: Mapping[str, str]) -> str:
    return f"{_title(link)} {link['href'][:LONGEST_ADDRESS]}"


def _joined(base: str, href: str) -> str:
    """Absolute, in its one spelling; empty where it is no http or https address. ``feed:`` is an old prefix of such."""
    written = LINE_BREAKS.sub("", href.strip()).replace(" ", "%20")
    if written.lower().startswith("feed:"):
        written = written[5:] if "://" in written[5:] else f"http:{written[5:]}"
    try:
        return _spelt(urljoin(base, written))
    except ValueError:
        return ""


def _spelt(address: str) -> str:
    """Empty where it is no http or https address, or goes on and on."""
    try:
        return same_address(address) if len(address) <= LONGEST_ADDRESS else ""
    except ValueError:
        return ""


def _safely(feed: str, page: str) -> str:
    """By https where the page came by it, from the same host."""
    one, other = urlsplit(feed), urlsplit(page)
    is_downgrade = (one.scheme, other.scheme) == ("http", "https") and one.netloc == other.netloc
    return one._replace(scheme="https").geturl() if is_downgrade else feed
