"""Every command there is, once. The faces are built from this; a new command is one entry here."""

from dataclasses import replace

from bot.commands.access import guarded
from bot.commands.checking import Checking
from bot.commands.command import Command, Listing, Parameter, Reply, Request
from bot.commands.completing import Completing
from bot.commands.desk import Desk
from bot.commands.explaining import Explaining
from bot.commands.feeds import FeedCommands
from bot.commands.legible import legible
from bot.commands.moving import Moving
from bot.commands.previewing import Previewing
from bot.commands.status import Status
from bot.commands.subscribing import ME, Subscribing

GROUPS = {"feeds": "The feeds that are followed", "subscriptions": "Who hears of what"}
"""What stands behind the first of several words."""

QUERY = Parameter("query", 'what to watch for: huawei, "5G auction", meng AND NOT sports', rest=True)
LINK = Parameter("link", "the article's address")
URL = Parameter("url", "the feed's address")
WORKSPACE = Parameter(
    "workspace", "slack:T0123, discord:1234 or console, where there are several", required=False, option=True
)


def catalogue(desk: Desk) -> tuple[Command, ...]:
    """In the order in which help lists them."""
    subscribing, previewing, explaining = Subscribing(desk), Previewing(desk), Explaining(desk)
    feeds, moving, checking = FeedCommands(desk), Moving(desk), Checking(desk)
    status, completing = Status(desk), Completing(desk)
    commands = [
        Command(
            words=("subscribe",),
            cli=("subscriptions", "add"),
            summary="Alert this channel when an article matches",
            doing="Subscribing …",
            access="subscribers",
            run=subscribing.subscribe,
            parameters=(
                QUERY,
                Parameter(
                    "tags",
                    "only feeds with one of these tags, comma-separated",
                    required=False,
                    option=True,
                    completion=completing.tags,
                ),
                Parameter("to", "me: your direct messages", required=False, option=True, choices=(ME,)),
            ),
            operator=(
                Parameter("to", "the destination: slack:T0123/C0456, discord:1234/5678 or console", option=True),
            ),
        ),
        Command(
            words=("unsubscribe",),
            cli=("subscriptions", "remove"),
            summary="End a subscription, named by its number or its query",
            doing="Unsubscribing …",
            access="subscribers",
            run=subscribing.unsubscribe,
            parameters=(
                Parameter("subscription", "its number, or its query", rest=True, completion=completing.subscriptions),
            ),
            operator=(WORKSPACE,),
        ),
        Command(
            words=("subscriptions",),
            cli=("subscriptions", "list"),
            summary="List the subscriptions",
            doing="Looking up the subscriptions …",
            access="anyone",
            run=subscribing.subscriptions,
            operator=(WORKSPACE,),
        ),
        Command(
            words=("preview",),
            cli=("preview",),
            summary="Show what a query would have matched among the stored articles",
            doing="Searching the stored articles …",
            access="anyone",
            run=previewing.preview,
            parameters=(QUERY,),
            operator=(WORKSPACE,),
        ),
        Command(
            words=("why",),
            cli=("explain",),
            summary="Show why an article did or did not alert",
            doing="Looking up the article …",
            access="anyone",
            run=explaining.explain,
            parameters=(LINK,),
            operator=(WORKSPACE,),
        ),
        Command(
            words=("feeds", "list"),
            cli=("feeds", "list"),
            summary="List the feeds with their state",
            doing="Looking up the feeds …",
            access="admins",
            run=feeds.list,
            operator=(WORKSPACE,),
        ),
        Command(
            words=("feeds", "add"),
            cli=("feeds", "add"),
            summary="Follow a feed",
            doing="Reading the feed …",
            access="admins",
            run=feeds.add,
            parameters=(
                URL,
                Parameter("name", "what to call it", required=False, option=True),
                Parameter(
                    "tags",
                    "tags to give it, comma-separated",
                    required=False,
                    option=True,
                    completion=completing.tags,
                ),
            ),
            operator=(WORKSPACE,),
        ),
        Command(
            words=("feeds", "remove"),
            cli=("feeds", "remove"),
            summary="Stop following a feed",
            doing="Removing the feed …",
            access="admins",
            run=feeds.remove,
            parameters=(replace(URL, completion=completing.feeds),),
            operator=(WORKSPACE,),
        ),
        Command(
            words=("feeds", "move"),
            cli=("feeds", "move"),
            summary="Read a feed from another address, and post nothing again",
            doing="Reading the feed …",
            access="admins",
            run=moving.move,
            parameters=(
                Parameter("old", "the address from which it was read", completion=completing.all_feeds),
                Parameter("new", "the address from which to read it"),
            ),
            operator=(WORKSPACE,),
        ),
        Command(
            words=("feeds", "check"),
            cli=("feeds", "check"),
            summary="Read an address once and say what is wrong with it",
            doing="Reading the feed …",
            access="admins",
            run=checking.check,
            parameters=(URL,),
        ),
        Command(
            words=("status",),
            cli=("status",),
            summary="Show what runs and what waits",
            doing="Looking …",
            access="anyone",
            run=status.status,
        ),
    ]
    return tuple(guarded(legible(command), desk) for command in [*commands, _help(commands)])


def _help(commands: list[Command]) -> Command:
    async def run(_request: Request) -> Reply:
        rows = tuple((command.usage, command.summary) for command in [*commands, itself])
        return Listing("What Tocsin understands", ("command", "what it does"), rows, "", None)

    itself = Command(("help",), (), "List the commands", "Looking …", "anyone", run)
    return itself
