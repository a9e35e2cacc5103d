"""What there is to say of a Tocsin whose database can be read, in the order in which it is said."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.commands.platform import Platform
from bot.config import Settings
from bot.config.consistency import is_private
from bot.config.headers import credential_of
from bot.feeds.addresses import parse_allowed
from bot.feeds.extra import REMEDY
from bot.matching.language import parse
from bot.matching.mistakes import QueryError
from bot.model.destination import CONSOLE, Destination
from bot.model.feed import SILENT, FeedStatus
from bot.model.reading import Fetched, ParsedFeed, Unreachable, Unreadable
from bot.model.subscription import Subscription
from bot.ports import Examined, Overview
from bot.service.declarations import declared_subscriptions
from bot.service.rereading import read_anew
from bot.wiring import Application

MOST_REACHED = 100
"""Destinations that are asked about, one after the other."""
IMPATIENT_S = 60
"""Below this, an interval is bad manners towards a public host."""
TO_OPEN = (
    "Compare what its headers_env names with what the publisher gave you. It is sent to the server of its address "
    "alone, not to where that redirects."
)

_Key = tuple[str, str]
"""A feed: its address and its credential."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the database says."""

    feeds: Mapping[_Key, FeedStatus]
    subscriptions: Sequence[Subscription]
    overview: Overview


async def findings(application: Application, *, offline: bool) -> AsyncIterator[Examined]:
    """Raises StorageUnavailable."""
    stored = await _stored(application)
    yield Examined("configuration", ok=True, detail="read without a mistake")
    yield Examined("database", ok=True, detail=f"up to date; {stored.overview.waiting} deliveries wait")
    for name, platform in application.platforms.items():
        if name == CONSOLE or not offline:
            for finding in [*await platform.examine(), *await _closed(name, platform, stored, application.settings)]:
                yield finding
    for finding in [
        *_subscriptions(stored.subscriptions),
        *_overgrown(stored.subscriptions, application),
        *_deaf(stored, application.settings),
        *_suspended(stored.overview),
        *_impatient(application.settings),
        *_reached_from_outside(application),
        *_overheard(application.settings),
        *await _full_text(application),
        *await _feeds(application, stored.feeds, offline=offline),
    ]:
        yield finding


async def _stored(application: Application) -> _Stored:
    async with application.storage.read() as unit:
        followed = [feed for id_, _ in await unit.workspaces.all() for feed in await unit.feeds.followed(id_)]
        return _Stored(
            {(feed.address, feed.credential): feed for feed in followed},
            await unit.subscriptions.standing(),
            await unit.overview(None),
        )


async def _closed(name: str, platform: Platform, stored: _Stored, settings: Settings) -> list[Examined]:
    """Destinations that somebody or the file subscribed, and where nothing could be posted."""
    await platform.connect()
    declared = (new.destination for new in declared_subscriptions(settings))
    standing = (one.destination for one in stored.subscriptions)
    wanted = sorted({each for each in (*standing, *declared) if each.workspace.platform == name}, key=str)
    known = {destination for destination, _ in stored.overview.suspended}
    found = []
    for destination in wanted[:MOST_REACHED]:
        answer = None if destination in known else await platform.messenger.reach(destination)
        if answer is not None:
            step = getattr(answer, "hint", "") or "Say tocsin doctor again in a minute."
            found.append(Examined(str(destination), ok=False, detail=answer.reason, next_step=step))
    return found


def _subscriptions(subscriptions: Sequence[Subscription]) -> list[Examined]:
    found = []
    for subscription in subscriptions:
        try:
            parse(subscription.query)
        except QueryError as error:
            workspace = subscription.destination.workspace
            step = f"End it: tocsin subscriptions remove {subscription.number} --workspace {workspace}"
            detail = f"cannot be read any more: {error.message}"
            subject = f"subscription {subscription.number} of {workspace}"
            found.append(Examined(subject, ok=False, detail=detail, next_step=step))
    return found


def _overgrown(subscriptions: Sequence[Subscription], application: Application) -> list[Examined]:
    """Those that an alias makes too large, which keeps Tocsin from starting."""
    found = read_anew(subscriptions, application.settings.aliases, application.names).overgrown
    return [Examined(one.place, ok=False, detail=one.detail, fatal=True) for one in found]


def _deaf(stored: _Stored, settings: Settings) -> list[Examined]:
    """Subscriptions that no feed can reach: a mistyped tag or address would lose every alert in silence."""
    feeds = [(feed.address, feed.tags, feed.formerly) for feed in stored.feeds.values()]
    feeds += [(feed.url, feed.tags, ()) for feed in settings.feeds]
    standing = {
        f"subscription {one.number} of {one.destination.workspace}": one.listens_to for one in stored.subscriptions
    }
    standing |= {f"subscriptions[{at}]": new.listens_to for at, new in enumerate(declared_subscriptions(settings))}
    step = "Compare its feeds and tags with those of the feeds: tocsin feeds list"
    return [
        Examined(subject, ok=False, detail="hears no feed at all", next_step=step)
        for subject, listens_to in standing.items()
        if feeds and not any(listens_to(*feed) for feed in feeds)
    ]


def _suspended(overview: Overview) -> list[Examined]:
    return [
        Examined(str(one), ok=False, detail=f"nothing is posted there: {reason}", next_step=_to_reopen(one))
        for one, reason in overview.suspended
    ]


def _to_reopen(destination: Destination) -> str:
    if destination.channel or destination.workspace.platform == CONSOLE:
        return f"Mend it, then: tocsin doctor --post {destination} (else it is tried again within delivery.backoff_max)"
    return "Mend it, then start Tocsin again."


