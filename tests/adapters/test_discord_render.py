from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.discord.markdown import size
from adapters.discord.render import content
from bot.alerts.plain import BREAK, clean
from bot.model.article import Article, Image
from bot.model.delivery import Alert, Notice, Reason, Snippet
from tests.adapters.arrange import NOON, a_hostile_alert, an_alert
from tests.adapters.test_discord_markdown import TEXTS, unbroken
from tests.standins import discord_client
from tests.standins.discord_checks import CONTRACT_PRESENT, pinged, refusal, request_violation, shown
from tests.standins.discord_client import acts

ADDRESSES = st.one_of(
    TEXTS,
    st.text(max_size=60).map(lambda rest: f"https://{rest}"),
    st.text(max_size=60).map(lambda rest: f"https://example.org/{rest}"),
    st.sampled_from(["http://wiki/page", "https://example.org/" + "a b" * 2000, "https://example.org/" + "😀" * 2000]),
)
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
MENTIONS = st.sampled_from(["", "<@7>", "<@&7>", "@everyone"]) | TEXTS
LONG = "_" * 3000
ROUTES = ("POST /channels/{channel_id}/messages", "PATCH /channels/{channel_id}/messages/{message_id}")


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


@st.composite
def notices(draw: st.DrawFn) -> Notice:
    mention = draw(MENTIONS)
    return Notice(f"{draw(TEXTS)}{mention}{draw(TEXTS)}", draw(TEXTS), mention)


