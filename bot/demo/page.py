"""What the demo says around the alerts, for a screen of eighty columns."""

import textwrap
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from bot.demo.newsroom import SUBSCRIPTIONS, addresses
from bot.demo.tally import REISSUED, KeptBack, Tally
from bot.feeds import extra

WIDTH = 80
WHY = {
    "first poll": "they stood there before Tocsin came",
    "duplicate": "this channel has heard of it",
    "no match": "nobody subscribed to it",
    REISSUED: "known, and only its date is new",
}
COUNTED = {
    "alerted": "alerted",
    "updated": "alerted as updated",
    "first poll": "kept back: first poll",
    "duplicate": "kept back: duplicate",
    "no match": "kept back: no match",
    "known": "kept back: known from the last time",
    REISSUED: "of them published again with a later date: kept back once more",
}


def headed(text: str) -> str:
    return f"\n{text}\n{'-' * len(text)}\n"


FULL_TEXT = (
    "The Long Read says little in its feed, so it is read in full text: what stands\n"
    "on an article's page counts, what readers comment below it does not."
)
NO_FULL_TEXT = (
    "An outlet that is read in full text, by the pages of its articles, comes in\n"
    f"with the extra that reads them:  {extra.REMEDY}"
)
FIRST_POLL = headed("The first poll: what stands in the feeds is history, and stays silent")
ALERTS = headed("The outlets publish, and Tocsin alerts")
AGAIN = headed("Started again, and the outlets have published since: Tocsin alerts")
NOTHING_MORE = headed("Started again, and nothing was published since: nothing is told twice")


def introduction() -> str:
    queries = "\n".join(f"  {number}  {query}" for number, query in enumerate(SUBSCRIPTIONS, 1))
    outlets = f"{len(addresses())} invented outlets publish on loopback."
    in_full = FULL_TEXT if extra.is_installed() else NO_FULL_TEXT
    return f"{outlets} This console subscribes to:\n\n{queries}\n\n{in_full}"


def kept_back(found: Sequence[KeptBack]) -> str:
    """Reason by reason; empty where nothing was."""
    parts = []
    for why, ones in groupby(found, key=lambda one: one.why):
        titles = "\n".join(f"  {one.title} ({_host(one.feed)})" for one in ones)
        parts.append(f"Kept back, {why}: {WHY[why]}\n{titles}\n")
    return "\n".join(parts).rstrip("\n")


def summary(tally: Tally, seconds: float, kept: Path | None) -> str:
    articles = tally.counts.total() - tally.counts[REISSUED]
    counts = [f"  {tally.counts[name]:3}  {text}" for name, text in COUNTED.items() if tally.counts[name]]
    faults = [
        _wrapped(f"{address} is faulty, and gave its articles all the same: {fault}")
        for address, fault in tally.faults.items()
    ]
    head = headed(f"{articles} articles of {len(addresses())} feeds in {seconds:.0f} s")
    return "\n".join([head, *counts, "", *faults, "", *_next_steps(kept)])


def _next_steps(kept: Path | None) -> list[str]:
    if kept is None:
        steps = ["To see it go on after a restart, twice:  tocsin demo --database demo.db"]
    else:
        steps = [f"What was told is kept in {kept}. Start the same again: it goes on from there."]
    return [*steps, "With your own feeds:  copy config.example.toml to tocsin.toml, then  tocsin run"]


def _host(address: str) -> str:
    return address.split("/")[2]


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)