def _reached_from_outside(application: Application) -> list[Examined]:
    """Where platforms that come in over HTTP must be pointed; whether they get there only they can tell."""
    public = application.settings.web.public_url.rstrip("/")
    if public:
        return [
            Examined(f"web {path}", ok=True, detail=f"platforms reach it at {public}{path}")
            for path in application.routes.paths
        ]
    step = "Name the https:// address at which the outside reaches web.listen under web.public_url."
    return [
        Examined(f"web {path}", ok=False, detail="no address from outside is known", next_step=step)
        for path in application.routes.paths
    ]


def _impatient(settings: Settings) -> list[Examined]:
    allowed = parse_allowed(settings.fetch.allow_private)
    step = "Publishers block readers that come more often than once a minute: raise poll_every."
    return [
        Examined(feed.url, ok=False, detail=f"is polled every {feed.poll_every.total_seconds():g} s", next_step=step)
        for feed in settings.feeds
        if feed.poll_every and feed.poll_every.total_seconds() < IMPATIENT_S and not is_private(feed.url, allowed)
    ]


def _overheard(settings: Settings) -> list[Examined]:
    allowed = parse_allowed(settings.fetch.allow_private)
    step = "Ask the publisher for an address that begins with https://"
    return [
        Examined(feed.url, ok=False, detail="is sent its secret headers unencrypted", next_step=step)
        for feed in settings.feeds
        if feed.headers_env and urlsplit(feed.url).scheme == "http" and not is_private(feed.url, allowed)
    ]


async def _full_text(application: Application) -> list[Examined]:
    """What reads articles from their pages, where somebody asks for it."""
    settings = application.settings
    asking = sum(settings.fetch.full_text if feed.full_text is None else feed.full_text for feed in settings.feeds)
    if not (asking or settings.fetch.full_text):
        return []
    if application.pages is None:
        step = f"Install it: {REMEDY}. Or turn full_text off."
        detail = "the extra fulltext is not installed"
        return [Examined("full text", ok=False, detail=detail, next_step=step, fatal=True)]
    step = f"Install it anew: {REMEDY}"
    if trouble := await application.pages.try_out():
        return [Examined("full text", ok=False, detail=f"pages cannot be read: {trouble}", next_step=step)]
    feeds = f"{asking} declared feed{'s' * (asking != 1)}" + (", and all others" if settings.fetch.full_text else "")
    return [Examined("full text", ok=True, detail=f"pages can be read; asked for by {feeds}")]


async def _feeds(application: Application, followed: Mapping[_Key, FeedStatus], *, offline: bool) -> Sequence[Examined]:
    """Those that are followed, and those that are declared and will be at the next start."""
    declared = {
        (feed.url, credential_of(feed.headers_env)): feed.name or feed.url for feed in application.settings.feeds
    }
    moved = {(address, feed.credential): feed for feed in followed.values() for address in feed.formerly}
    names = {key: name for key, name in declared.items() if key not in moved}
    names |= {key: feed.name for key, feed in followed.items()}
    if not names:
        step = "Name one under [[feeds]] in the configuration, or: tocsin feeds add https://example.org/rss.xml"
        return [Examined("feeds", ok=False, detail="none is followed", next_step=step)]
    left_behind = [_left_behind(key, moved[key]) for key in declared if key in moved]
    if offline:
        return [*(_as_polled(key, name, followed.get(key)) for key, name in names.items()), *left_behind]
    read = await asyncio.gather(*(_as_read(application, key, name) for key, name in names.items()))
    return [*read, *left_behind]


def _left_behind(key: _Key, feed: FeedStatus) -> Examined:
    """The file still declares it where it stood before it moved."""
    step = f"Write {feed.address} in the configuration file in the place of {key[0]}"
    return Examined(feed.name, ok=False, detail=f"has moved to {feed.address}", next_step=step)


def _as_polled(key: _Key, name: str, feed: FeedStatus | None) -> Examined:
    address, credential = key
    name = _told_apart(key, name)
    if feed is None or feed.state == "new":
        return Examined(name, ok=True, detail="not polled yet")
    if feed.state == "silent":
        return Examined(name, ok=False, detail=SILENT, next_step=f"Look at it: tocsin feeds check {address}")
    if feed.state in {"failing", "gone"}:
        step = TO_OPEN if credential else f"Look at it: tocsin feeds check {address}"
        return Examined(name, ok=False, detail=feed.error, next_step=step)
    return Examined(name, ok=True, detail=feed.error or "read without an error")


def _told_apart(key: _Key, name: str) -> str:
    """A private feed may be called as the public one of its address is."""
    _, credential = key
    return f"{name} ({credential})" if credential else name


async def _as_read(application: Application, key: _Key, name: str) -> Examined:
    address, credential = key
    name = _told_apart(key, name)
    step = f"What it answers: tocsin feeds check {address}. Where it has moved: tocsin feeds move {address} NEW"
    if credential:
        step = TO_OPEN
    match await application.fetcher.fetch(address, credential=credential):
        case Fetched() as fetched:
            match await application.parser.parse(fetched):
                case ParsedFeed() as parsed:
                    fault = f"; {parsed.complaint}" if parsed.complaint else ""
                    count = len(parsed.articles)
                    return Examined(name, ok=True, detail=f"{count} article{'' if count == 1 else 's'}{fault}")
                case Unreadable(reason):
                    return Examined(name, ok=False, detail=reason, next_step=step)
        case Unreachable(reason):
            # Some reasons name the setting that stands in the way.
            return Examined(
                name,
                ok=False,
                detail=reason,
                next_step="Change that setting, or do without the feed." if "fetch." in reason else step,
            )
        case _:
            return Examined(name, ok=True, detail="not modified")
