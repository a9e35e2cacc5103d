"""Who may import whom: the contracts stand in pyproject.toml and are carried out by import-linter."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
VENDORS = {"sqlalchemy", "alembic", "discord", "slack_bolt", "slack_sdk", "feedparser", "apscheduler", "aiohttp"}
"""Those that have to stay in a room of their own."""


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """In a process of its own, on the sources that stand in the folder."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    environment = {"PYTHONPATH": str(folder), "PATH": "", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def layers() -> list[list[str]]:
    (contract,) = [each for each in LINTER["contracts"] if each["type"] == "layers"]
    return [[name.strip() for name in line.split("|")] for line in contract["layers"]]


def room_exists(name: str) -> bool:
    place = ROOT.joinpath(*name.split("."))
    return place.with_suffix(".py").exists() or (place / "__init__.py").exists()


def rooms_of(package: str) -> set[str]:
    """Modules and packages that stand directly in it."""
    files = {path.stem for path in (ROOT / package).glob("*.py")} - {"__init__"}
    folders = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
    return {f"{package}.{name}" for name in files | folders}


def test_every_import_keeps_to_the_contracts() -> None:
    result = lint(ROOT)

    assert result.returncode == 0, result.stdout


def test_an_import_that_leads_upwards_breaks_a_contract(tmp_path: Path) -> None:
    for package in LINTER["root_packages"]:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    intruder = "import aiohttp\nimport bot.jobs.poll\nimport sqlalchemy\n"
    (tmp_path / "bot" / "matching" / "intruder.py").write_text(intruder, encoding="utf-8")

    result = lint(tmp_path)

    assert result.returncode == 1
    assert "bot.matching.intruder -> bot.jobs.poll" in result.stdout
    assert "bot.matching.intruder -> aiohttp" in result.stdout
    assert "bot.matching.intruder -> sqlalchemy" in result.stdout


def test_every_room_that_the_layers_name_exists() -> None:
    missing = [name for line in layers() for name in line if not room_exists(name)]

    assert missing == []


def test_every_room_has_its_place_in_the_layers() -> None:
    named = {name for line in layers() for name in line}

    assert rooms_of("bot") <= named
    assert {"adapters", "storage"} <= named


def test_the_page_on_the_architecture_names_the_layers_as_they_are() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    written = next(block for block in page.split("```") if " > " in block)

    lines = [[name.strip() for name in line.split("|")] for line in written.split(">")]

    assert lines == [[name.removeprefix("bot.") for name in line] for line in layers()]


def test_every_adapter_is_kept_from_the_others() -> None:
    (contract,) = [each for each in LINTER["contracts"] if each["type"] == "independence"]

    assert set(contract["modules"]) == rooms_of("adapters")


def test_every_vendor_has_a_contract() -> None:
    contracts: list[dict[str, Any]] = [each for each in LINTER["contracts"] if each["type"] == "forbidden"]

    assert {name for contract in contracts for name in contract["forbidden_modules"]} >= VENDORS
