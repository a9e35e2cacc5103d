"""Slash commands and clicks: acknowledged first, then done, then answered privately.

The tree is built from the catalogue: ``/news`` with a subcommand for each command of one word, and a group for those of
two. https://docs.discord.com/developers/interactions/application-commands
"""

import asyncio
import inspect
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Literal, Optional

import aiohttp

from adapters.discord import buttons, replies
from adapters.discord.places import DISCORD, direct
from adapters.discord.render import Message
from adapters.discord.vendor import app_commands, discord
from bot.commands.answering import answer, offer
from bot.commands.catalogue import GROUPS
from bot.commands.command import Asker, Command, Parameter, Problem, Reply, Request
from bot.commands.once import Once, every_time
from bot.commands.phrasing import as_named_options
from bot.model.destination import Destination, Workspace

log = logging.getLogger(__name__)

SLASH = "/news"
REMEMBERED = 1000
ACKNOWLEDGED = 40060
"""Discord's answer to a second acknowledgement. https://docs.discord.com/developers/topics/opcodes-and-status-codes#json"""
FINISH_WITHIN = 5.0
"""Seconds that commands under way are given when Tocsin stops."""
LABEL, CHOICES = 100, 25
"""The longest label or value, and the most, that a completion may have."""
STOPPING = Problem("Tocsin is just being stopped.", "Nothing was changed. Try again in a minute.", mistake=False)
TROUBLE = (discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError)
"""Every exception that discord.py exports, and those of the network that it lets through."""

Interaction = discord.Interaction[Any]


