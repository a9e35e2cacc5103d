"""What is found on the pages of articles, by whom, and when: real polling and storage, pages by a stand-in."""

import asyncio
import gc
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.errors import StorageUnavailable
from bot.jobs import poll
from bot.jobs.late_pages import GIVE_UP, LatePages, next_try
from bot.model.article import Article
from bot.model.destination import Workspace
from bot.model.reading import Page, PageState
from bot.ports import PAGE_PAUSE, Storage, Unit
from storage.unit import SqlStorage
from tests.builders import ACME, GLOBEX, NOON, SettableClock, an_article
from tests.jobs.newsroom import LEASE, Newsroom, finished

WIRE = "https://wire.example.org/rss"
POST = "https://post.example.org/atom"
FERRY = "Ferry line puts wifi on every deck"
ON_PAGE = "The regulator opens the 5G auction in autumn."
IN_GLOBEX = "slack:T2/C2"


@dataclass
class PagesByLink:
    """Implements ``bot.ports.Pages``. What stands at a link; nothing stands there until it is said."""

    storage: Storage
    by_link: dict[str, Page | Exception] = field(default_factory=dict)
    slow: dict[str, asyncio.Event] = field(default_factory=dict)
    """Links that answer only once their event is set."""
    asked: list[str] = field(default_factory=list)
    under_way: int = 0
    most_at_once: int = 0

    async def read(self, article: Article) -> Page:
        self.asked.append(article.link)
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            # Nobody else could write if a page were awaited inside a transaction.
            async with self.storage.begin():
                pass
            if article.link in self.slow:
                await self.slow[article.link].wait()
            answer = self.by_link.get(article.link, Page("no article"))
            if isinstance(answer, Exception):
                raise answer
            return answer
        finally:
            self.under_way -= 1


class PagedNewsroom(Newsroom):
    """Follows its feeds in full text, unless told otherwise."""

    def __init__(self, storage: SqlStorage, clock: SettableClock, owner: str = "first") -> None:
        super().__init__(storage, clock, owner)
        self.attach(PagesByLink(storage))

    def attach(self, pages: PagesByLink) -> None:
        self.pages = pages
        self.poller.pages = pages
        self.poller.__post_init__()
        self.late_pages = LatePages(self.storage, pages, self.poller.hearing, LEASE, self.woken.append)

    def restarted(self) -> "PagedNewsroom":
        room = PagedNewsroom(self.storage, self.clock, owner="second")  # type: ignore[arg-type] # it was given a SqlStorage
        room.publishers.pages = self.publishers.pages
        room.channels = self.channels
        room.deliverer = room._deliverer("second")
        room.attach(self.pages)
        return room

    async def follows(self, *addresses: str, **wishes: object) -> None:  # type: ignore[override] # its wishes are any
        await super().follows(*addresses, **{"full_text": True, **wishes})  # type: ignore[arg-type]

    def tells(
        self, address: str, title: str = FERRY, page: str | Page | Exception = ON_PAGE, **changes: str
    ) -> Article:
        """An article in a feed, and its page."""
        article = an_article(title, **changes)
        self.pages.by_link[article.link] = Page("read", page) if isinstance(page, str) else page
        self.publishes(address, article)
        return article

    def is_slow(self, title: str = FERRY) -> asyncio.Event:
        """From now on the page of an article waits for this."""
        return self.pages.slow.setdefault(an_article(title).link, asyncio.Event())

    async def reads_late_pages(self, **later: float) -> None:
        self.clock.advance(**later)
        await finished(self.late_pages.sweep())
        await self.delivers()


