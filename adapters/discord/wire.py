"""One call to Discord's REST API, and how it went, in five shapes. No retry of any kind.

discord.py repeats a request up to five times, which posts twice where Discord had accepted before the error, and no
public switch stops it; so what must not happen twice is asked for here. No connection is kept between calls: one that
was closed meanwhile would turn a delivery that never left into one that is in doubt.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import metadata
from typing import Any, Literal

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from adapters.discord.circuit import Circuit
from adapters.discord.limits import Limits, seconds
from adapters.discord.pace import DiscordPace, Leaving

DEFAULT_PAUSE = 30.0
RESTS = "Discord refused so many requests that Tocsin asks nothing for a while"

Method = Literal["GET", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Call:
    """``path`` with its parameters unfilled: Discord counts requests by it, and by the first parameter's value."""

    method: Method
    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    expects: type = object
    """What an answer must be to be one; anything else was said by something that is not Discord."""

    @property
    def route(self) -> tuple[str, str]:
        return self.method, self.path

    @property
    def major(self) -> str:
        return next(iter(self.parameters.values()), "")

    @property
    def address(self) -> str:
        return self.path.format(**self.parameters)


@dataclass(frozen=True, slots=True)
class Answer:
    """Any 2xx."""

    data: Any


@dataclass(frozen=True, slots=True)
class Limited:
    """Too many requests: nothing was done, or nothing was sent since Discord would have said so."""

    retry_after: timedelta
    reason: str = "Discord limits the rate"


@dataclass(frozen=True, slots=True)
class NotReached:
    """No byte of the request came to Discord: refused connection, unknown host, no proxy, a shield before it."""

    reason: str


@dataclass(frozen=True, slots=True)
class InDoubt:
    """The request left, and whether Discord acted on it is not known."""

    reason: str


@dataclass(frozen=True, slots=True)
class Said:
    """Any 4xx in Discord's own words: it did nothing, and says why."""

    status: int
    code: int
    """https://docs.discord.com/developers/topics/opcodes-and-status-codes#json; 0: only the status says it."""
    message: str = ""


Failure = Limited | NotReached | InDoubt | Said


class Rest:
    """Everything that one bot asks. ``api_url`` has no slash at its end; ``contact`` is an address, or empty."""

    def __init__(self, token: str, api_url: str, timeout: timedelta, contact: str = "") -> None:
        self._headers = {
            "Authorization": f"Bot {token}",
            "User-Agent": f"DiscordBot ({contact or 'Tocsin'}, {metadata.version('tocsin')})",
        }
        self._api_url = api_url
        self._timeout = aiohttp.ClientTimeout(total=timeout.total_seconds())
        self._limits = Limits()
        self.pace = DiscordPace()
        self.circuit = Circuit()
        """Over all that the bot asks, by whatever client."""

    def rests_for(self, call: Call) -> float:
        """Seconds until Discord is believed to take such a request again, as its last answer says; 0.0: now."""
        return self._limits.rests_for(call.route, call.major, asyncio.get_running_loop().time())

    async def ask(self, call: Call) -> Answer | Failure:
        """At most one request. Raises nothing that Discord or the network did; cancellation goes through."""
        now = asyncio.get_running_loop().time
        if wait := self.circuit.rests_for(now()):
            return Limited(timedelta(seconds=wait), RESTS)
        if self.circuit.is_refused(now()):
            return Said(401, 0)
        await self._has_room()
        if wait := self._limits.wait(call.route, call.major, now()):
            return Limited(timedelta(seconds=wait))
        leaving = self.pace.leaves(call.method)
        try:
            async with (
                aiohttp.ClientSession(headers=self._headers, timeout=self._timeout, trust_env=True) as session,
                session.request(
                    call.method,
                    self._api_url + call.address,
                    params=call.query or None,
                    json=call.body,
                    allow_redirects=False,
                ) as response,
            ):
                self.circuit.note(response.status, now(), shared=is_shared(response.headers))
                self._limits.note(call.route, call.major, response.headers, now())
                if response.status != 429:
                    self.pace.accepted(leaving)
                text = await response.text(errors="replace")
                said = _json(text) if text else None
                if response.status == 429:
                    return self._limited(call, leaving, response, said, now())
                return _read(call, response.status, said)
        except tuple(FAILURES) as error:
            self.pace.lost(leaving)
            return failure(error)

    async def _has_room(self) -> None:
        """Once the bot's second has, which is soon."""
        self.pace.waiting += 1
        try:
            while wait := self.pace.room():  # noqa: ASYNC110 - others take it meanwhile
                await asyncio.sleep(wait)
        finally:
            self.pace.waiting -= 1

    def _limited(
        self, call: Call, leaving: Leaving, response: aiohttp.ClientResponse, said: Any, now: float
    ) -> Limited:
        """The body tells the time to the millisecond; without one it is the shield before Discord that is angry."""
        body = said if isinstance(said, dict) else {}
        told = body.get("retry_after", response.headers.get("Retry-After", ""))
        wait = seconds(str(told))
        pause = DEFAULT_PAUSE if wait is None else wait
        everything = bool(body.get("global")) or not body
        self._limits.limited(call.route, call.major, now + pause, everything=everything)
        self.pace.refused(leaving, pause if everything else None)
        return Limited(timedelta(seconds=pause))


def _read(call: Call, status: int, said: Any) -> Answer | Failure:
    match status:
        case status if 200 <= status < 300:
            if said is UNREADABLE or not isinstance(said, call.expects):
                return InDoubt("Discord answered something unreadable")
            return Answer(said)
        case status if 300 <= status < 500:
            if isinstance(said, dict) and isinstance(said.get("code"), int):
                return Said(status, said["code"], str(said.get("message") or "")[:300])
            return NotReached(f"Something before Discord answered {status}")
        case _:
            return InDoubt(f"Discord answered {status}")


def is_shared(headers: Mapping[str, str]) -> bool:
    """Whether a limit was used up by others, too: such an answer is no fault of ours."""
    return headers.get("X-RateLimit-Scope") == "shared"


UNREADABLE = object()


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return UNREADABLE


FAILURES: dict[type[Exception], type[NotReached] | type[InDoubt]] = {
    # Before anything is sent:
    aiohttp.ClientConnectorError: NotReached,
    aiohttp.ClientHttpProxyError: NotReached,
    aiohttp.InvalidURL: NotReached,
    aiohttp.ConnectionTimeoutError: NotReached,
    # All others may come when the request has left:
    TimeoutError: InDoubt,
    aiohttp.ClientError: InDoubt,
    OSError: InDoubt,
    # aiohttp's own protocol errors that are no ClientError, and answers that are no text:
    HttpProcessingError: InDoubt,
    aiohttp.WSMessageTypeError: InDoubt,
    ValueError: InDoubt,
}
"""Every exception that aiohttp's client lets out, the particular ones first."""


def failure(error: Exception) -> NotReached | InDoubt:
    """Only the kind of the error: its text may hold an address."""
    meaning = next(shape for kind, shape in FAILURES.items() if isinstance(error, kind))
    name = type(error).__name__
    if meaning is NotReached:
        return NotReached(f"Discord cannot be reached ({name})")
    if isinstance(error, TimeoutError):
        return InDoubt("Discord did not answer in time")
    return InDoubt(f"The connection to Discord broke off ({name})")
