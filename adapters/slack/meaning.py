"""What Slack's answers mean for a delivery. Pure.

Codes: https://docs.slack.dev/reference/methods/chat.postMessage#errors. One that is listed nowhere shuts the lane
rather than lose the alert: a lane shows in ``status`` and opens again, a dead delivery is gone.
"""

from datetime import timedelta
from typing import Literal, assert_never

from adapters.slack.wire import Failure, InDoubt, Limited, NotReached, Said
from bot.model.delivery import Deferred, Finding, Refused, Unconfirmed, Unknowable

INVITE = "/invite @Tocsin"
ASK_AGAIN = timedelta(minutes=1)
LIMITED = "Slack limits the rate"

PASSING = frozenset({"team_added_to_org", "external_channel_migrating", "request_timeout", "update_failed"})
TOKEN = frozenset(
    {
        "accesslimited",
        "account_inactive",
        "app_not_installed",
        "enterprise_is_restricted",
        "invalid_auth",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
        "user_removed_from_team",
    }
)
CONTENT = frozenset(
    {
        "attachment_payload_limit_exceeded",
        "block_mismatch",
        "cant_delete_message",
        "cant_update_message",
        "compliance_exports_prevent_deletion",
        "edit_window_closed",
        "invalid_arg_name",
        "invalid_arguments",
        "invalid_array_arg",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_charset",
        "invalid_form_data",
        "invalid_json",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "json_not_object",
        "markdown_text_conflict",
        "message_not_found",
        "message_too_long",
        "metadata_must_be_sent_from_app",
        "metadata_too_large",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "too_many_attachments",
    }
)
BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_attachments"})
"""Refusals that a simpler form of the same message gets round."""
LANE_HINTS = {
    "access_denied": INVITE,
    "no_permission": INVITE,
    "channel_not_found": INVITE,
    "not_in_channel": INVITE,
    "is_archived": "Unarchive the channel, or end its subscriptions",
    "restricted_action": "Ask an admin of the workspace to let apps post in this channel",
    "restricted_action_read_only_channel": "Ask an admin of the workspace to let apps post in this channel",
    "restricted_action_thread_locked": "Unlock the thread, or subscribe its channel instead",
    "restricted_action_non_threadable_channel": "Subscribe the channel itself: it takes no threads",
    "thread_not_found": "End its subscriptions, or subscribe its channel instead",
    "user_disabled": "Their account is deactivated: end the subscription",
    "user_not_found": "Nobody in this workspace has that id: end the subscription",
    "user_not_visible": "Ask an admin of the workspace to let them use apps",
    "cannot_dm_bot": "That is a bot, which reads no messages: end the subscription",
    "messages_tab_disabled": "Turn on the Messages tab under App Home in the app's settings",
    "ekm_access_denied": "The workspace's admins have suspended posting",
}

WITHOUT_DIRECT_MESSAGES = frozenset({"cannot_dm_bot", "user_disabled", "user_not_found", "user_not_visible"})
"""Why Slack opens no direct messages with a person: then there are none."""

Scope = Literal["delivery", "lane", "workspace"]


def scope_of(code: str) -> Scope:
    """Whom a refusal concerns."""
    if code in TOKEN or code == "missing_scope":
        return "workspace"
    return "delivery" if code in CONTENT else "lane"


def outcome(failed: Failure, token_variable: str) -> Deferred | Refused | Unconfirmed:
    """What a failed post means."""
    match failed:
        case Limited(retry_after):
            return Deferred(LIMITED, retry_after)
        case NotReached(reason):
            return Deferred(reason)
        case InDoubt(reason):
            return Unconfirmed(reason)
        case Said(code) if code in PASSING:
            return Deferred(f"Slack says {code}", ASK_AGAIN)
        case Said(code):
            return Refused(scope_of(code), words(failed, token_variable), next_step(failed, token_variable))
        case _:
            assert_never(failed)


def before_posting(failed: Failure, token_variable: str) -> Deferred | Refused:
    """What a failure means where nothing is posted yet."""
    decided = outcome(failed, token_variable)
    return Deferred(decided.reason, ASK_AGAIN) if isinstance(decided, Unconfirmed) else decided


def is_token(failed: Failure) -> bool:
    """Whether the token itself is refused, and so everything that would be asked with it."""
    return isinstance(failed, Said) and failed.code in TOKEN


def finding(failed: Failure, token_variable: str) -> Finding:
    """What a failed look into the channel means: never that the message is absent."""
    match failed:
        case Limited(retry_after):
            return Deferred(LIMITED, retry_after)
        case NotReached(reason) | InDoubt(reason):
            return Deferred(reason)
        case Said(code) if code in PASSING or code in TOKEN:
            return Deferred(words(failed, token_variable), ASK_AGAIN)
        case Said():
            return Unknowable(words(failed, token_variable))
        case _:
            assert_never(failed)


def explained(failed: Failure, token_variable: str) -> str:
    """Why it failed, in words for the admin."""
    match failed:
        case Limited():
            return LIMITED
        case NotReached(reason) | InDoubt(reason):
            return reason
        case Said():
            return words(failed, token_variable)
        case _:
            assert_never(failed)


def words(said: Said, token_variable: str) -> str:
    """In words for the admin, naming the variable of a token, never its value."""
    if said.code in TOKEN:
        return f"Slack refuses the token in {token_variable} ({said.code})"
    if said.code == "missing_scope":
        return f"The token in {token_variable} lacks the scope {said.needed or '(unnamed)'}"
    return f"Slack says {said.code}" + (f": {said.detail}" if said.detail else "")


def next_step(said: Said, token_variable: str) -> str:
    """The one step that helps, where there is one."""
    if said.code in TOKEN:
        return f"Install the app again and put its new token into {token_variable}"
    if said.code == "missing_scope":
        return f"Add the scope {said.needed or 'that slack-manifest.yaml lists'} to the app and install it again"
    return LANE_HINTS.get(said.code, "")
