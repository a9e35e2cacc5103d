"""One polite GET a poll: conditional, bounded in time and size, and only to where it may go."""

import asyncio
import hashlib
import re
import socket
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import metadata
from types import MappingProxyType

import aiohttp
from aiohttp.abc import AbstractResolver
from multidict import MultiMapping
from yarl import URL

from bot.feeds import challenge, headers
from bot.feeds.addresses import Allowed, parse_allowed
from bot.feeds.body import read_body, too_large
from bot.feeds.codings import CODINGS, is_packed
from bot.feeds.redirects import MOST_REDIRECTS, is_same_origin, next_hop, read_address
from bot.feeds.trouble import Refused, by_status, network_reason
from bot.feeds.turns import Turns
from bot.feeds.waits import Waits, domain_of
from bot.model.feed import Validators
from bot.model.reading import Fetched, FetchOutcome, Unchanged, Unreachable
from bot.ports import NEVER_FETCHED

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
ACCEPT_PAGE = "text/html, application/xhtml+xml, */*;q=0.5"
NO_CONTACT = "Publishers want to know who polls them; set fetch.contact in the configuration."
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
NO_CREDENTIALS: Mapping[str, Mapping[str, str]] = MappingProxyType({})
FOR_GOOD = frozenset({301, 308})
PATIENCE = 2
"""How many times the deadline may be waited for turns. Longer, and many feeds that lead to one slow host would keep the
poller from all others."""
PAGE_SECONDS = 5.0
"""How long the page that comes with a refusal is waited for; the refusal itself is known by then."""
DIGEST_BYTES = 1 << 20
END_BYTES = 4_000
CLOSED = re.compile(rb"</(?:rss|(?:\w+:)?RDF|(?:\w+:)?feed|opml|html)\s*>|\}\s*$", re.IGNORECASE)
"""How the documents end that can be read."""
IDLE_SECONDS = 2.0
"""How long a connection is kept for the next feed of the same host; longer would only fill the table of open files."""


@dataclass(slots=True)
class _Visit:
    """What the place where sockets are made has to know of a request, and what it has to say."""

    host_is_allowed: bool
    refused: str = ""
    """The address to which no socket was made."""
    anonymous: bool = False
    """Whether it was refused only since a public host wants to know who asks."""


# aiohttp gives a socket factory the address alone. The request under way is found through the context, which the
# tasks of its connection attempts inherit.
_visit: ContextVar[_Visit] = ContextVar("visit")


@dataclass(slots=True)
class _Trip:
    """One fetch on its way from redirect to redirect."""

    url: URL
    secret: Mapping[str, str]
    validators: Validators
    accept: str
    seconds_left: float
    """Of the deadline."""
    patience: float
    """How many seconds it may still wait for turns."""
    is_private: bool = False
    left_home: bool = False
    """Whether a redirect led to another origin."""
    is_temporary: bool = False
    """Whether a redirect on the way was not meant for good."""
    seen: list[URL] = field(default_factory=list)

    @property
    def host(self) -> str:
        return (self.url.raw_host or "").rstrip(".")

    @property
    def moved_to(self) -> str:
        """Empty where it has not moved for good. A private feed never leaves its origin: its key stays there."""
        has_moved = self.seen and not self.is_temporary and not (self.is_private and self.left_home)
        return str(self.url) if has_moved else ""

    def turn(self, redirect: "_Redirect") -> None:
        """Go on to where it leads. The secret goes to the feed's own origin; once elsewhere nowhere, not even back."""
        target = next_hop(self.url, redirect.location)
        self.seen.append(self.url)
        if target in self.seen:
            raise Refused("The redirects lead back to where they began: a loop.")
        if len(self.seen) > MOST_REDIRECTS:
            raise Refused(f"There are more than {MOST_REDIRECTS} redirects.")
        if not is_same_origin(target, self.url):
            self.secret, self.left_home = NO_HEADERS, True
        self.is_temporary |= redirect.status not in FOR_GOOD
        self.url = target


