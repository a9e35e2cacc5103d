from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.permissions import (
    ADMINISTRATOR,
    ALL_NEEDED,
    EMBED_LINKS,
    NEEDED,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    THREADS,
    VIEW_CHANNEL,
    Standing,
    allowed,
    invite,
    missing,
    standing,
)
from tests.standins.discord_state import World, overwrite

GUILD, BOT, ROLE, OTHER_ROLE, STRANGERS_ROLE, STRANGER = "100", "1", "10", "11", "12", "7"
NAMES = {
    "view_channel": "View Channels",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "embed_links": "Embed Links",
    "read_message_history": "Read Message History",
}
"""What Discord's interface calls them, by their names in discord.py."""
BITS = st.sampled_from([0, *NEEDED, ALL_NEEDED, SEND_MESSAGES | EMBED_LINKS])
OVERWRITES = st.lists(
    st.builds(overwrite, st.sampled_from([GUILD, BOT, ROLE, OTHER_ROLE, STRANGERS_ROLE, STRANGER]), BITS, BITS),
    max_size=6,
    unique_by=lambda each: each["id"],
)


def the_bot(everyone: int = 0, role: int = 0, other_role: int = 0) -> Standing:
    granted = {GUILD: everyone, ROLE: role, OTHER_ROLE: other_role, STRANGERS_ROLE: ADMINISTRATOR}
    return Standing(GUILD, BOT, frozenset({ROLE, OTHER_ROLE}), granted)


# ---- what is allowed -------------------------------------------------------------------------------------------------


def test_what_everyone_and_every_role_grants_adds_up() -> None:
    assert allowed(the_bot(VIEW_CHANNEL, SEND_MESSAGES, EMBED_LINKS), []) == VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS


def test_a_role_that_tocsin_does_not_have_grants_it_nothing() -> None:
    assert allowed(the_bot(VIEW_CHANNEL), [overwrite(STRANGERS_ROLE, allow=SEND_MESSAGES)]) == VIEW_CHANNEL


def test_an_administrator_may_everything_whatever_a_channel_denies() -> None:
    bits = allowed(the_bot(role=ADMINISTRATOR), [overwrite(GUILD, deny=ALL_NEEDED), overwrite(BOT, deny=ALL_NEEDED)])

    assert missing(bits) == []
    assert missing(bits, in_thread=True) == []


@pytest.mark.parametrize(
    ("overwrites", "may_post"),
    [
        ([], True),
        ([overwrite(GUILD, deny=SEND_MESSAGES)], False),
        ([overwrite(GUILD, deny=SEND_MESSAGES), overwrite(ROLE, allow=SEND_MESSAGES)], True),
        ([overwrite(GUILD, allow=SEND_MESSAGES), overwrite(ROLE, deny=SEND_MESSAGES)], False),
        ([overwrite(ROLE, allow=SEND_MESSAGES), overwrite(OTHER_ROLE, deny=SEND_MESSAGES)], True),
        ([overwrite(OTHER_ROLE, deny=SEND_MESSAGES), overwrite(ROLE, allow=SEND_MESSAGES)], True),
        ([overwrite(ROLE, allow=SEND_MESSAGES), overwrite(BOT, deny=SEND_MESSAGES, of_member=True)], False),
        ([overwrite(ROLE, deny=SEND_MESSAGES), overwrite(BOT, allow=SEND_MESSAGES, of_member=True)], True),
        ([overwrite(BOT, allow=SEND_MESSAGES, of_member=True), overwrite(GUILD, deny=SEND_MESSAGES)], True),
        ([overwrite(STRANGERS_ROLE, deny=SEND_MESSAGES), overwrite(STRANGER, deny=SEND_MESSAGES)], True),
        ([overwrite(ROLE, allow=SEND_MESSAGES, deny=SEND_MESSAGES)], True),
    ],
)
def test_a_channel_says_first_what_everyone_may_then_the_roles_together_then_the_member(
    overwrites: Sequence[dict[str, Any]], may_post: bool
) -> None:
    """The order is Discord's, not the one in which the overwrites come."""
    assert bool(allowed(the_bot(VIEW_CHANNEL | SEND_MESSAGES), overwrites) & SEND_MESSAGES) is may_post


