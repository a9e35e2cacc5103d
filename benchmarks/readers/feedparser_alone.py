"""feedparser on its own: the same documents, parsed and dropped."""

import io
import json
import sys
from collections.abc import Sequence
from typing import Any
from urllib.request import urlopen

import feedparser

from benchmarks.readers.turns import take_turns


class Feedparser:
    def __init__(self) -> None:
        self._bodies: list[bytes] = []

    def get(self, addresses: Sequence[str]) -> None:
        """Not part of what is measured."""
        self._bodies = []
        for address in addresses:
            with urlopen(address, timeout=30) as response:  # noqa: S310 - on loopback
                self._bodies.append(response.read())

    def parse(self) -> dict[str, Any]:
        return {"entries": sum(len(feedparser.parse(io.BytesIO(body)).entries) for body in self._bodies)}

    def close(self) -> None:
        self._bodies = []


if __name__ == "__main__":
    take_turns(Feedparser(**json.loads(sys.argv[1])))
