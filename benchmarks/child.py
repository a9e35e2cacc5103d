"""Every measure in a process of its own, so that none finds memory or caches that another has filled.

``python -m benchmarks.child FOLDER MEASURE OPTIONS`` is what the parent starts; it prints its figures as JSON.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from benchmarks.workload import Workload

ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


class Failed(Exception):
    """A measure broke off; its traceback stands on stderr."""


def measured(workload: Workload, measure: str, options: Mapping[str, object]) -> dict[str, float | str]:
    """The figures of ``benchmarks.measures``' module of this name. Raises Failed."""
    command = [sys.executable, "-m", "benchmarks.child", str(workload.folder), measure, json.dumps(options)]
    child = subprocess.run(  # noqa: S603 - this program itself
        command, stdout=subprocess.PIPE, text=True, check=False, env={**os.environ, **ONE_CORE}
    )
    if child.returncode:
        raise Failed(measure)
    figures: dict[str, float | str] = json.loads(child.stdout)
    return figures


def main(folder: str, measure: str, options: str) -> None:
    module = import_module(f"benchmarks.measures.{measure}")
    print(json.dumps(module.measure(Workload(Path(folder)), **json.loads(options))))


if __name__ == "__main__":
    main(*sys.argv[1:])
