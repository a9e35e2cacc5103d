import asyncio
from datetime import timedelta

import pytest

from bot.commands.command import AdminUnknown, Asker, Done, Listing, Problem, Request
from bot.commands.subscribing import NOISY
from bot.matching.names import Names, read_aliases
from bot.model.delivery import Alert, Deferred, Noise, Notice, Refused, Unconfirmed
from bot.model.destination import Destination, Workspace
from storage.unit import SqlStorage
from tests.builders import ACME, GLOBEX, SettableClock
from tests.commands.office import FEED, HERE, Office
from tests.jobs.newsroom import Newsroom

CLOSED = Refused("lane", "Tocsin is not in this channel.", "/invite @Tocsin")


def lines(office: Office) -> list[Notice]:
    """What was posted at once."""
    contents = [delivery.content for delivery in office.postbox.posted]
    assert not any(isinstance(content, Alert) for content in contents)
    return [content for content in contents if isinstance(content, Notice)]


# ---- subscribe -----------------------------------------------------------------------------------------------------


async def test_a_subscription_stands_for_the_channel_in_which_it_was_asked_for(office: Office) -> None:
    reply = await office.asks("subscribe", query="huawei ban")

    (standing,) = await office.standing()
    assert isinstance(reply, Done)
    assert reply.text == "Subscription 1 stands for slack:T1/C1."
    assert reply.notes == ("Read as: huawei ban", "To end it: /news unsubscribe 1")
    assert (standing.destination, standing.query, standing.owner, standing.origin) == (
        HERE,
        "huawei ban",
        "U1",
        "command",
    )


async def test_the_channel_is_told_in_one_public_line_who_subscribed_it_to_what(office: Office) -> None:
    await office.asks("subscribe", query='"5G auction"')

    assert lines(office) == [Notice("<@U1> subscribed this channel to", code='"5G auction"', mention="<@U1>")]
    assert [delivery.destination for delivery in office.postbox.posted] == [HERE]


async def test_where_the_public_line_is_refused_the_subscription_is_not_kept(office: Office) -> None:
    office.postbox.answer = CLOSED

    reply = await office.asks("subscribe", query="huawei")

    assert reply == Problem(
        "The subscription was not kept: Tocsin is not in this channel.", "/invite @Tocsin", mistake=False
    )
    assert await office.queries() == []


async def test_where_the_public_line_is_put_off_it_waits_in_the_lane_and_the_subscription_stands(
    office: Office,
) -> None:
    office.postbox.answer = Deferred("Slack limits the rate", timedelta(seconds=1))

    reply = await office.asks("subscribe", query="huawei")

    assert isinstance(reply, Done)
    assert await office.queries() == ["huawei"]
    assert [each.content for each in await office.waiting()] == lines(office)


async def test_a_public_line_that_may_have_arrived_is_not_repeated(office: Office) -> None:
    office.postbox.answer = Unconfirmed("no answer")

    reply = await office.asks("subscribe", query="huawei")

    assert isinstance(reply, Done)
    assert await office.waiting() == []


async def test_what_stands_already_is_said_and_not_announced_again(office: Office) -> None:
    await office.asks("subscribe", query="huawei  ban")

    reply = await office.asks("subscribe", query="HUAWEI AND ban", user="U2")

    assert isinstance(reply, Done)
    assert reply.text == "That stands already, as subscription 1 for slack:T1/C1: huawei ban"
    assert len(lines(office)) == 1


async def test_a_query_that_cannot_be_read_is_answered_with_the_place_and_the_nearest_that_can(office: Office) -> None:
    reply = await office.asks("subscribe", query='huawei AND ("5G auction')

    assert isinstance(reply, Problem)
    query, caret = reply.code.splitlines()
    assert query == 'huawei AND ("5G auction'
    assert caret.strip() == "^"
    assert f"(at character {len(caret)})" in reply.text
    assert reply.hint == 'Did you mean: huawei AND ("5G auction")'
    assert reply.mistake
    assert await office.queries() == []
    assert lines(office) == []


