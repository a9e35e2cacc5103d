"""docs/query-language.md tells people what is true today."""

import re
from pathlib import Path

import pytest

from bot.matching.language import LONGEST_QUERY, MOST_CLAUSES, MOST_LITERALS, QueryError, parse

PAGE = (Path(__file__).parents[2] / "docs" / "query-language.md").read_text()
CODE = r"(?:`` (`[^`]+`) ``|`([^`]+)`)"
ROWS = [
    (typed or exact, normal_form or exact_form)
    for exact, typed, exact_form, normal_form in re.findall(rf"^\| {CODE} \|.*\| {CODE} \|$", PAGE, re.MULTILINE)
]


def test_every_example_is_read_as_the_page_says() -> None:
    assert len(ROWS) == 21
    assert [parse(typed).normal_form for typed, _ in ROWS] == [normal_form for _, normal_form in ROWS]


def test_the_mistake_on_the_page_is_answered_as_the_page_says() -> None:
    with pytest.raises(QueryError) as raised:
        parse("huawei AND")
    error = raised.value

    assert f"```\n{error.pointer()}\n{error.message}\nDid you mean: {error.suggestion}\n```" in PAGE


def test_the_limits_on_the_page_are_those_of_the_language() -> None:
    assert re.findall(r"\| (\d+) \|$", PAGE, re.MULTILINE) == [
        str(limit) for limit in (LONGEST_QUERY, MOST_LITERALS, MOST_CLAUSES)
    ]
