"""A bare aiohttp fetch: one session, the address, what the server said last time, and the body."""

import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any

import aiohttp

from benchmarks.readers.turns import take_turns

AT_ONCE = 64
"""As many as Tocsin fetches by default."""


class Bare:
    def __init__(self, loop: str = "asyncio") -> None:
        self._runner = asyncio.Runner(loop_factory=_uvloop if loop == "uvloop" else None)
        self._validators: dict[str, dict[str, str]] = {}

    def poll(self, addresses: Sequence[str], *, conditional: bool = True) -> dict[str, Any]:
        """With connections of its own: minutes lie between two polls, and no server keeps one open for so long."""
        return {"answers": self._runner.run(self._fetch_all(addresses, conditional=conditional))}

    async def _fetch_all(self, addresses: Sequence[str], *, conditional: bool) -> dict[str, int]:
        free = asyncio.Semaphore(AT_ONCE)
        async with aiohttp.ClientSession() as session:
            fetches = (self._fetch(session, address, free, conditional=conditional) for address in addresses)
            statuses = await asyncio.gather(*fetches)
        return {str(status): statuses.count(status) for status in set(statuses)}

    async def _fetch(
        self, session: aiohttp.ClientSession, address: str, free: asyncio.Semaphore, *, conditional: bool
    ) -> int:
        asked = self._validators.get(address, {}) if conditional else {}
        async with free, session.get(address, headers=asked) as response:
            await response.read()
            if response.status == 200:
                said = response.headers
                self._validators[address] = {
                    "If-None-Match": said["ETag"],
                    "If-Modified-Since": said["Last-Modified"],
                }
            return response.status

    def close(self) -> None:
        self._runner.close()


def _uvloop() -> asyncio.AbstractEventLoop:
    import uvloop  # noqa: PLC0415 - only where it is asked for

    return uvloop.new_event_loop()


if __name__ == "__main__":
    take_turns(Bare(**json.loads(sys.argv[1])))
