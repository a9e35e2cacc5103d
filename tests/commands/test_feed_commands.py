from datetime import timedelta

import pytest

from bot.commands.command import Details, Done, Listing, Problem
from bot.model.delivery import Notice
from bot.model.destination import CONSOLE, Destination, Workspace
from tests.builders import ACME, GLOBEX, NOON, an_article
from tests.commands.office import FEED, Office
from tests.polls import fails

OTHER = "http://other.example/rss.xml"
LEASE = timedelta(minutes=1)


# ---- add -----------------------------------------------------------------------------------------------------------


async def test_a_feed_is_followed_and_what_stands_in_it_is_kept_as_history(office: Office) -> None:
    office.shelf.holds(FEED, an_article(), an_article("Second round of the auction"))
    await office.asks("subscribe", query="auction")

    reply = await office.admin("feeds add", url=FEED, name="The Wire", tags="telecom, press")

    (feed,) = await office.followed()
    assert isinstance(reply, Done)
    assert reply.text == "Example Wire is followed now."
    assert reply.notes == ("The 2 articles in it now are kept as history; what comes next is news.",)
    assert (feed.address, feed.name, feed.tags, feed.state) == (FEED, "The Wire", ("telecom", "press"), "ok")
    assert await office.waiting() == []
    preview = await office.asks("preview", query="auction")
    assert isinstance(preview, Listing)
    assert len(preview.rows) == 2


async def test_the_reading_that_adds_a_feed_is_its_first_poll(office: Office) -> None:
    office.shelf.holds(FEED, an_article())

    await office.admin("feeds add", url=FEED)

    async with office.storage.read() as unit:
        feed = await unit.feeds.find(FEED)
    assert office.shelf.asked == [FEED]
    assert feed is not None
    assert feed.primed
    assert feed.validators.etag == '"1"'


async def test_a_faulty_document_that_can_be_read_is_followed_with_a_remark(office: Office) -> None:
    office.shelf.holds(FEED, an_article(), complaint="it is not well-formed in line 9")

    reply = await office.admin("feeds add", url=FEED)

    assert isinstance(reply, Done)
    assert reply.notes == (
        "The one article in it now is kept as history; what comes next is news.",
        "Its document is faulty, but can be read: it is not well-formed in line 9",
    )


async def test_a_feed_that_has_moved_for_good_is_followed_where_it_stands_now(office: Office) -> None:
    office.shelf.has_moved(OTHER, FEED, an_article())

    reply = await office.admin("feeds add", url=OTHER)
    again = await office.admin("feeds add", url=OTHER)

    moved = f"{OTHER} has moved for good: it is read from {FEED}."
    (feed,) = await office.followed()
    assert isinstance(reply, Done)
    assert reply.notes == (moved, "The one article in it now is kept as history; what comes next is news.")
    assert reply.data == {"address": FEED}
    assert (feed.address, feed.state) == (FEED, "ok")
    assert isinstance(again, Done)
    assert (again.text, again.notes) == ("Example Wire is followed already.", (moved,))


async def test_the_target_of_a_move_is_one_feed_however_it_is_spelled(office: Office) -> None:
    spelled = "http://Wire.example:80/rss.xml"
    await office.follows(address=spelled, name="The Wire")
    office.shelf.has_moved(OTHER, FEED, an_article())

    reply = await office.admin("feeds add", url=OTHER)

    assert isinstance(reply, Done)
    assert reply.text == "The Wire is followed already."
    assert [feed.address for feed in await office.followed()] == [spelled]


async def test_a_redirect_for_now_is_no_move(office: Office) -> None:
    office.shelf.holds(FEED, an_article())
    office.shelf.fetched[OTHER] = office.shelf.fetched[FEED]

    await office.admin("feeds add", url=OTHER)

    assert [feed.address for feed in await office.followed()] == [OTHER]


