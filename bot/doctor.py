"""The check-up: what works, what does not, and the next step for everything that is wrong."""

from collections.abc import AsyncIterator, Sequence
from typing import TextIO
from urllib.parse import urlsplit
from uuid import uuid4

from bot.alerts.notices import trial_line
from bot.config import Settings, SlackSecrets
from bot.errors import SchemaUnknown, StorageUnavailable
from bot.matching.language import parse
from bot.matching.mistakes import QueryError
from bot.model.delivery import Deferred, Delivery, Refused, Sent, Unconfirmed
from bot.model.destination import Destination, parse_destination
from bot.model.feed import FeedStatus
from bot.model.reading import Fetched, ParsedFeed, Unreachable, Unreadable
from bot.model.subscription import Subscription
from bot.ports import Examined, Overview
from bot.terminal import DONE, FAILED, MISTAKE, printable
from bot.wiring import Application, assemble, open_platforms, open_storage

IMPATIENT_S = 60
"""Below this, an interval is bad manners towards a public host."""


async def examine(
    settings: Settings, secrets: SlackSecrets | None, out: TextIO, *, offline: bool = False, post: str = ""
) -> int:
    """Print one line a finding; the exit code is 1 only where something keeps Tocsin from working."""
    storage = open_storage(settings)
    try:
        await storage.migrate()
        application = assemble(settings, storage, await open_platforms(settings, secrets, storage))
    except (StorageUnavailable, SchemaUnknown) as trouble:
        await storage.close()
        step = "Look at database.url in the configuration, and whether the database runs."
        return _print(Examined("database", False, f"out of reach: {trouble}", step, fatal=True), out)
    try:
        if post:
            return await _post(application, post, out)
        codes = [_print(finding, out) async for finding in _findings(application, offline=offline)]
    finally:
        await application.close()
    return max(codes)


def _print(finding: Examined, out: TextIO) -> int:
    mark = "ok      " if finding.ok else "WRONG   " if finding.fatal else "warning "
    out.write(f"{mark}{printable(finding.subject)}: {printable(finding.detail)}\n")
    if finding.next_step and not finding.ok:
        out.write(f"        {printable(finding.next_step)}\n")
    return FAILED if finding.fatal and not finding.ok else DONE


async def _findings(application: Application, *, offline: bool) -> AsyncIterator[Examined]:
    yield Examined("configuration", True, "read without a mistake")
    async with application.storage.read() as unit:
        feeds = [feed for id_, _ in await unit.workspaces.all() for feed in await unit.feeds.followed(id_)]
        subscriptions = await unit.subscriptions.standing()
        overview = await unit.overview(None)
    yield Examined("database", True, f"up to date; {overview.waiting} deliveries wait")
    for name, platform in application.platforms.items():
        if offline and name != "console":
            continue
        for finding in await platform.examine():
            yield finding
    for finding in [*_subscriptions(subscriptions), *_suspended(overview), *_declared(application.settings)]:
        yield finding
    for address, feed in {feed.address: feed for feed in feeds}.items():
        yield _as_polled(feed) if offline else await _as_read(application, address, feed.name)
    if not feeds and not application.settings.feeds:
        step = "Name one under [[feeds]] in the configuration, or: tocsin feeds add https://example.org/rss.xml"
        yield Examined("feeds", False, "none is followed", step)


def _subscriptions(subscriptions: Sequence[Subscription]) -> list[Examined]:
    findings = []
    for subscription in subscriptions:
        try:
            parse(subscription.query)
        except QueryError as error:
            subject = f"subscription {subscription.number} of {subscription.destination.workspace}"
            findings.append(Examined(subject, False, f"cannot be read: {error.message}", "Subscribe anew."))
    return findings


def _suspended(overview: Overview) -> list[Examined]:
    return [
        Examined(str(destination), False, f"nothing is posted there: {reason}", "Mend it; what waits is then posted.")
        for destination, reason in overview.suspended
    ]


def _declared(settings: Settings) -> list[Examined]:
    return [
        Examined(
            f"feeds {feed.url}",
            False,
            f"is polled every {feed.poll_every.total_seconds():g} s",
            "Publishers block readers that come more often than once a minute: raise poll_every.",
        )
        for feed in settings.feeds
        if feed.poll_every and feed.poll_every.total_seconds() < IMPATIENT_S and not _is_private(settings, feed.url)
    ]


def _is_private(settings: Settings, address: str) -> bool:
    return (urlsplit(address).hostname or "") in settings.fetch.allow_private


def _as_polled(feed: FeedStatus) -> Examined:
    if feed.state == "failing":
        return Examined(feed.name, False, feed.error, f"Look at it: tocsin feeds check {feed.address}")
    return Examined(feed.name, True, "read without an error" if feed.state == "ok" else "not polled yet")


async def _as_read(application: Application, address: str, name: str) -> Examined:
    step = f"Look at {address} in a browser; if it has moved, remove it and add its new address."
    match await application.fetcher.fetch(address):
        case Fetched() as fetched:
            match await application.parser.parse(fetched):
                case ParsedFeed() as parsed:
                    detail = f"{len(parsed.articles)} articles" + (f"; {parsed.complaint}" if parsed.complaint else "")
                    return Examined(name, True, detail)
                case Unreadable(reason):
                    return Examined(name, False, reason, step)
        case Unreachable(reason):
            return Examined(name, False, reason, step)
        case _:
            return Examined(name, True, "not modified")


async def _post(application: Application, named: str, out: TextIO) -> int:
    """One test line, posted directly: what is queued in the lane has nothing to do with it."""
    try:
        destination = parse_destination(named)
    except ValueError as error:
        _print(Examined("--post", False, str(error), fatal=True), out)
        return MISTAKE
    platform = application.platforms.get(destination.workspace.platform)
    if platform is None:
        return _print(_off(destination), out)
    for connection in await platform.connect():
        if connection.problem:
            return _print(Examined(str(destination), False, connection.problem, fatal=True), out)
    delivery = Delivery(f"doctor-{uuid4().hex[:18]}", destination, trial_line(destination))
    match await platform.messenger.send(delivery):
        case Sent():
            return _print(Examined(str(destination), True, "one test line was posted"), out)
        case Refused(_, reason, hint):
            return _print(Examined(str(destination), False, reason, hint, fatal=True), out)
        case Deferred(reason) | Unconfirmed(reason):
            return _print(Examined(str(destination), False, reason, "Try again in a minute.", fatal=True), out)


def _off(destination: Destination) -> Examined:
    platform = destination.workspace.platform
    return Examined(
        str(destination), False, f"{platform} is off", f"Add [{platform}] to the configuration.", fatal=True
    )
