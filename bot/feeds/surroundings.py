"""What stands around an article on its page, cut off: comments, teasers, lists of other news, banners.

trafilatura knows the usual names of comments and side bars. Here are the names that it does not know, and the boxes
that only their own heading names, since page builders give them none.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any

from lxml.etree import iterwalk

from bot.feeds.pagewords import (
    ANSWERS,
    ARTICLE,
    COMMENTS,
    COMMENTS_FOLLOW,
    OTHERS,
    OTHERS_FOLLOW,
    PAIRS_OF_OTHERS,
    POST,
    SHORT_POST,
    STATES,
    THREAD,
)

Element = Any
"""lxml brings no types."""

NEVER_TEXT = ("nav", "footer", "aside", "dialog", "template", "noscript", "button", "select")
NAMED_BY = ("class", "id", "role", "aria-label", "data-component", "data-testid", "itemprop")
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_]+")
HEADINGS = ("h2", "h3", "h4", "h5", "h6", "summary", "legend")
BLOCKS = ("div", "p", "td")
BOLD = ("b", "strong", "span")
LONGEST_HEADING = 80
MOST_HEADLINES = 9
"""Of one page: a logo may be one, too."""
SHORTEST_HEADLINE = 15
"""Characters of a headline that is found again in the title of its page."""
ARTICLE_AT_LEAST = 150
"""Characters before the comments: a line above the article that counts them is no heading."""
MOST_OF_A_PAGE = 3 / 4
OTHERS_AT_MOST = 1 / 3
"""Of the text of a page: what is longer is no box beside an article, whatever stands above it."""


def cut_off_surroundings(tree: Element, fragment: str = "") -> None:
    """Leave the article, in place. Of the posts of a thread, the one stays that the fragment names, else the first."""
    _keep_one_post(tree, fragment)
    kept = _holding_the_article(tree)
    for element in list(tree.iter()):
        if isinstance(element.tag, str) and element not in kept and _stands_around(element):
            _remove(element)
    _cut_what_headings_introduce(tree, kept)
    _cut_what_stands_beside(tree)


def _cut_what_headings_introduce(tree: Element, kept: set[Element]) -> None:
    before, whole = _text_before(tree)
    for heading in list(tree.iter(*HEADINGS, *BLOCKS, *BOLD)):
        said = _heading(heading)
        is_named = heading.tag in HEADINGS and _is_named(heading, _names_comments)
        if said and (is_named or COMMENTS_FOLLOW.fullmatch(said)):
            if before[heading] >= ARTICLE_AT_LEAST:
                _cut_comments(heading, kept)
        elif said and OTHERS_FOLLOW.fullmatch(said):
            _cut_others(heading, kept, int(whole * OTHERS_AT_MOST))


def _cut_what_stands_beside(tree: Element) -> None:
    """All but the smallest element around the headline that holds most of what is left of the page."""
    body = tree.find("body")
    if body is None:
        return
    enough = len(body.text_content()) * MOST_OF_A_PAGE
    around = [_first_with(headline, enough) for headline in _headlines(tree)]
    article = min(around, key=lambda each: len(each.text_content()), default=body)
    while article is not body and (parent := article.getparent()) is not None:
        for sibling in list(parent):
            if sibling is not article:
                parent.remove(sibling)
        parent.text = article.tail = None
        article = parent


def _headlines(tree: Element) -> list[Element]:
    title = _short_text(tree.find(".//title")) if tree.find(".//title") is not None else ""
    named = [
        each for each in tree.iter("h2", "h3", "font", "b", "strong") if title and _is_in(_short_text(each), title)
    ]
    return list(tree.iter("h1"))[:MOST_HEADLINES] or named[:1]


def _is_in(said: str, title: str) -> bool:
    return len(said) >= SHORTEST_HEADLINE and said in title


def _first_with(headline: Element, enough: float) -> Element:
    for each in headline.iterancestors():
        if each.tag == "body" or len(each.text_content()) >= enough:
            return each
    return headline


def _text_before(tree: Element) -> tuple[dict[Element, int], int]:
    """How many characters stand before each element, and in all."""
    before: dict[Element, int] = {}
    length = 0
    for event, element in iterwalk(tree, events=("start", "end")):
        if event == "start":
            before[element] = length
        piece = element.text if event == "start" else element.tail
        length += len((piece or "").strip())
    return before, length


def _stands_around(element: Element) -> bool:
    if element.tag in NEVER_TEXT or (element.tag == "td" and _is_all_links(element)):
        return True
    if element.tag in ("html", "body", "main", *HEADINGS):
        return False
    return _is_named(element, _names_surroundings) or _names_answers(element.get("class") or "")


def _is_named(element: Element, judge: Callable[[str], bool]) -> bool:
    own = element.tag if "-" in element.tag else ""
    return any(judge(name) for name in (own, *map(element.get, NAMED_BY)) if name)


@lru_cache(maxsize=4_096)
def _names_surroundings(names: str) -> bool:
    return any(not _are_comments(words) and _are_others(words) for words in _words(names)) or _names_comments(names)


@lru_cache(maxsize=4_096)
def _names_answers(names: str) -> bool:
    return any(STATES.isdisjoint(words) and not ANSWERS.isdisjoint(words) for words in _words(names))


@lru_cache(maxsize=4_096)
def _names_comments(names: str) -> bool:
    return any(map(_are_comments, _words(names)))


def _words(names: str) -> list[list[str]]:
    """Of each name in an attribute."""
    return [[word.lower() for word in WORD.findall(name)] for name in names[:1_000].split()]


def _are_comments(words: list[str]) -> bool:
    return STATES.isdisjoint(words) and not COMMENTS.isdisjoint(words)


def _are_others(words: list[str]) -> bool:
    together = not OTHERS.isdisjoint(words) or not PAIRS_OF_OTHERS.isdisjoint(pairwise(words))
    return together and STATES.isdisjoint(words)


def _holding_the_article(tree: Element) -> set[Element]:
    """Elements that are never cut off, whatever they are called: names of pages say what else is on them."""
    kept: set[Element] = set()
    for element in _marks_of_the_article(tree):
        for each in (element, *element.iterancestors()):
            if each in kept:
                break
            kept.add(each)
    return kept


def _marks_of_the_article(tree: Element) -> Iterator[Element]:
    yield from tree.iter("h1", "main")
    for element in tree.iter("article", "div", "section", "td"):
        named = f"{element.get('class', '')} {element.get('id', '')}"
        is_marked = element.get("itemprop") == "articleBody" or ARTICLE.search(named)
        if is_marked and not any(_is_named(each, _names_comments) for each in (element, *element.iterancestors())):
            yield element


def _heading(element: Element) -> str:
    """What an element says, where it may head a box; empty for all that is longer, and for links to what it names."""
    if element.tag in BOLD and (element.getparent() is None or element.getparent().tag not in BLOCKS):
        return ""
    said = _short_text(element)
    return "" if said and next(element.iter("a"), None) is not None else said


def _short_text(element: Element) -> str:
    found: list[str] = []
    length = 0
    for piece in element.itertext():
        found.append(piece)
        length += len(piece.strip())
        if length > LONGEST_HEADING:
            return ""
    return " ".join("".join(found).split())


def _cut_comments(heading: Element, kept: set[Element]) -> None:
    """The box that they stand in; where there is none, all that follows."""
    box = _box(heading, kept)
    if box is not None:
        _remove(box)
    elif heading.tag in HEADINGS:
        for element in [heading, *heading.itersiblings()]:
            if element not in kept:
                _remove(element)


def _cut_others(heading: Element, kept: set[Element], longest: int) -> None:
    """The box that they stand in; in a text that goes on behind it, the lists and links directly below."""
    box = _box(heading, kept)
    if box is not None and len(box.text_content()) <= longest:
        _remove(box)
    elif heading.tag not in BOLD:
        for element in [heading, *_links_behind(heading)]:
            _remove(element)


def _box(heading: Element, kept: set[Element]) -> Element | None:
    """The largest element that it introduces."""
    box = heading
    while (parent := box.getparent()) is not None and parent not in kept and _is_first(box, parent):
        box = parent
    return None if box is heading else box


def _is_first(element: Element, parent: Element) -> bool:
    """Whether nothing is said in the parent before it, nor beside it: a word in bold may begin a sentence."""
    if (parent.text or "").strip() or (element.tail or "").strip():
        return False
    return parent.tag not in ("p", "body") and not any(
        (each.tail or "").strip() or "".join(each.itertext()).strip() for each in element.itersiblings(preceding=True)
    )


def _links_behind(heading: Element) -> Iterator[Element]:
    for element in list(heading.itersiblings()):
        if not _is_all_links(element):
            return
        yield element


def _is_all_links(element: Element) -> bool:
    linked = sum(len("".join(link.itertext()).strip()) for link in element.iter("a"))
    return linked > 0 and len("".join(element.itertext()).strip()) <= linked * 1.2


def _keep_one_post(tree: Element, fragment: str) -> None:
    posts = [element for element in tree.iter("article", "div", "li", "tr", "table") if _is_post(element)]
    if len(posts) < 2:
        return
    chosen = next((post for post in posts if fragment and post.get("id") == fragment), posts[0])
    around = {chosen, *chosen.iterancestors(), *chosen.iter()}
    for post in posts:
        if post not in around:
            _remove(post)


def _is_post(element: Element) -> bool:
    """Of a thread, where they all look alike; those of a live ticker are one article."""
    words = {word for name in _words(element.get("class", "")) for word in name}
    name = element.get("id", "")
    is_post = POST.fullmatch(name) or (SHORT_POST.fullmatch(name) and not THREAD.isdisjoint(words))
    return bool(is_post) and "live" not in words


def _remove(element: Element) -> None:
    """With all that is inside; what is said behind it stays."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail and element.tail.strip():
        before = element.getprevious()
        if before is None:
            parent.text = f"{parent.text or ''} {element.tail}"
        else:
            before.tail = f"{before.tail or ''} {element.tail}"
    parent.remove(element)
