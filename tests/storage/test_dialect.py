"""How many values one statement asks for."""

import pytest

from storage.dialect import LONGEST_LIST, in_lists


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, LONGEST_LIST, LONGEST_LIST + 1, 2 * LONGEST_LIST + 5])
def test_all_values_are_asked_for_in_order_and_in_lists_of_few_lengths(count: int) -> None:
    lists = list(in_lists(range(count, 0, -1)))

    assert [value for one in lists for value in sorted(set(one))] == list(range(1, count + 1))
    assert all(one == sorted(one) for one in lists)
    assert all(len(one) <= LONGEST_LIST and len(one).bit_count() == 1 for one in lists)
