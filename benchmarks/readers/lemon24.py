"""The peer lemon24/reader, as its documentation shows it: an SQLite file, and ``update_feeds``."""

import json
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from reader import make_reader

from benchmarks.readers.turns import take_turns


class Peer:
    def __init__(self, database: str) -> None:
        self._reader = make_reader(database)

    def follow(self, addresses: Sequence[str]) -> dict[str, Any]:
        for address in addresses:
            self._reader.add_feed(address)
        return {"version": version("reader")}

    def poll(self) -> None:
        """All of them, whatever its own schedule says."""
        self._reader.update_feeds(scheduled=False)

    def count(self) -> dict[str, Any]:
        failed = [feed.url for feed in self._reader.get_feeds() if feed.last_exception]
        return {"entries": self._reader.get_entry_counts().total, "failed": failed}

    def close(self) -> None:
        self._reader.close()


if __name__ == "__main__":
    take_turns(Peer(**json.loads(sys.argv[1])))
