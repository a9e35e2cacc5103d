"""What an alert and a notice look like on Discord. Pure: no clock, no network.

Everything is shortened to well below Discord's limits (content 2,000 characters, title 256, author 256, description
4,096, footer 2,048, 6,000 in all embeds, addresses 2,048), so that Discord never refuses a message for its size.
https://docs.discord.com/developers/resources/message#embed-object-embed-limits
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, assert_never
from urllib.parse import urlsplit

from adapters.discord.markdown import at_line_start, code, inert, pieces, plain, size, within
from bot.alerts.catching_up import newest_within
from bot.alerts.plain import clean, web_address
from bot.alerts.wording import caveat, how_to_narrow, not_named, together, what_came_later
from bot.model.delivery import Alert, CatchUp, Content, Gathered, Headline, Notice, Reason, Snippet

TITLE, SOURCE, SNIPPET, QUERY, REASONED, ALT_TEXT, NOTICE, CODE = 250, 100, 1500, 120, 1500, 500, 1000, 600
"""The most characters of each."""
TOGETHER = 3500
"""The most characters of all headlines of a summary, addresses included."""
REASONS = 10
"""The most reasons that are told; the others are counted."""
ADDRESS = 2048
QUIET: dict[str, list[str]] = {"parse": []}
"""For ``allowed_mentions``, on posts and edits alike: left out, everything that looks like a mention would notify."""
USER = re.compile(r"<@[0-9]{1,20}>")
HOST = re.compile(r"[^.:]+(?:\.[^.:]+)+")
"""https://github.com/bugsink/bugsink/issues/280: Discord tells nowhere what it takes."""

Message = dict[str, Any]


def content(told: Content, *, repeated: bool = False) -> Message:
    """``content``, ``embeds`` and ``allowed_mentions`` of a message."""
    match told:
        case Alert():
            return _message(_preview(told), _embed(told, repeated=repeated))
        case Notice():
            return _message(_notice(told, repeated=repeated))
        case CatchUp() | Gathered():
            return _message(together(told), _several(told, repeated=repeated))
        case _:
            assert_never(told)


def _message(words: str, *embeds: Message) -> Message:
    return {"content": words, "embeds": list(embeds), "allowed_mentions": QUIET}


def _preview(told: Alert) -> str:
    """All that a push notification and many a screen reader tell."""
    return f"{_title(told)} — {inert(told.source, SOURCE, alone=True) or 'unnamed feed'}"


def _title(told: Alert) -> str:
    return inert(told.article.title, TITLE, alone=True) or "Untitled article"


def _embed(told: Alert, *, repeated: bool) -> Message:
    embed: Message = {
        "author": {"name": plain(told.source, SOURCE) or "unnamed feed"},
        "title": _title(told),
        "timestamp": _readable(told.article.published or told.seen).isoformat(),
        "footer": {"text": _reasons(told, repeated=repeated)},
    }
    address = _address(told.article.link)
    if address and _is_taken(address):
        embed["url"] = address
    written_out = [f"<{address}>"] if address and not _is_taken(address) else []
    if description := "\n".join([*_snippet(told.snippet), *written_out, *_remark(told)]):
        embed["description"] = description
    if picture := _picture(told):
        embed["image"] = picture
    return embed


def _several(told: CatchUp | Gathered, *, repeated: bool) -> Message:
    """The headlines, each above its address, which angle brackets keep from unfolding."""
    named = newest_within(told, TOGETHER, lambda headline: size(_named(headline)) + 1)
    reasons = told.reasons if isinstance(told, CatchUp) else (told.reason,)
    ending = filter(None, [_matched(reasons, repeated=repeated), how_to_narrow(told)])
    embed: Message = {"footer": {"text": "\n".join(ending)}}
    if lines := [_named(headline) for headline in named]:
        embed["description"] = "\n".join(lines)
    if more := not_named(told, len(named)):
        embed["title"] = more
    return embed