@pytest.mark.parametrize("trouble", ["refused", "no feed", "gone"])
async def test_what_cannot_be_read_stores_nothing(office: Office, trouble: str) -> None:
    if trouble == "refused":
        office.shelf.refuses(FEED)
    if trouble == "no feed":
        office.shelf.holds_no_feed(FEED)

    reply = await office.operator("feeds add", url=FEED)

    async with office.storage.read() as unit:
        assert await unit.feeds.find(FEED) is None
        assert await unit.workspaces.all() == []
    assert isinstance(reply, Problem)
    assert not reply.mistake
    reasons = {
        "refused": f"{FEED} cannot be fetched: 192.0.2.1 is not a public address.",
        "no feed": f"{FEED} is a web page, and it names no feed.",
        "gone": f"{FEED} cannot be fetched: The server answered 404 Not Found.",
    }
    assert reply.text == reasons[trouble]


@pytest.mark.parametrize(
    "url",
    ["wire.example", "ftp://wire.example/rss.xml", "file:///etc/passwd", "", "[::1", "http://[::1", "http://a:b/"],
)
async def test_what_is_no_address_is_a_mistake_and_is_never_fetched(office: Office, url: str) -> None:
    reply = await office.admin("feeds add", url=url)

    assert isinstance(reply, Problem)
    assert reply.mistake
    assert reply.text == f"{url} is no address of a feed."
    assert reply.hint.startswith("It begins with http:// or https://")
    assert office.shelf.asked == []


async def test_the_brackets_that_slack_puts_around_a_link_are_no_part_of_it(office: Office) -> None:
    office.shelf.holds(FEED, an_article())

    await office.admin("feeds add", url=f"<{FEED}>")

    assert [feed.address for feed in await office.followed()] == [FEED]


async def test_a_feed_that_is_followed_already_is_not_read_again(office: Office) -> None:
    await office.follows(name="The Wire")

    reply = await office.admin("feeds add", url=FEED)

    assert isinstance(reply, Done)
    assert reply.text == "The Wire is followed already."
    assert office.shelf.asked == []


async def test_a_feed_that_another_workspace_follows_keeps_what_is_known_of_it(office: Office) -> None:
    await office.follows(workspace=GLOBEX, name="Theirs")
    office.shelf.holds(FEED, an_article())

    reply = await office.admin("feeds add", url=FEED)

    assert isinstance(reply, Done)
    assert [feed.name for feed in await office.followed(ACME)] == ["Example Wire"]
    assert [feed.name for feed in await office.followed(GLOBEX)] == ["Theirs"]


async def test_the_operator_hears_who_follows_the_feed(office: Office) -> None:
    office.shelf.holds(FEED, an_article())

    reply = await office.operator("feeds add", url=FEED)

    assert isinstance(reply, Done)
    assert reply.notes[-1] == "Who follows it: console"
    assert [feed.address for feed in await office.followed(Workspace(CONSOLE))] == [FEED]


async def test_the_operator_says_for_which_of_several_workspaces(office: Office) -> None:
    office.shelf.holds(FEED, an_article())
    await office.follows(address=OTHER)
    await office.follows(address=OTHER, workspace=GLOBEX)

    asked = await office.operator("feeds add", url=FEED)
    await office.operator("feeds add", url=FEED, workspace="slack:T2")

    assert asked == Problem("There are several workspaces.", "Add --workspace, one of: slack:T1, slack:T2")
    assert [feed.address for feed in await office.followed(ACME)] == [OTHER]
    assert FEED in [feed.address for feed in await office.followed(GLOBEX)]


async def test_the_only_workspace_there_is_needs_no_naming(office: Office) -> None:
    office.shelf.holds(FEED, an_article())
    await office.follows(address=OTHER)

    await office.operator("feeds add", url=FEED)

    assert FEED in [feed.address for feed in await office.followed(ACME)]


async def test_where_no_workspace_is_known_and_the_console_is_off_the_operator_has_to_name_one(office: Office) -> None:
    office.configured(home=None)

    reply = await office.operator("feeds add", url=FEED)

    assert isinstance(reply, Problem)
    assert reply.text == "No workspace is known yet."
    assert office.shelf.asked == []


