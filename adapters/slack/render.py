"""What an alert and a notice look like on Slack. Pure: no clock, no network.

Everything is shortened to well below Slack's limits (text 40,000 characters, 50 blocks, about 13,000 characters in
all blocks, alternative text 2,000, addresses 3,000), so that Slack never refuses a message for its size.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import assert_never

from adapters.slack.blocks import (
    Block,
    Element,
    Rendered,
    ago,
    bullets,
    day_and_time,
    fixed_width,
    link,
    picture,
    quoted,
    rich,
    section,
    text,
    user,
)
from adapters.slack.inert import block_of, escape, mention_ends, one_line, web_address
from bot.alerts.catching_up import newest_within
from bot.alerts.plain import BREAK, clean, shorten
from bot.alerts.wording import caveat, how_to_narrow, not_named, together, what_came_later
from bot.model.delivery import Alert, CatchUp, Content, Gathered, Headline, Notice, Reason, Snippet

HEADLINE, SOURCE, SNIPPET, QUERY, ALT_TEXT, NOTICE = 300, 100, 700, 120, 500, 2000
"""The most characters of each."""
TOGETHER = 7000
"""The most characters of all headlines of a summary, addresses included."""
REASONS = 10
"""The most reasons that are told; the others are counted."""
USER = re.compile(r"<@([UW][A-Z0-9]{1,20})>")


def content(told: Content, *, repeated: bool = False, with_picture: bool = True) -> Rendered:
    match told:
        case Alert():
            return alert(told, repeated=repeated, with_picture=with_picture)
        case Notice():
            return notice(told, repeated=repeated)
        case CatchUp() | Gathered():
            return several(told, repeated=repeated)
        case _:
            assert_never(told)


def alert(told: Alert, *, repeated: bool = False, with_picture: bool = True) -> Rendered:
    """Headline first and linked, then source and time, the snippet, the picture, and the reasons last."""
    blocks = [rich(section(_headline(told))), rich(section(*_origin(told)), *_snippet(told.snippet))]
    if with_picture:
        blocks += _picture(told)
    blocks.append(rich(section(text(_reasons(told, repeated=repeated)))))
    return _preview(told), blocks


def plain_alert(told: Alert, *, repeated: bool = False) -> Rendered:
    """The same without blocks, for the case that Slack will not have them: there is nothing left to refuse."""
    address = web_address(told.article.link)
    lines = [_preview(told), *([escape(address)] if address else []), escape(_reasons(told, repeated=repeated))]
    return "\n".join(lines), []


def several(told: CatchUp | Gathered, *, repeated: bool = False) -> Rendered:
    """How many they are, then the headlines, linked, and the reasons last."""
    named = newest_within(told, TOGETHER, _size)
    return together(told), [
        rich(section(text(together(told), bold=True))),
        *([rich(bullets(_named(headline) for headline in named))] if named else []),
        rich(section(text(_ending(told, len(named), repeated=repeated)))),
    ]


def plain_several(told: CatchUp | Gathered, *, repeated: bool = False) -> Rendered:
    """The same without blocks."""
    named = newest_within(told, TOGETHER, _size)
    lines = [" ".join(filter(None, [_label(one), web_address(one.link)])) for one in named]
    return "\n".join(map(escape, [together(told), *lines, _ending(told, len(named), repeated=repeated)])), []


def has_picture(told: Content) -> bool:
    return isinstance(told, Alert) and bool(_picture(told))


def notice(told: Notice, *, repeated: bool = False) -> Rendered:
    """A line of Tocsin's own, with the query or address set apart. Only ``told.mention`` names a user live."""
    words = told.text + (" (may be a repeat)" if repeated else "")
    elements, preview = _with_mention(words, told.mention)
    code = block_of(told.code, NOTICE)
    if not code.strip():
        return preview, [rich(section(*elements))]
    preview = f"{preview} {escape(one_line(told.code, QUERY))}"
    if "\n" in code:
        return preview, [rich(section(*elements), fixed_width(code))]
    return preview, [rich(section(*elements, text(" "), text(code, code=True)))]


