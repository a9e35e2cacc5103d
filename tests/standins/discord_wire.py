"""What the Discord stand-in sends: the objects of its world as Discord writes them."""

from collections.abc import Mapping
from typing import Any

from tests.standins.discord_checks import mentioned
from tests.standins.discord_state import Channel, Guild, Role, World

Json = dict[str, Any]
OURS = ("nonce", "allowed_mentions")
"""Kept with a message for the tests, and never told of again."""

EPHEMERAL, LOADING = 1 << 6, 1 << 7
LONG_AGO = "2026-01-01T00:00:00.000000+00:00"
FILE_LIMIT = 10 * 1024 * 1024


def user(world: World, id: str) -> Json:
    is_bot = id == world.bot_id
    return {
        "id": id, "username": "tocsin" if is_bot else f"person{id}", "discriminator": "0", "avatar": None,
        "global_name": None if is_bot else f"Person {id}", "public_flags": 0, "flags": 0, "primary_guild": None,
        **({"bot": True} if is_bot else {}),
    }  # fmt: skip


def me(world: World) -> Json:
    return {**user(world, world.bot_id), "mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}


def application(world: World) -> Json:
    return {
        "id": world.application_id, "name": "Tocsin", "icon": None, "description": "", "type": None, "summary": "",
        "bot": user(world, world.bot_id), "bot_public": False, "bot_require_code_grant": False,
        "verify_key": "0" * 64, "flags": 0, "flags_new": "0", "redirect_uris": [], "interactions_endpoint_url": None,
        "role_connections_verification_url": None, "owner": user(world, "1200000000000000002"), "team": None,
        "approximate_guild_count": len(world.guilds), "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0, "explicit_content_filter": 0, "eligible_oauth2_scopes": [],
        "integration_types_config": {"0": {}},
    }  # fmt: skip


def role(role: Role, bot_id: str) -> Json:
    return {
        "id": role.id, "name": role.name, "permissions": str(role.permissions), "position": role.position, "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None}, "hoist": False,
        "managed": role.of_the_bot, "mentionable": False, "icon": None, "unicode_emoji": None, "flags": 0,
        **({"tags": {"bot_id": bot_id}} if role.of_the_bot else {}),
    }  # fmt: skip


def member(world: World, guild: Guild, id: str) -> Json:
    return {
        "user": user(world, id), "nick": None, "avatar": None, "banner": None, "roles": guild.members[id],
        "joined_at": LONG_AGO, "premium_since": None, "deaf": False, "mute": False, "flags": 0, "pending": False,
        "communication_disabled_until": None,
    }  # fmt: skip


def channel(world: World, channel: Channel) -> Json:
    last = channel.messages[-1]["id"] if channel.messages else None
    seen = {"id": channel.id, "type": channel.type, "flags": 0, "last_message_id": last}
    if channel.guild is None:
        return {**seen, "recipients": [user(world, channel.recipient)]}
    seen |= {"guild_id": channel.guild.id, "name": channel.name, "parent_id": channel.parent or None}
    if channel.is_thread:
        return {**seen, **_thread(world, channel)}
    seen |= {
        "position": [*channel.guild.channels].index(channel.id), "permission_overwrites": channel.overwrites,
        "nsfw": False, "topic": None, "rate_limit_per_user": 0,
    }  # fmt: skip
    match channel.type:
        case 2 | 13:
            return {**seen, "bitrate": 64_000, "user_limit": 0, "rtc_region": None}
        case 15:
            return {**seen, "available_tags": [], "default_reaction_emoji": None, "default_forum_layout": 0}
    return seen


def _thread(world: World, thread: Channel) -> Json:
    return {
        "owner_id": world.bot_id, "rate_limit_per_user": 0, "message_count": len(thread.messages),
        "total_message_sent": len(thread.messages), "member_count": 1,
        "thread_metadata": {
            "archived": thread.archived, "auto_archive_duration": 1440, "archive_timestamp": LONG_AGO,
            "create_timestamp": LONG_AGO, "locked": thread.locked,
        },
    }  # fmt: skip


def guild(world: World, guild: Guild) -> Json:
    return {
        "id": guild.id, "name": guild.name, "owner_id": guild.owner, "system_channel_id": guild.system_channel,
        "roles": [role(each, world.bot_id) for each in guild.roles], "preferred_locale": "en-US",
        "system_channel_flags": 0, "icon": None, "description": None, "home_header": None, "splash": None,
        "discovery_splash": None, "features": [], "banner": None, "application_id": None, "region": "deprecated",
        "afk_channel_id": None, "afk_timeout": 300, "widget_enabled": False, "widget_channel_id": None,
        "verification_level": 0, "default_message_notifications": 0, "mfa_level": 0, "explicit_content_filter": 0,
        "max_presences": None, "max_members": 500_000, "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25, "vanity_url_code": None, "premium_tier": 0, "premium_subscription_count": 0,
        "rules_channel_id": None, "safety_alerts_channel_id": None, "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False, "nsfw": False, "nsfw_level": 0, "emojis": [], "stickers": [],
        "incidents_data": None,
    }  # fmt: skip


def guild_create(world: World, arrived: Guild) -> Json:
    """What the gateway tells of a guild; without ``unavailable``, which only a guild known before has."""
    seen = [channel(world, each) for each in arrived.channels.values() if not each.is_thread]
    threads = [each for each in arrived.channels.values() if each.is_thread and not each.archived]
    return {
        **guild(world, arrived), "joined_at": LONG_AGO, "large": False, "member_count": len(arrived.members),
        "members": [member(world, arrived, world.bot_id)], "channels": seen, "voice_states": [], "presences": [],
        "threads": [channel(world, each) for each in threads if arrived.permissions_of(world.bot_id, each)],
        "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [],
    }  # fmt: skip


def my_guild(world: World, guild: Guild) -> Json:
    return {
        "id": guild.id, "name": guild.name, "icon": None, "banner": None, "owner": guild.owner == world.bot_id,
        "permissions": str(guild.permissions_of(world.bot_id)), "features": [],
    }  # fmt: skip


# ---- messages --------------------------------------------------------------------------------------------------


def written(world: World, channel: Channel, body: Mapping[str, Any], author: str = "", **more: Any) -> Json:
    """A new message; where it stands is for the caller to say."""
    message = {
        "id": world.next_id(), "channel_id": channel.id, "type": 0, "author": user(world, author or world.bot_id),
        "content": "", "timestamp": world.now(), "edited_timestamp": None, "tts": False, "mention_everyone": False,
        "mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "components": [], "pinned": False,
        "flags": 0, **more,
    }  # fmt: skip
    rewritten(world, message, body)
    if body.get("nonce") is not None:
        message["nonce"] = body["nonce"]
    return message


def rewritten(world: World, message: Json, body: Mapping[str, Any]) -> Json:
    """The same message with what the body says about it."""
    if "content" in body:
        message["content"] = body["content"] or ""
    if "embeds" in body:
        message["embeds"] = [{"type": "rich", **each} for each in body["embeds"] or []]
    if "components" in body:
        message["components"] = body["components"] or []
    if body.get("flags") is not None:
        message["flags"] = message["flags"] & (EPHEMERAL | LOADING) | body["flags"]
    message["allowed_mentions"] = body.get("allowed_mentions")
    names = mentioned(message)
    message["mentions"] = [user(world, name) for name in names if name in world.people]
    message["mention_roles"] = [name[1:] for name in names if name.startswith("&")]
    message["mention_everyone"] = any(name in ("@everyone", "@here") for name in names)
    return message


def told(message: Mapping[str, Any], with_nonce: bool = False) -> Json:
    """The message as an answer has it; its nonce stands only in the answer to its making."""
    kept = ("nonce",) if with_nonce else ()
    return {key: value for key, value in message.items() if key not in OURS or key in kept}