async def test_a_workspace_that_cannot_be_read_is_a_mistake(office: Office) -> None:
    reply = await office.operator("feeds add", url=FEED, workspace="slack")

    assert isinstance(reply, Problem)
    assert reply.mistake
    assert reply.text.startswith("--workspace ")


async def test_a_workspace_that_is_not_known_is_a_mistake_where_others_of_its_platform_are(office: Office) -> None:
    await office.follows(address=OTHER)
    office.shelf.holds(FEED, an_article())

    added = await office.operator("feeds add", url=FEED, workspace="slack:TYPO")
    removed = await office.operator("feeds remove", url=OTHER, workspace="slack:TYPO")

    assert added == removed
    assert added == Problem(
        "There is no workspace slack:TYPO here.",
        "Known are: slack:T1. Another becomes known when tocsin run has signed in to it.",
    )
    assert office.shelf.asked == []
    assert await office.followed(Workspace("slack", "TYPO")) == []


async def test_before_the_first_run_any_workspace_may_be_named(office: Office) -> None:
    await office.follows(address=OTHER, workspace=Workspace(CONSOLE))
    office.shelf.holds(FEED, an_article())

    reply = await office.operator("feeds add", url=FEED, workspace="slack:T5")

    assert isinstance(reply, Done)
    assert [feed.address for feed in await office.followed(Workspace("slack", "T5"))] == [FEED]


async def test_the_operator_is_told_how_to_add_the_first_feed_in_the_words_of_the_command_line(office: Office) -> None:
    here, there = await office.admin("feeds list"), await office.operator("feeds list")

    assert isinstance(here, Listing)
    assert isinstance(there, Listing)
    assert here.empty.endswith("Try: /news feeds add https://example.org/rss.xml")
    assert there.empty.endswith("Try: tocsin feeds add https://example.org/rss.xml")


# ---- two spellings of one address ----------------------------------------------------------------------------------

