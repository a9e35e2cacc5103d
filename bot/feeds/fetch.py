"""One polite GET a poll: conditional, bounded in time and size, and only to where it may go."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import lru_cache, partial
from importlib import metadata
from types import MappingProxyType

from aiohttp.abc import AbstractResolver

from bot.feeds.addresses import Allowed, parse_allowed
from bot.feeds.answers import read_answer
from bot.feeds.codings import CODINGS
from bot.feeds.connecting import Connections
from bot.feeds.redirects import read_address
from bot.feeds.trip import NO_HEADERS, Redirect, Trip
from bot.feeds.trouble import LATER, SLOW, Refused
from bot.feeds.turns import Turns
from bot.feeds.waits import Waits, domain_of
from bot.model.feed import Validators
from bot.model.reading import FetchOutcome, Unreachable
from bot.ports import NEVER_FETCHED

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
ACCEPT_PAGE = "text/html, application/xhtml+xml, */*;q=0.5"
NO_CREDENTIALS: Mapping[str, Mapping[str, str]] = MappingProxyType({})
PATIENCE = 2
"""How many times the deadline may be waited for turns. Longer, and many feeds that lead to one slow host would keep the
poller from all others."""


class HttpFetcher:
    """Implements ``bot.ports.Fetcher``.

    ``contact`` goes into the User-Agent; without one no public host is asked. ``allow_private`` lists networks,
    addresses and host names that may be fetched although they are not public; ValueError where one cannot be read.
    ``timeout`` is for a whole fetch, redirects included, waiting for a turn excluded, which may take twice as long;
    ``max_bytes`` holds for the document packed and unpacked. ``pause`` lies between two requests to one host, more or
    less, unless ``allow_private`` opens that host by name or address. ``resolver`` replaces the system's; what it
    answers is judged like any other address. ``credentials`` are the secret headers that open private feeds, by the
    name of the credential.
    """

    def __init__(
        self,
        contact: str = "",
        *,
        allow_private: Iterable[str] = (),
        timeout: timedelta = timedelta(seconds=30),
        max_bytes: int = 8_000_000,
        concurrency: int = 64,
        per_host: int = 1,
        pause: timedelta = timedelta(seconds=1),
        resolver: AbstractResolver | None = None,
        credentials: Mapping[str, Mapping[str, str]] = NO_CREDENTIALS,
    ) -> None:
        allowed: Allowed = parse_allowed(allow_private)
        said = {"User-Agent": user_agent(contact), "Accept-Encoding": CODINGS}
        self._connections = Connections(allowed, said, has_contact=bool(contact), resolver=resolver)
        self._is_ours = lru_cache(maxsize=1024)(allowed.opens)
        self._seconds = timeout.total_seconds()
        self._max_bytes = max_bytes
        self._turns = Turns(concurrency, per_host, pause.total_seconds())
        self._waits = Waits()
        self._credentials = credentials

    async def fetch(self, address: str, validators: Validators = NEVER_FETCHED, credential: str = "") -> FetchOutcome:
        return await self._fetch(address, ACCEPT, validators, credential)

    async def fetch_page(self, address: str) -> FetchOutcome:
        """An article's page, under the same rules; nothing that opens its feed goes along."""
        return await self._fetch(address, ACCEPT_PAGE, NEVER_FETCHED, "")

    async def close(self) -> None:
        await self._connections.close()

    async def _fetch(self, address: str, accept: str, validators: Validators, credential: str) -> FetchOutcome:
        trip = None
        try:
            trip = self._begin(address, accept, validators, credential)
            return await self._travel(trip)
        except Refused as refused:
            return Unreachable(
                refused.reason, refused.retry_after, refused.kind, trip.host if trip else "", refused.step
            )

    def _begin(self, address: str, accept: str, validators: Validators, credential: str) -> Trip:
        secret = self._secret_headers(credential)
        return Trip(
            read_address(address),
            accept,
            validators,
            secret,
            seconds_left=self._seconds,
            patience=PATIENCE * self._seconds,
            is_private=bool(credential),
        )

    def _secret_headers(self, credential: str) -> Mapping[str, str]:
        if not credential:
            return NO_HEADERS
        if credential not in self._credentials:
            raise Refused(f"Its secret request headers are not known here: its headers_env names {credential}.")
        return self._credentials[credential]

    async def _travel(self, trip: Trip) -> FetchOutcome:
        while True:
            answer = await self._in_turn(trip)
            if not isinstance(answer, Redirect):
                return answer
            trip.turn(answer)

    async def _in_turn(self, trip: Trip) -> FetchOutcome | Redirect:
        """One request, once its host may be asked: the deadline runs from here on."""
        now = asyncio.get_running_loop().time
        host, came = trip.host, now()
        self._respect_waits(host, came)
        try:
            async with self._turns.of(host, paced=not self._is_ours(host), patience=trip.patience):
                began = now()
                trip.patience -= began - came
                self._respect_waits(host, began)
                try:
                    return await self._ask(trip)
                finally:
                    trip.seconds_left -= now() - began
        except TimeoutError:
            reason = f"Other feeds of {host} were read for so long that there was no turn."
            raise Refused(reason, step=LATER) from None

    def _respect_waits(self, host: str, now: float) -> None:
        if left := self._waits.left(host, now):
            seconds = int(left.total_seconds())
            raise Refused(f"{domain_of(host)} asked not to be asked again for another {seconds} s.", left, "throttled")

    async def _ask(self, trip: Trip) -> FetchOutcome | Redirect:
        try:
            async with asyncio.timeout(trip.seconds_left):
                read = partial(read_answer, trip=trip, max_bytes=self._max_bytes)
                return await self._connections.get(trip.url, trip.asked, read, redirected=bool(trip.seen))
        except TimeoutError:
            raise Refused(f"There was no complete answer within {self._seconds:g} s.", step=SLOW) from None
        except Refused as refused:
            if refused.retry_after:
                self._waits.keep(trip.host, refused.retry_after, asyncio.get_running_loop().time())
            raise


def user_agent(contact: str) -> str:
    agent = f"Tocsin/{metadata.version('tocsin')}"
    return f"{agent} (+{contact})" if contact else agent
