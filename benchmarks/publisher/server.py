"""All publishers in one process on loopback: ``python -m benchmarks.publisher.server OPTIONS``.

It listens at one port of many loopback addresses, so that many feeds can be fetched at once from one host each, and
prints where. Orders come as lines of JSON through the standard input; when that closes, the process ends.
"""

import asyncio
import json
import sys
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from aiohttp import web

from benchmarks.publisher import hostile
from benchmarks.publisher.press import Press

KEEP_ALIVE = 15.0
"""Seconds."""


@dataclass
class Publishers:
    press: Press
    revision: int = 0
    conditional: bool = True
    """Whether a question for changes alone is understood."""
    requests: int = 0
    documents: int = 0
    """Answers with a document."""
    connections: set[object] = field(default_factory=set)
    _printed: dict[tuple[int, int], bytes] = field(default_factory=dict)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """``/feed/17.xml``, or ``/hostile/long_author/2``, where only the name tells what is answered."""
        self.requests += 1
        if request.transport is not None:
            self.connections.add(request.transport.get_extra_info("peername"))
        parts = PurePosixPath(request.path).parts
        if parts[1] == "hostile":
            return self._hostile(parts[2])
        feed = int(PurePosixPath(request.path).stem)
        validators = self.press.validators(feed, self.revision)
        if self.conditional and request.headers.get("If-None-Match") == validators["ETag"]:
            return web.Response(status=304, headers=validators)
        self.documents += 1
        body = self._document(feed)
        return web.Response(body=body, headers={**validators, "Content-Type": "application/xml; charset=utf-8"})

    def _document(self, feed: int) -> bytes:
        place = (feed, self.revision)
        if place not in self._printed:
            self._printed.pop((feed, self.revision - 1), None)
            self._printed[place] = self.press.document(feed, self.revision)
        return self._printed[place]

    def _hostile(self, name: str) -> web.Response:
        body = hostile.DOCUMENTS[name]()
        headers = {"Content-Type": "application/xml"}
        if name == hostile.packed_small.__name__:
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=body, headers=headers)

    def obey(self, revision: int | None = None, conditional: bool | None = None) -> dict[str, int]:
        """What was asked since the last order."""
        counted = {"requests": self.requests, "documents": self.documents, "connections": len(self.connections)}
        self.requests = self.documents = 0
        self.connections.clear()
        self.revision = self.revision if revision is None else revision
        self.conditional = self.conditional if conditional is None else conditional
        return counted


def addresses(hosts: int) -> list[str]:
    """Loopback addresses, of which some systems have only one."""
    return (
        ["127.0.0.1"] if sys.platform == "darwin" else [f"127.0.{1 + at // 250}.{1 + at % 250}" for at in range(hosts)]
    )


async def serve(options: dict[str, Any]) -> None:
    publishers = Publishers(Press(options["seed"], options["entries"], options["size"]))
    runner = web.ServerRunner(web.Server(publishers.answer, keepalive_timeout=KEEP_ALIVE))
    await runner.setup()
    port = 0
    for host in addresses(options["hosts"]):
        site = web.TCPSite(runner, host, port)
        await site.start()
        port = port or site.port
    _say({"port": port, "hosts": addresses(options["hosts"])})
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        _say(publishers.obey(**json.loads(line)))
    await runner.cleanup()


def _say(what: object) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))
