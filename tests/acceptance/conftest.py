from pathlib import Path

import pytest

from tests.acceptance.program import Program


@pytest.fixture
def tocsin(tmp_path: Path) -> Program:
    return Program(tmp_path)
