"""The usual loop: ask for changes with requests, and let feedparser read what comes."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import feedparser
import requests

from benchmarks.readers.turns import take_turns


class Usual:
    def __init__(self) -> None:
        self._validators: dict[str, dict[str, str]] = {}

    def poll(self, addresses: Sequence[str]) -> dict[str, Any]:
        entries = 0
        for address in addresses:
            response = requests.get(address, headers=self._validators.get(address), timeout=30)
            if response.status_code == 304:
                continue
            response.raise_for_status()
            self._validators[address] = {
                "If-None-Match": response.headers["ETag"],
                "If-Modified-Since": response.headers["Last-Modified"],
            }
            entries += len(feedparser.parse(response.content).entries)
        return {"entries": entries}

    def close(self) -> None:
        self._validators.clear()


if __name__ == "__main__":
    take_turns(Usual(**json.loads(sys.argv[1])))