def sizes(message: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """What each part takes of Discord's limits, counted in UTF-16 as its strictest parts do, and the limit."""
    (embed,) = message["embeds"] or [{}]
    texts = {
        "title": (embed.get("title", ""), 256),
        "description": (embed.get("description", ""), 4_096),
        "author": (embed.get("author", {}).get("name", ""), 256),
        "footer": (embed.get("footer", {}).get("text", ""), 2_048),
    }
    yield size(message["content"]), 2_000
    yield from ((size(text), most) for text, most in texts.values())
    yield sum(size(text) for text, _ in texts.values()), 6_000
    for address in (embed.get("url", ""), embed.get("image", {}).get("url", "")):
        yield size(address), 2_048
    yield size(embed.get("image", {}).get("description", "")), 4_096


def is_taken(message: Mapping[str, Any]) -> bool:
    """By Discord: its limits, its own description of its API where that is at hand, and nobody notified."""
    violations = [request_violation(route, message) for route in ROUTES] if CONTRACT_PRESENT else []
    fits = all(used <= most for used, most in sizes(message))
    return fits and refusal(message) is None and not any(violations) and pinged(message) == []


def the_embed(told: Alert, *, repeated: bool = False) -> dict[str, Any]:
    (embed,) = content(told, repeated=repeated)["embeds"]
    return embed  # type: ignore[no-any-return] # a message is made of dicts


def description(snippet: Snippet, **changes: Any) -> str:
    return str(the_embed(an_alert(snippet=snippet, **changes)).get("description", ""))


# ---- any alert -------------------------------------------------------------------------------------------------------


@given(alerts(), st.booleans())
@example(told=a_hostile_alert(), repeated=True)
@example(told=an_alert(article={"title": LONG}, source=LONG, snippet=Snippet(LONG, ((1, 5),))), repeated=True)
@example(told=an_alert(article={"link": f"http://wiki/{LONG[:2030]}"}, snippet=Snippet(LONG[:700])), repeated=True)
def test_any_article_renders_within_every_limit_and_notifies_nobody(told: Alert, repeated: bool) -> None:
    assert is_taken(content(told, repeated=repeated))


@given(alerts())
@example(an_alert(article={"title": "-"}))
@example(an_alert(article={"title": "0_0"}, source="0_"))
def test_a_client_acts_on_nothing_in_the_preview_or_the_headline(told: Alert) -> None:
    message = content(told)

    assert acts(message["content"]) == []
    assert acts(message["embeds"][0]["title"]) == []


@given(alerts())
@example(an_alert(snippet=Snippet("0_0"), article={"link": "http://wiki/_"}))
def test_a_client_acts_on_nothing_in_the_description_but_what_an_alert_is_made_of(told: Alert) -> None:
    lines = str(the_embed(told).get("description", "")).split("\n")

    for line in lines:
        kinds = [each.kind for each in acts(line)]
        assert kinds in ([], ["small"], ["link"]) or (kinds[0] == "quote" and {*kinds[1:]} <= {"bold"})
    assert len(lines) <= 4
    assert [each.kind for each in acts("\n".join(lines))] == [each.kind for line in lines for each in acts(line)]


@given(snippets().filter(lambda snippet: len(snippet.text) < 700))
@example(Snippet("a**b`c_d|e||", ((1, 4), (4, 6), (7, 12))))
def test_a_reader_sees_the_snippet_itself_with_the_marked_words_bold(snippet: Snippet) -> None:
    marked = "".join(clean(snippet.text[start:end]) for start, end in snippet.marks)

    written = description(snippet)
    bold = [each.shown for each in acts(written) if each.kind == "bold"]

    assert unbroken(discord_client.shown(written)).split() == unbroken(_on_one_line(snippet.text)).split()
    assert "".join(unbroken("".join(bold)).split()) == "".join(unbroken(marked).split())


def _on_one_line(text: str) -> str:
    return "".join(" " if char.isspace() else char for char in text if clean(char))


@given(notices(), st.booleans())
@example(told=Notice(f"{LONG}<@7>{LONG}", LONG, "<@7>"), repeated=True)
@example(told=Notice("0_0 <@7>", "`_`", "<@7>"), repeated=False)
def test_any_notice_is_taken_and_names_nobody_but_its_mention(told: Notice, repeated: bool) -> None:
    message = content(told, repeated=repeated)

    assert is_taken(message)
    seen = [each for each in acts(message["content"]) if each.kind not in ("code", "fence")]
    assert [each.shown for each in seen] in ([], [told.mention])
    assert [each.kind for each in seen] in ([], ["tag"])


# ---- an alert --------------------------------------------------------------------------------------------------------


def test_an_alert_is_exactly_this() -> None:
    image = Image("https://news.example.org/mast.png", "A mast over Mainz")

    assert content(an_alert(article={"image": image})) == {
        "content": "5G auction opens in Mainz — Example Wire",
        "embeds": [
            {
                "author": {"name": "Example Wire"},
                "title": "5G auction opens in Mainz",
                "url": "https://news.example.org/5g-auction",
                "description": "> Bidding in the **5G auction** began today.",
                "image": {"url": "https://news.example.org/mast.png", "description": "A mast over Mainz"},
                "timestamp": "2026-03-14T12:00:00+00:00",
                "footer": {"text": "matched 5G auction, subscription 2"},
            }
        ],
        "allowed_mentions": {"parse": []},
    }


def test_an_alert_reads_from_the_headline_to_the_reasons() -> None:
    image = Image("https://news.example.org/mast.png", "A mast over Mainz")

    assert shown(content(an_alert(article={"image": image}))).splitlines() == [
        "5G auction opens in Mainz — Example Wire",
        "Example Wire",
        "5G auction opens in Mainz",
        "> Bidding in the **5G auction** began today.",
        "[A mast over Mainz]",
        "matched 5G auction, subscription 2",
    ]


def test_the_preview_of_an_ordinary_alert_holds_neither_markup_nor_address() -> None:
    told = an_alert(article={"title": "C++ & AT&T | snake_case: 5–0 in Köln?"}, source="U.S. – China #1")

    assert content(told)["content"] == "C++ & AT&T | snake_case: 5–0 in Köln? — U.S. – China #1"


def test_an_article_without_a_headline_or_of_a_nameless_feed_is_still_told() -> None:
    message = content(an_alert(article={"title": " \x00 "}, source="\u202e"))

    assert message["content"] == "Untitled article — unnamed feed"
    assert message["embeds"][0]["title"] == "Untitled article"
    assert message["embeds"][0]["author"] == {"name": "unnamed feed"}


def test_names_and_reasons_are_not_escaped_where_no_markdown_is_read() -> None:
    embed = the_embed(an_alert(source="*The* Wire", reasons=(Reason(2, "snake_case* OR <@7>"),)))

    assert embed["author"] == {"name": "*The* Wire"}
    assert embed["footer"] == {"text": "matched snake_case* OR <@7>, subscription 2"}


def test_an_article_without_a_date_says_when_it_was_first_seen() -> None:
    embed = the_embed(an_alert(article={"published": None}, seen=NOON + timedelta(hours=1)))

    assert embed["timestamp"] == "2026-03-14T13:00:00+00:00"
    assert embed["description"].endswith("\n-# first seen at the time below")


def test_an_update_is_said_in_words() -> None:
    assert the_embed(an_alert(updated=True))["description"].endswith("\n-# updated since it first appeared")
    assert "updated" not in the_embed(an_alert())["description"]


def test_what_was_found_on_a_page_that_came_late_says_so() -> None:
    assert the_embed(an_alert(found_late=True))["description"].endswith("\n-# found on its page, which came later")


def test_a_date_that_discord_does_not_show_is_the_first_that_it_does() -> None:
    told = an_alert(article={"published": datetime(1969, 7, 20, tzinfo=UTC)})

    assert the_embed(told)["timestamp"] == "1970-01-01T00:00:00+00:00"


def test_several_reasons_are_joined_and_many_are_counted() -> None:
    two = an_alert(reasons=(Reason(2, "5G auction"), Reason(5, "mainz")))
    many = an_alert(reasons=tuple(Reason(number, f"word{number}") for number in range(1, 14)))

    assert the_embed(two)["footer"] == {"text": "matched 5G auction, subscription 2; mainz, subscription 5"}
    assert the_embed(many)["footer"]["text"].endswith("word10, subscription 10; and 3 more")


def test_what_was_judged_on_the_feeds_own_text_says_so_in_a_line_behind_the_reasons() -> None:
    one = an_alert(reasons=(Reason(5, "mainz -bonn", on_feed_text=True),))
    many = an_alert(reasons=tuple(Reason(number, "word " * 100, on_feed_text=True) for number in range(20)))

    assert the_embed(one, repeated=True)["footer"] == {
        "text": "matched mainz -bonn, subscription 5 (may be a repeat)\njudged on the feed's own text"
    }
    assert the_embed(many)["footer"]["text"].endswith("\njudged on the feed's own text")
    assert len(the_embed(many)["footer"]["text"]) <= 2048


def test_why_a_page_was_not_read_stands_behind_it_in_parentheses() -> None:
    many = an_alert(page="challenge", reasons=tuple(Reason(number, "word " * 100) for number in range(20)))
    line = "\njudged on the feed's own text (its page wants to see a browser)"

    assert the_embed(many)["footer"]["text"].endswith(line)
    assert len(the_embed(many)["footer"]["text"]) <= 2048
    assert "judged" not in the_embed(an_alert(page="read"))["footer"]["text"]


def test_a_repeat_says_so_last_however_long_the_reasons_are() -> None:
    many = an_alert(reasons=tuple(Reason(number, "word " * 100) for number in range(20)))

    assert the_embed(an_alert(), repeated=True)["footer"] == {
        "text": "matched 5G auction, subscription 2 (may be a repeat)"
    }
    assert the_embed(many, repeated=True)["footer"]["text"].endswith(" (may be a repeat)")


def test_a_picture_always_has_words() -> None:
    embed = the_embed(an_alert(article={"image": Image("https://news.example.org/a.png", "\x00")}))

    assert embed["image"]["description"] == "Picture of the article"


@pytest.mark.parametrize(
    "link",
    ["", "javascript:alert(1)", "file:///etc/passwd", "discord://-/channels", "https://", "http://[", "https://a\nb/"],
)
def test_only_addresses_of_the_web_are_linked(link: str) -> None:
    embed = the_embed(an_alert(article={"link": link, "image": Image(link, "A mast")}))

    assert "url" not in embed
    assert "image" not in embed
    assert "://" not in str(embed)


def test_an_address_is_left_out_where_discord_may_count_it_as_too_long() -> None:
    long = "https://example.org/" + "😀" * 1100

    embed = the_embed(an_alert(article={"link": long, "image": Image(long, "A mast")}))

    assert "example.org" not in str(embed)


@pytest.mark.parametrize(
    "link",
    ["http://wiki/page", "http://localhost:8080/", "http://[::1]/", "https://./", "https://a..b/", "https://org./"],
)
def test_an_address_that_discord_refuses_is_written_out_and_costs_no_alert(link: str) -> None:
    """https://github.com/bugsink/bugsink/issues/280: where the host has no dot, the whole message is refused."""
    embed = the_embed(an_alert(article={"link": link, "image": Image(link, "A mast")}))

    assert "url" not in embed
    assert "image" not in embed
    assert embed["description"] == f"> Bidding in the **5G auction** began today.\n<{link}>"


@pytest.mark.parametrize("link", ["http://192.168.1.7:3000/a", "https://müller.example/ü", "https://a.b/?q=*_~|"])
def test_any_other_address_is_linked(link: str) -> None:
    assert the_embed(an_alert(article={"link": link}))["url"] == link.replace("|", "%7C")


# ---- the snippet -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "marks", "written"),
    [
        ("one two three", ((4, 7),), "> one **two** three"),
        ("one two three", ((0, 3), (8, 13)), "> **one** two **three**"),
        ("one two three", ((0, 3), (4, 7)), "> **one two** three"),
        ("one two three", ((0, 13),), "> **one two three**"),
        ("one two three", ((3, 8),), "> one **two** three"),
        ("one  two", ((0, 8),), "> **one**  **two**"),
        ("one", ((0, 1), (1, 3)), "> **one**"),
        (" one ", ((0, 5),), "> **one**"),
        ("   ", ((0, 3),), ""),
        ("", (), ""),
        ("one", ((3, 3), (5, 9)), "> one"),
        ("a_b*c", ((0, 3),), r"> **a\_b**\*c"),
        ("*one*", ((1, 4),), r"> \***one**\*"),
        ("a\\", ((0, 2),), r"> **a\\**"),
        ("@everyone", ((1, 9),), f"> @**{BREAK}everyone**"),
        ("@everyone", ((0, 4),), f"> **@{BREAK}eve**ryone"),
        ("<@7>", ((1, 2),), f"> <**{BREAK}@**7>"),
        ("https://a.b", ((0, 5),), f"> **https**:{BREAK}//a.b"),
        ("discord.gg/x", ((0, 7),), f"> **discord**{BREAK}.gg/x"),
        ("||", ((1, 2),), r"> \|**\|**"),
        ("# one", ((0, 1),), "> **#** one"),
        ("# one", ((2, 5),), f"> {BREAK}# **one**"),
        ("> one", (), f"> {BREAK}> one"),
        ("one\n> two\u2028# three", ((4, 5),), "> one **>** two # three"),
        ("日本語", ((1, 2),), "> 日**本**語"),
        ("e\u0301a", ((0, 2),), "> **e\u0301**a"),
        ("שלום one", ((0, 4),), "> **שלום** one"),
        ("a\x00\u202eb\ud800c", ((4, 6),), "> ab**c**"),
    ],
)
def test_marked_words_are_bold(text: str, marks: tuple[tuple[int, int], ...], written: str) -> None:
    assert description(Snippet(text, marks)) == written


