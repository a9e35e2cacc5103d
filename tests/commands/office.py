"""All that a command works with: a real storage; a platform, a publisher and a parser that say what they are told.

reply = await office.asks("subscribe", query="huawei")                # U1 in the channel slack:T1/C1
reply = await office.operator("subscriptions", workspace="slack:T1")
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

from bot.commands.access import OPERATOR
from bot.commands.answering import offer
from bot.commands.catalogue import catalogue
from bot.commands.command import Asker, Command, Reply, Request, Say
from bot.commands.desk import Desk
from bot.commands.phrasing import as_a_line, on_the_command_line
from bot.jobs.intake import take_in
from bot.model.article import Article
from bot.model.delivery import Delivery, Finding, Outcome, Sent, Terms, Unknowable
from bot.model.destination import CONSOLE, Destination, Workspace
from bot.model.feed import FeedStatus, Validators
from bot.model.ids import FeedId
from bot.model.reading import Fetched, FetchOutcome, ParsedFeed, ParseOutcome, Unreachable, Unreadable
from bot.model.subscription import DECLARED, Subscription
from bot.ports import NEVER_FETCHED, Storage
from tests.builders import ACME, WINDOW, a_new_subscription, an_article

HERE = Destination(ACME, "C1")
FEED = "http://wire.example/rss.xml"
POSTED = Sent("1")


@dataclass
class Postbox:
    """A Messenger that keeps what it was given and answers as it is told."""

    answer: Outcome = POSTED
    posted: list[Delivery] = field(default_factory=list)
    knows_again: timedelta = timedelta()

    async def send(self, delivery: Delivery) -> Outcome:
        self.posted.append(delivery)
        return self.answer

    async def find(self, delivery: Delivery) -> Finding:
        return Unknowable("nobody asks here")

    async def edit(self, delivery: Delivery, receipt: str) -> Outcome:
        return self.answer

    async def delete(self, delivery: Delivery, receipt: str) -> Outcome:
        return self.answer

    async def reach(self, destination: Destination) -> None:
        """Nothing stands in the way."""


@dataclass
class Shelf:
    """A Fetcher and a Parser: what was put at an address stands there."""

    fetched: dict[str, FetchOutcome] = field(default_factory=dict)
    parsed: dict[str, ParseOutcome] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def holds(self, address: str, *articles: Article, **more: Any) -> None:
        body = Fetched(address.encode(), "application/rss+xml", address, Validators(etag='"1"'))
        self.fetched[address] = body
        self.parsed[address] = ParsedFeed("rss20", "Example Wire", "en", "utf-8", articles, **more)

    def holds_no_feed(self, address: str, page: str = "", at: str = "") -> None:
        """A web page; ``at``: where redirects lead to it."""
        self.fetched[address] = Fetched(page.encode(), "text/html", at or address, NEVER_FETCHED)
        self.parsed[at or address] = Unreadable("This is a web page, not a feed.")

    def has_moved(self, address: str, to: str, *articles: Article) -> None:
        """For good."""
        self.holds(to, *articles)
        self.fetched[address] = replace(self.fetched[to], moved_to=to)  # type: ignore[arg-type] # a document

    def refuses(self, address: str, reason: str = "192.0.2.1 is not a public address.") -> None:
        self.fetched[address] = Unreachable(reason)

    async def fetch(self, address: str, validators: Validators = NEVER_FETCHED, credential: str = "") -> FetchOutcome:
        self.asked.append(address)
        return self.fetched.get(address, Unreachable("The server answered 404 Not Found."))

    async def parse(self, fetched: Fetched, marks: bytes = b"") -> ParseOutcome:
        return self.parsed[fetched.address]


class Office:
    def __init__(self, storage: Storage, **settings: Any) -> None:
        self.storage = storage
        self.postbox = Postbox()
        self.shelf = Shelf()
        self._desk = Desk(
            storage=storage,
            fetcher=self.shelf,
            parser=self.shelf,
            take_in=partial(take_in, story_window=WINDOW),
            messengers={"slack": self.postbox},
        )
        self.configured(**settings)

    def configured(self, **settings: Any) -> None:
        self._desk = replace(self._desk, **settings)
        self.commands: Sequence[Command] = catalogue(self._desk)

    async def asks(
        self, words: str, *, user: str = "U1", here: Destination = HERE, is_admin: bool = False, **arguments: str
    ) -> Reply:
        async def platform_says() -> bool:
            return is_admin

        direct = Destination(here.workspace, f"@{user}")
        asker = Asker(here.workspace, user, f"<@{user}>", platform_says, direct)
        return await self.command(words).run(Request(asker, here, self.says(user), arguments))

    def says(self, user: str = "U1") -> Say:
        """How the face on which they ask writes down what to say next."""
        return on_the_command_line(self.commands) if user == OPERATOR else as_a_line(self.commands, "/news")

    async def completes(self, words: str, parameter: str, typed: str = "", *, is_admin: bool = False) -> list[str]:
        """The values that a face may offer for a parameter."""

        async def platform_says() -> bool:
            return is_admin

        asker = Asker(ACME, "U1", "<@U1>", platform_says, Destination(ACME, "@U1"))
        named = next(each for each in self.command(words).parameters if each.name == parameter)
        return [choice.value for choice in await offer(named, Request(asker, HERE, self.says()), typed)]

    async def admin(self, words: str, **arguments: str) -> Reply:
        return await self.asks(words, user="UADMIN", is_admin=True, **arguments)

    async def operator(self, words: str, **arguments: str) -> Reply:
        console = Destination(Workspace(CONSOLE))
        return await self.asks(words, user=OPERATOR, here=console, **arguments)

    def command(self, words: str) -> Command:
        return next(each for each in self.commands if each.name == words)

    # ---- what stands -----------------------------------------------------------------------------------------------

    async def standing(self) -> Sequence[Subscription]:
        async with self.storage.read() as unit:
            return await unit.subscriptions.standing()

    async def queries(self) -> list[str]:
        return [one.query for one in await self.standing()]

    async def followed(self, workspace: Workspace = ACME) -> Sequence[FeedStatus]:
        async with self.storage.read() as unit:
            id_ = await unit.workspaces.find(workspace)
            return [] if id_ is None else await unit.feeds.followed(id_)

    async def waiting(self) -> list[Delivery]:
        """Takes them out of their lanes."""
        minute = WINDOW / 360
        async with self.storage.begin() as unit:
            claimed = await unit.outbox.claim("test", 50, Terms(minute, minute, {"slack": minute, "console": minute}))
        return [each.delivery for each in claimed]

    async def follows(self, *articles: Article, workspace: Workspace = ACME, **tie: Any) -> FeedId:
        """A feed that a workspace follows, and what stands in it."""
        address, origin = tie.pop("address", FEED), tie.pop("origin", "command")
        async with self.storage.begin() as unit:
            id_ = await unit.workspaces.register(workspace)
            feed_id = await unit.feeds.follow(id_, address, origin=origin, **tie)
            feed = await unit.feeds.find(address)
            assert feed is not None
            await take_in(unit, feed, articles or (an_article(),), WINDOW)
        return feed_id

    async def declares(self, query: str, to: str = "slack:T1/C1") -> Subscription:
        async with self.storage.begin() as unit:
            added = await unit.subscriptions.add(a_new_subscription(query, to, origin=DECLARED, owner=DECLARED))
        assert added is not None
        return added