@given(BITS, BITS, BITS, OVERWRITES)
def test_it_comes_to_what_the_stand_in_adds_up(
    everyone: int, role: int, other_role: int, overwrites: list[dict[str, Any]]
) -> None:
    world = World()
    guild = world.guild(GUILD, everyone=everyone | VIEW_CHANNEL)
    guild.roles[1:] = []
    for id, permissions in ((ROLE, role), (OTHER_ROLE, other_role), (STRANGERS_ROLE, ADMINISTRATOR)):
        guild.role(id, f"Role {id}", permissions)
    guild.members[world.bot_id] = [ROLE, OTHER_ROLE]
    named = [{**each, "id": world.bot_id} if each["id"] == BOT else each for each in overwrites]

    bits = allowed(the_bot(everyone | VIEW_CHANNEL, role, other_role), overwrites)

    theirs = guild.permissions_of(world.bot_id, guild.channel("200", overwrites=named))
    assert (bits if bits & VIEW_CHANNEL else 0) == theirs


def test_what_discord_tells_is_read_as_it_comes() -> None:
    roles = [{"id": GUILD, "permissions": str(VIEW_CHANNEL)}, {"id": ROLE, "permissions": str(1 << 50 | EMBED_LINKS)}]

    who = standing(GUILD, BOT, roles, {"roles": [ROLE, "99"]})

    assert who.roles == {ROLE, "99"}
    assert allowed(who, [{"id": ROLE, "type": 0, "deny": str(EMBED_LINKS)}]) == VIEW_CHANNEL | 1 << 50
    assert standing(GUILD, BOT, [], {}) == Standing(GUILD, BOT, frozenset(), {})
    assert allowed(standing(GUILD, BOT, [], {}), []) == 0


# ---- what is missing -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bit", NEEDED)
def test_each_missing_permission_is_named_alone(bit: int) -> None:
    in_thread = bit == SEND_MESSAGES_IN_THREADS

    assert missing(~bit, in_thread=in_thread) == [NEEDED[bit][0]]


def test_in_a_thread_its_own_permission_counts_and_not_the_one_for_channels() -> None:
    neither = ALL_NEEDED & ~SEND_MESSAGES & ~SEND_MESSAGES_IN_THREADS

    assert missing(neither) == ["Send Messages"]
    assert missing(neither, in_thread=True) == ["Send Messages in Threads"]
    assert missing(ALL_NEEDED) == missing(ALL_NEEDED, in_thread=True) == []


def test_only_what_is_wanted_is_missed() -> None:
    assert missing(0, wanted=READ_MESSAGE_HISTORY) == ["Read Message History"]
    assert missing(READ_MESSAGE_HISTORY, wanted=READ_MESSAGE_HISTORY) == []


# ---- what is asked for -----------------------------------------------------------------------------------------------


def test_every_permission_has_its_bit_its_name_in_discords_interface_and_its_reason() -> None:
    import discord

    named = {discord.Permissions(**{name: True}).value: words for name, words in NAMES.items()}

    assert {bit: words for bit, (words, _) in NEEDED.items()} == named
    assert discord.Permissions(administrator=True).value == ADMINISTRATOR
    assert all(reason for _, reason in NEEDED.values())


def test_the_invite_link_asks_for_exactly_these_and_for_commands() -> None:
    import discord

    link = urlsplit(invite("1200000000000000000"))
    asked = {name: values[0] for name, values in parse_qs(link.query).items()}

    assert (link.scheme, link.netloc, link.path) == ("https", "discord.com", "/oauth2/authorize")
    assert asked == {
        "client_id": "1200000000000000000",
        "scope": "bot applications.commands",
        "permissions": str(discord.Permissions(**dict.fromkeys(NAMES, True)).value),
    }
    assert asked["permissions"] == "274877991936"
    theirs = discord.utils.oauth_url("1200000000000000000", permissions=discord.Permissions(int(asked["permissions"])))
    assert parse_qs(urlsplit(theirs).query)["permissions"] == [asked["permissions"]]


def test_what_is_a_thread_is_what_discord_calls_one() -> None:
    import discord

    threads = {discord.ChannelType.news_thread, discord.ChannelType.public_thread, discord.ChannelType.private_thread}

    assert {each.value for each in threads} == THREADS
