from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import windows
from adapters.slack.replies import reply, working
from bot.commands.command import Confirm, Details, Done, Listing, Problem, Reply
from tests.adapters.arrange import HOSTILE
from tests.standins.slack_checks import pinged, plain, refusal, view_errors, walk

TEXTS = st.one_of(
    st.text(max_size=80),
    st.just(HOSTILE),
    st.just(HOSTILE * 100),
    st.text(alphabet="https:/.ab <>", max_size=40),
)
CELLS = st.lists(TEXTS, max_size=5).map(tuple)
REPLIES: st.SearchStrategy[Reply] = st.one_of(
    st.builds(Done, TEXTS, st.lists(TEXTS, max_size=30).map(tuple)),
    st.builds(Listing, TEXTS, CELLS, st.lists(CELLS, max_size=300).map(tuple), TEXTS),
    st.builds(Details, TEXTS, st.lists(st.tuples(TEXTS, TEXTS), max_size=60).map(tuple)),
    st.builds(Confirm, TEXTS, st.dictionaries(st.sampled_from(["all", "sure"]), TEXTS)),
    st.builds(Problem, TEXTS, TEXTS, TEXTS),
)


def said(answer: Reply, line: str = "/news unsubscribe 2") -> str:
    return plain(reply(answer, line)[1])


@given(REPLIES, TEXTS)
def test_any_reply_renders_within_every_limit_and_notifies_nobody(answer: Reply, line: str) -> None:
    text, blocks = reply(answer, line)

    assert refusal({"text": text, "blocks": blocks}) is None
    assert pinged({"text": text, "blocks": blocks}) == []


@given(REPLIES, TEXTS)
def test_any_reply_fits_into_a_window(answer: Reply, line: str) -> None:
    view = windows.answered(reply(answer, line))

    assert view_errors(view) == []
    assert pinged(view) == []


@given(TEXTS.filter(bool))
def test_that_it_works_fits_into_a_window(doing: str) -> None:
    assert view_errors(windows.working(doing)) == []


@given(st.builds(Problem, TEXTS, TEXTS))
def test_a_mistake_stands_on_one_line_under_the_input(problem: Problem) -> None:
    (said,) = windows.mistakes(problem).values()

    assert said
    assert len(said.splitlines()) == 1
    assert len(said) < 1000


def test_the_question_fits_into_a_window_and_carries_the_place() -> None:
    place = {"channel": "C0123456789", "name": "general", "thread": "1712345678.000100"}

    view = windows.question("tocsin_thread", "/news", place)

    assert view_errors(view) == []
    assert windows.carried(view) == place


def test_done_says_what_was_done_and_its_notes() -> None:
    answer = Done("Subscribed, number 3.", ("Read as huawei AND ban.",))

    assert said(answer) == "Subscribed, number 3.\n• Read as huawei AND ban."
    assert reply(answer, "")[0] == "Subscribed, number 3."


def test_a_listing_names_its_columns_and_links_addresses() -> None:
    rows = (("2", "5G auction", ""), ("3", "huawei", "https://example.org/"))
    answer = Listing("Subscriptions", ("number", "query", "feed"), rows, "None yet.")

    assert said(answer).splitlines() == [
        "Subscriptions",
        "• 2; query: 5G auction",
        "• 3; query: huawei; feed: https://example.org/",
    ]
    assert [part["url"] for part in walk(reply(answer, "")[1]) if part.get("type") == "link"] == [
        "https://example.org/"
    ]


def test_an_empty_listing_says_so() -> None:
    assert said(Listing("Subscriptions", ("number",), (), "There are no subscriptions here.")) == (
        "There are no subscriptions here."
    )


def test_a_listing_that_is_too_long_counts_what_is_left_out() -> None:
    rows = tuple((str(number), "word " * 40) for number in range(200))
    answer = Listing("Subscriptions", ("number", "query"), rows, "")

    lines = said(answer).splitlines()

    assert lines[-1] == f"… and {200 - (len(lines) - 2)} more"
    assert len(lines) > 20


def test_details_are_facts_in_order() -> None:
    assert said(Details("Tocsin", (("feeds", "3"), ("waiting", "0")))) == "Tocsin\n• feeds: 3\n• waiting: 0"


def test_a_question_shows_the_line_that_goes_on() -> None:
    assert said(Confirm("End all 12 subscriptions?", {"all": "yes"})) == (
        "End all 12 subscriptions?\nTo go on, say:\n/news unsubscribe 2 --all yes"
    )


def test_a_problem_shows_the_query_with_its_caret_in_columns() -> None:
    answer = Problem("I could not read that query.", 'Did you mean "5G auction"?', '"5G auction\n^')

    blocks: list[dict[str, Any]] = reply(answer, "")[1]

    assert plain(blocks) == 'I could not read that query.\n"5G auction\n^\nDid you mean "5G auction"?'
    assert [part["type"] for part in blocks[0]["elements"]][1] == "rich_text_preformatted"


def test_a_caret_keeps_its_column() -> None:
    assert "  meng (\n       ^" in said(Problem("Unclosed.", code="  meng (\n       ^"))


def test_work_under_way_is_said_in_the_commands_own_words() -> None:
    assert plain(working("Reading the feed …")[1]) == "Reading the feed …"
