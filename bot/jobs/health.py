"""Whoever runs Tocsin hears of feeds that die, and of those that come back: once each, with the reason."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bot.alerts.notices import Illness, feed_fell_ill, feed_recovered
from bot.errors import StorageUnavailable
from bot.feeds.discovery import advertised_feeds
from bot.feeds.health import PASSING, ailment, is_worth_telling
from bot.model.address import without_query
from bot.model.delivery import Notice
from bot.model.destination import Destination
from bot.model.feed import Ailment, Feed
from bot.model.reading import Fetched
from bot.ports import Fetcher, Patient, Storage, Unit

log = logging.getLogger(__name__)

MISSED = {"gone", "failing"}
"""Where the site may name a new address."""


@dataclass(frozen=True, slots=True)
class Signpost:
    """What a site names in the place of a feed that it had."""

    page: str = ""
    """On which other feeds are named; empty where nobody names any."""
    address: str = ""
    """Of the one that is named there; empty where there are several."""


NO_SIGNPOST = Signpost()


@dataclass(frozen=True, slots=True)
class HealthWatch:
    storage: Storage
    fetcher: Fetcher
    notify: Destination | None = None
    """Who hears of it, beside the log and status."""

    async def sweep(self) -> None:
        """Look at every feed that may be ill."""
        try:
            async with self.storage.read() as unit:
                patients = await unit.feeds.patients(PASSING)
                now = unit.now
            for patient in patients:
                found = ailment(patient, now)
                if is_worth_telling(found, patient.told, is_failing=patient.feed.failing_since is not None):
                    await self._tell(patient, found)
        except StorageUnavailable as trouble:
            log.warning("could not look after feeds; trying again", extra={"reason": str(trouble)})

    async def _tell(self, patient: Patient, found: Ailment | None) -> None:
        feed = patient.feed
        signpost = await self._advertised(feed) if found in MISSED else NO_SIGNPOST
        async with self.storage.begin() as unit:
            if not await unit.feeds.tell(feed.id, patient.told, found):
                return
            notice = await self._notice(unit, patient, found, signpost)
            if self.notify is not None:
                occasion = f"feed {feed.id} {found or 'recovered'} {unit.now.isoformat()}"
                await unit.outbox.notify(await unit.outbox.destination(self.notify), notice, occasion)
        facts = {"feed": without_query(feed.address), "reason": notice.text}
        if found is None:
            log.info("a feed recovered", extra=facts)
        else:
            log.warning("a feed fell ill", extra=facts)

    async def _advertised(self, feed: Feed) -> Signpost:
        if feed.credential:
            return NO_SIGNPOST
        for page in _pages_of(feed.address):
            if others := await self._named_on(page, feed):
                return Signpost(page, others[0] if len(others) == 1 else "")
        return NO_SIGNPOST

    async def _named_on(self, page: str, feed: Feed) -> Sequence[str]:
        front = await self.fetcher.fetch(page)
        if not isinstance(front, Fetched):
            return ()
        named = advertised_feeds(front.body, front.content_type, front.address)
        return [one.address for one in named if not one.for_comments and one.address != feed.address]

    async def _notice(self, unit: Unit, patient: Patient, found: Ailment | None, signpost: Signpost) -> Notice:
        name = await self._name(unit, patient.feed)
        return feed_recovered(name) if found is None else await _illness(unit, patient, found, name, signpost)

    async def _name(self, unit: Unit, feed: Feed) -> str:
        """As those know it who hear of it; what other workspaces call it is nobody else's business."""
        here = await unit.workspaces.find(self.notify.workspace) if self.notify else None
        names = [follow.name for follow in await unit.feeds.followers(feed.id) if follow.workspace == here]
        return next(iter(names), feed.title or feed.host)


def _pages_of(address: str) -> Iterable[str]:
    """Where the site may name its feeds: the page around this one, and the front page."""
    parts = urlsplit(address)
    folder = parts.path.rstrip("/").rpartition("/")[0] + "/"
    pages = (parts._replace(path=path, query="").geturl() for path in (folder, "/"))
    return dict.fromkeys(pages)


async def _illness(unit: Unit, patient: Patient, found: Ailment, name: str, signpost: Signpost) -> Notice:
    feed = patient.feed
    hearing = await unit.subscriptions.hearing(feed)
    return feed_fell_ill(
        Illness(
            feed=name,
            address=without_query(feed.address),
            ailment=found,
            error=patient.error,
            since=_since(patient, unit.now),
            subscriptions=len(hearing),
            new_address=signpost.address,
            page=signpost.page,
        ),
        unit.now,
    )


def _since(patient: Patient, now: datetime) -> datetime:
    feed = patient.feed
    if feed.failing_since is not None:
        return feed.failing_since
    return feed.rhythm.last_news if feed.rhythm is not None else now
