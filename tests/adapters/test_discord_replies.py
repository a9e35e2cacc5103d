from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.discord.markdown import size
from adapters.discord.replies import again, reply
from bot.alerts.plain import BREAK
from bot.commands.command import Confirm, Details, Done, Listing, Problem, Reply
from tests.adapters.test_discord_markdown import TEXTS
from tests.standins.discord_checks import CONTRACT_PRESENT, pinged, refusal, request_violation, shown
from tests.standins.discord_client import acts

CELL_TEXTS = TEXTS | st.text(alphabet="https:/.ab* <>_", max_size=60).map(lambda rest: f"https://a.b/{rest}")
CELLS = st.lists(CELL_TEXTS, max_size=5).map(tuple)
NAMES = st.sampled_from(["number", "query", "feed", "read", "since"])
"""Of columns and facts: nobody's words but Tocsin's."""
COLUMNS = st.lists(NAMES, max_size=5).map(tuple)
REPLIES: st.SearchStrategy[Reply] = st.one_of(
    st.builds(Done, TEXTS, st.lists(TEXTS, max_size=30).map(tuple)),
    st.builds(Listing, TEXTS, COLUMNS, st.lists(CELLS, max_size=60).map(tuple), TEXTS),
    st.builds(Details, TEXTS, st.lists(st.tuples(NAMES, CELL_TEXTS), max_size=60).map(tuple)),
    st.builds(Confirm, TEXTS, st.dictionaries(st.sampled_from(["all", "sure"]), TEXTS)),
    st.builds(Problem, TEXTS, TEXTS, TEXTS),
)
LONG = "*_" * 800
ROUTE = "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original"


def said(answer: Reply, command: str = "/news unsubscribe subscription:2") -> str:
    return shown(reply(answer, command))


def description(answer: Reply) -> str:
    (embed,) = reply(answer, "")["embeds"]
    return str(embed["description"])


# ---- any reply -------------------------------------------------------------------------------------------------------


@given(REPLIES, TEXTS)
@example(Done(LONG, (LONG,) * 30), "")
@example(Listing(LONG, ("number", "query", "feed"), ((LONG,) * 3,) * 300, ""), "")
@example(Details(LONG, ((LONG, LONG),) * 300), "")
@example(Details("", (("", "https://a.b/" + "^" * 138),) * 300), "")
@example(Confirm(LONG, {"all": LONG}), LONG)
@example(Problem(LONG, LONG, LONG), "")
def test_any_reply_renders_within_every_limit_and_notifies_nobody(answer: Reply, command: str) -> None:
    message: dict[str, Any] = reply(answer, command)

    assert size(message["content"]) <= 2_000
    assert all(size(embed["description"]) <= 4_096 for embed in message["embeds"])
    assert refusal(message) is None
    assert not (CONTRACT_PRESENT and request_violation(ROUTE, message))
    assert pinged(message) == []


@given(REPLIES, TEXTS)
@example(Listing("", ("feed",), (("https://a.b/**",), ("https://a.b/**x**",)), ""), "")
@example(Details("", (("0_0", "https://a.b/_"),)), "")
def test_a_client_acts_on_nothing_but_what_a_reply_is_made_of(answer: Reply, command: str) -> None:
    message = reply(answer, command)

    assert acts(message["content"]) == []
    for embed in message["embeds"]:
        for each in acts(embed["description"]):
            assert each.kind in ("item", "bold", "code", "fence") or each.shown.startswith(("<http://", "<https://"))


# ---- what was done ---------------------------------------------------------------------------------------------------


def test_done_says_what_was_done_and_its_notes() -> None:
    answer = Done("Subscribed, number 3.", ("Read as huawei AND ban.", "", "Heard from 2 feeds."))

    assert reply(answer, "") == {
        "content": "Subscribed, number 3.",
        "embeds": [{"description": "- Read as huawei AND ban.\n- Heard from 2 feeds."}],
        "allowed_mentions": {"parse": []},
    }


def test_done_without_notes_is_one_line() -> None:
    assert reply(Done("Done that."), "")["embeds"] == []
    assert reply(Done("\x00"), "")["content"] == "Done."


@pytest.mark.parametrize("note", ["short", "word " * 100])
def test_notes_that_are_too_many_or_too_long_are_counted(note: str) -> None:
    lines = description(Done("Done.", (note,) * 30)).splitlines()

    assert lines[-1] == f"… and {30 - (len(lines) - 1)} more"
    assert len(lines) > 5


# ---- listings --------------------------------------------------------------------------------------------------------


def test_a_listing_names_its_columns_and_links_addresses() -> None:
    rows = (("2", "5G auction", ""), ("3", "huawei", "https://example.org/"))
    answer = Listing("Subscriptions", ("number", "query", "feed"), rows, "None yet.")

    assert reply(answer, "")["content"] == "Subscriptions"
    assert description(answer).splitlines() == [
        "- **2**; query: 5G auction",
        "- **3**; query: huawei; feed: <https://example.org/>",
    ]


