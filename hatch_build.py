"""Compiles what is in C when Tocsin is installed or built; without a compiler it works on, slower."""

import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

SOURCES = {
    Path("bot/matching/_walk.c"): "matching takes nearly twice as long",
    Path("bot/feeds/_cut.c"): "reading what is new in a feed takes a quarter longer",
}
"""And what it means where one is not compiled."""
OLDEST = "cp311"
"""Of the interpreters that can load them: the limited API that the sources name, which all newer ones have."""


class Compiling(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        for source, meaning in SOURCES.items():
            built = source.with_suffix(".abi3.so")
            if trouble := compiled(Path(self.root, source), Path(self.root, built)):
                self.app.display_warning(f"{source} was not compiled, so {meaning}: {trouble}")
            else:
                build_data["artifacts"].append(str(built))
        if build_data["artifacts"] and version != "editable":
            build_data["pure_python"] = False
            build_data["tag"] = f"{OLDEST}-abi3-{next(platform_tags())}"


def compiled(source: Path, built: Path) -> str:
    """Empty where it was; else what stands in the way. One that was built from an older source never stays."""
    built.unlink(missing_ok=True)
    compiler = shlex.split(os.environ.get("CC") or "cc")
    undefined = ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
    headers = sysconfig.get_path("include")
    command = [*compiler, "-O2", "-fPIC", "-shared", *undefined, f"-I{headers}", str(source), "-o", str(built)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    except OSError as error:
        return str(error)
    return "" if done.returncode == 0 else done.stderr.strip().partition("\n")[0] or f"{compiler[0]} failed"
