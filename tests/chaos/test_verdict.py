"""The judge of the chaos: it must see what is wrong, or the trial proves nothing."""

from tests.chaos.verdict import Asked, Verdict, Wall, judged

FINE = Wall(("a", "b"), frozenset(), ("a", "b"), ("a", "b"))


def of(wall: Wall, *asked: Asked) -> Verdict:
    return judged(("a", "b"), [wall, FINE], asked)


def post(key: str = "k", *, certain: bool = False) -> Asked:
    return Asked("post", "C1", key, certain)


def look(channel: str = "C1", *, certain: bool = True) -> Asked:
    return Asked("look", channel, certain=certain)


def test_where_each_stands_once_in_order_nothing_is_wrong() -> None:
    assert of(FINE, post("k"), post("l")) == Verdict(0, 0, 0, 0, 0, 0)


def test_what_stands_nowhere_is_lost_unless_a_reason_is_on_record() -> None:
    assert of(Wall(("a", "b"), frozenset(), ("a",), ("a",))).lost == 1
    assert of(Wall((), frozenset(), (), ())).lost == 2
    given_up = of(Wall(("a", "b"), frozenset("b"), ("a",), ("a",)))
    assert (given_up.lost, given_up.given_up) == (0, 1)


def test_what_stands_twice_is_a_duplicate_and_what_was_taken_back_is_none() -> None:
    assert of(Wall(("a", "b"), frozenset(), ("a", "b", "b"), ("a", "b", "b"))).duplicated == 1
    taken_back = of(Wall(("a", "b"), frozenset(), ("a", "b", "b"), ("a", "b")))
    assert (taken_back.duplicated, taken_back.repeats_taken_back) == (0, 1)


def test_first_appearances_count_for_the_order_and_later_ones_do_not() -> None:
    assert of(Wall(("a", "b"), frozenset(), ("b", "a"), ("b", "a"))).out_of_order == 1
    assert of(Wall(("a", "b"), frozenset(), ("a", "b", "a"), ("b", "a"))).out_of_order == 0


def test_a_post_again_after_doubt_needs_a_look_that_was_answered_in_the_same_channel() -> None:
    assert of(FINE, post(), post()).unchecked_resends == 1
    assert of(FINE, post(), look(), post()).unchecked_resends == 0
    assert of(FINE, post(), look(certain=False), post()).unchecked_resends == 1
    assert of(FINE, post(), look("C2"), post()).unchecked_resends == 1
    assert of(FINE, post(), look(), post(), post()).unchecked_resends == 1


def test_what_was_refused_beyond_doubt_may_be_posted_again() -> None:
    assert of(FINE, post(certain=True), post()).unchecked_resends == 0
    assert of(FINE, post(), post(certain=True), post()).unchecked_resends == 2
