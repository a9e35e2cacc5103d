import pytest

from storage.unit import SqlStorage
from tests.builders import SettableClock
from tests.jobs.newsroom import Newsroom


@pytest.fixture
def newsroom(sqlite: SqlStorage, clock: SettableClock) -> Newsroom:
    return Newsroom(sqlite, clock)
