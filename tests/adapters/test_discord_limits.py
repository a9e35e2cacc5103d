from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord import limits
from adapters.discord.limits import Limits, seconds
from adapters.discord.pace import DiscordPace
from adapters.discord.wire import Answer, Call, Limited, Rest
from bot.model.destination import Workspace
from tests.standins.discord_standin import DiscordStandIn
from tests.standins.trouble import Scripted

POST, GET = ("POST", "/channels/{channel}/messages"), ("GET", "/channels/{channel}/messages")
NOON = 1000.0


def headers(remaining: object = 0, after: object = 5.0, bucket: str = "abcd") -> dict[str, str]:
    return {
        "X-RateLimit-Limit": "5",
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset-After": str(after),
        "X-RateLimit-Bucket": bucket,
    }


def noted(told: Mapping[str, str] | None = None) -> Limits:
    """After one post in channel 200, at noon, of whose bucket the answer says that."""
    pace = Limits()
    assert pace.wait(POST, "200", NOON) == 0.0
    pace.note(POST, "200", headers() if told is None else told, NOON)
    return pace


# ---- buckets ---------------------------------------------------------------------------------------------------------


def test_nothing_is_waited_for_before_discord_has_said_anything() -> None:
    assert Limits().wait(POST, "200", NOON) == 0.0


def test_an_exhausted_bucket_is_waited_for_until_it_is_reset() -> None:
    pace = noted(headers(remaining=0, after=5.0))

    assert [pace.wait(POST, "200", NOON + after) for after in (0, 2, 4.5, 5, 6)] == [5.0, 3.0, 0.5, 0.0, 0.0]


def test_each_request_that_leaves_is_taken_off_before_its_answer_comes() -> None:
    pace = noted(headers(remaining=2, after=5.0))

    assert [pace.wait(POST, "200", NOON) for _ in range(4)] == [0.0, 0.0, 5.0, 5.0]


def test_who_has_to_wait_takes_nothing_off() -> None:
    pace = noted(headers(remaining=1, after=5.0))
    for _ in range(10):
        pace.wait(POST, "200", NOON)

    pace.note(POST, "200", headers(remaining=1, after=5.0), NOON + 1)

    assert pace.wait(POST, "200", NOON + 1) == 0.0


def test_buckets_are_counted_apart_for_every_channel() -> None:
    pace = noted(headers(remaining=0))

    assert pace.wait(POST, "200", NOON) == 5.0
    assert pace.wait(POST, "201", NOON) == 0.0


def test_routes_that_name_the_same_bucket_share_it() -> None:
    pace = noted(headers(remaining=0, bucket="shared"))
    assert pace.wait(GET, "200", NOON) == 0.0, "nobody has said yet that it is the same"

    pace.note(GET, "201", headers(remaining=3, bucket="shared"), NOON)

    assert pace.wait(GET, "200", NOON) == 5.0
    assert pace.wait(GET, "201", NOON) == 0.0


def test_routes_of_different_buckets_share_nothing() -> None:
    pace = noted(headers(remaining=0, bucket="posts"))

    pace.note(GET, "200", headers(remaining=3, bucket="history"), NOON)

    assert pace.wait(GET, "200", NOON) == 0.0


def test_a_bucket_without_a_name_is_the_routes_own() -> None:
    pace = noted({name: value for name, value in headers().items() if name != "X-RateLimit-Bucket"})

    assert pace.wait(POST, "200", NOON) == 5.0
    assert pace.wait(GET, "200", NOON) == 0.0


def test_a_route_may_move_to_another_bucket() -> None:
    pace = noted(headers(remaining=0, bucket="old"))

    pace.note(POST, "200", headers(remaining=4, bucket="new"), NOON)

    assert pace.wait(POST, "200", NOON) == 0.0


UNREADABLE = ["", "x", "-1", "nan", "inf", "-inf", "1.5.0", "½", "0x10", "\u0663.5.1"]


@pytest.mark.parametrize("value", UNREADABLE)
def test_what_cannot_be_read_says_nothing(value: str) -> None:
    assert noted(headers(remaining=value)).wait(POST, "200", NOON) == 0.0
    assert noted(headers(after=value)).wait(POST, "200", NOON) == 0.0
    assert seconds(value) is None


def test_headers_that_are_missing_say_nothing() -> None:
    assert noted({}).wait(POST, "200", NOON) == 0.0


def test_a_pause_beyond_reason_ends_with_the_day() -> None:
    pace = noted(headers(after=1e300))

    assert pace.wait(POST, "200", NOON) == seconds("1e300") == 86_400.0


@given(st.lists(st.tuples(st.sampled_from("an"), st.integers(0, 4), st.floats(0, 3))))
def test_between_two_answers_no_more_leave_than_the_last_one_left(events: list[tuple[str, int, float]]) -> None:
    pace, now, left, resets_at = Limits(), NOON, 0, NOON

    for kind, remaining, after in events:
        now += after / 4
        if kind == "n":
            pace.note(POST, "200", headers(remaining, after), now)
            left, resets_at = remaining, now + after
        elif now < resets_at:
            wait = pace.wait(POST, "200", now)
            assert wait == (0.0 if left else resets_at - now)
            left -= wait == 0.0
        else:
            assert pace.wait(POST, "200", now) == 0.0


# ---- 429 -------------------------------------------------------------------------------------------------------------


def test_after_a_429_the_bucket_is_waited_for_whatever_its_headers_said() -> None:
    pace = noted(headers(remaining=4))

    pace.limited(POST, "200", NOON + 30, everything=False)

    assert pace.wait(POST, "200", NOON + 10) == 20.0
    assert pace.wait(POST, "201", NOON) == 0.0
    assert pace.wait(POST, "200", NOON + 30) == 0.0