SPELLINGS = [
    "HTTP://wire.example/rss.xml",
    "http://Wire.Example/rss.xml",
    "http://wire.example:80/rss.xml",
    "http://wire.example./rss.xml",
    "http://wire.example/rss.xml#top",
    "<http://WIRE.example.:80/rss.xml#>",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_two_spellings_of_one_address_are_one_feed(office: Office, spelling: str) -> None:
    office.shelf.holds(FEED, an_article())

    checked = await office.admin("feeds check", url=spelling)
    first = await office.admin("feeds add", url=spelling)
    second = await office.admin("feeds add", url=FEED)
    (feed,) = await office.followed()
    removed = await office.admin("feeds remove", url=spelling)

    assert isinstance(checked, Details)
    assert isinstance(first, Done)
    assert isinstance(second, Done)
    assert isinstance(removed, Done)
    assert second.text == "Example Wire is followed already."
    assert feed.address == FEED
    assert await office.followed() == []


@pytest.mark.parametrize("spelling", [FEED, *SPELLINGS])
async def test_what_is_declared_in_another_spelling_is_followed_already(office: Office, spelling: str) -> None:
    declared = "HTTP://Wire.example:80/rss.xml"
    await office.follows(address=declared, name="The Wire", origin="config")

    added = await office.admin("feeds add", url=spelling)
    removed = await office.admin("feeds remove", url=spelling)

    assert isinstance(added, Done)
    assert added.text == "The Wire is followed already."
    assert isinstance(removed, Problem)
    assert removed.text == "The Wire is declared in the configuration file."
    assert [feed.address for feed in await office.followed()] == [declared]


async def test_a_feed_that_another_workspace_spells_otherwise_is_fetched_once_for_both(office: Office) -> None:
    declared = "http://Wire.example/rss.xml"
    await office.follows(address=declared, workspace=GLOBEX, origin="config")
    office.shelf.holds(declared, an_article())

    await office.admin("feeds add", url=FEED)

    assert [feed.address for feed in await office.followed(ACME)] == [declared]


async def test_paths_and_queries_tell_feeds_apart(office: Office) -> None:
    await office.follows()
    office.shelf.holds("http://wire.example/RSS.xml?b=1", an_article())

    reply = await office.admin("feeds add", url="http://wire.example/RSS.xml?b=1")

    assert isinstance(reply, Done)
    assert len(await office.followed()) == 2


@pytest.mark.parametrize("words", ["feeds add", "feeds remove", "feeds check"])
async def test_an_address_that_goes_on_and_on_is_a_mistake(office: Office, words: str) -> None:
    address = "http://wire.example/".ljust(2001, "x")

    reply = await office.admin(words, url=address)

    assert reply == Problem("That address is longer than 2,000 characters.", "No feed needs so many: look at it again.")
    assert office.shelf.asked == []


# ---- remove --------------------------------------------------------------------------------------------------------


async def test_a_removed_feed_is_not_followed_any_more_and_its_subscribers_are_told(office: Office) -> None:
    await office.follows(name="The Wire")
    await office.follows(workspace=GLOBEX)
    await office.asks("subscribe", query="huawei")
    await office.asks("subscribe", query="nokia")
    await office.asks("subscribe", query="5G", here=Destination(ACME, "C2"))
    await office.asks("subscribe", query="5G", here=Destination(GLOBEX, "C9"))

    reply = await office.admin("feeds remove", url=FEED)

    assert isinstance(reply, Done)
    assert reply.text == "The Wire is not followed any more."
    assert reply.notes == ("The 2 destinations whose subscriptions heard it are told.",)
    assert await office.followed(ACME) == []
    assert len(await office.followed(GLOBEX)) == 1
    told = {str(delivery.destination): delivery.content for delivery in await office.waiting()}
    assert told == {
        "slack:T1/C1": Notice(
            "The feed The Wire was removed by an admin; subscriptions 1, 2 hear nothing from it any more."
        ),
        "slack:T1/C2": Notice(
            "The feed The Wire was removed by an admin; subscription 3 hears nothing from it any more."
        ),
    }


async def test_a_feed_that_nobody_heard_is_removed_in_silence(office: Office) -> None:
    await office.follows()

    reply = await office.admin("feeds remove", url=FEED)

    assert isinstance(reply, Done)
    assert reply.notes == ()
    assert await office.waiting() == []


async def test_a_feed_that_is_not_followed_here_cannot_be_removed(office: Office) -> None:
    await office.follows(workspace=GLOBEX)

    reply = await office.admin("feeds remove", url=FEED)

    assert reply == Problem(f"{FEED} is not followed here.", "See the feeds with: /news feeds list", mistake=False)
    assert len(await office.followed(GLOBEX)) == 1


async def test_a_declared_feed_is_not_removed_by_a_command(office: Office) -> None:
    await office.follows(name="The Wire", origin="config")

    reply = await office.admin("feeds remove", url=FEED)

    assert reply == Problem(
        "The Wire is declared in the configuration file.",
        "What the file declares, the file alone changes: take it out there.",
        mistake=False,
    )
    assert len(await office.followed()) == 1


# ---- list ----------------------------------------------------------------------------------------------------------


async def test_a_workspace_lists_the_feeds_that_it_follows(office: Office) -> None:
    await office.follows(name="The Wire", tags=("telecom",))
    await office.follows(address=OTHER, workspace=GLOBEX)

    reply = await office.admin("feeds list")

    assert isinstance(reply, Listing)
    assert reply.rows == (("The Wire", FEED, "telecom", "new", "never", "2026-03-14 12:00", "1", ""),)


async def test_a_failing_feed_says_why(office: Office) -> None:
    feed = await office.follows()
    async with office.storage.begin() as unit:
        await fails(unit, feed, "The server answered 404 Not Found.", unit.now)

    reply = await office.admin("feeds list")

    assert isinstance(reply, Listing)
    assert reply.rows[0][3] == "failing: The server answered 404 Not Found."


async def test_a_feed_that_is_gone_has_no_next_poll_but_keeps_its_moment_for_programs(office: Office) -> None:
    feed = await office.follows(name="The Wire")
    async with office.storage.begin() as unit:
        await fails(unit, feed, "The feed is gone for good (410).", trouble="gone")

    reply = await office.admin("feeds list")
    status = await office.admin("status")

    assert isinstance(reply, Listing)
    assert reply.rows[0][3:6] == ("gone: The feed is gone for good (410).", "never", "asked no more")
    assert reply.data[0]["next_poll"] == NOON
    assert isinstance(status, Details)
    assert dict(status.facts)["feeds"] == "1 gone (asked no more)"


async def test_a_list_shows_where_full_text_is_on(office: Office) -> None:
    await office.follows(full_text=True)
    await office.follows(address=OTHER)

    reply = await office.admin("feeds list")

    assert isinstance(reply, Listing)
    assert reply.columns[-1] == "full text"
    assert {row[1]: row[-1] for row in reply.rows} == {FEED: "on", OTHER: ""}


async def test_a_feed_that_is_gone_is_asked_again_once_it_answers_and_is_added_again(office: Office) -> None:
    office.shelf.holds(OTHER, an_article())
    await office.admin("feeds add", url=OTHER)
    async with office.storage.begin() as unit:
        feed = await unit.feeds.find(OTHER)
        assert feed is not None
        await fails(unit, feed.id, "The feed is gone for good (410).", trouble="gone")
        assert await unit.feeds.claim_due("a poller", 9, LEASE) == []
    office.shelf.refuses(OTHER, "The feed is gone for good (410).")
    in_vain = await office.admin("feeds add", url=OTHER)
    office.shelf.holds(OTHER, an_article())
    again = await office.admin("feeds add", url=OTHER)

    assert isinstance(in_vain, Problem)
    assert isinstance(again, Done)
    assert again.text == "Example Wire answers again, and is read as before."
    async with office.storage.begin() as unit:
        [due] = await unit.feeds.claim_due("a poller", 9, LEASE)
    assert (due.address, due.primed) == (OTHER, True)


async def test_the_operator_lists_the_feeds_of_all_or_of_one(office: Office) -> None:
    await office.follows()
    await office.follows(address=OTHER, workspace=GLOBEX)

    everything = await office.operator("feeds list")
    named = await office.operator("feeds list", workspace="slack:T2")

    assert isinstance(everything, Listing)
    assert isinstance(named, Listing)
    assert [one["address"] for one in everything.data] == [FEED, OTHER]
    assert [one["address"] for one in named.data] == [OTHER]
    assert set(named.data[0]) == {
        "address",
        "name",
        "tags",
        "state",
        "error",
        "last_success",
        "next_poll",
        "items_per_day",
    }


# ---- check ---------------------------------------------------------------------------------------------------------


async def test_a_check_says_what_it_found_and_stores_nothing(office: Office) -> None:
    office.shelf.holds(FEED, *(an_article(f"Headline {number}") for number in range(7)))

    reply = await office.admin("feeds check", url=FEED)

    assert isinstance(reply, Details)
    facts = dict(reply.facts)
    assert reply.heading == "Example Wire"
    assert (facts["format"], facts["articles"], facts["newest"]) == ("rss20", "7", "2026-03-14 12:00 UTC")
    assert facts["what is wrong"] == "nothing"
    assert [name for name in facts if name.startswith("article ")] == [f"article {number}" for number in range(1, 6)]
    async with office.storage.read() as unit:
        assert await unit.feeds.find(FEED) is None


async def test_a_check_of_what_is_no_feed_says_so(office: Office) -> None:
    office.shelf.holds_no_feed(FEED)

    reply = await office.admin("feeds check", url=FEED)

    assert isinstance(reply, Problem)
    assert reply.text == f"{FEED} is a web page, and it names no feed."
    assert not reply.mistake
