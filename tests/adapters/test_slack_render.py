from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.inert import web_address
from adapters.slack.render import alert, content, notice, plain_alert
from bot.model.article import Article, Image
from bot.model.delivery import Alert, Notice, Reason, Snippet
from tests.adapters.arrange import HOSTILE, NOON, an_alert
from tests.standins.slack_checks import pinged, plain, refusal, walk

TEXTS = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="<>!@#&;hereU1 \n", max_size=200),
    st.text(alphabet=st.characters(categories=["Cs", "Cc", "Lo"]), max_size=50),
    st.integers(1, 30).map(lambda times: (HOSTILE * times)[: times * 97]),
    st.just("孟晚舟 " * 500),
)
ADDRESSES = st.one_of(
    TEXTS,
    st.text(max_size=60).map(lambda rest: f"https://{rest}"),
    st.text(max_size=60).map(lambda rest: f"https://example.org/{rest}"),
    st.just("https://example.org/" + "a b" * 2000),
)
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


@st.composite
def snippets(draw: st.DrawFn) -> Snippet:
    text = draw(TEXTS)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    return Snippet(text, tuple(zip(cuts[::2], cuts[1::2], strict=False)))


@st.composite
def alerts(draw: st.DrawFn) -> Alert:
    image = draw(st.none() | st.builds(Image, ADDRESSES, TEXTS))
    article = Article(draw(TEXTS), draw(ADDRESSES), published=draw(st.none() | TIMES), image=image)
    reasons = draw(st.lists(st.builds(Reason, st.integers(1), TEXTS, st.booleans()), min_size=1, max_size=40))
    return Alert(article, draw(TEXTS), draw(TIMES), draw(snippets()), tuple(reasons), draw(st.booleans()))


def as_message(rendered: tuple[str, list[dict[str, Any]]]) -> Mapping[str, Any]:
    return {"text": rendered[0], "blocks": rendered[1]}


def elements(rendered: tuple[str, list[dict[str, Any]]], kind: str) -> list[Mapping[str, Any]]:
    return [part for block in rendered[1] for part in walk(block) if part.get("type") == kind]


def bold(rendered: tuple[str, list[dict[str, Any]]]) -> list[str]:
    parts = [part for block in rendered[1] for part in walk(block)]
    return [part["text"] for part in parts if (part.get("style") or {}).get("bold")]  # type: ignore[union-attr] # a dict


@given(alerts(), st.booleans())
def test_any_article_renders_within_every_limit_and_notifies_nobody(told: Alert, repeated: bool) -> None:
    message = as_message(content(told, repeated=repeated))

    assert refusal(message) is None
    assert pinged(message) == []
    assert len(message["text"]) < 4000


@given(alerts())
def test_no_markup_stands_in_any_text_of_an_alert(told: Alert) -> None:
    text, blocks = alert(told)

    shown = [str(part.get("text", "")) for block in blocks for part in walk(block)]
    for mention in ("<!", "<@", "<#", "@here", "@channel", "@everyone"):
        assert not [words for words in [text, *shown] if mention in words.lower()]
    assert "<" not in text
    assert ">" not in text


@given(st.builds(Notice, TEXTS, TEXTS, TEXTS | st.just("<@U1>")), st.booleans())
def test_any_notice_renders_within_every_limit_and_names_nobody_but_its_mention(told: Notice, repeated: bool) -> None:
    message = as_message(content(told, repeated=repeated))

    assert refusal(message) is None
    assert set(pinged(message)) <= {"U1"}


def test_an_alert_reads_from_the_headline_to_the_reasons() -> None:
    image = Image("https://news.example.org/mast.png", "A mast over Mainz")

    text, blocks = alert(an_alert(article={"image": image}))

    assert text == "5G auction opens in Mainz — Example Wire"
    assert plain(blocks).splitlines() == [
        "5G auction opens in Mainz",
        "Example Wire, published on 2026-03-14 (2026-03-14 12:00 UTC)",
        "Bidding in the 5G auction began today.",
        "[A mast over Mainz]",
        "matched 5G auction, subscription 2",
    ]


def test_the_headline_is_the_first_block_linked_and_bold() -> None:
    rendered = alert(an_alert())

    assert rendered[1][0]["elements"][0]["elements"] == [
        {
            "type": "link",
            "url": "https://news.example.org/5g-auction",
            "text": "5G auction opens in Mainz",
            "style": {"bold": True},
        }
    ]


def test_slack_tells_the_time_relative_and_absolute() -> None:
    dates = elements(alert(an_alert()), "date")

    assert [date["format"] for date in dates] == ["{ago}", "{date_short_pretty} {time}"]
    assert {date["timestamp"] for date in dates} == {int(NOON.timestamp())}


def test_an_article_without_a_date_says_when_it_was_first_seen() -> None:
    told = an_alert(article={"published": None}, seen=NOON + timedelta(hours=1))

    assert "first seen on 2026-03-14 (2026-03-14 13:00 UTC)" in plain(alert(told)[1])


def test_a_date_that_slack_does_not_know_is_written_out() -> None:
    rendered = alert(an_alert(article={"published": datetime(1969, 7, 20, tzinfo=UTC)}))

    assert not elements(rendered, "date")
    assert "published on 1969-07-20" in plain(rendered[1])


def test_matched_words_are_bold_in_the_snippet() -> None:
    assert bold(alert(an_alert()))[1:] == ["5G auction"]