@dataclass(frozen=True, slots=True)
class _Redirect:
    status: int
    location: str


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
        self._user_agent = user_agent(contact)
        self._has_contact = bool(contact)
        self._allowed: Allowed = parse_allowed(allow_private)
        self._is_ours = lru_cache(maxsize=1024)(self._allowed.opens)
        self._seconds = timeout.total_seconds()
        self._max_bytes = max_bytes
        self._turns = Turns(concurrency, per_host, pause.total_seconds())
        self._waits = Waits()
        self._resolver = resolver
        self._credentials = credentials
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, address: str, validators: Validators = NEVER_FETCHED, credential: str = "") -> FetchOutcome:
        return await self._fetch(address, validators, credential)

    async def fetch_page(self, address: str) -> FetchOutcome:
        """An article's page, under the same rules; nothing that opens its feed goes along."""
        return await self._fetch(address, accept=ACCEPT_PAGE)

    async def _fetch(
        self, address: str, validators: Validators = NEVER_FETCHED, credential: str = "", accept: str = ACCEPT
    ) -> FetchOutcome:
        trip = None
        try:
            secret = self._secret_headers(credential)
            trip = _Trip(
                read_address(address),
                secret,
                validators,
                accept,
                seconds_left=self._seconds,
                patience=PATIENCE * self._seconds,
                is_private=bool(credential),
            )
            return await self._travel(trip)
        except Refused as refused:
            return Unreachable(refused.reason, refused.retry_after, refused.kind, trip.host if trip else "")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _secret_headers(self, credential: str) -> Mapping[str, str]:
        if not credential:
            return NO_HEADERS
        if credential not in self._credentials:
            raise Refused(f"Its secret request headers are not known here: its headers_env names {credential}.")
        return self._credentials[credential]

    async def _travel(self, trip: _Trip) -> FetchOutcome:
        while True:
            answer = await self._in_turn(trip)
            if not isinstance(answer, _Redirect):
                return answer
            trip.turn(answer)

    async def _in_turn(self, trip: _Trip) -> FetchOutcome | _Redirect:
        """One request, once its host may be asked: the deadline runs from here on."""
        now = asyncio.get_running_loop().time
        came = began = now()
        try:
            async with self._turns.of(trip.host, paced=not self._is_ours(trip.host), patience=trip.patience):
                began = now()
                trip.patience -= began - came
                self._respect_waits(trip.host, began)
                try:
                    return await self._get(trip)
                finally:
                    trip.seconds_left -= now() - began
        except TimeoutError:
            raise Refused(f"Other feeds of {trip.url.host} were read for so long that there was no turn.") from None

    def _respect_waits(self, host: str, now: float) -> None:
        if left := self._waits.left(host, now):
            seconds = int(left.total_seconds())
            raise Refused(f"{domain_of(host)} asked not to be asked again for another {seconds} s.", left, "throttled")

    async def _get(self, trip: _Trip) -> FetchOutcome | _Redirect:
        url = trip.url
        visit = _Visit(host_is_allowed=self._allowed.names(trip.host))
        token = _visit.set(visit)
        asked = {"Accept": trip.accept, **trip.secret, **conditions(trip.validators)}
        try:
            async with (
                asyncio.timeout(trip.seconds_left),
                self._connected().get(url, headers=asked, allow_redirects=False) as response,
            ):
                return await self._read(response, trip)
        except TimeoutError:
            raise Refused(f"There was no complete answer within {self._seconds:g} s.") from None
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            if visit.anonymous:
                raise Refused(NO_CONTACT) from None
            if visit.refused:
                raise Refused(_not_public(url, visit.refused, redirected=bool(trip.seen))) from None
            raise Refused(network_reason(error, url)) from None
        finally:
            _visit.reset(token)

    async def _read(self, response: aiohttp.ClientResponse, trip: _Trip) -> FetchOutcome | _Redirect:
        kept = trip.validators
        match response.status:
            case 200 | 203:
                return await self._document(response, trip)
            case 301 | 302 | 303 | 307 | 308:
                return _Redirect(response.status, response.headers.get("Location", ""))
            case 304 if kept.etag or kept.last_modified:
                fresh_for = headers.fresh_for(response.headers, datetime.now(UTC))
                return Unchanged(headers.renewed(kept, response.headers), fresh_for, trip.moved_to)
            case 304:
                raise Refused("The server says that nothing changed, although it was not asked (304).")
            case _:
                raise await self._refusal(response, trip)

    async def _document(self, response: aiohttp.ClientResponse, trip: _Trip) -> FetchOutcome:
        if (response.content_length or 0) > self._max_bytes:
            raise too_large(self._max_bytes)
        body = await _body(response, self._max_bytes)
        if not body or body.isspace():
            raise Refused("The answer is empty.")
        if vendor := challenge.by_headers(response.headers) or (challenge.is_page(body) and challenge.by_page(body)):
            raise Refused(challenge.reason(vendor), kind="challenge")
        received = headers.validators(response.headers, await _digest(body))
        if not _is_whole(response, body):
            # Asked with them, the server would never send what is missing.
            received = Validators(body_hash=received.body_hash)
        fresh_for = headers.fresh_for(response.headers, datetime.now(UTC))
        if received.body_hash == trip.validators.body_hash:
            return Unchanged(received, fresh_for, trip.moved_to)
        content_type = response.headers.get("Content-Type", "")
        return Fetched(body, content_type, str(trip.url), received, fresh_for, trip.moved_to)

    async def _refusal(self, response: aiohttp.ClientResponse, trip: _Trip) -> Refused:
        """What an answer without a document means."""
        refused = by_status(response.status, headers.retry_after(response.headers, datetime.now(UTC)))
        if refused.retry_after:
            self._waits.keep(trip.host, refused.retry_after, asyncio.get_running_loop().time())
        if vendor := challenge.by_headers(response.headers) or await self._page_of_challenge(response, trip):
            return Refused(challenge.reason(vendor), refused.retry_after, "challenge")
        return refused

    async def _page_of_challenge(self, response: aiohttp.ClientResponse, trip: _Trip) -> str:
        """Whose challenge its page shows; empty where it shows none within the time that it gets."""
        if response.status not in challenge.STATUSES:
            return ""
        try:
            async with asyncio.timeout(min(PAGE_SECONDS, trip.seconds_left / 4)):
                return challenge.by_page(await _body(response, challenge.LONGEST_PAGE))
        except (Refused, TimeoutError, aiohttp.ClientError, OSError):
            return ""

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0,  # Turns counts
                    keepalive_timeout=IDLE_SECONDS,
                    resolver=self._resolver,
                    socket_factory=self._open_socket,
                ),
                headers={"User-Agent": self._user_agent, "Accept-Encoding": CODINGS},
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    def _open_socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """Only to where it may go: here even a literal address, or a name that answers differently each time, ends."""
        family, kind, protocol, _, target = info
        visit = _visit.get()
        if not (visit.host_is_allowed or self._allowed.permits(target[0])):
            visit.refused = target[0]
            raise PermissionError("not a public address")
        if not (self._has_contact or visit.host_is_allowed or self._allowed.holds(target[0])):
            visit.anonymous = True
            raise PermissionError("no contact")
        return socket.socket(family, kind, protocol)


