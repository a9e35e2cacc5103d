"""Permanent redirects: the new address is kept only once it has worked repeatedly."""

from datetime import datetime, timedelta

from bot.model.feed import Feed, Move

POLLS = 3
"""In a row, all led to the same address."""
TIME = timedelta(hours=1)
"""Between the first of them and the last: a server that is being rebuilt redirects for minutes."""


def next_move(feed: Feed, moved_to: str, now: datetime) -> Move | None:
    """What stands of a permanent redirect after a poll that worked and was led to ``moved_to``; empty: nowhere."""
    if moved_to in {"", feed.address}:
        return None
    if feed.move is None or feed.move.address != moved_to:
        return Move(moved_to, 1, now)
    return Move(moved_to, feed.move.seen + 1, feed.move.since)


def is_proven(move: Move | None, now: datetime) -> bool:
    """Whether the feed may be looked for there from now on."""
    return move is not None and move.seen >= POLLS and now - move.since >= TIME
