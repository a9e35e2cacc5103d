"""Text as people read it: no markup, no invisible tricks, white space folded to single spaces."""

import re

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
    r"(?=</?(?:address|article|aside|blockquote|br|caption|center|dd|details|div|dl|dt|fieldset|figcaption|figure"
    r"|footer|form|h[1-6]|header|hr|img|legend|li|main|nav|ol|option|p|pre|section|summary|table|tbody|td|tfoot|th"
    r"|thead|tr|ul)\b)",
    re.IGNORECASE,
)
NOT_TEXT = ["script", "style", "noscript", "template", "iframe", "object", "svg", "math", "select", "textarea"]


def plain(text: str, longest: int) -> str:
    """Text that holds no markup, or whose angle brackets are meant as such."""
    return " ".join(UNSEEN.sub("", text).split())[:longest].rstrip()


def text_of(markup: str, longest: int) -> str:
    """The text of HTML: entities decoded; scripts, styles and comments gone; what stands in blocks stands apart."""
    if "<" not in markup and "&" not in markup:
        return plain(markup, longest)
    # A line break before each block's tags, since reading the text of a tree would run blocks together.
    tree = LexborHTMLParser(BLOCK.sub("\n", markup[:LONGEST_MARKUP]))
    tree.strip_tags(NOT_TEXT)
    return plain(tree.body.text() if tree.body else "", longest)
