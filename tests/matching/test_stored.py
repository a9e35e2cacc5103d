"""Reading normal forms back."""

import pytest
from hypothesis import given, settings

from bot.matching.language import parse, read_back
from bot.matching.mistakes import QueryError
from bot.matching.names import NO_NAMES, Names, called
from bot.matching.query import Feed, Query, nodes
from bot.matching.stored import read_stored
from bot.model.ids import FeedId
from tests.matching import strategies


@settings(deadline=None, max_examples=400)
@given(strategies.scripts.flatmap(strategies.queries))
def test_every_normal_form_is_read_back_as_it_was_meant(query: Query) -> None:
    unnamed = read_stored(query.normal_form, NO_NAMES)

    assert unnamed is not None
    assert without_ids(unnamed) == without_ids(query.root)


def without_ids(root: object) -> str:
    """Feeds by their names alone."""
    written = repr(root)
    for node in nodes(root):  # type: ignore[arg-type]
        if isinstance(node, Feed):
            written = written.replace(repr(node), f"feed {node.name}")
    return written


@pytest.mark.parametrize(
    "written", ["", "?", "OR a", "a OR", "NEAR/3 a", "a NEAR/x b", "(a", "a)", "()", "-", "title:", '"a', "a  b", "A*b"]
)
def test_what_is_no_normal_form_is_left_to_the_reader_that_explains_mistakes(written: str) -> None:
    assert read_stored(written, NO_NAMES) is None


def test_names_of_feeds_find_their_feeds_anew() -> None:
    query = parse('huawei (feed:"the wire" OR -feed:post) -feed:gone')
    names = Names(feeds=called([(FeedId(7), ["The Wire"]), (FeedId(8), ["post"])]))

    found = {
        node.name: node.feeds for node in nodes(read_back(query.normal_form, names).root) if isinstance(node, Feed)
    }

    assert found == {"the wire": frozenset({7}), "post": frozenset({8}), "gone": frozenset()}


def test_a_mistake_is_explained() -> None:
    with pytest.raises(QueryError, match="never opened"):
        read_back("a)")
