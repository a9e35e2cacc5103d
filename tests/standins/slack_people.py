"""What Slack sends when people do something, as its documentation shows it.

https://docs.slack.dev/interactivity/implementing-slash-commands,
https://docs.slack.dev/reference/interaction-payloads
"""

from collections.abc import Mapping
from typing import Any

Payload = dict[str, Any]
APP = {"api_app_id": "A1", "token": "invented-verification-token"}


def command(team_id: str, user: str, channel: tuple[str, str], line: str) -> Payload:
    """``channel``: its id and its name."""
    slash, _, text = line.partition(" ")
    return {
        **APP,
        "command": slash,
        "text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
        "team_id": team_id,
        "team_domain": "invented-telecom",
        "channel_id": channel[0],
        "channel_name": channel[1],
        "user_id": user,
        "user_name": user.lower(),
        "is_enterprise_install": "false",
    }


def message_action(
    team_id: str, user: str, channel: tuple[str, str], message: Mapping[str, Any], callback_id: str
) -> Payload:
    return {
        **_interaction("message_action", team_id, user),
        "callback_id": callback_id,
        "channel": {"id": channel[0], "name": channel[1]},
        "action_ts": "1712345678.000100",
        "message_ts": message["ts"],
        "message": dict(message),
    }


def view_submission(team_id: str, user: str, view_id: str, view: Mapping[str, Any], values: Payload) -> Payload:
    return {
        **_interaction("view_submission", team_id, user),
        "view": {**view, "id": view_id, "team_id": team_id, "hash": "1.a", "state": {"values": values}},
        "response_urls": [],
    }


def typed(view: Mapping[str, Any], said: str) -> Payload:
    """The state of a view in which somebody typed this into its one input."""
    (block,) = [each for each in view["blocks"] if each["type"] == "input"]
    return {block["block_id"]: {block["element"]["action_id"]: {"type": "plain_text_input", "value": said}}}


def _interaction(kind: str, team_id: str, user: str) -> Payload:
    return {
        **APP,
        "type": kind,
        "team": {"id": team_id, "domain": "invented-telecom"},
        "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": team_id},
        "is_enterprise_install": False,
        "enterprise": None,
    }