def test_a_long_snippet_is_cut_outside_of_a_bold_word() -> None:
    text = "word " * 299 + "huawei again"

    written = description(Snippet(text, ((1495, 1501),)))

    assert written.endswith("word…")
    assert acts(written)[1:] == []


def test_remarks_need_no_snippet() -> None:
    assert description(Snippet(), updated=True) == "-# updated since it first appeared"


# ---- a notice --------------------------------------------------------------------------------------------------------


def test_only_the_mention_of_a_notice_is_alive() -> None:
    told = Notice("<@7> subscribed this channel to", "<@8> OR @everyone", mention="<@7>")

    assert content(told) == {
        "content": "<@7> subscribed this channel to `<@8> OR @everyone`",
        "embeds": [],
        "allowed_mentions": {"parse": []},
    }


@pytest.mark.parametrize(
    ("text", "mention", "written"),
    [
        ("<@8> was removed", "<@7>", f"<{BREAK}@8> was removed"),
        ("@everyone did it", "@everyone", f"@{BREAK}everyone did it"),
        ("<@&7> did it", "<@&7>", f"<{BREAK}@&7> did it"),
        ("The feed was removed by <@7>; nothing more.", "<@7>", "The feed was removed by <@7> ; nothing more."),
        ("<@7> and <@7>", "<@7>", f"<@7> and <{BREAK}@7>"),
        ("", "<@7>", "Tocsin"),
    ],
)
def test_a_name_that_only_looks_like_a_mention_stays_text(text: str, mention: str, written: str) -> None:
    assert content(Notice(text, mention=mention))["content"] == written


def test_a_notice_sets_a_query_apart_and_keeps_the_lines_of_a_longer_one() -> None:
    assert content(Notice("Now hearing", "a`b"))["content"] == "Now hearing `` a`b ``"
    assert content(Notice("Now hearing", "a\n  ^"))["content"] == "Now hearing ```\na\n  ^\n```"


def test_a_repeated_notice_says_so_before_its_query() -> None:
    assert (
        content(Notice("Now hearing", "huawei"), repeated=True)["content"] == "Now hearing (may be a repeat) `huawei`"
    )
