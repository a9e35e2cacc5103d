"""Secrets are no settings: they come from the environment or from files that it names, and print as dots."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bot.config.mistakes import ConfigurationMistakes
from bot.config.settings import Settings

HIDDEN = "•••"
BOT_TOKEN = "SLACK_BOT_TOKEN"  # noqa: S105 - the name of a variable
APP_TOKEN = "SLACK_APP_TOKEN"  # noqa: S105 - the name of a variable
BEGINNINGS = {BOT_TOKEN: "xoxb-", APP_TOKEN: "xapp-"}
EVERY_SECRET = (BOT_TOKEN, APP_TOKEN, "SLACK_SIGNING_SECRET", "DISCORD_TOKEN")


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
    bot_token: Secret
    app_token: Secret


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


def slack_secrets(settings: Settings, environ: Mapping[str, str]) -> SlackSecrets | None:
    """What signing in to Slack takes; None where Slack is off. Raises ConfigurationMistakes with all that is missing.

    Only ``run`` and ``doctor`` ask: the other commands need no token.
    """
    return read_slack_secrets(environ) if settings.slack else None


def read_slack_secrets(environ: Mapping[str, str]) -> SlackSecrets:
    found: dict[str, Secret] = {}
    mistakes: list[str] = []
    for name, beginning in BEGINNINGS.items():
        try:
            secret = read_secret(name, environ)
        except ConfigurationMistakes as error:
            mistakes += error.mistakes
            continue
        if secret is None:
            mistakes.append(f"slack: {name} is not set: put the token that begins with {beginning} there")
        elif secret.reveal().startswith(other_beginning(name)):
            mistakes.append(f"slack: {name} holds the other token: the one that begins with {beginning} belongs there")
        else:
            found[name] = secret
    if mistakes:
        raise ConfigurationMistakes(mistakes)
    return SlackSecrets(found[BOT_TOKEN], found[APP_TOKEN])


def other_beginning(name: str) -> str:
    return next(beginning for other, beginning in BEGINNINGS.items() if other != name)


def known_secrets(settings: Settings, environ: Mapping[str, str]) -> tuple[Secret, ...]:
    """Everything that no log line may show: the secrets that are set, and the database's password as it may be spelled.

    A secret that cannot be read is left out here: whoever needs it reports it.
    """
    password = urlsplit(settings.database.url).password or ""
    found = [Secret(spelling) for spelling in {password, unquote(password)} if spelling]
    return (*found, *readable(EVERY_SECRET, environ))


def readable(names: Iterable[str], environ: Mapping[str, str]) -> Iterable[Secret]:
    for name in names:
        try:
            secret = read_secret(name, environ)
        except ConfigurationMistakes:
            continue
        if secret:
            yield secret
