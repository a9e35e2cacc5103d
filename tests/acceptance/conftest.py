from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.unit import SqlStorage
from tests.acceptance.program import Program
from tests.standins.publisher import Publisher


@pytest.fixture
def tocsin(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with Publisher() as publishing:
        yield publishing


@pytest.fixture
async def storage(empty_database: str) -> AsyncIterator[SqlStorage]:
    """The program's own, seen from outside."""
    storage = SqlStorage(empty_database)
    yield storage
    await storage.close()