async def test_tags_choose_the_feeds_that_are_heard(office: Office) -> None:
    await office.follows(tags=("telecom",))

    reply = await office.asks("subscribe", query="huawei", tags="telecom, press,")

    (standing,) = await office.standing()
    assert standing.tags == ("press", "telecom")
    assert isinstance(reply, Done)
    assert len(reply.notes) == 2


async def test_tags_that_no_feed_carries_are_pointed_out(office: Office) -> None:
    await office.follows(tags=("telecom",))

    reply = await office.asks("subscribe", query="huawei", tags="press")

    assert isinstance(reply, Done)
    assert reply.notes[-1] == "No feed here is tagged press yet: it hears nothing until one is."


async def test_only_the_operator_names_another_place(office: Office) -> None:
    reply = await office.asks("subscribe", query="huawei", to="slack:T2/C2", workspace="slack:T2")

    assert isinstance(reply, Problem)
    assert "--to takes me" in reply.text
    assert await office.standing() == []


async def test_a_person_subscribes_their_direct_messages_and_is_told_there(office: Office) -> None:
    reply = await office.asks("subscribe", query="huawei", to="me")

    (standing,) = await office.standing()
    (line,) = office.postbox.posted
    assert isinstance(reply, Done)
    assert standing.destination == line.destination == Destination(ACME, "@U1")
    assert line.content == Notice("You subscribed to", code="huawei")


async def test_a_person_whose_direct_messages_are_closed_is_told_at_once_where_they_asked(office: Office) -> None:
    office.postbox.answer = Refused("lane", "They take no direct messages.", "Allow them, then ask again.")

    reply = await office.asks("subscribe", query="huawei", to="me")

    assert reply == Problem(
        "The subscription was not kept: They take no direct messages.", "Allow them, then ask again.", mistake=False
    )
    assert await office.standing() == []


async def test_a_channels_list_holds_the_askers_direct_subscriptions_and_nobody_elses(office: Office) -> None:
    await office.asks("subscribe", query="huawei", to="me")
    await office.asks("subscribe", query="zte", to="me", user="U2")
    await office.asks("subscribe", query="nokia")

    reply = await office.asks("subscriptions")

    assert isinstance(reply, Listing)
    assert reply.heading == "Subscriptions of this channel and of your direct messages"
    assert [row[1] for row in reply.rows] == ["huawei", "nokia"]


async def test_a_direct_subscription_that_was_ended_can_be_taken_up_again_from_any_channel(office: Office) -> None:
    await office.asks("subscribe", query="huawei", to="me")

    reply = await office.asks("unsubscribe", subscription="1")

    assert isinstance(reply, Done)
    assert reply.notes == ("To take it up again: /news subscribe huawei --to me",)
    assert office.postbox.posted[-1].content == Notice("You ended your subscription to", code="huawei")


async def test_the_operator_subscribes_any_destination_and_the_line_waits_for_a_running_tocsin(office: Office) -> None:
    office.configured(messengers={})

    reply = await office.operator("subscribe", query="huawei", to="slack:T2/C2")

    (standing,) = await office.standing()
    assert isinstance(reply, Done)
    assert (standing.destination, standing.owner) == (Destination(GLOBEX, "C2"), "operator")
    assert [each.content for each in await office.waiting()] == [
        Notice("The operator subscribed this channel to", code="huawei")
    ]


@pytest.mark.parametrize("to", ["slack", "slack:T1", "console/C1", "C1"])
async def test_a_destination_that_cannot_be_read_is_a_mistake(office: Office, to: str) -> None:
    reply = await office.operator("subscribe", query="huawei", to=to)

    assert isinstance(reply, Problem)
    assert reply.mistake
    assert reply.text.startswith("--to ")
    assert await office.queries() == []


# ---- unsubscribe ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["1", "#1", "huawei ban", "HUAWEI AND ban"])
async def test_a_subscription_is_ended_by_its_number_or_its_query(office: Office, named: str) -> None:
    await office.asks("subscribe", query="huawei ban")

    reply = await office.asks("unsubscribe", subscription=named, user="U2")

    assert isinstance(reply, Done)
    assert reply.text == "Subscription 1 has ended: huawei ban"
    assert await office.queries() == []
    assert lines(office)[-1] == Notice("<@U2> ended this channel's subscription to", code="huawei ban", mention="<@U2>")


