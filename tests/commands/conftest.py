import pytest

from storage.unit import SqlStorage
from tests.commands.office import Office


@pytest.fixture
def office(sqlite: SqlStorage) -> Office:
    return Office(sqlite)