def _named(headline: Headline) -> str:
    title = inert(headline.title, TITLE, alone=True) or "Untitled article"
    source = inert(headline.source, SOURCE, alone=True) or "unnamed feed"
    address = _address(headline.link)
    return "\n".join([f"{title} — {source}", *([f"<{address}>"] if address else [])])


def _address(url: str) -> str | None:
    """As it may be linked, and no longer than Discord takes it; None where there is nothing to link."""
    address = web_address(url, ADDRESS)
    return address if address and size(address) <= ADDRESS else None


def _is_taken(address: str) -> bool:
    """Whether Discord takes it for an embed: where the host has no dot, it refuses the whole message."""
    return HOST.fullmatch(urlsplit(address).hostname or "") is not None


def _readable(when: datetime) -> datetime:
    """Discord shows no time before 1970."""
    return max(when, datetime.fromtimestamp(0, when.tzinfo))


def _snippet(snippet: Snippet) -> Iterator[str]:
    """With matched words bold: a character at a time, so that no mark loses its place."""
    marked = {position for start, end in snippet.marks for position in range(start, end)}
    chars = [
        (" " if char.isspace() else char, position in marked)
        for position, char in enumerate(snippet.text)
        if clean(char)
    ]
    written = zip(pieces("".join(char for char, _ in chars)), chars, strict=True)
    shown = _joined([(piece, bold and char != " ") for piece, (char, bold) in written])
    line = within(_bold_in_one_piece(shown), SNIPPET).strip()
    if line:
        yield f"> {at_line_start(line)}"


def _joined(shown: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """A blank between two bold characters is bold as well: a phrase is one run."""
    last = len(shown) - 1
    return [
        (piece, bold or (piece == " " and 0 < place < last and shown[place - 1][1] and shown[place + 1][1]))
        for place, (piece, bold) in enumerate(shown)
    ]


def _bold_in_one_piece(shown: list[tuple[str, bool]]) -> Iterator[str]:
    """So that the line may be cut anywhere but within bold words."""
    for bold, run in groupby(shown, key=itemgetter(1)):
        written = [piece for piece, _ in run]
        yield from [f"**{''.join(written)}**"] if bold else written


def _remark(told: Alert) -> Iterator[str]:
    """What the time in the footer means, where it is not when the article was published; in small print."""
    if told.article.published is None:
        yield "-# first seen at the time below"
    if later := what_came_later(told):
        yield f"-# {later}"


def _picture(told: Alert) -> Message:
    image = told.article.image
    address = _address(image.url) if image else None
    if image is None or address is None or not _is_taken(address):
        return {}
    return {"url": address, "description": plain(image.alt, ALT_TEXT) or "Picture of the article"}


def _reasons(told: Alert, *, repeated: bool) -> str:
    return "\n".join(filter(None, [_matched(told.reasons, repeated=repeated), caveat(told)]))


def _matched(reasons: Sequence[Reason], *, repeated: bool) -> str:
    said = [f"{plain(reason.query, QUERY)}, subscription {reason.subscription}" for reason in reasons[:REASONS]]
    more = [f"and {len(reasons) - REASONS} more"] if len(reasons) > REASONS else []
    return plain(f"matched {'; '.join(said + more)}", REASONED) + (" (may be a repeat)" if repeated else "")


def _notice(told: Notice, *, repeated: bool) -> str:
    """A line of Tocsin's own, with the query or address set apart. Only ``told.mention`` names a person."""
    words = _with_mention(told.text, told.mention) + (" (may be a repeat)" if repeated else "")
    return " ".join(filter(None, [words or "Tocsin", code(told.code, CODE)]))


def _with_mention(words: str, mention: str) -> str:
    before, found, after = words.partition(mention) if USER.fullmatch(mention) else (words, "", "")
    first = inert(before, NOTICE)
    return " ".join(filter(None, [first, found, inert(after, NOTICE - size(first))]))