@pytest.fixture
def room(sqlite: SqlStorage, clock: SettableClock) -> PagedNewsroom:
    return PagedNewsroom(sqlite, clock)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Holds an article for no time worth speaking of."""
    monkeypatch.setattr(poll, "HOLD", 0.02)


def judged_on(room: PagedNewsroom, channel: str = "C1") -> list[tuple[bool, PageState]]:
    return [(alert.on_feed_text, alert.page) for alert in room.alerts_in(channel)]


# ---- in time -------------------------------------------------------------------------------------------------------


async def test_an_article_matches_by_what_stands_only_on_its_page(room: PagedNewsroom) -> None:
    await room.reads(WIRE, query='"5G auction"')
    room.tells(WIRE)

    await room.goes_on()

    (alert,) = room.alerts_in()
    assert alert.article.title == FERRY
    assert (alert.updated, alert.found_late, alert.on_feed_text) == (False, False, False)
    assert "5G auction" in alert.snippet.text
    assert room.verdicts() == ["alerted"]


async def test_who_did_not_ask_for_full_text_is_told_by_the_feeds_own_text_only(room: PagedNewsroom) -> None:
    await room.follows(WIRE)
    await room.follows(WIRE, by=GLOBEX, full_text=False)
    for channel in ("slack:T1/C1", IN_GLOBEX):
        await room.subscribes('"5G auction"', channel)
        await room.subscribes("ferry -autumn", channel)
    await room.polls()
    room.tells(WIRE)

    await room.goes_on()

    assert [reason.query for reason in room.alerts_in("C1")[0].reasons] == ["5G auction"]
    assert [reason.query for reason in room.alerts_in("C2")[0].reasons] == ["ferry -autumn"]
    assert (judged_on(room, "C1"), judged_on(room, "C2")) == ([(False, "read")], [(True, "")])


async def test_a_query_that_leaves_something_out_is_judged_on_the_whole_page(room: PagedNewsroom) -> None:
    await room.reads(WIRE, query="ferry -autumn")
    room.tells(WIRE)
    room.tells(WIRE, "Ferry line buys a ship", "It is white.")

    await room.goes_on()

    assert room.heard_in() == ["Ferry line buys a ship"]
    assert judged_on(room) == [(False, "read")]


async def test_what_the_feed_says_and_its_page_does_not_still_matches(room: PagedNewsroom) -> None:
    await room.reads(WIRE, query="lighthouse")
    await room.subscribes("zeppelin")
    room.tells(WIRE, body="The lighthouse of Sandholm is for sale.")

    await room.goes_on()

    assert room.heard_in() == [FERRY]


async def test_no_page_is_asked_for_where_the_feeds_own_text_met_every_subscription(room: PagedNewsroom) -> None:
    await room.reads(WIRE, query="ferry")
    room.tells(WIRE)

    await room.goes_on()

    assert room.pages.asked == []
    assert judged_on(room) == [(False, "")]


async def test_a_page_is_asked_for_where_one_of_those_that_are_met_leaves_something_out(room: PagedNewsroom) -> None:
    await room.reads(WIRE, query="ferry")
    await room.subscribes("deck -zeppelin")
    article = room.tells(WIRE)

    await room.goes_on()

    assert room.pages.asked == [article.link]


async def test_no_page_is_asked_for_where_only_those_who_did_not_ask_for_it_have_something_open(
    room: PagedNewsroom,
) -> None:
    await room.reads(WIRE, query="ferry")
    await room.follows(WIRE, by=GLOBEX, full_text=False)
    await room.subscribes("zeppelin", IN_GLOBEX)
    room.tells(WIRE)

    await room.goes_on()

    assert room.pages.asked == []


async def test_no_page_is_asked_for_where_nobody_listens(room: PagedNewsroom) -> None:
    await room.follows(WIRE, POST)
    await room.subscribes("zeppelin", feeds=(POST,))
    await room.polls()
    room.tells(WIRE)

    await room.goes_on()

    assert room.pages.asked == []


async def test_a_first_poll_and_a_backfill_ask_for_no_page(room: PagedNewsroom) -> None:
    room.tells(WIRE)
    await room.reads(WIRE, query="zeppelin", backfill=1)

    assert room.pages.asked == []


async def test_the_page_of_what_is_known_is_not_asked_for_again(room: PagedNewsroom) -> None:
    await room.reads(WIRE, query="zeppelin")
    first = room.tells(WIRE)
    await room.goes_on()
    second = room.tells(WIRE, "A whale was seen off Sandholm")

    await room.goes_on()

    assert room.pages.asked == [first.link, second.link]


async def test_items_that_share_a_page_are_not_told_apart_by_it(room: PagedNewsroom) -> None:
    await room.reads(WIRE, query='"5G auction"')
    room.tells(WIRE, "Version 1", link="https://news.example.org/changelog#v1")
    room.publishers.pages[WIRE].version += 1
    room.tells(WIRE, "Version 2", link="https://news.example.org/changelog#v2")
    room.tells(WIRE, "Without a link", link="")

    await room.goes_on()
    room.tells(WIRE, "Version 3", link="https://news.example.org/changelog#v3")
    await room.goes_on()

    assert (room.pages.asked, room.heard_in()) == ([], [])


async def test_pages_of_one_host_are_asked_for_two_at_a_time_and_of_all_hosts_eight(room: PagedNewsroom) -> None:
    await room.reads(WIRE, query="zeppelin")
    for number in range(20):
        room.tells(WIRE, f"Story number {number}")
    await room.goes_on()
    of_one_host = room.pages.most_at_once
    for number in range(20):
        room.tells(WIRE, f"Another story {number}", link=f"https://n{number}.example.org/{number}")
    await room.goes_on()

    assert (of_one_host, room.pages.most_at_once) == (2, 8)
    assert len(room.pages.asked) == 40


async def test_an_article_that_comes_with_other_guids_for_all_that_stood_there_is_judged_on_its_page(
    room: PagedNewsroom,
) -> None:
    await room.reads(WIRE, query='"5G auction"')
    known = [room.tells(WIRE, f"Story number {number}", "It tells of ships.") for number in range(3)]
    await room.goes_on()
    new = room.tells(WIRE)
    room.shows(WIRE, new, *(replace(one, guid=f"{one.guid} anew") for one in reversed(known)))

    await room.goes_on()

    assert room.heard_in() == [FERRY]
    assert await page_of(room, replace(new, guid=new.link.removeprefix("https://"))) == "read"


# ---- what falls back -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["subscription", "challenge", "refused", "unreachable", "no article", "shorter"])
async def test_a_page_that_is_not_to_be_had_falls_back_to_the_feeds_own_text_and_the_alert_says_so(
    room: PagedNewsroom, state: PageState
) -> None:
    await room.reads(WIRE, query="ferry")
    await room.subscribes("zeppelin")
    room.tells(WIRE, page=Page(state))

    await room.goes_on()
    await room.reads_late_pages(minutes=5)

    assert judged_on(room) == [(True, state)]
    assert len(room.pages.asked) == 1, "it is not tried again"


async def test_a_bug_that_a_page_brings_to_light_harms_only_this_page(
    room: PagedNewsroom, caplog: pytest.LogCaptureFixture
) -> None:
    await room.reads(WIRE, query='"5G auction" OR ferry')
    await room.subscribes("zeppelin")
    room.tells(WIRE, "A whale was seen off Sandholm")
    room.tells(WIRE, page=RuntimeError("a bug of ours"))

    await room.goes_on()

    assert room.heard_in() == ["A whale was seen off Sandholm", FERRY]
    assert judged_on(room) == [(False, "read"), (True, "unreachable")]
    assert [record.message for record in caplog.records if record.exc_info] == ["set a page aside"]


# ---- late ----------------------------------------------------------------------------------------------------------


async def test_an_article_whose_page_does_not_come_in_time_is_told_by_its_feed_and_says_so(
    room: PagedNewsroom, impatient: None
) -> None:
    await room.reads(WIRE, query="ferry")
    await room.subscribes("zeppelin")
    room.tells(WIRE)
    room.is_slow()

    await room.goes_on()

    assert judged_on(room) == [(True, "wanted")]


async def test_a_page_that_does_not_come_in_time_is_no_error(
    room: PagedNewsroom, impatient: None, caplog: pytest.LogCaptureFixture
) -> None:
    await room.reads(WIRE, query="zeppelin")
    room.tells(WIRE)
    room.is_slow()

    await room.goes_on()
    gc.collect()  # asyncio tells of an error that nobody heard of when it is forgotten

    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_an_article_whose_page_its_server_does_not_give_says_so_and_is_told_again_once_it_does(
    room: PagedNewsroom,
) -> None:
    await room.reads(WIRE, query="ferry")
    await room.subscribes('"5G auction"', to="slack:T1/C2")
    article = room.tells(WIRE, page=Page("troubled", reason="The server is in trouble (500)."))

    await room.goes_on()
    told_at_once = judged_on(room)
    still = await page_of(room, article)
    room.pages.by_link[article.link] = Page("read", ON_PAGE)
    await room.reads_late_pages(minutes=2)

    assert told_at_once == [(True, "troubled")]
    assert still == "troubled"
    assert await page_of(room, article) == "read"
    assert room.heard_in("C2") == [FERRY]


async def test_who_is_to_end_holds_no_article_any_more(room: PagedNewsroom) -> None:
    await room.reads(WIRE, query="ferry")
    await room.subscribes("zeppelin")
    room.tells(WIRE)
    room.is_slow()

    room.poller.hurry()
    await room.goes_on()

    assert judged_on(room) == [(True, "wanted")]


async def test_what_is_met_only_on_a_page_that_came_late_is_told_once_and_says_so(
    room: PagedNewsroom, impatient: None
) -> None:
    await room.reads(WIRE, query='"5G auction"')
    room.tells(WIRE)
    opened = room.is_slow()
    await room.goes_on()
    before = room.heard_in()
    opened.set()

    for _ in range(3):
        await room.reads_late_pages(minutes=2)
        await room.goes_on()

    (alert,) = room.alerts_in()
    assert before == []
    assert (alert.found_late, alert.updated, alert.on_feed_text, alert.page) == (True, False, False, "read")
    assert "5G auction" in alert.snippet.text
    assert len(room.pages.asked) == 2


async def test_a_destination_that_has_heard_of_the_story_hears_nothing_of_its_page(
    room: PagedNewsroom, impatient: None
) -> None:
    await room.reads(WIRE, query="ferry")
    await room.subscribes('"5G auction"')
    await room.subscribes('"5G auction"', "slack:T1/C9")
    room.tells(WIRE)
    opened = room.is_slow()
    await room.goes_on()
    opened.set()

    await room.reads_late_pages(minutes=2)

    assert room.heard_in("C1") == [FERRY]
    assert [alert.found_late for alert in room.alerts_in("C9")] == [True]


async def test_who_did_not_ask_for_full_text_hears_nothing_of_a_late_page(room: PagedNewsroom, impatient: None) -> None:
    await room.reads(WIRE, query="zeppelin")
    await room.follows(WIRE, by=GLOBEX, full_text=False)
    await room.subscribes('"5G auction"', IN_GLOBEX)
    room.tells(WIRE)
    opened = room.is_slow()
    await room.goes_on()
    opened.set()

    await room.reads_late_pages(minutes=2)

    assert len(room.pages.asked) == 2
    assert room.heard_in("C2") == []


async def test_who_asked_only_when_the_article_was_there_hears_nothing_of_its_late_page(
    room: PagedNewsroom, impatient: None
) -> None:
    await room.reads(WIRE, query="zeppelin")
    room.tells(WIRE)
    opened = room.is_slow()
    await room.goes_on()
    room.clock.advance(seconds=10)
    await room.subscribes('"5G auction"')
    await room.follows(WIRE, by=GLOBEX)
    await room.subscribes('"5G auction"', IN_GLOBEX)
    opened.set()

    await room.reads_late_pages(minutes=2)

    assert len(room.pages.asked) == 2
    assert (room.heard_in("C1"), room.heard_in("C2")) == ([], [])


async def test_the_late_page_of_what_became_history_while_it_was_waited_for_is_told_to_nobody(
    room: PagedNewsroom,
) -> None:
    """All leave and return, so that this is a first poll."""
    await room.reads(WIRE, query='"5G auction"')
    room.tells(WIRE)
    opened = room.is_slow()
    room.clock.advance(seconds=2)
    await room.poller.sweep()
    while not room.pages.asked:
        await asyncio.sleep(0)
    await room.unfollows(WIRE)
    await room.follows(WIRE)

    room.poller.hurry()
    await room.goes_on(seconds=0)
    opened.set()
    await room.reads_late_pages(minutes=2)

    assert room.heard_in() == []


async def moves(room: PagedNewsroom, old: str, new: str, by: Workspace | None = None) -> None:
    async with room.storage.begin() as unit:
        feed = await unit.feeds.find(old)
        assert feed is not None
        await unit.feeds.move(feed.id, new, by=await unit.workspaces.register(by) if by else None)


async def test_a_late_page_is_told_to_who_has_moved_the_feed_meanwhile_and_to_who_has_not(
    room: PagedNewsroom, impatient: None
) -> None:
    await room.reads(WIRE, query='"5G auction" feed:"The Wire"', name="The Wire")
    await room.follows(WIRE, by=GLOBEX)
    await room.subscribes('"5G auction"', IN_GLOBEX)
    room.tells(WIRE)
    opened = room.is_slow()
    await room.goes_on()
    opened.set()

    await moves(room, WIRE, POST, by=ACME)
    for _ in range(2):
        await room.reads_late_pages(minutes=2)
        await room.goes_on()

    assert (room.heard_in("C1"), room.heard_in("C2")) == ([FERRY], [FERRY])
    assert [alert.found_late for alert in room.alerts_in("C1")] == [True]


async def test_a_late_page_is_told_once_to_those_whose_feed_has_joined_another_meanwhile(
    room: PagedNewsroom, impatient: None
) -> None:
    await room.reads(WIRE, query='"5G auction"')
    await room.reads(POST)
    await room.follows(POST, by=GLOBEX)
    await room.subscribes('"5G auction"', IN_GLOBEX)
    room.tells(WIRE)
    opened = room.is_slow()
    await room.goes_on()
    opened.set()

    await moves(room, WIRE, POST)
    for _ in range(2):
        await room.reads_late_pages(minutes=2)
        await room.goes_on()

    assert (room.heard_in("C1"), room.heard_in("C2")) == ([FERRY], [])


async def test_a_page_that_is_wanted_is_read_after_a_restart(room: PagedNewsroom, impatient: None) -> None:
    await room.reads(WIRE, query='"5G auction"')
    room.tells(WIRE)
    opened = room.is_slow()
    await room.goes_on()
    opened.set()

    later = room.restarted()
    await later.reads_late_pages(minutes=2)

    assert later.heard_in() == [FERRY]


async def test_a_page_is_not_tried_before_its_time(room: PagedNewsroom) -> None:
    await room.reads(WIRE, query='"5G auction"')
    room.tells(WIRE, page=Page("wanted"))
    await room.goes_on()

    await room.reads_late_pages(seconds=30)
    early = len(room.pages.asked)
    await room.reads_late_pages(seconds=40)

    assert (early, len(room.pages.asked)) == (1, 2)


async def test_a_page_that_never_comes_is_given_up_within_the_hour(room: PagedNewsroom) -> None:
    await room.reads(WIRE, query='"5G auction"')
    article = room.tells(WIRE, page=Page("wanted", reason="The server is in trouble (500)."))
    await room.goes_on()

    for _ in range(200):
        await room.reads_late_pages(minutes=1)

    assert 4 <= len(room.pages.asked) <= 8
    assert await page_of(room, article) == "unreachable"


async def page_of(room: PagedNewsroom, article: Article) -> PageState:
    feed = await room.feed(WIRE)
    async with room.storage.read() as unit:
        return (await unit.articles.pages(feed.id, [article.guid]))[article.guid].state


def test_pages_are_tried_later_and_later_and_never_before_their_server_wants() -> None:
    soon, asked = Page("wanted"), Page("wanted", retry_after=timedelta(minutes=20))

    assert next_try(NOON, soon, NOON) == NOON + PAGE_PAUSE
    assert next_try(NOON, soon, NOON + timedelta(minutes=8)) == NOON + timedelta(minutes=16)
    assert next_try(NOON, asked, NOON) == NOON + timedelta(minutes=20)
    assert next_try(NOON, soon, NOON + GIVE_UP / 2 + PAGE_PAUSE) is None
    assert next_try(NOON, Page("read", "All of it."), NOON) is None


async def test_a_page_whose_reading_was_broken_off_is_read_again_once_its_lease_is_over(room: PagedNewsroom) -> None:
    await room.reads(WIRE, query='"5G auction"')
    article = room.tells(WIRE, page=Page("wanted"))
    await room.goes_on()
    room.clock.advance(minutes=2)
    async with room.storage.begin() as unit:
        claimed = await unit.wanted_pages.claim(9, LEASE)
    room.pages.by_link[article.link] = Page("read", ON_PAGE)

    await room.reads_late_pages()
    meanwhile = room.heard_in()
    await room.reads_late_pages(seconds=LEASE.total_seconds() + 1)

    assert len(claimed) == 1
    assert (meanwhile, room.heard_in()) == ([], [FERRY])


async def test_a_page_that_could_not_be_kept_is_read_again(
    room: PagedNewsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.reads(WIRE, query='"5G auction"')
    article = room.tells(WIRE, page=Page("wanted"))
    await room.goes_on()
    room.pages.by_link[article.link] = Page("read", ON_PAGE)

    async def out_of_reach(*_: object) -> None:
        raise StorageUnavailable("the disk is full")

    with monkeypatch.context() as trouble:
        trouble.setattr(room.late_pages, "_settle", out_of_reach)
        await room.reads_late_pages(minutes=2)
    meanwhile = room.heard_in()
    await room.reads_late_pages(minutes=2)

    assert (meanwhile, room.heard_in()) == ([], [FERRY])


# ---- what is kept --------------------------------------------------------------------------------------------------


async def test_the_feeds_own_words_are_kept_beside_the_page_so_that_only_their_change_is_a_change(
    room: PagedNewsroom,
) -> None:
    await room.reads(WIRE, query="zeppelin")
    article = room.tells(WIRE)
    await room.goes_on()
    room.shows(WIRE, article)

    await room.goes_on()

    assert room.verdicts() == ["known"]


async def test_a_change_is_judged_beside_the_page_that_was_read(room: PagedNewsroom) -> None:
    await room.reads(WIRE, query='"5G auction"')
    await room.subscribes("lighthouse", "slack:T1/C9")
    article = room.tells(WIRE)
    await room.goes_on()
    room.changes(WIRE, article.guid, summary="Seen from the lighthouse.")

    await room.goes_on()
    room.changes(WIRE, article.guid, summary="Seen from the lighthouse, again.")
    await room.goes_on()

    assert [alert.updated for alert in room.alerts_in("C1")] == [False]
    assert [alert.updated for alert in room.alerts_in("C9")] == [True]
    assert await page_of(room, article) == "read"
    assert len(room.pages.asked) == 1


async def stored(unit: Unit, room: PagedNewsroom, follower: str = "slack:T1") -> AsyncIterator[Article]:
    known = {str(workspace): id_ for id_, workspace in await unit.workspaces.all()}
    async for one in unit.articles.stored(known[follower]):
        yield one.article


async def test_what_is_stored_is_shown_with_its_page_to_those_who_asked_for_it(room: PagedNewsroom) -> None:
    await room.reads(WIRE, query="zeppelin")
    await room.follows(WIRE, by=GLOBEX, full_text=False)
    room.tells(WIRE)
    await room.goes_on()

    async with room.storage.read() as unit:
        (mine,) = [one async for one in stored(unit, room)]
        (theirs,) = [one async for one in stored(unit, room, "slack:T2")]
        (operators,) = [one.article async for one in unit.articles.stored(None)]

    assert (mine.full_text, mine.body) == (True, ON_PAGE)
    assert (theirs.full_text, theirs.body) == (False, "")
    assert operators == mine