class DiscordCommands:
    """Everything that people ask of one bot."""

    def __init__(self, catalogue: Sequence[Command], once: Once = every_time) -> None:
        self._once = once
        self._catalogue = catalogue
        self._say = as_named_options(catalogue, SLASH)
        self._taken: OrderedDict[int, None] = OrderedDict()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._is_over = False

    def news(self) -> app_commands.Group:
        """The one top-level command. It works in servers only: elsewhere nobody could tell whose feeds are meant."""
        news = app_commands.Group(
            name=SLASH.removeprefix("/"),
            description="News alerts for your words",
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        groups: dict[str, app_commands.Group] = {}
        for command in self._catalogue:
            parent = news
            if len(command.words) > 1:
                word = command.words[0]
                if word not in groups:
                    groups[word] = app_commands.Group(name=word, description=GROUPS[word], parent=news)
                parent = groups[word]
            parent.add_command(self._offered(command))
        return news

    @property
    def first_step(self) -> str:
        """What somebody says who has just invited Tocsin."""
        return self._say("subscribe", query="huawei")

    async def clicked(self, interaction: Interaction) -> None:
        """The button under a message of ours lists the subscriptions of the place where it stands."""
        data: Any = interaction.data or {}
        clicked = buttons.read(str(data.get("custom_id") or ""))
        command = next(each for each in self._catalogue if each.name == "subscriptions")
        if clicked is not None:
            await self._serve(interaction, command, {}, str(interaction.guild_id or clicked.guild))

    async def finish(self) -> None:
        """Let what is under way come to its end, within a few seconds, and begin nothing more."""
        self._is_over = True
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=FINISH_WITHIN)
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _offered(self, command: Command) -> app_commands.Command[Any, ..., None]:
        """discord.py reads what a command takes from the signature of what it calls."""

        async def carry_out(interaction: Interaction, **given: Any) -> None:
            arguments = {name: str(value) for name, value in given.items() if value is not None}
            await self._serve(interaction, command, arguments, str(interaction.guild_id))

        taken = [_keyword(parameter) for parameter in command.parameters]
        carry_out.__signature__ = inspect.Signature([INTERACTION, *taken])  # type: ignore[attr-defined] # inspect reads it
        app_commands.describe(**{parameter.name: parameter.help for parameter in command.parameters})(carry_out)
        offered: app_commands.Command[Any, ..., None] = app_commands.Command(
            name=command.words[-1], description=command.summary, callback=carry_out
        )
        for parameter in command.parameters:
            if parameter.completion is not None:
                offered.autocomplete(parameter.name)(self._completing(parameter))
        return offered

    def _completing(
        self, parameter: Parameter
    ) -> Callable[[Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]:
        async def complete(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
            given = {name: str(value) for name, value in vars(interaction.namespace).items()}
            request = self._request(interaction, given, str(interaction.guild_id))
            fitting = [choice for choice in await offer(parameter, request, current) if len(choice.value) <= LABEL]
            return [app_commands.Choice(name=each.label[:LABEL], value=each.value) for each in fitting[:CHOICES]]

        return complete

    async def _serve(
        self, interaction: Interaction, command: Command, arguments: Mapping[str, str], guild: str
    ) -> None:
        # Discord may deliver an interaction again after a reconnection.
        if self._is_known(interaction.id):
            return
        task = asyncio.current_task()
        if task is not None:
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        try:
            await self._acknowledge(interaction)
            async with self._once(f"discord {interaction.id}") as is_ours:
                if is_ours:
                    reply = await self._reply(interaction, command, arguments, guild)
                    await _respond(interaction, replies.reply(reply, self._say(command.name, **arguments)))
        except TROUBLE as error:
            # Only the kind of the error: its text may hold the address, in which a token stands.
            log.warning("An answer to a command was lost", extra={"error": type(error).__name__})

    async def _acknowledge(self, interaction: Interaction) -> None:
        """Every process that listens is told of it. Whoever acknowledged it first may have ended since."""
        try:
            await interaction.response.defer(ephemeral=True, thinking=True)
        except discord.HTTPException as error:
            if error.code != ACKNOWLEDGED:
                self._taken.pop(interaction.id, None)
                raise

    async def _reply(
        self, interaction: Interaction, command: Command, arguments: Mapping[str, str], guild: str
    ) -> Reply:
        return STOPPING if self._is_over else await answer(command, self._request(interaction, arguments, guild))

    def _is_known(self, interaction: int) -> bool:
        known = interaction in self._taken
        self._taken[interaction] = None
        if len(self._taken) > REMEMBERED:
            self._taken.popitem(last=False)
        return known

    def _request(self, interaction: Interaction, arguments: Mapping[str, str], guild: str) -> Request:
        workspace = Workspace(DISCORD, guild)
        user = str(interaction.user.id)
        direct_messages = Destination(workspace, direct(user))
        here = Destination(workspace, str(interaction.channel_id)) if interaction.guild_id else direct_messages
        asker = Asker(workspace, user, f"<@{user}>", lambda: _is_admin(interaction), direct_messages)
        return Request(asker, here, self._say, arguments)


INTERACTION = inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Interaction)


def _keyword(parameter: Parameter) -> inspect.Parameter:
    kind: Any = int if parameter.kind == "number" else str
    if parameter.choices:
        kind = Literal[parameter.choices]
    kind = kind if parameter.required else Optional[kind]  # noqa: UP045 - discord.py reads no other spelling
    default = inspect.Parameter.empty if parameter.required else None
    return inspect.Parameter(parameter.name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)


async def _is_admin(interaction: Interaction) -> bool:
    """Whether they may manage the server, as Discord itself says in the interaction."""
    rights = interaction.permissions
    return bool(interaction.guild_id) and (rights.manage_guild or rights.administrator)


async def _respond(interaction: Interaction, message: Message) -> None:
    """Once more where the connection broke off: the answer replaces itself."""
    try:
        await _write(interaction, message)
    except (aiohttp.ClientError, OSError, TimeoutError):
        await _write(interaction, message)


async def _write(interaction: Interaction, message: Message) -> None:
    await interaction.edit_original_response(
        content=message["content"],
        embeds=[discord.Embed.from_dict(each) for each in message["embeds"]],
        allowed_mentions=discord.AllowedMentions.none(),
    )
