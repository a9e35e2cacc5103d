"""What opens private feeds, read from the environment."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from bot.config.consistency import readable, tables
from bot.config.headers import HeadersEnv, credential_of, headers_env, headers_in, value_of
from bot.config.mistakes import ConfigurationMistakes
from bot.config.secrets import Credentials, Secret, read_secret

T = TypeVar("T")


def read_credentials(document: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[Credentials, list[str]]:
    """The secret headers of every private feed in the document whose variables are in order, and what is wrong."""
    found: dict[str, Mapping[str, Secret]] = {}
    mistakes: list[str] = []
    for number, feed in enumerate(tables(document, "feeds")):
        where = readable(headers_env, feed.get("headers_env", ""))
        if not where:
            continue
        reading = _Reading(environ, f"feeds[{number}].headers_env")
        headers = reading.headers(where)
        if not reading.mistakes:
            found[credential_of(where)] = headers
        mistakes += reading.mistakes
    return found, mistakes


class _Reading:
    """Of one feed."""

    def __init__(self, environ: Mapping[str, str], place: str) -> None:
        self._environ = environ
        self._place = place
        self.mistakes: list[str] = []

    def headers(self, where: HeadersEnv) -> dict[str, Secret]:
        if isinstance(where, str):
            lines = self._read(where, headers_in, "the lines Header-Name: value") or {}
            return {name: Secret(value) for name, value in lines.items()}
        values = {name: self._read(variable, value_of, f"the value of {name}") for name, variable in where}
        return {name: Secret(value) for name, value in values.items() if value is not None}

    def _read(self, variable: str, read: Callable[[str], T], wanted: str) -> T | None:
        try:
            secret = read_secret(variable, self._environ)
        except ConfigurationMistakes as error:
            self.mistakes += [f"{self._place}: {mistake}" for mistake in error.mistakes]
            return None
        if secret is None:
            self.mistakes.append(f"{self._place}: {variable} is not set: put {wanted} there")
            return None
        try:
            return read(secret.reveal())
        except ValueError as error:
            self.mistakes.append(f"{self._place}: {variable} {error}")
            return None
