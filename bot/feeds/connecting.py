"""Where connections are made: to no address that may not be fetched, and read in sips."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeVar

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from bot.feeds.addresses import Allowed
from bot.feeds.lookups import Lookups
from bot.feeds.trouble import Refused, by_network

T = TypeVar("T")
Read = Callable[[aiohttp.ClientResponse], Awaitable[T]]

NO_CONTACT = "Publishers want to know who polls them; set fetch.contact in the configuration."
IDLE_SECONDS = 2.0
"""How long a connection is kept for the next feed of the same host; longer would only fill the table of open files."""
SIP_BYTES = 64 << 10
"""What is read from a connection before others get their turn. A server that tears its answer into chunks of a byte, or
sends interim answers without end, would hold the event loop for a fifth of a second with what is read otherwise."""

NOT_MODIFIED = re.compile(rb"HTTP/1\.[01] 304 .*?\r\n\r\n", re.DOTALL)
"""The whole head of an answer."""


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


class Connections:
    """``headers`` go along with every request. Without ``has_contact`` no public host is asked."""

    def __init__(
        self, allowed: Allowed, headers: Mapping[str, str], *, has_contact: bool, resolver: AbstractResolver | None
    ) -> None:
        self._allowed = allowed
        self._permits = lru_cache(maxsize=4096)(allowed.permits)
        self._holds = lru_cache(maxsize=4096)(allowed.holds)
        self._headers = headers
        self._has_contact = has_contact
        self._resolver = resolver
        self._lookups = Lookups()
        self._session: aiohttp.ClientSession | None = None

    async def get(self, url: URL, headers: Mapping[str, str], read: Read[T], *, redirected: bool) -> T:
        """What ``read`` makes of the answer to one request, which has come up to the body.

        Raises Refused where there is none, or where it breaks off.
        """
        visit = _Visit(host_is_allowed=self._allowed.names(url.raw_host or ""))
        token = _visit.set(visit)
        try:
            async with self._opened().get(url, headers=headers, allow_redirects=False) as response:
                return await read(response)
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            raise _refusal(error, url, visit, redirected=redirected) from None
        finally:
            _visit.reset(token)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
        await self._lookups.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=0,  # Turns counts
                keepalive_timeout=IDLE_SECONDS,
                resolver=self._resolver or self._lookups,
                socket_factory=self._open_socket,
            )
            # aiohttp offers no other way to say what hears its answers.
            connector._factory = partial(Answers, loop=asyncio.get_running_loop())  # type: ignore[assignment]
            self._session = aiohttp.ClientSession(
                connector=connector,
                headers=self._headers,
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
        if not (visit.host_is_allowed or self._permits(target[0])):
            visit.refused = target[0]
            raise PermissionError("not a public address")
        if not (self._has_contact or visit.host_is_allowed or self._holds(target[0])):
            visit.anonymous = True
            raise PermissionError("no contact")
        return Sipping(family, kind, protocol)


class Answers(ResponseHandler):
    """Hears a 304 although a body follows it in the same breath, which RFC 9112, 6.3 rules out and some servers send.

    aiohttp would take the body for the beginning of another answer, and drop the 304 along with it.
    """

    def data_received(self, data: bytes) -> None:
        head = NOT_MODIFIED.match(data)
        if head is None:
            super().data_received(data)
            return
        super().data_received(data[: head.end()])
        if behind := data[head.end() :]:
            super().data_received(behind)


class Sipping(socket.socket):
    def recv(self, size: int, flags: int = 0) -> bytes:
        return super().recv(min(size, SIP_BYTES), flags)

    def recv_into(self, buffer: Any, size: int = 0, flags: int = 0) -> int:
        """What TLS is read with."""
        return super().recv_into(buffer, min(size or len(buffer), SIP_BYTES), flags)


def _refusal(error: Exception, url: URL, visit: _Visit, *, redirected: bool) -> Refused:
    if visit.anonymous:
        return Refused(NO_CONTACT)
    if visit.refused:
        return Refused(_not_public(url, visit.refused, redirected=redirected), kind="refused")
    return by_network(error, url)


def _not_public(url: URL, address: str, *, redirected: bool) -> str:
    named = address if address == url.host else f"{url.host} ({address})"
    if redirected:
        # A stranger may have written the redirect, so allowing it is nothing to be recommended.
        return f"It redirects to {named}, which is not a public address; allow that only if the server there is yours."
    return f"{named} is not a public address; allow it under fetch.allow_private."
