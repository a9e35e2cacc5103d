"""From a file and the environment to settings."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.config.consistency import contradictions, missing_contact, missing_extra
from bot.config.credentials import read_credentials
from bot.config.environment import Document, overlay, sections, unknown_variables
from bot.config.mistakes import ConfigurationMistakes, in_words
from bot.config.secrets import Credentials, Secrets, read_secrets
from bot.config.settings import Database, DeclaredSubscription, Settings
from bot.model.address import same_address

FILE_NAME = "tocsin.toml"
VARIABLE = "TOCSIN_CONFIG"


def find_path(option: Path | None, environ: Mapping[str, str], directory: Path) -> Path | None:
    """The file to read: ``--config``, else ``TOCSIN_CONFIG``, else ``tocsin.toml`` in the directory where it stands."""
    if option:
        return option
    if named := environ.get(VARIABLE):
        return Path(named)
    here = directory / FILE_NAME
    return here if here.exists() else None


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """What the file and the environment say; without a file, the defaults and the environment.

    Raises ConfigurationMistakes with every mistake there is.
    """
    return load_to_ask(path, environ)[0]


def load_to_ask(path: Path | None, environ: Mapping[str, str]) -> tuple[Settings, Credentials]:
    """The same for a command, with what opens private feeds, as far as it is there: most commands read none.

    Raises ConfigurationMistakes with every mistake there is.
    """
    settings, document, mistakes = examine(path, environ)
    if mistakes or settings is None:
        raise ConfigurationMistakes(mistakes)
    credentials, _ = read_credentials(document, environ)
    return settings, credentials


def load_to_run(path: Path | None, environ: Mapping[str, str]) -> tuple[Settings, Secrets]:
    """The same for ``run`` and ``doctor``, which need a contact for public hosts, what reads pages where full text is
    asked for, and the secrets of all that is on.

    Raises ConfigurationMistakes with every mistake there is.
    """
    settings, document, mistakes = examine(path, environ)
    mistakes += missing_contact(document)
    mistakes += missing_extra(document)
    secrets = Secrets()
    try:
        secrets = read_secrets(document, environ)
    except ConfigurationMistakes as error:
        mistakes += error.mistakes
    credentials, unread = read_credentials(document, environ)
    mistakes += unread
    if mistakes or settings is None:
        raise ConfigurationMistakes(mistakes)
    return settings, replace(secrets, feeds=credentials)


def examine(path: Path | None, environ: Mapping[str, str]) -> tuple[Settings | None, Document, list[str]]:
    """The settings if they can be read, the document that they were read from, and all that is wrong with it."""
    written, mistakes = read_document(path)
    mistakes += no_sections(written)
    document, names = overlay({name: value for name, value in written.items() if fits(name, value)}, environ)
    settings = None
    try:
        settings = Settings.model_validate(document)
    except ValidationError as error:
        mistakes += in_words(error, Settings, names)
    mistakes += contradictions(document, names)
    mistakes += unknown_variables(environ)
    base = path.parent if path else Path()
    return settings and placed(settings, base), document, mistakes


def read_document(path: Path | None) -> tuple[Document, list[str]]:
    if path is None:
        return {}, []
    try:
        with path.open("rb") as file:
            return tomllib.load(file), []
    except tomllib.TOMLDecodeError as error:
        return {}, [f"{path.name}: cannot be read as TOML: {error}"]
    except UnicodeDecodeError:
        return {}, [f"{path.name}: is no text in UTF-8"]
    except OSError as error:
        return {}, [f"{path}: cannot be read ({error.strerror or 'no reason given'})"]


def fits(name: str, value: Any) -> bool:
    """Whether the environment can be laid over it: a section that is none is reported once, and set aside."""
    return name not in sections() or isinstance(value, dict)


def no_sections(document: Document) -> Iterator[str]:
    for name, value in document.items():
        if not fits(name, value):
            yield f"{name}: must be a section, written [{name}]"


def placed(settings: Settings, base: Path) -> Settings:
    """Relative to the configuration file what is relative, and every address spelled as it is declared."""
    url = settings.database.url
    if url.startswith("sqlite:///"):
        url = f"sqlite:///{(base / url.removeprefix('sqlite:///')).absolute()}"
    # The first of several tables says how their address is spelled.
    declared = {same_address(feed.url): feed.url for feed in reversed(settings.feeds)}
    feeds = tuple(feed.model_copy(update={"url": declared[same_address(feed.url)]}) for feed in settings.feeds)
    subscriptions = tuple(as_declared(each, declared) for each in settings.subscriptions)
    placed = {"database": Database(url=url), "feeds": feeds, "subscriptions": subscriptions}
    return settings.model_copy(update=placed)


def as_declared(subscription: DeclaredSubscription, declared: Mapping[str, str]) -> DeclaredSubscription:
    # A subscription hears a feed by its address, character by character.
    feeds = tuple(declared.get(same_address(address), address) for address in subscription.feeds)
    return subscription.model_copy(update={"feeds": feeds})
