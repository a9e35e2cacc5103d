"""Text as people read it: no markup, no invisible tricks, white space folded to single spaces."""

import re
from collections import Counter
from html import unescape

from selectolax.lexbor import LexborHTMLParser

LONGEST_MARKUP = 1_000_000
"""Characters of one field that are looked at; no article is longer."""

# Controls; soft hyphens, zero-width spaces and word joiners, which would hide a keyword; overrides, embeddings and
# isolates of the text's direction, which make a line read as it is not written; halves of surrogate pairs and
# non-characters, which no database takes. Joiners of letters and emoji stay.
UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u2060-\u2064\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufffe\uffff]"
)
BLOCK = re.compile(
    r"<(?=/?(?:address|article|aside|blockquote|br|caption|center|dd|details|div|dl|dt|fieldset|figcaption|figure"
    r"|footer|form|h[1-6]|header|hr|img|legend|li|main|nav|ol|option|p|pre|section|summary|table|tbody|td|tfoot|th"
    r"|thead|tr|ul)\b)",
    re.IGNORECASE,
)
NOT_TEXT = ["script", "style", "noscript", "template", "iframe", "svg", "math", "select", "textarea"]
UNCLOSED = re.compile(r"<(/?)(noscript|template|iframe|svg|math|select|textarea|title)\b", re.IGNORECASE)
"""What would swallow the rest of a text where it does not end."""
FEW_TAGS = 200
DEEPEST = 200
"""Tags open at once; what takes browsers' engines long is nesting, by its square."""
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
NEVER_DEEP = re.compile(
    "area|base|br|col|dd|dt|embed|hr|img|input|li|link|meta|option|p|param|rp|rt|source|tbody|td|tfoot|th|thead|tr|track|wbr"
)
"""They hold nothing, or end where their like begins."""
LONG_TAG = 8_000
MOST_ATTRIBUTES = 1_000
"""Of one tag, which take long by their square too."""
REST_OF_TAG = re.compile(r"""[^"'>]*+(?:"[^"]*"[^"'>]*+|'[^']*'[^"'>]*+)*+""")
HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\b|\Z)", re.IGNORECASE | re.DOTALL)
ANY_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>?")


def plain(text: str, longest: int) -> str:
    """Text that holds no markup, or whose angle brackets are meant as such."""
    folded = " ".join(text.split())
    if not folded.isprintable():  # as all is that is not seen, and some that is
        folded = " ".join(UNSEEN.sub("", text).split())
    return folded[:longest].rstrip()


def text_of(markup: str, longest: int) -> str:
    """The text of HTML: entities decoded; scripts, styles and comments gone; what stands in blocks stands apart."""
    if "<" not in markup:
        return plain(unescape(markup[:LONGEST_MARKUP]), longest)
    # A line break before each block's tags, since reading the text of a tree would run blocks together.
    parted = BLOCK.sub("\n<", markup[:LONGEST_MARKUP])
    return plain(_stripped(parted) if _is_hostile(parted) else _read(parted), longest)


def _read(markup: str) -> str:
    tree = LexborHTMLParser(_closed(markup))
    tree.strip_tags(NOT_TEXT)
    return tree.body.text() if tree.body else ""


def _closed(markup: str) -> str:
    """Without the tags of which some never end: what they would swallow is text."""
    balance = Counter[str]()
    for end, name in UNCLOSED.findall(markup):
        balance[name.lower()] += -1 if end else 1
    unclosed = [name for name, missing in balance.items() if missing > 0]
    if not unclosed:
        return markup
    return re.sub(rf"<(/?)(?:{'|'.join(unclosed)})\b", r"<\1span", markup, flags=re.IGNORECASE)


def _is_hostile(markup: str) -> bool:
    """Whether reading it as HTML could take seconds: nobody writes like that by hand."""
    if len(markup) > LONG_TAG and any(_is_long_tag(part) for part in markup.split("<") if len(part) > LONG_TAG):
        return True
    return markup.count("<") > FEW_TAGS and _is_deep(markup)


def _is_long_tag(part: str) -> bool:
    rest = REST_OF_TAG.match(part)
    return part[0].isalpha() and rest is not None and len(rest[0].split(None, MOST_ATTRIBUTES)) > MOST_ATTRIBUTES


def _is_deep(markup: str) -> bool:
    unended = Counter[str]()
    deep = 0
    for end, name in TAG.findall(markup.lower()):
        if NEVER_DEEP.fullmatch(name) or (end and not unended[name]):
            continue
        step = -1 if end else 1
        unended[name] += step
        deep += step
        if deep > DEEPEST:
            return True
    return False


def _stripped(markup: str) -> str:
    """The text in one pass, whatever the markup: as good, but for what stands where no text belongs."""
    return unescape(ANY_TAG.sub("", HIDDEN.sub("", markup)))
