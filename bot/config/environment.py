"""Settings from the environment: TOCSIN_SECTION__KEY for scalars and comma lists, laid over what the file says."""

import re
import types
from collections.abc import Iterator, Mapping
from typing import Any, Union, get_args, get_origin

from bot.config.mistakes import nearest
from bot.config.settings import Section, Settings

PREFIX = "TOCSIN_"

Document = dict[str, Any]
Names = Mapping[tuple[str, str], str]
"""Which setting which variable gave."""


def section_of(annotation: Any) -> type[Section] | None:
    """The section behind ``Section`` or ``Section | None``; None for a list of tables, which no variable can give."""
    options = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    return next((each for each in options if isinstance(each, type) and issubclass(each, Section)), None)


def sections() -> dict[str, type[Section]]:
    found = {name: section_of(field.annotation) for name, field in Settings.model_fields.items()}
    return {name: section for name, section in found.items() if section}


def is_table(model: type[Section], key: str) -> bool:
    """Whether sections stand there, which only a file can hold."""
    inner = get_args(model.model_fields[key].annotation)
    return any(isinstance(each, type) and issubclass(each, Section) for each in inner)


def variables() -> dict[str, tuple[str, str]]:
    """Every variable that is a setting, with the section and the key it gives."""
    return {
        f"{PREFIX}{section}__{key}".upper(): (section, key)
        for section, model in sections().items()
        for key in model.model_fields
        if not is_table(model, key)
    }


def overlay(document: Document, environ: Mapping[str, str]) -> tuple[Document, Names]:
    """The document with the environment's settings in it, and which came from there. A section may begin so."""
    given = {place: name for name, place in variables().items() if name in environ}
    result = dict(document)
    for (section, key), name in given.items():
        model = sections()[section]
        result[section] = {**result.get(section, {}), key: as_typed(model, key, environ[name])}
    return result, given


def as_typed(model: type[Section], key: str, written: str) -> object:
    """A variable is text: a whole number where one is wanted, a list split at its commas, else as it stands."""
    annotation = model.model_fields[key].annotation
    if get_origin(annotation) is tuple:
        return [part.strip() for part in written.split(",") if part.strip()]
    if annotation is int and re.fullmatch(r"[0-9]{1,18}", written.strip()):
        return int(written)
    return written


def unknown_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """A mistake for each variable that means to be a setting and is none. Names without ``__`` are no settings."""
    known = variables()
    for name in sorted(environ):
        if name.startswith(PREFIX) and "__" in name and name not in known:
            yield f"{name}: there is no such setting.{nearest(name, known)}"