def test_a_global_limit_holds_every_route_and_is_never_shortened() -> None:
    pace = Limits()

    pace.limited(POST, "200", NOON + 30, everything=True)
    pace.limited(POST, "200", NOON + 10, everything=True)

    assert pace.wait(GET, "201", NOON) == 30.0
    assert pace.wait(GET, "201", NOON + 30) == 0.0


def test_a_global_limit_takes_nothing_off_a_bucket() -> None:
    pace = noted(headers(remaining=1, after=60))
    pace.limited(GET, "201", NOON + 5, everything=True)

    assert [pace.wait(POST, "200", NOON + after) for after in (0, 1, 5, 6)] == [5.0, 4.0, 0.0, 54.0]


# ---- memory ----------------------------------------------------------------------------------------------------------


def test_no_more_than_so_many_buckets_are_remembered_and_the_oldest_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KEPT", 10)
    pace = Limits()

    for channel in [*range(10), 0, 10]:
        pace.note(POST, str(channel), headers(remaining=0), NOON)

    assert [channel for channel in range(12) if pace.wait(POST, str(channel), NOON)] == [0, *range(2, 11)]


# ---- on the wire -----------------------------------------------------------------------------------------------------


@pytest.fixture
def rest(discord: DiscordStandIn) -> Rest:
    return Rest(discord.token, discord.api_url, timedelta(seconds=5))


def history(channel: str) -> Call:
    return Call("GET", "/channels/{channel}/messages", {"channel": channel})


async def test_every_answer_is_counted(discord: DiscordStandIn, rest: Rest) -> None:
    discord.guilds["100"].channel("201")
    discord.limits(2, 60, channel="200", route="GET /channels/{channel_id}/messages")

    answers = [await rest.ask(history(channel)) for channel in ("200", "200", "200", "201")]

    assert [type(answer) for answer in answers] == [Answer, Answer, Limited, Answer]
    assert len(discord.calls_of("GET", "/channels/200/messages")) == 2


@pytest.mark.parametrize(
    ("body", "told", "pause"),
    [
        ({"retry_after": 7.25, "global": False}, {"Retry-After": "8"}, 7.25),
        ({"message": "slow"}, {"Retry-After": "8"}, 8),
        ("<html>error code: 1015</html>", {"Retry-After": "600"}, 600),
        ("<html>error code: 1015</html>", {}, 30),
        ({"retry_after": "soon"}, {}, 30),
        ({"retry_after": None}, {}, 30),
        ({"retry_after": -1}, {}, 30),
        ([], {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30),
        ({"retry_after": 1e300}, {}, 86_400),
    ],
)
async def test_a_429_tells_its_pause_in_one_of_many_ways_or_in_none(
    discord: DiscordStandIn, rest: Rest, body: object, told: dict[str, str], pause: float
) -> None:
    discord.fail("GET /channels/200/messages", Scripted(429, body, told))

    assert await rest.ask(history("200")) == Limited(timedelta(seconds=pause))
    assert isinstance(await rest.ask(history("200")), Limited)
    assert len(discord.calls) == 1


async def test_an_answer_with_headers_of_nonsense_is_an_answer(discord: DiscordStandIn, rest: Rest) -> None:
    nonsense = {"X-RateLimit-Remaining": "many", "X-RateLimit-Reset-After": "NaN", "X-RateLimit-Bucket": ""}
    discord.fail("GET /channels/200/messages", Scripted(200, [], nonsense))

    assert await rest.ask(history("200")) == Answer([])
    assert isinstance(await rest.ask(history("200")), Answer)


async def test_all_that_the_bot_sends_slows_down_where_its_total_is_refused(
    discord: DiscordStandIn, rest: Rest
) -> None:
    guild, another = Workspace("discord", "100"), Workspace("discord", "101")
    discord.fail("GET /channels/200/messages", Scripted(429, {"retry_after": 7.25, "global": True}))

    before = rest.pace.wait(guild)
    await rest.ask(history("200"))

    assert before == 0
    assert 7 < rest.pace.wait(guild) <= 7.25
    assert 7 < rest.pace.wait(another) <= 7.25


async def test_one_bucket_that_is_used_up_slows_nothing_else(discord: DiscordStandIn, rest: Rest) -> None:
    discord.fail("GET /channels/200/messages", Scripted(429, {"retry_after": 7.25, "global": False}))

    await rest.ask(history("200"))

    assert rest.pace.wait(Workspace("discord", "100")) < 1
    assert 7 < rest.rests_for(history("200")) <= 7.25
    assert rest.rests_for(history("201")) == 0


async def test_what_is_asked_beside_messages_counts_as_one_of_the_bots_requests(rest: Rest) -> None:
    rest.pace.most = 3
    for _ in range(3):
        await rest.ask(history("200"))

    assert rest.pace.wait(Workspace("discord", "100")) > 0.5


async def test_what_is_asked_leaves_once_the_bots_second_has_room(rest: Rest, monkeypatch: pytest.MonkeyPatch) -> None:
    waits, waiting = [0.001, 0.002, 0.0], []

    def room(pace: DiscordPace) -> float:
        waiting.append(pace.waiting)
        return waits.pop(0)

    monkeypatch.setattr(DiscordPace, "room", room)

    assert isinstance(await rest.ask(history("200")), Answer)
    assert (waits, waiting, rest.pace.waiting) == ([], [1, 1, 1], 0)