async def test_how_to_take_it_up_again_is_said_with_its_tags(office: Office) -> None:
    await office.asks("subscribe", query="huawei", tags="b,a")

    reply = await office.asks("unsubscribe", subscription="1")

    assert isinstance(reply, Done)
    assert reply.notes == ("To take it up again: /news subscribe huawei --tags a,b",)


async def test_a_number_is_never_given_again(office: Office) -> None:
    await office.asks("subscribe", query="huawei")
    await office.asks("unsubscribe", subscription="1")

    reply = await office.asks("subscribe", query="nokia")

    assert isinstance(reply, Done)
    assert reply.text.startswith("Subscription 2 ")


async def test_a_subscription_ends_even_where_nothing_can_be_posted(office: Office) -> None:
    await office.asks("subscribe", query="huawei")
    office.postbox.answer = CLOSED

    reply = await office.asks("unsubscribe", subscription="1")

    assert isinstance(reply, Done)
    assert await office.queries() == []


async def test_an_unknown_number_and_one_of_another_workspace_get_the_same_answer(office: Office) -> None:
    await office.asks("subscribe", query="secret plans", here=Destination(GLOBEX, "C9"))
    for number in range(6):
        await office.asks("subscribe", query=f"topic{number}", here=Destination(GLOBEX, "C9"))

    of_another = await office.asks("unsubscribe", subscription="7")
    unknown = await office.asks("unsubscribe", subscription="70")

    assert isinstance(of_another, Problem)
    assert isinstance(unknown, Problem)
    assert of_another.text == "There is no subscription 7 here."
    assert unknown.text == "There is no subscription 70 here."
    assert of_another.hint == unknown.hint
    assert len(await office.queries()) == 7


async def test_a_query_of_another_workspace_names_nothing_here(office: Office) -> None:
    await office.asks("subscribe", query="huawei", here=Destination(GLOBEX, "C9"))

    reply = await office.asks("unsubscribe", subscription="huawei")

    assert isinstance(reply, Problem)
    assert reply.text == "There is no subscription huawei here."
    assert await office.queries() == ["huawei"]


@pytest.mark.parametrize("named", ["9" * 5000, "٣", "(", '"'])
async def test_a_strange_name_names_nothing(office: Office, named: str) -> None:
    reply = await office.asks("unsubscribe", subscription=named)

    assert isinstance(reply, Problem)
    assert reply.text == f"There is no subscription {named} here."


# ---- whose it is ---------------------------------------------------------------------------------------------------

PRIVATE = Destination(HERE.workspace, "CPRIVATE")
NAMES = ["1", "#1", "secret plans", "SECRET AND plans"]


@pytest.mark.parametrize("named", NAMES)
async def test_nobody_ends_or_hears_of_what_another_channel_is_subscribed_to(office: Office, named: str) -> None:
    await office.asks("subscribe", query="secret plans", here=PRIVATE, user="UINSIDER")
    posted = len(office.postbox.posted)

    reply = await office.asks("unsubscribe", subscription=named)

    assert reply == Problem(
        f"There is no subscription {named.removeprefix('#')} here.",
        "See them with: /news subscriptions",
        mistake=False,
    )
    assert await office.queries() == ["secret plans"]
    assert len(office.postbox.posted) == posted


@pytest.mark.parametrize("named", NAMES)
async def test_who_made_a_subscription_ends_it_from_any_channel(office: Office, named: str) -> None:
    await office.asks("subscribe", query="secret plans", here=PRIVATE, user="UINSIDER")

    reply = await office.asks("unsubscribe", subscription=named, user="UINSIDER")

    assert isinstance(reply, Done)
    assert await office.queries() == []
    assert office.postbox.posted[-1].destination == PRIVATE


