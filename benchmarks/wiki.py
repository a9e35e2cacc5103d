"""A Wikipedia page as its reader sees it: paragraphs without markup, tables, templates and references."""

import html
import re

_GONE = re.compile(
    r"<!--.*?-->|<ref[^>/]*/>|<ref.*?</ref>|<math.*?</math>|<gallery.*?</gallery>|<[^>]*>|\[\[(?:File|Image|Category):"
    r"(?:[^\[\]]|\[\[[^\]]*\]\])*\]\]|'{2,}|__[A-Z]+__",
    re.DOTALL | re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}|\{\|(?:[^{}]|\{(?!\|)|(?<!\|)\})*\|\}")
_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]")
_ADDRESS = re.compile(r"\[\w+://\S+ ?([^\]]*)\]")
DEEPEST = 8
SHORTEST = 80
"""Characters of a paragraph: what is shorter is a heading or what a template left."""


def plain_paragraphs(page: str) -> list[str]:
    text = html.unescape(page)
    if text.lstrip().lower().startswith("#redirect"):
        return []
    text = _GONE.sub("", text)
    for _ in range(DEEPEST):
        text, taken = _TEMPLATE.subn("", text)
        if not taken:
            break
    text = html.unescape(_ADDRESS.sub(r"\1", _LINK.sub(r"\1", text)))
    lines = (" ".join(line.lstrip("*#:; ").split()) for line in text.splitlines())
    return [line for line in lines if len(line) >= SHORTEST and not set(line[:2]) & set("=|!{}")]