async def _body(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    return await read_body(response.content.iter_any(), _coding(response.headers), max_bytes)


def _coding(said: MultiMapping[str]) -> str:
    return ",".join(said.getall("Content-Encoding", ()))


async def _digest(body: bytes) -> str:
    """Piece by piece, so that a large document holds nobody up."""
    view = memoryview(body)
    digest = hashlib.sha256(view[:DIGEST_BYTES])
    for begin in range(DIGEST_BYTES, len(body), DIGEST_BYTES):
        await asyncio.sleep(0)
        digest.update(view[begin : begin + DIGEST_BYTES])
    return digest.hexdigest()


def _is_whole(response: aiohttp.ClientResponse, body: bytes) -> bool:
    """Whether the document is known to have come to its end.

    Length, chunks and packing mark it. Where only the end of the connection does (RFC 9112, 6.3), a server that broke
    down looks like one that was done; then the document itself has to be closed.
    """
    said = response.headers
    if "Content-Length" in said or "Transfer-Encoding" in said or is_packed(_coding(said)):
        return True
    return CLOSED.search(body, max(len(body) - END_BYTES, 0)) is not None


def user_agent(contact: str) -> str:
    agent = f"Tocsin/{metadata.version('tocsin')}"
    return f"{agent} (+{contact})" if contact else agent


def conditions(validators: Validators) -> dict[str, str]:
    """The headers that ask for the document only if it changed."""
    asked = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in asked.items() if value}


def _not_public(url: URL, address: str, *, redirected: bool) -> str:
    named = address if address == url.host else f"{url.host} ({address})"
    if redirected:
        # A stranger may have written the redirect, so allowing it is nothing to be recommended.
        return f"It redirects to {named}, which is not a public address; allow that only if the server there is yours."
    return f"{named} is not a public address; allow it under fetch.allow_private."