@pytest.mark.parametrize("named", NAMES)
async def test_admins_end_a_subscription_from_any_channel(office: Office, named: str) -> None:
    office.configured(admins=frozenset({"slack:T1/U7"}))
    for _ in range(2):
        await office.asks("subscribe", query="secret plans", here=PRIVATE, user="UINSIDER")
        (standing,) = await office.standing()
        called = named.replace("1", str(standing.number))
        asker = {"user": "U7"} if standing.number == 1 else {"user": "U8", "is_admin": True}

        reply = await office.asks("unsubscribe", subscription=called, **asker)

        assert isinstance(reply, Done)
        assert await office.queries() == []


async def test_an_admin_of_another_workspace_ends_nothing_here(office: Office) -> None:
    office.configured(admins=frozenset({"slack:T1/U7"}))
    await office.asks("subscribe", query="secret plans", here=Destination(GLOBEX, "C9"))

    reply = await office.asks("unsubscribe", subscription="1", user="U7")

    assert isinstance(reply, Problem)
    assert await office.queries() == ["secret plans"]


async def test_a_query_that_others_have_too_means_ones_own(office: Office) -> None:
    await office.asks("subscribe", query="huawei", here=PRIVATE, user="UINSIDER")
    await office.asks("subscribe", query="huawei", here=Destination(HERE.workspace, "C2"))

    reply = await office.asks("unsubscribe", subscription="huawei")

    assert isinstance(reply, Done)
    assert [one.destination for one in await office.standing()] == [PRIVATE]


async def test_what_the_file_declares_for_another_channel_is_not_told_either(office: Office) -> None:
    await office.declares("secret plans", "slack:T1/CPRIVATE")

    reply = await office.asks("unsubscribe", subscription="1")

    assert isinstance(reply, Problem)
    assert reply.text == "There is no subscription 1 here."


async def test_whether_somebody_is_an_admin_is_asked_alike_for_what_is_hidden_and_for_what_is_not_there(
    office: Office,
) -> None:
    await office.asks("subscribe", query="secret plans", here=PRIVATE, user="UINSIDER")
    asked: list[str] = []

    for named in ("1", "2", "secret plans", "nothing of the sort"):

        async def platform_says(named: str = named) -> bool:
            asked.append(named)
            return False

        asker = Asker(HERE.workspace, "U1", "<@U1>", platform_says)
        await office.command("unsubscribe").run(Request(asker, HERE, office.says(), {"subscription": named}))

    assert asked == ["1", "2", "secret plans", "nothing of the sort"]


async def test_where_the_platform_cannot_say_who_is_an_admin_nobody_hears_of_other_channels(office: Office) -> None:
    await office.asks("subscribe", query="secret plans", here=PRIVATE, user="UINSIDER")

    async def platform_says() -> bool:
        raise AdminUnknown("Slack could not be asked whether you are an admin.")

    asker = Asker(HERE.workspace, "U1", "<@U1>", platform_says)
    replies = [
        await office.command("unsubscribe").run(Request(asker, HERE, office.says(), {"subscription": named}))
        for named in ("1", "2")
    ]

    assert [reply.text for reply in replies if isinstance(reply, Problem)] == [
        "There is no subscription 1 here.",
        "There is no subscription 2 here.",
    ]


async def test_of_two_who_end_a_subscription_at_once_the_second_hears_that_there_is_none(office: Office) -> None:
    await office.asks("subscribe", query="huawei", here=PRIVATE, user="UINSIDER")

    async def platform_says() -> bool:
        await office.asks("unsubscribe", subscription="1", here=PRIVATE, user="UINSIDER")
        return True

    asker = Asker(HERE.workspace, "U1", "<@U1>", platform_says)
    posted = len(office.postbox.posted)
    reply = await office.command("unsubscribe").run(Request(asker, HERE, office.says(), {"subscription": "#1"}))

    assert isinstance(reply, Problem)
    assert reply.text == "There is no subscription 1 here."
    assert len(office.postbox.posted) == posted + 1


async def test_who_is_an_admin_is_asked_outside_of_any_unit_of_work(office: Office) -> None:
    await office.asks("subscribe", query="secret plans", here=PRIVATE, user="UINSIDER")

    async def platform_says() -> bool:
        async with asyncio.timeout(5), office.storage.begin() as unit:
            await unit.workspaces.register(GLOBEX)
        return True

    asker = Asker(HERE.workspace, "U1", "<@U1>", platform_says)
    reply = await office.command("unsubscribe").run(Request(asker, HERE, office.says(), {"subscription": "1"}))

    assert isinstance(reply, Done)


