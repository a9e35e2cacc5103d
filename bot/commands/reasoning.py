"""Why a query was met or not, and what became of an alert, in plain words: pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from bot.alerts.snippet import snippet
from bot.commands.judging import Alerted, FirstPoll, FollowedLater, HeardAlready, Outcome, Untold, Younger
from bot.commands.times import moment
from bot.matching.explanation import Explanation, Place
from bot.matching.languages import language_of
from bot.matching.query import All, Any, Feed, In, Lang, Not, Site
from bot.matching.text import ArticleText, Field
from bot.model.sites import host_of
from bot.model.span import Span
from bot.ports import Told

FIELDS: dict[Field, str] = {
    "title": "the title",
    "summary": "the summary",
    "body": "the text",
    "author": "the author's name",
    "tag": "the tags",
}
EXCERPT = 60
"""The most characters of a text around what was found."""
MOST_WORDS = 3
"""How many different words of a field are named."""


def unfolded(explanation: Explanation) -> Iterator["Part"]:
    """What the query joins, and the parts of these behind each."""
    if isinstance(explanation.node, All | Any):
        for part in explanation.parts:
            yield from _with_parts(part, None)
    else:
        yield from _with_parts(explanation, None)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a query, judged, and the only field in which it was looked for."""

    judged: Explanation
    within: Field | None


def _with_parts(part: Explanation, within: Field | None) -> Iterator[Part]:
    yield Part(part, within)
    inner = part
    # A field and a NOT say the same of their part as the part itself.
    while isinstance(inner.node, In | Not):
        within = inner.node.field if isinstance(inner.node, In) else within
        inner = inner.parts[0]
    for each in inner.parts:
        yield from _with_parts(each, within)


def reason(part: Part, text: ArticleText) -> str:
    """``held: “5G auction” in the title``"""
    why = _why(part.judged, part.within, text)
    return f"{'held' if part.judged.held else 'not held'}: {why}"


def _why(part: Explanation, within: Field | None, text: ArticleText) -> str:
    match part.node:
        case All():
            return "all of it" if part.held else "not all of it"
        case Any():
            return "one of them" if part.held else "none of them"
        case Site():
            return f"the link leads to {host_of(text.article.link) or 'no host'}"
        case Lang():
            code = language_of(text)
            return f"the article is in the language {code}" if code else "the language of the article cannot be told"
        case Feed():
            return f"the feed is {'' if part.held else 'not '}called so"
        case Not():
            return (_found(part.parts[0], text) if not part.held else "") or _why(part.parts[0], within, text)
        case In(name, _):
            return _found(part, text) or f"not in {FIELDS[name]}"
        case _:
            return _found(part, text) or (
                f"not in {FIELDS[within]}" if within else "nowhere in title, summary and text"
            )


def _found(part: Explanation, text: ArticleText) -> str:
    """The words that were found, field by field; empty where there are none."""
    by_field: dict[Field, list[Span]] = {}
    for name, span in _places(part):
        by_field.setdefault(name, []).append(span)
    return "; ".join(_in_field(name, spans, text) for name, spans in by_field.items())


def _places(part: Explanation) -> Iterator[Place]:
    if part.held and not isinstance(part.node, Not):
        yield from part.places
        for inner in part.parts:
            yield from _places(inner)


def _in_field(name: Field, spans: Sequence[Span], text: ArticleText) -> str:
    original = text.original(name)
    found = list(dict.fromkeys(original[start:end] for start, end in spans))
    more = ["…"] if len(found) > MOST_WORDS else []
    words = ", ".join([*(f"“{one}”" for one in found[:MOST_WORDS]), *more])
    # The title stands above, and names are short.
    excerpt = snippet(text.article, {name: [spans[0]]}, EXCERPT).text if name in {"summary", "body"} else ""
    return f"{words} in {FIELDS[name]}" + (f" (“{excerpt}”)" if excerpt else "")


def came_of(outcome: Outcome) -> str:
    """What came of a match."""
    match outcome:
        case Alerted(told, through_another):
            return f"the alert{_called(told) if through_another else ''} {became_of(told)}"
        case HeardAlready(told):
            return f"no alert of its own: the story was told there already{_called(told)}, {moment(told.at)}"
        case Younger(since):
            return f"no alert: the subscription is younger than the article, it stands since {moment(since)}"
        case FollowedLater(sighted):
            followed = moment(sighted.followed_since)
            return f"no alert: it stood in {sighted.feed} before that was followed here, {followed}"
        case FirstPoll(sighted):
            return f"no alert: it stood in {sighted.feed} when that was first read, which makes it history"
        case Untold():
            return "no alert is on record: the article, the query or the feed's tags may have been others when it came"
        case _:
            assert_never(outcome)


def _called(told: Told) -> str:
    return f" as “{told.headline}”" if told.headline else ""


def became_of(told: Told) -> str:
    """``was posted 2026-03-14 12:01 UTC``"""
    match told.state:
        case "sent":
            repeat = ", marked as a possible repeat" if told.repeated else ""
            return f"was posted {moment(told.sent_at or told.at)}{repeat}"
        case "dead" if told.told_in:
            return f"was {told.reason}, {moment(told.settled_at or told.at)}"
        case "dead":
            return f"was given up {moment(told.settled_at or told.at)}: {told.reason}"
        case "sending":
            return "is being sent"
        case "checking" | "unknown":
            why = f": {told.reason}" if told.reason else ""
            return f"left {moment(told.sent_at or told.at)}, and whether it arrived is not known yet{why}"
        case "pending" if told.shut:
            return f"waits since {moment(told.at)}: nothing is posted there at present ({told.shut})"
        case "pending" if told.attempts:
            return f"waits for its next attempt, {moment(told.due)}: {told.reason}"
        case "pending":
            return f"waits for its turn since {moment(told.at)}"
        case _:
            assert_never(told.state)
