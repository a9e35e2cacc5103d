"""The corpora give what feedparser gives, called as its users call it; where they do not, a list says why."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from bot.feeds.compose import LONGEST_TEXT, LONGEST_TITLE
from bot.feeds.parse import parse_document
from bot.feeds.sanitise import plain, text_of
from bot.model.article import Article
from bot.model.reading import ParsedFeed
from tests.feeds import feedparser_alone
from tests.feeds.test_corpus import CORPUS, corpus_files

EXPLAINED = Path(__file__).parent.parent / "data" / "differences-from-feedparser.toml"
NOW = datetime(2100, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not (CORPUS / "FEEDS.txt").is_file(), reason=f"there is no corpus at {CORPUS}")


def read(file: Path, content_type: str) -> tuple[Article, ...]:
    parsed = parse_document(file.read_bytes(), content_type, feedparser_alone.ADDRESS, NOW)
    return parsed.articles if isinstance(parsed, ParsedFeed) else ()


def feedparsers_word(files: list[Path]) -> list[list[dict[str, Any]]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.feeds.feedparser_alone"],
        input="".join(f"{file.resolve()}\n" for file in files),
        capture_output=True,
        check=True,
        text=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def differences(entries: list[dict[str, Any]], articles: tuple[Article, ...]) -> Iterator[str]:
    if len(entries) != len(articles):
        yield f"{len(entries)} entries, {len(articles)} articles"
        return
    for entry, article in zip(entries, articles, strict=True):
        yield from (f"{what}: {theirs!r}, here {ours!r}" for what, theirs, ours in compared(entry, article))


def compared(entry: dict[str, Any], article: Article) -> Iterator[tuple[str, object, object]]:
    """What differs: its name, what feedparser says, what the article says."""
    title = sanitised(*entry["title"], longest=LONGEST_TITLE)
    if title and title != article.title:
        yield "title", title, article.title
    for text in (sanitised(*one, longest=LONGEST_TEXT) for one in entry["texts"]):
        if text and text not in {article.summary, article.body}:
            yield "text", text, (article.summary, article.body)
    if entry["link"] != article.link:
        yield "link", entry["link"], article.link
    identity = entry["id"] or entry["link"]
    if identity and identity != article.guid:
        yield "id", identity, article.guid
    date = list(article.published.timetuple()[:6]) if article.published else None
    if entry["date"] != date:
        yield "date", entry["date"], date


def sanitised(value: str, kind: str, longest: int) -> str:
    return plain(value, longest) if kind == "text/plain" else text_of(value, longest)


def test_every_feed_of_the_corpora_gives_the_entries_that_feedparser_gives(
    record_property: Callable[[str, object], None],
) -> None:
    files = [file for file in corpus_files() if file.suffix != ".json"]
    found = {
        str(file.relative_to(CORPUS)): list(differences(entries, read(file, feedparser_alone.CONTENT_TYPE)))
        for file, entries in zip(files, feedparsers_word(files), strict=True)
    }
    differing = {file: said for file, said in found.items() if said}

    same = len(files) - len(differing)
    record_property(
        "feedparser", f"{same} of {len(files)} feeds give the same; where {len(differing)} differ is explained"
    )
    explained = tomllib.loads(EXPLAINED.read_text())
    assert {file: said for file, said in differing.items() if file not in explained} == {}
    assert explained.keys() - differing.keys() == set()


def test_every_json_feed_of_the_corpora_gives_the_items_that_the_specification_gives() -> None:
    files = [file for file in corpus_files() if file.suffix == ".json"]

    for file in files:
        items = json.loads(file.read_text())["items"]
        articles = read(file, "application/feed+json")
        assert len(items) == len(articles)
        for item, article in zip(items, articles, strict=True):
            assert expected(item) | {"guid": str(item.get("id", article.guid))} == {
                "guid": article.guid,
                "link": article.link,
                "title": article.title if item.get("title") else "",
                "body": article.body,
                "published": article.published,
            }


def expected(item: dict[str, Any]) -> dict[str, object]:
    date = item.get("date_published", item.get("date_modified"))
    return {
        "link": item.get("url", item.get("external_url", "")),
        "title": plain(item.get("title", ""), LONGEST_TITLE),
        "body": text_of(item.get("content_html", ""), LONGEST_TEXT)
        or plain(item.get("content_text", ""), LONGEST_TEXT),
        "published": moment(date) if date else None,
    }


def moment(date: str) -> datetime:
    """As RFC 3339 or, against the specification, RFC 5322 has it."""
    read = parsedate_to_datetime if date[0].isalpha() else datetime.fromisoformat
    return read(date).astimezone(UTC)