# ---- which one is meant --------------------------------------------------------------------------------------------


async def test_a_query_that_two_channels_have_means_the_one_in_which_it_is_said(office: Office) -> None:
    elsewhere = Destination(HERE.workspace, "C2")
    await office.asks("subscribe", query="huawei")
    await office.asks("subscribe", query="huawei", here=elsewhere)

    await office.asks("unsubscribe", subscription="huawei", here=elsewhere)

    assert [one.destination for one in await office.standing()] == [HERE]


async def test_a_query_that_stands_twice_is_to_be_named_by_its_number(office: Office) -> None:
    await office.asks("subscribe", query="huawei")
    await office.asks("subscribe", query="huawei", tags="press")

    reply = await office.asks("unsubscribe", subscription="huawei")

    assert reply == Problem(
        "Several subscriptions are called huawei: 1 for slack:T1/C1, 2 for slack:T1/C1.", "Name it by its number."
    )
    assert len(await office.queries()) == 2


async def test_the_operator_says_which_workspace_where_a_number_stands_in_several(office: Office) -> None:
    await office.asks("subscribe", query="huawei")
    await office.asks("subscribe", query="nokia", here=Destination(GLOBEX, "C9"))

    asked = await office.operator("unsubscribe", subscription="1")
    await office.operator("unsubscribe", subscription="1", workspace="slack:T2")

    assert asked == Problem(
        "Several subscriptions are called 1: 1 for slack:T1/C1, 1 for slack:T2/C9.", "Add --workspace."
    )
    assert await office.queries() == ["huawei"]


async def test_what_the_file_declares_the_file_alone_changes(office: Office) -> None:
    declared = await office.declares("huawei")

    reply = await office.asks("unsubscribe", subscription=str(declared.number))

    assert reply == Problem(
        "Subscription 1 is declared in the configuration file.",
        "What the file declares, the file alone changes: take it out there.",
        mistake=False,
    )
    assert await office.queries() == ["huawei"]


# ---- subscriptions -------------------------------------------------------------------------------------------------


async def test_a_channel_sees_its_own_subscriptions(office: Office) -> None:
    await office.asks("subscribe", query="huawei", tags="press")
    await office.asks("subscribe", query="nokia", here=Destination(HERE.workspace, "C2"))
    await office.asks("subscribe", query="secret", here=Destination(GLOBEX, "C1"))
    await office.declares("5G")

    reply = await office.asks("subscriptions")

    assert reply.rows == (
        ("1", "huawei (feeds tagged press)", "slack:T1/C1", "U1"),
        ("3", "5g", "slack:T1/C1", "the configuration file"),
    )


async def test_the_list_says_which_subscriptions_are_noisy(sqlite: SqlStorage, clock: SettableClock) -> None:
    office, newsroom = Office(sqlite), Newsroom(sqlite, clock)
    office.configured(noise=Noise(2, timedelta(minutes=15)))
    await newsroom.follows(FEED)
    await newsroom.subscribes("auction")
    await newsroom.subscribes("ferry")
    await newsroom.polls()
    newsroom.publishes(FEED, "Auction 1", "Auction 2", "Ferry auction")
    await newsroom.polls()

    noisy = await office.asks("subscriptions")
    newsroom.clock.advance(minutes=15)
    calm = await office.asks("subscriptions")

    assert isinstance(noisy, Listing)
    assert isinstance(calm, Listing)
    assert [row[1] for row in noisy.rows] == [f"auction{NOISY}", "ferry"]
    assert [row[1] for row in calm.rows] == ["auction", "ferry"]


