"""Compiles bot/matching/_walk.c when Tocsin is installed or built; without a compiler it works on, slower."""

import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

SOURCE = Path("bot/matching/_walk.c")
OLDEST = "cp311"
"""Of the interpreters that can load it: the limited API that the source names, which all newer ones have."""


class Compiling(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        built = SOURCE.with_suffix(".abi3.so")
        if trouble := compiled(Path(self.root, SOURCE), Path(self.root, built)):
            self.app.display_warning(f"{SOURCE} was not compiled, so matching takes nearly twice as long: {trouble}")
            return
        build_data["artifacts"].append(str(built))
        if version != "editable":
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
