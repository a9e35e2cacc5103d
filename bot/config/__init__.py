"""Settings: a TOML file and the environment become one frozen object; every mistake is reported at once, by its path.

``values`` reads what stands behind an equals sign, ``settings`` is the shape of it all, ``environment`` lays variables
over the file, ``consistency`` compares settings with each other, ``mistakes`` puts into words what is wrong,
``secrets`` reads tokens, which are no settings, and ``loading`` does one after the other.
"""

from bot.config.loading import find_path, load, load_to_ask, load_to_run
from bot.config.mistakes import ConfigurationMistakes
from bot.config.secrets import Secret, Secrets, SlackSecrets, known_secrets, read_secret, read_secrets
from bot.config.settings import (
    Access,
    Database,
    DeclaredFeed,
    DeclaredSubscription,
    Delivery,
    Discord,
    Fetch,
    Settings,
    Slack,
    SlackWorkspace,
    Stories,
    Web,
)
from bot.config.values import ListenAddress

__all__ = [
    "Access",
    "ConfigurationMistakes",
    "Database",
    "DeclaredFeed",
    "DeclaredSubscription",
    "Delivery",
    "Discord",
    "Fetch",
    "ListenAddress",
    "Secret",
    "Secrets",
    "Settings",
    "Slack",
    "SlackSecrets",
    "SlackWorkspace",
    "Stories",
    "Web",
    "find_path",
    "known_secrets",
    "load",
    "load_to_ask",
    "load_to_run",
    "read_secret",
    "read_secrets",
]
