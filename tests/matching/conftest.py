"""Matching in its two ways: with the steps in C, and with the same steps in numpy."""

from collections.abc import Iterator

import pytest

from bot.matching import compiled

IN_C = "in C"
collect_ignore = [] if compiled.walk else ["test_walk.py"]


@pytest.fixture(scope="module", params=[IN_C, "in numpy"] if compiled.walk else ["in numpy"])
def steps(request: pytest.FixtureRequest) -> Iterator[None]:
    """Taken so; where nothing was compiled, there is one way."""
    walk = compiled.walk
    compiled.walk = walk if request.param == IN_C else None
    yield
    compiled.walk = walk
