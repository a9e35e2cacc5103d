"""What the Discord adapter is told."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    token: str = field(repr=False)
    api_url: str = "https://discord.com/api/v10"
    """Everything goes there; without a slash at its end."""
    gateway_url: str = ""
    """Where the gateway is; empty: as discord.py does it."""
    guilds: tuple[str, ...] = ()
    """Where commands are registered at once, beside everywhere."""
    token_variable: str = "DISCORD_TOKEN"  # noqa: S105 - the name of the variable, not its value
    contact: str = ""
    """Who runs this Tocsin, for Discord: an address, or empty."""
    request_timeout: timedelta = timedelta(seconds=10)
    """For one whole request, connecting included."""
    nonce_window: timedelta = timedelta(seconds=120)
    """How long after its first attempt Discord is relied on to know a message again by its nonce."""
    reconnect_after: timedelta = timedelta(seconds=1)
    """The first pause after a gateway that could not be reached; it doubles up to five minutes."""
