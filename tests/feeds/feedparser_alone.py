"""What feedparser says of documents when it is called as its users call it: one line of JSON for each file.

Run as a program of its own, since Tocsin mends the feedparser of its process.
"""

import io
import json
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ADDRESS = "https://wire.example/feed"
CONTENT_TYPE = "application/xml"
DATES = ("published_parsed", "updated_parsed", "created_parsed")


def entries_of(body: bytes) -> list[dict[str, Any]]:
    import feedparser

    said = feedparser.parse(
        io.BytesIO(body), response_headers={"content-type": CONTENT_TYPE, "content-location": ADDRESS}
    )
    return [_plainly(entry) for entry in said.entries]


def _plainly(entry: dict[str, Any]) -> dict[str, Any]:
    date = next((parsed for name in DATES if (parsed := dict.get(entry, name))), None)
    return {
        "title": _typed(entry, "title"),
        "texts": [_typed(entry, "summary"), *([one["value"], one["type"]] for one in entry.get("content", []))],
        "link": entry.get("link", ""),
        "id": entry.get("id", ""),
        "date": list(date[:6]) if date else None,
    }


def _typed(entry: dict[str, Any], key: str) -> list[str]:
    return [entry.get(key, ""), entry.get(f"{key}_detail", {}).get("type", "")]


def main(files: Iterable[str]) -> None:
    warnings.simplefilter("ignore")
    for file in files:
        print(json.dumps(entries_of(Path(file.rstrip("\n")).read_bytes())))


if __name__ == "__main__":
    main(sys.stdin)
