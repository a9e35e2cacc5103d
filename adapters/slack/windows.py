"""What the window looks like in which people speak to Tocsin from a thread. Pure.

https://docs.slack.dev/reference/views/modal-views
"""

import json
from collections.abc import Mapping
from typing import Any

from adapters.slack import replies
from adapters.slack.blocks import Rendered
from adapters.slack.inert import one_line
from bot.commands.command import Problem

TITLE = "News in this thread"
"""Slack shows 24 characters."""
SAID = "said"
"""The one input, as block and as action."""
MISTAKE = 500
"""The most characters under an input."""

View = dict[str, Any]


def question(callback_id: str, slash: str, carried: Mapping[str, str]) -> View:
    """``carried`` comes back with the answer, unseen."""
    hint = f'As behind {slash}: subscribe "5G auction", subscriptions, unsubscribe 2, help'
    element = {
        "type": "plain_text_input",
        "action_id": SAID,
        "initial_value": "subscribe ",
        "focus_on_load": True,
    }
    block = {
        "type": "input",
        "block_id": SAID,
        "label": _plain("What to say to Tocsin"),
        "element": element,
        "hint": _plain(hint),
    }
    asked = {"callback_id": callback_id, "private_metadata": json.dumps(carried), "submit": _plain("Say it")}
    return {**_modal([block]), **asked}


def said(view: Mapping[str, Any]) -> str:
    """What was typed into the question."""
    values = (view.get("state") or {}).get("values") or {}
    return str(((values.get(SAID) or {}).get(SAID) or {}).get("value") or "")


def carried(view: Mapping[str, Any]) -> dict[str, str]:
    found = json.loads(view.get("private_metadata") or "{}")
    return {str(name): str(value) for name, value in found.items()}


def mistakes(problem: Problem) -> dict[str, str]:
    """Shown under the input, which stays as it was typed."""
    return {SAID: one_line(f"{problem.text} {problem.hint}", MISTAKE) or "That cannot be done."}


def working(doing: str) -> View:
    return answered(replies.working(doing))


def answered(rendered: Rendered) -> View:
    _, blocks = rendered
    return _modal(blocks)


def _modal(blocks: list[dict[str, Any]]) -> View:
    return {"type": "modal", "title": _plain(TITLE), "close": _plain("Close"), "blocks": blocks}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