def test_an_empty_listing_says_so() -> None:
    answer = Listing("Subscriptions", ("number",), (), "There are no subscriptions here.")

    assert reply(answer, "")["content"] == "There are no subscriptions here."
    assert reply(answer, "")["embeds"] == []


def test_a_row_without_a_first_cell_or_without_any_still_stands_there() -> None:
    rows = (("", "5G auction"), ("", ""), (), ("\x00", "huawei"))

    assert description(Listing("Here", ("number", "query"), rows, "")).splitlines() == [
        "- **5G auction**",
        "- **–**",
        "- **–**",
        "- **–**; query: huawei",
    ]


def test_a_listing_that_is_too_long_counts_what_is_left_out() -> None:
    rows = tuple((str(number), "word " * 40) for number in range(200))

    lines = description(Listing("Subscriptions", ("number", "query"), rows, "")).splitlines()

    assert lines[-1] == f"… and {200 - (len(lines) - 1)} more"
    assert len(lines) > 20


def test_the_first_row_is_always_there_however_long_it_is() -> None:
    columns = tuple(f"column{number}" for number in range(12))

    lines = description(Listing("Here", columns, (("word " * 60,) * 12, ("2",)), "")).splitlines()

    assert len(lines) in (1, 2)
    assert lines[0].startswith("- **word")


def test_hostile_cells_are_cut_and_obeyed_by_nobody() -> None:
    cells = ("@everyone", "[click](https://evil.example)", "# one\n> two", "*" * 400, "javascript:alert(1)")
    answer = Listing("Here", ("a", "b", "c", "d", "e"), (cells,), "")

    assert description(answer).split("; ") == [
        f"- **@{BREAK}everyone**",
        f"b: [click]{BREAK}(https:{BREAK}//evil.example)",
        f"c: {BREAK}# one > two",
        "d: " + r"\*" * 74 + "…",
        "e: javascript:alert(1)",
    ]


def test_an_address_stays_alive_whatever_stands_in_it() -> None:
    answer = Listing("Here", ("feed",), (("https://example.org/**a**_b_?<@7>|x",),), "")

    assert description(answer) == "- **<https://example.org/%2A%2Aa%2A%2A_b_?%3C@7%3E%7Cx>**"


def test_an_address_that_is_too_long_is_cut_and_dead() -> None:
    written = description(Listing("Here", ("feed",), (("https://example.org/" + "a" * 300,),), ""))

    assert "<" not in written
    assert written.endswith("…**")


# ---- details ---------------------------------------------------------------------------------------------------------


def test_details_are_facts_in_order() -> None:
    answer = Details("Tocsin", (("feeds", "3"), ("waiting", "0"), ("read", ""), ("at", "https://example.org/")))

    assert reply(answer, "")["content"] == "Tocsin"
    assert description(answer) == "- feeds: 3\n- waiting: 0\n- read: –\n- at: <https://example.org/>"


def test_details_without_facts_are_a_line() -> None:
    assert reply(Details("Tocsin", ()), "")["embeds"] == []


@pytest.mark.parametrize("fact", ["3", "word " * 40])
def test_details_that_are_too_long_count_what_is_left_out(fact: str) -> None:
    lines = description(Details("Tocsin", tuple((f"fact {number}", fact) for number in range(90)))).splitlines()

    assert lines[-1] == f"… and {90 - (len(lines) - 1)} more"
    assert len(lines) > 20


# ---- questions and problems ------------------------------------------------------------------------------------------


def test_a_question_shows_the_command_that_goes_on() -> None:
    assert said(Confirm("End all 12 subscriptions?", {"all": "yes"})) == (
        "End all 12 subscriptions?\nTo go on, say:\n`/news unsubscribe subscription:2 all:yes`"
    )


def test_a_question_shows_a_hostile_command_in_one_piece_of_code() -> None:
    written = reply(Confirm("Sure?", {"all": "yes"}), "/news subscribe query:`@everyone`")["embeds"][0]["description"]

    assert written == "To go on, say:\n`` /news subscribe query:`@everyone` all:yes ``"


def test_the_command_that_goes_on_names_its_options() -> None:
    assert again("/news unsubscribe", {"all": "yes", "sure": "1"}) == "/news unsubscribe all:yes sure:1"


def test_a_problem_shows_the_query_with_its_caret_in_columns() -> None:
    answer = Problem("I could not read that query.", 'Did you mean "5G auction"?', "  meng (\n       ^")

    assert reply(answer, "")["content"] == "I could not read that query."
    assert description(answer) == '```\n  meng (\n       ^\n```\nDid you mean "5G auction"?'


def test_a_problem_of_one_line_needs_no_more() -> None:
    assert reply(Problem("There is no subscription 9."), "")["embeds"] == []
    assert description(Problem("No.", "Try /news help")) == "Try /news help"
