"""One polite GET a poll: conditional, bounded in time and size, and only to where it may go."""

import asyncio
import hashlib
import socket
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from types import MappingProxyType

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.feeds import headers
from bot.feeds.addresses import Allowed, parse_allowed
from bot.feeds.body import CODINGS, read_body, too_large
from bot.feeds.redirects import MOST_REDIRECTS, is_same_origin, next_hop, read_address
from bot.feeds.trouble import Refused, network_reason, status_reason
from bot.feeds.turns import Turns
from bot.model.feed import Validators
from bot.model.reading import Fetched, FetchOutcome, Unchanged, Unreachable
from bot.ports import NEVER_FETCHED

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
NO_CONTACT = "Publishers want to know who polls them; set fetch.contact in the configuration."
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
NO_CREDENTIALS: Mapping[str, Mapping[str, str]] = MappingProxyType({})
IDLE_SECONDS = 2.0
"""How long a connection is kept for the next feed of the same host; longer would only fill the table of open files."""


@dataclass
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


@dataclass(frozen=True, slots=True)
class _Redirect:
    location: str


class HttpFetcher:
    """Implements ``bot.ports.Fetcher``.

    ``contact`` goes into the User-Agent; without one no public host is asked. ``allow_private`` lists networks,
    addresses and host names that may be fetched although they are not public; ValueError where one cannot be read.
    ``timeout`` is for a whole fetch, redirects included, waiting for a turn excluded; ``max_bytes`` holds for the
    document packed and unpacked. ``resolver`` replaces the system's; what it answers is judged like any other address.
    ``credentials`` are the secret headers that open private feeds, by the name of the credential.
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
        resolver: AbstractResolver | None = None,
        credentials: Mapping[str, Mapping[str, str]] = NO_CREDENTIALS,
    ) -> None:
        self._user_agent = user_agent(contact)
        self._has_contact = bool(contact)
        self._allowed: Allowed = parse_allowed(allow_private)
        self._seconds = timeout.total_seconds()
        self._max_bytes = max_bytes
        self._turns = Turns(concurrency, per_host)
        self._resolver = resolver
        self._credentials = credentials
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, address: str, validators: Validators = NEVER_FETCHED, credential: str = "") -> FetchOutcome:
        try:
            return await self._follow(read_address(address), validators, self._secret_headers(credential))
        except Refused as refused:
            return Unreachable(refused.reason, refused.retry_after)

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

    async def _follow(self, url: URL, validators: Validators, secret: Mapping[str, str]) -> FetchOutcome:
        """The secret headers go to the feed's own origin; once it leads elsewhere they go nowhere, not even back."""
        seconds_left = self._seconds
        seen = [url]
        while True:
            async with self._turns.of(url.raw_host or ""):
                began = asyncio.get_running_loop().time()
                asked = {**secret, **conditions(validators)}
                answer = await self._get(url, asked, validators, seconds_left, redirected=len(seen) > 1)
                seconds_left -= asyncio.get_running_loop().time() - began
            if not isinstance(answer, _Redirect):
                return answer
            url, before = next_hop(url, answer.location), url
            if not is_same_origin(url, before):
                secret = NO_HEADERS
            if url in seen:
                raise Refused("The redirects lead back to where they began: a loop.")
            if len(seen) > MOST_REDIRECTS:
                raise Refused(f"There are more than {MOST_REDIRECTS} redirects.")
            seen.append(url)

    async def _get(
        self, url: URL, asked: Mapping[str, str], validators: Validators, seconds: float, *, redirected: bool
    ) -> FetchOutcome | _Redirect:
        visit = _Visit(host_is_allowed=self._allowed.names(url.raw_host or ""))
        token = _visit.set(visit)
        try:
            async with (
                asyncio.timeout(seconds),
                self._connected().get(url, headers=asked, allow_redirects=False) as response,
            ):
                return await self._read(response, url, validators)
        except TimeoutError:
            raise Refused(f"There was no complete answer within {self._seconds:g} s.") from None
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            if visit.anonymous:
                raise Refused(NO_CONTACT) from None
            if visit.refused:
                raise Refused(_not_public(url, visit.refused, redirected=redirected)) from None
            raise Refused(network_reason(error, url)) from None
        finally:
            _visit.reset(token)

    async def _read(
        self, response: aiohttp.ClientResponse, url: URL, validators: Validators
    ) -> FetchOutcome | _Redirect:
        match response.status:
            case 200 | 203:
                return await self._document(response, url, validators)
            case 301 | 302 | 303 | 307 | 308:
                return _Redirect(response.headers.get("Location", ""))
            case 304 if validators.etag or validators.last_modified:
                return Unchanged(validators)
            case 304:
                raise Refused("The server says that nothing changed, although it was not asked (304).")
            case 429 | 503:
                wait = headers.retry_after(response.headers, datetime.now(UTC))
                raise Refused(status_reason(response.status), wait)
            case _:
                raise Refused(status_reason(response.status))

    async def _document(self, response: aiohttp.ClientResponse, url: URL, validators: Validators) -> FetchOutcome:
        if (response.content_length or 0) > self._max_bytes:
            raise too_large(self._max_bytes)
        coding = response.headers.get("Content-Encoding", "")
        body = await read_body(response.content.iter_any(), coding, self._max_bytes)
        if not body.strip():
            raise Refused("The answer is empty.")
        received = headers.validators(response.headers, hashlib.sha256(body).hexdigest())
        if received.body_hash == validators.body_hash:
            return Unchanged(received)
        return Fetched(body, response.headers.get("Content-Type", ""), str(url), received)

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0,  # Turns counts
                    keepalive_timeout=IDLE_SECONDS,
                    resolver=self._resolver,
                    socket_factory=self._open_socket,
                ),
                headers={"User-Agent": self._user_agent, "Accept": ACCEPT, "Accept-Encoding": CODINGS},
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
