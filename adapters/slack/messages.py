"""What Slack is told of a delivery, and how it is recognised again. Pure."""

from datetime import datetime, timedelta
from typing import Any, Literal, assert_never

from adapters.slack import render
from adapters.slack.blocks import Rendered
from adapters.slack.places import Place
from bot.model.delivery import CatchUp, Delivery, Gathered, Notice, Unknowable

EVENT_TYPE = "tocsin_alert"
SLACK_CLOCK = timedelta(minutes=2)
"""How far Slack's clock and ours may differ when a message is looked for."""
PAGE = "200"

Form = Literal["whole", "without picture", "plain"]


def posted(place: Place, delivery: Delivery, form: Form) -> dict[str, Any]:
    """For chat.postMessage."""
    text, blocks = _rendered(delivery, form)
    return {
        **_inert(delivery),
        "channel": place.channel,
        "text": text,
        **({"blocks": blocks} if blocks else {}),
        **({"thread_ts": place.thread} if place.thread else {}),
        "unfurl_links": False,
        "unfurl_media": False,
        # The text of an alert comes from feeds; that of a notice may name a person.
        "mrkdwn": isinstance(delivery.content, Notice),
    }


def edited(place: Place, delivery: Delivery, form: Form, receipt: str) -> dict[str, Any]:
    """For chat.update."""
    text, blocks = _rendered(delivery, form)
    # Blocks that are left out stay as they were.
    return {**_inert(delivery), "channel": place.channel, "ts": receipt, "text": text, "blocks": blocks}


def _inert(delivery: Delivery) -> dict[str, Any]:
    """The key, unseen, and nothing in the text that Slack would read a meaning into."""
    return {
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": delivery.key}},
        "parse": "none",
        "link_names": False,
    }


def _rendered(delivery: Delivery, form: Form) -> Rendered:
    content, repeated = delivery.content, delivery.repeated
    if isinstance(content, Notice):
        return render.notice(content, repeated=repeated)
    if isinstance(content, CatchUp | Gathered):
        written = render.plain_several if form == "plain" else render.several
        return written(content, repeated=repeated)
    match form:
        case "whole":
            return render.alert(content, repeated=repeated)
        case "without picture":
            return render.alert(content, repeated=repeated, with_picture=False)
        case "plain":
            return render.plain_alert(content, repeated=repeated)
        case _:
            assert_never(form)


def simpler(delivery: Delivery, form: Form) -> Form | None:
    """What to try where Slack refuses the form; None where nothing simpler is left."""
    if isinstance(delivery.content, Notice) or form == "plain":
        return None
    return "without picture" if form == "whole" and render.has_picture(delivery.content) else "plain"


def window(place: Place, delivery: Delivery, cursor: str) -> dict[str, str]:
    """The narrowest part of the channel or thread in which the message can stand, and the page of it."""
    since = delivery.first_sent_at or delivery.last_sent_at
    until = delivery.last_sent_at
    return {
        **thread(place),
        "include_all_metadata": "true",
        "inclusive": "true",
        "limit": PAGE,
        **({"oldest": _ts(since - SLACK_CLOCK)} if since else {}),
        **({"latest": _ts(until + SLACK_CLOCK)} if until else {}),
        **({"cursor": cursor} if cursor else {}),
    }


def thread(place: Place) -> dict[str, str]:
    """As conversations.replies and conversations.history name a place."""
    return {"channel": place.channel, **({"ts": place.thread} if place.thread else {})}


def _ts(when: datetime) -> str:
    return f"{when.timestamp():.6f}"


def look(messages: list[dict[str, Any]], key: str) -> list[str] | Unknowable:
    """The timestamps of the messages with our key on this page. Slack may keep payloads back: then nobody can tell."""
    ours = [message for message in messages if (message.get("metadata") or {}).get("event_type") == EVENT_TYPE]
    payloads = [(message["metadata"].get("event_payload"), str(message.get("ts") or "")) for message in ours]
    copies = [ts for payload, ts in payloads if payload and payload.get("key") == key]
    if not copies and any(not payload for payload, _ in payloads):
        return Unknowable("Slack keeps the metadata of our messages back")
    return copies
