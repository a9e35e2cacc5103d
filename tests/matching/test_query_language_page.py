"""docs/query-language.md tells people what is true today."""

import re
from pathlib import Path

import pytest

from bot.matching.language import QueryError, parse

PAGE = (Path(__file__).parents[2] / "docs" / "query-language.md").read_text()
ROWS = re.findall(r"^\| `([^`]+)` \|.*\| `([^`]+)` \|$", PAGE, re.MULTILINE)


def test_every_example_is_read_as_the_page_says() -> None:
    assert len(ROWS) == 10
    assert [parse(typed).normal_form for typed, _ in ROWS] == [normal_form for _, normal_form in ROWS]


def test_the_mistake_on_the_page_is_answered_as_the_page_says() -> None:
    with pytest.raises(QueryError) as raised:
        parse("huawei AND")
    error = raised.value

    assert f"```\n{error.pointer()}\n{error.message}\nDid you mean: {error.suggestion}\n```" in PAGE
