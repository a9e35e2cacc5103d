"""Secrets are no settings: they come from the environment or from files that it names, and print as dots."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bot.config.consistency import readable, section, tables
from bot.config.headers import secrets_in, variables_in
from bot.config.mistakes import ConfigurationMistakes
from bot.config.settings import Settings, Slack
from bot.config.values import VARIABLES, api_address, variable

HIDDEN = "•••"
DISCORD_TOKEN = "DISCORD_TOKEN"  # noqa: S105 - the name of a variable
BOT, APP, SIGNING = "bot_token_env", "app_token_env", "signing_secret_env"
BEGINNINGS = {BOT: "xoxb-", APP: "xapp-", SIGNING: ""}
WANTED = {
    BOT: "the token that begins with xoxb-",
    APP: "the token that begins with xapp-",
    SIGNING: "the app's signing secret",
}
TOKEN = re.compile(r"[!-~]+")
"""What a header can carry."""
THE_ONLY_ONE = {BOT: "SLACK_BOT_TOKEN", APP: "SLACK_APP_TOKEN", SIGNING: "SLACK_SIGNING_SECRET"}
"""The variables of a Slack without a list of workspaces."""
EVERY_SECRET = (*THE_ONLY_ONE.values(), DISCORD_TOKEN)


class Secret:
    """A value that no print, log line or traceback shows by accident."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not to be pickled")


@dataclass(frozen=True, slots=True)
class SlackSecrets:
    """What signing in to one workspace takes, and the variables that it came from."""

    name: str
    """As the configuration calls the workspace; empty for the only one."""
    bot_token: Secret
    bot_token_variable: str
    app_token: Secret | None
    """None in HTTP mode."""
    app_token_variable: str
    signing_secret: Secret | None
    """None in socket mode."""
    api_url: str


Credentials = Mapping[str, Mapping[str, Secret]]
"""The request headers that open private feeds, by the name of the credential."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What signing in takes, nothing for a platform that is off; and what opens private feeds."""

    slack: tuple[SlackSecrets, ...] = ()
    discord: Secret | None = None
    feeds: Credentials = field(default_factory=dict)


def read_secret(name: str, environ: Mapping[str, str]) -> Secret | None:
    """From the variable, or from the file that ``NAME_FILE`` names; None where neither is set or it is empty.

    Raises ConfigurationMistakes where both are set, or the file cannot be read or holds nothing.
    """
    value, file = environ.get(name, "").strip(), environ.get(f"{name}_FILE", "").strip()
    if value and file:
        raise ConfigurationMistakes([f"{name}: is set, and {name}_FILE too: accepted is one of them"])
    return secret_in(file, f"{name}_FILE") if file else Secret(value) if value else None


def secret_in(file: str, variable: str) -> Secret:
    try:
        value = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "is no text"
        raise ConfigurationMistakes([f"{variable}: the file cannot be read ({reason})"]) from None
    if not value:
        raise ConfigurationMistakes([f"{variable}: the file is empty, write the secret into it"])
    return Secret(value)


def read_secrets(document: Mapping[str, Any], environ: Mapping[str, str]) -> Secrets:
    """Of every platform that the document turns on. Raises ConfigurationMistakes with all that is missing.

    Only ``run`` and ``doctor`` ask: the other commands need no token.
    """
    mistakes: list[str] = []
    slack = tuple(_slack_secrets(document, environ, mistakes)) if "slack" in document else ()
    discord = None
    if "discord" in document:
        discord = _needed(DISCORD_TOKEN, "discord", "the token of the app's bot", environ, mistakes)
    if mistakes:
        raise ConfigurationMistakes(mistakes)
    return Secrets(slack, discord)


def _slack_secrets(
    document: Mapping[str, Any], environ: Mapping[str, str], mistakes: list[str]
) -> Iterator[SlackSecrets]:
    """As far as they are there; what is missing is added to the mistakes."""
    slack = section(document, "slack")
    is_http = slack.get("mode") == "http"
    declared = tables(slack, "workspaces")
    default = readable(api_address, slack.get("api_url")) or Slack().api_url
    for number, workspace in enumerate(declared or [THE_ONLY_ONE]):
        place = f"slack.workspaces[{number}]" if declared else "slack"
        used = {key: readable(variable, workspace.get(key)) or "" for key in BEGINNINGS}
        wanted = [BOT, SIGNING if is_http else APP]
        found = {key: _in(used[key], f"{place}.{key}" if declared else place, key, environ, mistakes) for key in wanted}
        bot = found[BOT]
        if bot is None:
            continue
        yield SlackSecrets(
            name=str(workspace.get("name", "")),
            bot_token=bot,
            bot_token_variable=used[BOT],
            app_token=found.get(APP),
            app_token_variable=used[APP],
            signing_secret=found.get(SIGNING),
            api_url=readable(api_address, workspace.get("api_url")) or default,
        )


def _in(name: str, place: str, key: str, environ: Mapping[str, str], mistakes: list[str]) -> Secret | None:
    """The secret in the variable that a workspace names for it."""
    if not name:
        if key != BOT:
            mistakes.append(f"{place}: is missing: accepted is {VARIABLES}")
        return None
    secret = _needed(name, place, WANTED[key], environ, mistakes)
    other = next((each for each in BEGINNINGS.values() if each and each != BEGINNINGS[key]), "")
    if secret is not None and BEGINNINGS[key] and secret.reveal().startswith(other):
        beginning = f"the one that begins with {BEGINNINGS[key]}"
        mistakes.append(f"{place}: {name} holds the other token: {beginning} belongs there")
    return secret


def _needed(name: str, place: str, wanted: str, environ: Mapping[str, str], mistakes: list[str]) -> Secret | None:
    try:
        secret = read_secret(name, environ)
    except ConfigurationMistakes as error:
        mistakes += error.mistakes
        return None
    if secret is not None and not TOKEN.fullmatch(secret.reveal()):
        mistakes.append(f"{place}: {name} holds blanks or signs that no token has: copy it again")
        return None
    if secret is None:
        mistakes.append(f"{place}: {name} is not set: put {wanted} there")
    return secret


def known_secrets(settings: Settings, environ: Mapping[str, str]) -> tuple[Secret, ...]:
    """Everything that no log line may show: the secrets that are set, the database's password as it may be spelled, and
    the dead-man address.

    Of the headers of a private feed each by itself, too. A secret that cannot be read is left out here: whoever needs
    it reports it.
    """
    password = urlsplit(settings.database.url).password or ""
    found = [Secret(each) for each in {password, unquote(password), settings.health.ping_url} if each]
    workspaces = settings.slack.workspaces if settings.slack else ()
    named = [name for one in workspaces for name in (one.bot_token_env, one.app_token_env, one.signing_secret_env)]
    opening = [name for feed in settings.feeds for name in variables_in(feed.headers_env)]
    headers = [Secret(part) for one in _set_among(opening, environ) for part in sorted(secrets_in(one.reveal()))]
    return (*found, *_set_among([*EVERY_SECRET, *filter(None, named)], environ), *headers)


def _set_among(names: Iterable[str], environ: Mapping[str, str]) -> Iterable[Secret]:
    for name in names:
        try:
            secret = read_secret(name, environ)
        except ConfigurationMistakes:
            continue
        if secret:
            yield secret