async def test_the_operator_sees_all_subscriptions_or_those_of_one_workspace(office: Office) -> None:
    await office.asks("subscribe", query="huawei")
    await office.asks("subscribe", query="nokia", here=Destination(GLOBEX, "C9"))

    everything = await office.operator("subscriptions")
    named = await office.operator("subscriptions", workspace="slack:T2")

    assert [one["query"] for one in everything.data] == ["huawei", "nokia"]
    assert named.data == [
        {
            "number": 1,
            "workspace": "slack:T2",
            "destination": "slack:T2/C9",
            "query": "nokia",
            "normal_form": "nokia",
            "cadence": "now",
            "owner": "U1",
            "origin": "command",
        }
    ]


@pytest.mark.parametrize("words", ["subscriptions", "feeds list"])
async def test_a_workspace_that_is_not_known_is_a_mistake(office: Office, words: str) -> None:
    await office.asks("subscribe", query="huawei")

    reply = await office.operator(words, workspace="slack:T7")

    assert reply == Problem(
        "There is no workspace slack:T7 here.",
        "Known are: slack:T1. Another becomes known when tocsin run has signed in to it.",
    )


async def test_an_empty_list_says_what_to_try(office: Office) -> None:
    reply = await office.asks("subscriptions", here=Destination(Workspace("slack", "T5"), "C1"))

    assert reply.empty == "There are no subscriptions here yet. Try: /news subscribe huawei"


# ---- places that the operator names --------------------------------------------------------------------------------


async def test_where_workspaces_of_a_platform_are_known_another_one_is_a_mistake(office: Office) -> None:
    await office.asks("subscribe", query="huawei")
    await office.asks("subscribe", query="huawei", here=Destination(GLOBEX, "C9"))

    reply = await office.operator("subscribe", query="nokia", to="slack:TYPO/C1")

    assert reply == Problem(
        "There is no workspace slack:TYPO here.",
        "Known are: slack:T1, slack:T2. Another becomes known when tocsin run has signed in to it.",
    )
    assert await office.queries() == ["huawei", "huawei"]


async def test_where_none_of_a_platform_is_known_yet_any_is_taken(office: Office) -> None:
    await office.operator("subscribe", query="huawei", to="console")

    reply = await office.operator("subscribe", query="huawei", to="slack:T5/C1")

    assert isinstance(reply, Done)
    assert await office.queries() == ["huawei", "huawei"]


# ---- what to say next, on the command line -------------------------------------------------------------------------


async def test_the_operator_is_told_the_words_of_the_command_line(office: Office) -> None:
    empty = await office.operator("subscriptions")
    added = await office.operator("subscribe", query='"5G auction"', to="console", tags="b,a")
    unknown = await office.operator("unsubscribe", subscription="7")
    ended = await office.operator("unsubscribe", subscription="1")

    assert isinstance(empty, Listing)
    assert isinstance(added, Done)
    assert isinstance(unknown, Problem)
    assert isinstance(ended, Done)
    assert empty.empty == "There are no subscriptions here yet. Try: tocsin subscriptions add huawei --to console"
    assert added.notes[1] == "To end it: tocsin subscriptions remove 1"
    assert unknown.hint == "See them with: tocsin subscriptions list"
    again = """tocsin subscriptions add '"5G auction"' --tags a,b --to console"""
    assert ended.notes == (f"To take it up again: {again}",)


async def test_where_the_console_is_off_the_operator_is_shown_a_destination_on_slack(office: Office) -> None:
    office.configured(home=None)

    empty = await office.operator("subscriptions")

    assert isinstance(empty, Listing)
    assert empty.empty.endswith("Try: tocsin subscriptions add huawei --to slack:T0123/C0456")


async def test_the_number_of_a_subscription_on_a_platform_is_told_with_its_workspace(office: Office) -> None:
    reply = await office.operator("subscribe", query="huawei", to="slack:T2/C2")

    assert isinstance(reply, Done)
    assert reply.notes[1] == "To end it: tocsin subscriptions remove 1 --workspace slack:T2"


async def test_elsewhere_it_is_not_said_how_to_take_up_again_what_stood_in_another_channel(office: Office) -> None:
    await office.asks("subscribe", query="huawei")

    reply = await office.asks("unsubscribe", subscription="1", here=PRIVATE)

    assert isinstance(reply, Done)
    assert reply.notes == ()


# ---- what is no text -----------------------------------------------------------------------------------------------