def _preview(told: Alert) -> str:
    return escape(f"{_title(told)} — {_source(told)}")


def _title(told: Alert) -> str:
    return one_line(told.article.title, HEADLINE) or "Untitled article"


def _source(told: Alert) -> str:
    return one_line(told.source, SOURCE) or "unnamed feed"


def _headline(told: Alert) -> Element:
    address = web_address(told.article.link)
    return link(address, _title(told), bold=True) if address else text(_title(told), bold=True)


def _origin(told: Alert) -> Iterator[Element]:
    when = told.article.published or told.seen
    yield text(f"{_source(told)}, {'published' if told.article.published else 'first seen'} ")
    yield ago(when)
    yield text(" (")
    yield day_and_time(when)
    later = what_came_later(told)
    yield text(f"), {later}" if later else ")")


def _snippet(snippet: Snippet) -> list[Element]:
    """The snippet with matched words bold: a character at a time, so that no mark loses its place."""
    marked = {position for start, end in snippet.marks for position in range(start, end)}
    chars = [
        (" " if char.isspace() else char, position in marked)
        for position, char in enumerate(shorten(snippet.text, SNIPPET))
        if clean(char)
    ]
    breaks = mention_ends("".join(char for char, _ in chars))
    pieces = [((BREAK if place in breaks else "") + char, bold) for place, (char, bold) in enumerate(chars)]
    runs = [("".join(piece for piece, _ in run), bold) for bold, run in groupby(pieces, key=lambda piece: piece[1])]
    return [quoted(text(words, bold=bold) for words, bold in runs)] if snippet.text.strip() and runs else []


def _picture(told: Alert) -> list[Block]:
    image = told.article.image
    address = web_address(image.url) if image else None
    if image is None or address is None:
        return []
    return [picture(address, one_line(image.alt, ALT_TEXT) or "Picture of the article")]


def _named(headline: Headline) -> Element:
    address = web_address(headline.link)
    return section(link(address, _label(headline)) if address else text(_label(headline)))


def _label(headline: Headline) -> str:
    title, source = one_line(headline.title, HEADLINE), one_line(headline.source, SOURCE)
    return f"{title or 'Untitled article'} — {source or 'unnamed feed'}"


def _size(headline: Headline) -> int:
    return len(_label(headline)) + len(web_address(headline.link) or "")


def _ending(told: CatchUp | Gathered, named: int, *, repeated: bool) -> str:
    reasons = told.reasons if isinstance(told, CatchUp) else (told.reason,)
    lines = [not_named(told, named), _matched(reasons, repeated=repeated), how_to_narrow(told)]
    return "\n".join(filter(None, lines))


def _reasons(told: Alert, *, repeated: bool) -> str:
    return "\n".join(filter(None, [_matched(told.reasons, repeated=repeated), caveat(told)]))


def _matched(reasons: Sequence[Reason], *, repeated: bool) -> str:
    said = [f"{one_line(reason.query, QUERY)}, subscription {reason.subscription}" for reason in reasons[:REASONS]]
    more = [f"and {len(reasons) - REASONS} more"] if len(reasons) > REASONS else []
    return f"matched {'; '.join(said + more)}" + (" (may be a repeat)" if repeated else "")


def _with_mention(words: str, mention: str) -> tuple[list[Element], str]:
    """The words as elements and as ``text``, the mention in them alive and everything else inert."""
    named = USER.fullmatch(mention)
    before, found, after = words.partition(mention) if named else (words, "", "")
    head, tail = _part(before), _part(after)
    live = [user(named[1])] if named and found else []
    elements = [*([text(head)] if head else []), *live, *([text(tail)] if tail else [])]
    return elements or [text("Tocsin")], escape(head) + found + escape(tail)


def _part(words: str) -> str:
    """One line, with the spaces at its ends, which part it from its neighbours."""
    line = one_line(words, NOTICE)
    before, after = " " * words.startswith(" "), " " * words.endswith(" ")
    return f"{before}{line}{after}" if line else ""
