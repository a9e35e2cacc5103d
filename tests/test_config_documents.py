"""config.example.toml and docs/configuration.md say what the settings are: neither more nor less."""

import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.config import DeclaredFeed, DeclaredSubscription, ListenAddress, Settings, SlackWorkspace, load
from bot.config.environment import is_table, sections
from bot.config.settings import Section

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "config.example.toml"
REFERENCE = ROOT / "docs" / "configuration.md"

TABLES: dict[str, type[Section]] = {
    "feeds": DeclaredFeed,
    "subscriptions": DeclaredSubscription,
    "slack.workspaces": SlackWorkspace,
}
WORKSPACE = "slack.workspaces[]"
OPEN = "aliases"
"""The section whose keys are everybody's own."""
REQUIRED = {
    *("feeds[].url", "subscriptions[].query", "subscriptions[].to"),
    *(f"{WORKSPACE}.name", f"{WORKSPACE}.bot_token_env"),
}
INVENTED = {f"{WORKSPACE}.app_token_env", f"{WORKSPACE}.signing_secret_env", f"{WORKSPACE}.api_url"}
"""Shown in the example with something that makes them plain, not with their default."""


def in_words(default: object) -> object:
    """A default as a file would spell it."""
    match default:
        case timedelta():
            seconds = int(default.total_seconds())
            unit, size = next(
                (u, s) for u, s in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)) if seconds % s == 0 and seconds > s
            )
            return "60s" if seconds == 60 else f"{seconds // size}{unit}"
        case ListenAddress(host, port):
            return f"{host}:{port}"
        case tuple():
            return list(default)
        case _:
            return default


def model_defaults() -> dict[str, object]:
    """Every setting there is, by its path, with its default as a file would spell it."""
    names = {**sections(), **{f"{name}[]": model for name, model in TABLES.items()}}
    return {
        f"{name}.{key}": in_words(field.default)
        for name, model in names.items()
        for key, field in model.model_fields.items()
        if not is_table(model, key)
    }


def example_with_everything_switched_on() -> dict[str, Any]:
    return tomllib.loads(re.sub(r"^#(?! )", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE))


def example_values() -> Iterator[tuple[str, object]]:
    for name, content in example_with_everything_switched_on().items():
        if name != OPEN:
            yield from shown_under(name, content)


def shown_under(name: str, content: Any) -> Iterator[tuple[str, object]]:
    for table in content if isinstance(content, list) else [content]:
        for key, value in table.items():
            if f"{name}.{key}" in TABLES:
                yield from shown_under(f"{name}.{key}", value)
            else:
                yield f"{name}[].{key}" if name in TABLES else f"{name}.{key}", value


def reference_rows() -> dict[str, str]:
    rows = re.findall(r"^\| `([a-z_\[\].]+\.[a-z_]+)` \| (.+?) \|", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: default.strip("`") for name, default in rows}


def test_the_example_is_a_configuration_that_changes_nothing(tmp_path: Path) -> None:
    copy = tmp_path / "tocsin.toml"
    copy.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    empty = tmp_path / "empty.toml"
    empty.touch()

    assert load(copy, {}) == load(empty, {})


def test_the_example_loads_with_everything_switched_on() -> None:
    settings = Settings.model_validate(example_with_everything_switched_on())

    assert settings.slack is not None
    assert settings.discord is not None
    assert (len(settings.feeds), len(settings.subscriptions)) == (1, 1)
    assert settings.aliases == {"Meng Wanzhou": ("孟晚舟", "Wanzhou Meng")}


def test_the_example_shows_every_setting_and_no_other() -> None:
    assert {name for name, _ in example_values()} == set(model_defaults())


def test_the_example_shows_the_real_defaults() -> None:
    no_default = {*REQUIRED, *INVENTED, "feeds[].poll_every", "feeds[].full_text"}
    shown = {name: value for name, value in example_values() if name not in no_default}

    defaults = {name: "" if value is None else value for name, value in model_defaults().items()}
    assert shown == {name: value for name, value in defaults.items() if name not in no_default}


def test_every_setting_in_the_example_has_a_line_of_why() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    settings = [number for number, line in enumerate(lines) if re.match(r"#?[a-z_]+ = ", line)]

    without = [lines[each] for each in settings if not lines[each - 1].startswith("# ")]

    assert without == ['max_interval = "15m"'], "which shares its line with min_interval"


def test_the_reference_lists_every_setting_and_no_other() -> None:
    assert set(reference_rows()) == set(model_defaults())
    assert '| `aliases."WORDS"` | none |' in REFERENCE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(model_defaults()))
def test_the_reference_shows_the_real_default(name: str) -> None:
    default = model_defaults()[name]
    none = {
        f"{WORKSPACE}.api_url": "slack.api_url",
        "feeds[].full_text": "fetch.full_text",
        "feeds[].poll_every": "adaptive",
    }.get(name, '""')
    spelled = {"None": none, "": '""', "PydanticUndefined": "required", "False": "false"}

    assert reference_rows()[name] == spelled.get(str(default), str(default))


def test_what_the_reference_calls_required_is_required() -> None:
    assert {name for name, default in reference_rows().items() if default == "required"} == REQUIRED
