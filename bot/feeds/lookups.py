"""Looking up the hosts of feeds, in threads of its own.

The system's resolver blocks its thread for as long as a name server keeps it waiting. In the threads that the whole
process shares, a handful of feeds with dead name servers would hold up the lookups of the platforms, and so the alerts.
"""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult

MOST_LOOKUPS = 16
"""At once."""


class Lookups(AbstractResolver):
    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Every address of a host. Raises OSError where it has none."""
        look_up = partial(socket.getaddrinfo, host, port, family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        if self._threads is None:
            self._threads = ThreadPoolExecutor(MOST_LOOKUPS, thread_name_prefix="feed-lookup")
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [
            ResolveResult(
                hostname=host, host=str(address), port=port, family=kind, proto=protocol, flags=socket.AI_NUMERICHOST
            )
            for kind, _, protocol, _, (address, *_) in found
        ]

    async def close(self) -> None:
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None