async def test_control_characters_in_what_is_typed_are_heard_as_spaces(office: Office) -> None:
    await office.follows(tags=("press",))

    await office.asks("subscribe", query="huawei\x00ban\x1b OR\tzte", tags="press\x07")

    (standing,) = await office.standing()
    assert (standing.query, standing.normal_form, standing.tags) == (
        "huawei ban  OR zte",
        "(huawei ban) OR zte",
        ("press",),
    )


@pytest.mark.parametrize(
    ("words", "arguments", "said"),
    [
        ("subscribe", {"query": "caf\udce9", "to": "console"}, "the query: at character 4"),
        ("preview", {"query": "\ud800"}, "the query: at character 1"),
        ("unsubscribe", {"subscription": "\udfff"}, "the subscription: at character 1"),
        ("subscribe", {"query": "huawei", "to": "console", "tags": "a,\udce9"}, "--tags: at character 3"),
        ("subscribe", {"query": "huawei", "to": "console\udce9"}, "--to: at character 8"),
        ("feeds add", {"url": "http://wire.example/\udce9"}, "the url: at character 21"),
        ("feeds list", {"workspace": "\udce9"}, "--workspace: at character 1"),
    ],
)
async def test_half_a_character_is_a_mistake_in_any_argument(
    office: Office, words: str, arguments: dict[str, str], said: str
) -> None:
    reply = await office.operator(words, **arguments)

    assert reply == Problem(f"I could not read {said} stands a stray byte or half a character, which is no text.")
    assert await office.queries() == []


async def test_an_empty_destination_is_a_mistake_and_not_the_console(office: Office) -> None:
    reply = await office.operator("subscribe", query="huawei", to="")

    assert isinstance(reply, Problem)
    assert reply.mistake


# ---- aliases -------------------------------------------------------------------------------------------------------


ALIASED = Names(read_aliases({"Meng Wanzhou": ["孟晚舟", "Wanzhou Meng"]}))


async def test_the_answer_shows_how_an_alias_widened_the_query(office: Office) -> None:
    office.configured(names=ALIASED)

    reply = await office.asks("subscribe", query='"Meng Wanzhou" -sport')

    (standing,) = await office.standing()
    assert isinstance(reply, Done)
    assert reply.notes[0] == 'Read as: ("meng wanzhou" OR 孟晚舟 OR "wanzhou meng") -sport'
    assert standing.query == '"Meng Wanzhou" -sport'
    assert standing.normal_form == '("meng wanzhou" OR 孟晚舟 OR "wanzhou meng") -sport'


async def test_who_types_an_alias_out_subscribes_to_the_same(office: Office) -> None:
    office.configured(names=ALIASED)
    await office.asks("subscribe", query='"Meng Wanzhou"')

    reply = await office.asks("subscribe", query='"meng wanzhou" OR 孟晚舟 OR "Wanzhou Meng"')

    assert isinstance(reply, Done)
    assert reply.text.startswith("That stands already, as subscription 1")


async def test_a_widened_subscription_ends_by_its_query(office: Office) -> None:
    office.configured(names=ALIASED)
    await office.asks("subscribe", query='"Meng Wanzhou"')

    reply = await office.asks("unsubscribe", subscription='"meng wanzhou"')

    assert isinstance(reply, Done)
    assert await office.standing() == []


async def test_a_query_that_an_alias_makes_too_large_says_which(office: Office) -> None:
    office.configured(names=Names(read_aliases({"huawei": [f"h{number}" for number in range(40)]})))

    reply = await office.asks("subscribe", query="huawei")

    assert isinstance(reply, Problem)
    assert "the alias of huawei makes more of this one" in reply.text
    assert await office.standing() == []


async def test_a_query_that_names_a_feed_is_widened_as_well(office: Office) -> None:
    office.configured(names=ALIASED)
    await office.follows(name="The Wire")

    reply = await office.asks("subscribe", query='"Meng Wanzhou" feed:"the wire"')

    assert isinstance(reply, Done)
    assert reply.notes[0] == 'Read as: ("meng wanzhou" OR 孟晚舟 OR "wanzhou meng") feed:"the wire"'
