"""One message that tells many alerts, as each platform shows it."""

from datetime import UTC, datetime
from io import StringIO
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.console import screen
from adapters.discord import render as discord
from adapters.slack import render as slack
from bot.model.delivery import CatchUp, Gathered, Headline, Reason
from tests.adapters.arrange import HOSTILE, NOON
from tests.standins import discord_checks, slack_checks

TEXTS = (
    st.text(max_size=80) | st.just(HOSTILE * 10) | st.just("孟晚舟 " * 500) | st.just("😀" * 400) | st.just("_" * 900)
)
ADDRESSES = TEXTS | st.integers(1, 4000).map(lambda size: "https://example.org/" + "a" * size)
HEADLINES = st.builds(Headline, TEXTS, ADDRESSES, TEXTS)
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
CATCH_UPS = st.builds(
    CatchUp,
    st.integers(2, 10**6),
    TIMES,
    st.lists(HEADLINES, max_size=50).map(tuple),
    st.lists(st.builds(Reason, st.integers(1), TEXTS), max_size=40).map(tuple),
)

TOGETHER = CATCH_UPS | st.builds(
    Gathered,
    st.builds(Reason, st.integers(1), TEXTS),
    st.integers(1, 10**6),
    st.lists(HEADLINES, max_size=50).map(tuple),
)


def a_catch_up(count: int = 3, title: str = "Auction", link: str = "https://news.example.org/") -> CatchUp:
    named = tuple(Headline(f"{title} {number}", f"{link}{number}", "Example Wire") for number in range(1, count + 1))
    return CatchUp(count, NOON, named, (Reason(2, "5G auction"),))


def on_slack(told: CatchUp | Gathered, *, repeated: bool = False) -> dict[str, Any]:
    text, blocks = slack.content(told, repeated=repeated)
    return {"text": text, "blocks": blocks}


def on_discord(told: CatchUp | Gathered, *, repeated: bool = False) -> dict[str, Any]:
    return discord.content(told, repeated=repeated)


@settings(max_examples=60)
@given(TOGETHER, st.booleans())
def test_any_such_message_keeps_within_every_limit_and_notifies_nobody(
    told: CatchUp | Gathered, repeated: bool
) -> None:
    assert slack_checks.refusal(on_slack(told, repeated=repeated)) is None
    assert slack_checks.pinged(on_slack(told, repeated=repeated)) == []
    assert discord_checks.refusal(on_discord(told, repeated=repeated)) is None
    assert discord_checks.pinged(on_discord(told, repeated=repeated)) == []


@settings(max_examples=60)
@given(TOGETHER)
def test_without_blocks_it_keeps_within_every_limit_and_holds_no_markup(told: CatchUp | Gathered) -> None:
    text, blocks = slack.plain_several(told)

    assert blocks == []
    assert slack_checks.refusal({"text": text}) is None
    assert not {"<", ">"} & set(text)


def test_slack_shows_how_many_and_the_linked_headlines_in_order_and_the_reasons() -> None:
    text, blocks = slack.content(a_catch_up(), repeated=True)

    links = [item["elements"][0] for item in blocks[1]["elements"][0]["elements"]]
    assert text == "3 alerts have waited since 2026-03-14 12:00 UTC, here together"
    assert [(link["text"], link["url"]) for link in links] == [
        (f"Auction {number} — Example Wire", f"https://news.example.org/{number}") for number in (1, 2, 3)
    ]
    assert blocks[2]["elements"][0]["elements"][0]["text"] == "matched 5G auction, subscription 2 (may be a repeat)"


def test_discord_shows_how_many_and_the_headlines_with_their_addresses_in_order_and_the_reasons() -> None:
    message = on_discord(a_catch_up(), repeated=True)

    (embed,) = message["embeds"]
    assert message["content"] == "3 alerts have waited since 2026-03-14 12:00 UTC, here together"
    assert embed["description"].split("\n") == [
        line
        for number in (1, 2, 3)
        for line in (f"Auction {number} — Example Wire", f"<https://news.example.org/{number}>")
    ]
    assert embed["footer"]["text"] == "matched 5G auction, subscription 2 (may be a repeat)"


def test_a_console_prints_the_headlines_with_their_addresses_in_order() -> None:
    lines = StringIO(screen(a_catch_up(2), styled=False)).read().splitlines()

    assert lines == [
        "2 alerts have waited since 2026-03-14 12:00 UTC, here together",
        "Auction 1 — Example Wire",
        "https://news.example.org/1",
        "Auction 2 — Example Wire",
        "https://news.example.org/2",
        "matched 5G auction, subscription 2",
        "",
    ]


def test_a_noisy_subscription_is_named_with_how_to_narrow_it() -> None:
    told = Gathered(Reason(2, "auction"), 1, a_catch_up(1).headlines)
    narrow = "to hear less, end it (unsubscribe 2) and subscribe with more words, or leave some out with NOT"

    on_screen = screen(told, styled=False).splitlines()
    (embed,) = on_discord(told)["embeds"]

    first = "1 more alert of subscription 2, which is noisy at present"
    assert (on_screen[0], on_screen[-2]) == (first, narrow)
    assert (on_discord(told)["content"], embed["footer"]["text"].split("\n")[-1]) == (first, narrow)
    assert (on_slack(told)["text"], slack_checks.shown(on_slack(told)).split("\n")[-1]) == (first, narrow)


def test_where_there_is_no_room_for_all_the_newest_are_named_and_the_others_counted() -> None:
    told = a_catch_up(50, link="https://news.example.org/" + "a" * 500 + "/")

    shown_on_slack = slack_checks.shown(on_slack(told))
    (embed,) = on_discord(told)["embeds"]

    assert "Auction 50 — " in shown_on_slack
    assert "Auction 1 — " not in shown_on_slack
    named = embed["description"].count("<https://")
    assert embed["description"].split("\n")[-2] == "Auction 50 — Example Wire"
    assert embed["title"] == f"and {50 - named} more before these: the command preview lists what a query has found"
    assert f"and {50 - shown_on_slack.count(' — Example Wire')} more before these" in shown_on_slack
