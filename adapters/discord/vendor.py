"""discord.py, as everybody here imports it: without its warning, and without its log.

On Python 3.11 and 3.12 it warns of a module for voice that Tocsin never uses. Its log carries whole addresses, in which
the tokens of interactions stand, and tracebacks of connections that it mends itself; ``gateway`` says what matters.
"""

import logging
import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord
    from discord import app_commands
    from discord.gateway import DiscordWebSocket, ReconnectWebSocket
    from discord.http import Route

logging.getLogger("discord").setLevel(logging.CRITICAL)

__all__ = ["DiscordWebSocket", "ReconnectWebSocket", "Route", "app_commands", "discord"]