def test_marks_keep_their_place_behind_characters_that_are_taken_out() -> None:
    told = an_alert(snippet=Snippet("\x00\x1b<!here> huawei <@U1>", ((10, 16),)))

    assert bold(alert(told))[1:] == ["huawei"]


def test_a_mention_is_broken_where_a_mark_or_a_control_character_splits_it() -> None:
    told = an_alert(snippet=Snippet("<\x00!here> @chan\x00nel", ((0, 1),)))

    assert "<!here" not in plain(alert(told)[1])
    assert "@channel" not in plain(alert(told)[1])


def test_an_update_is_said_in_words() -> None:
    assert "updated since it first appeared" in plain(alert(an_alert(updated=True))[1])
    assert "updated" not in plain(alert(an_alert())[1])


def test_what_was_found_on_a_page_that_came_late_says_so() -> None:
    assert "), found on its page, which came later" not in plain(alert(an_alert())[1])
    assert "), found on its page, which came later" in plain(alert(an_alert(found_late=True))[1])


def test_several_reasons_are_joined_and_many_are_counted() -> None:
    two = an_alert(reasons=(Reason(2, "5G auction"), Reason(5, "mainz")))
    many = an_alert(reasons=tuple(Reason(number, f"word{number}") for number in range(1, 14)))

    assert plain(alert(two)[1]).endswith("matched 5G auction, subscription 2; mainz, subscription 5")
    assert plain(alert(many)[1]).endswith("word10, subscription 10; and 3 more")


def test_what_was_judged_on_the_feeds_own_text_says_so_in_a_line_behind_the_reasons() -> None:
    told = an_alert(reasons=(Reason(2, "5G auction"), Reason(5, "mainz -bonn", on_feed_text=True)))
    line = "mainz -bonn, subscription 5 (may be a repeat)\njudged on the feed's own text"

    assert plain(alert(told, repeated=True)[1]).endswith(line)
    assert plain_alert(told, repeated=True)[0].endswith(line)
    assert "judged" not in plain(alert(an_alert())[1]) + plain_alert(an_alert())[0]


def test_why_a_page_was_not_read_stands_behind_it_in_parentheses() -> None:
    told = an_alert(page="subscription")
    line = "judged on the feed's own text (subscription required)"

    assert plain(alert(told)[1]).endswith(f"\n{line}")
    assert plain_alert(told)[0].endswith(f"\n{line}")
    assert "judged" not in plain(alert(an_alert(page="read"))[1])


def test_a_repeat_says_so_last() -> None:
    assert plain(alert(an_alert(), repeated=True)[1]).endswith("subscription 2 (may be a repeat)")
    assert plain_alert(an_alert(), repeated=True)[0].endswith("(may be a repeat)")


def test_a_picture_always_has_words() -> None:
    rendered = alert(an_alert(article={"image": Image("https://news.example.org/a.png", "\x00")}))

    assert elements(rendered, "image")[0]["alt_text"] == "Picture of the article"


def test_the_preview_is_escaped_and_holds_neither_markup_nor_address() -> None:
    text, _ = alert(an_alert(article={"title": "AT&T <b> & <!here>"}))

    assert text == "AT&amp;T &lt;b&gt; &amp; &lt;\u2060!here&gt; — Example Wire"


@pytest.mark.parametrize(
    "link", ["", "javascript:alert(1)", "file:///etc/passwd", "slack://open", "https://", "http://[", "https://a\nb/"]
)
def test_only_addresses_of_the_web_are_linked(link: str) -> None:
    rendered = alert(an_alert(article={"link": link, "image": Image(link, "A mast")}))

    assert not elements(rendered, "link")
    assert not elements(rendered, "image")
    assert "5G auction opens in Mainz" in bold(rendered)


def test_an_address_with_spaces_or_angle_brackets_is_linked_quoted() -> None:
    assert web_address("https://example.org/a b?<c>") == "https://example.org/a%20b?%3Cc%3E"
    assert web_address("https://müller.example/ü") == "https://müller.example/ü"


def test_an_article_without_a_headline_is_still_told() -> None:
    assert alert(an_alert(article={"title": " \x00 "}))[0] == "Untitled article — Example Wire"


def test_only_the_mention_of_a_notice_names_a_user() -> None:
    told = Notice("<@U1> subscribed this channel to", "<@U2> OR <!channel>", mention="<@U1>")

    text, blocks = notice(told)

    assert pinged(as_message((text, blocks))) == ["U1"]
    assert plain(blocks) == "@U1 subscribed this channel to <\u2060@U2> OR <\u2060!channel>"
    assert text == "<@U1> subscribed this channel to &lt;\u2060@U2&gt; OR &lt;\u2060!channel&gt;"


def test_a_name_that_only_looks_like_a_mention_stays_text() -> None:
    told = Notice("<@U2> was removed", mention="<@U1>")

    assert pinged(as_message(notice(told))) == []
    assert pinged(as_message(notice(Notice("<!here> did it", mention="<!here>")))) == []


def test_a_notice_sets_a_query_apart_and_keeps_the_lines_of_a_longer_one() -> None:
    assert elements(notice(Notice("Now hearing", "huawei")), "text")[-1]["style"] == {"code": True}
    assert elements(notice(Notice("Now hearing", "a\n  ^")), "rich_text_preformatted")
