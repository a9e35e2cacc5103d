"""All that a reader would want to know of a feed: what it holds, how it is kept, and what is wrong with it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from bot.commands.command import Say
from bot.commands.times import counted, moment, span
from bot.feeds.cadence import Bounds, Success, next_poll, rate_by_dates
from bot.feeds.compose import COMPOSED
from bot.model.article import Article
from bot.model.feed import Feed, FeedStatus, Hints
from bot.model.ids import FeedId
from bot.model.reading import Fetched, ParsedFeed

TEASER = 600
"""Characters that most articles of a feed have to exceed, so that it does not look like one of teasers alone."""
SILENT = timedelta(days=90)
"""After which a feed looks abandoned."""
DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
NOBODY = Feed(FeedId(0), "", primed=True)


@dataclass(frozen=True, slots=True)
class Tie:
    """A feed as it is followed here."""

    status: FeedStatus
    feed: Feed
    has_moved: bool = False
    """Whether it stood before at the address that is looked at, and is read from another one."""


@dataclass(frozen=True, slots=True)
class Fault:
    what: str
    to_do: str


@dataclass(frozen=True, slots=True)
class Account:
    """All that is known of a feed that was just read."""

    address: str
    page: str
    fetched: Fetched
    parsed: ParsedFeed
    tie: Tie | None
    now: datetime
    bounds: Bounds
    dates: tuple[datetime, ...] = field(init=False)
    """Of its articles, the oldest first."""

    def __post_init__(self) -> None:
        dated = sorted(article.published for article in self.parsed.articles if article.published)
        object.__setattr__(self, "dates", tuple(dated))

    @property
    def undated(self) -> int:
        return len(self.parsed.articles) - len(self.dates)

    @property
    def rate(self) -> float | None:
        """Articles a day: as polling has learned it, else as the dates tell it."""
        learned = self.tie.feed.rate if self.tie else None
        return rate_by_dates(self.dates, self.now) if learned is None else learned

    @property
    def interval(self) -> timedelta:
        feed = replace(self.tie.feed, primed=True) if self.tie else NOBODY
        brought = Success(self.rate, self.fetched.fresh_for, self.parsed.hints)
        return next_poll(feed, brought, self.now, bounds=self.bounds, jitter=0.0) - self.now

    @property
    def encoding_known_by(self) -> str:
        from bot.feeds.charset import known_by  # noqa: PLC0415 - brings a detector of encodings, which few need

        return known_by(self.fetched.body, self.fetched.content_type, self.parsed.encoding)

    @property
    def length(self) -> int:
        """Characters of text that most articles have at least."""
        return int(median([len(one.body or one.summary) for one in self.parsed.articles] or [0]))


def facts(account: Account) -> Iterator[tuple[str, str]]:
    parsed, fetched = account.parsed, account.fetched
    if account.page:
        yield "web page", account.page
    yield "address", account.address
    if fetched.address != account.address:
        yield "leads to", f"{fetched.address} ({'for good' if fetched.moved_to else 'for now'})"
    yield "format", parsed.format or "unknown"
    yield "encoding", f"{parsed.encoding} ({account.encoding_known_by})" if parsed.encoding else "unknown"
    yield "language", parsed.language or "not declared"
    yield "articles", str(len(parsed.articles))
    yield "newest", moment(account.dates[-1]) if account.dates else "no article has a date"
    if account.dates:
        yield "oldest", moment(account.dates[0])
        yield "without a date", str(account.undated or "none")
    yield "told apart by", _identity(parsed.articles)
    yield "text", _text(account)
    yield "answers 'not modified'", _conditional(fetched)
    yield "asks for", _hints(parsed.hints, fetched.fresh_for)
    yield "read in part", "yes: only what is new in it" if parsed.marks else "no: as a whole with every change"
    yield "interval", _interval(account)
    if account.tie:
        yield "followed here as", account.tie.status.name
        yield "state", state(account.tie, account.now)


def faults(account: Account, say: Say) -> Iterator[Fault]:
    parsed, fetched = account.parsed, account.fetched
    if parsed.complaint:
        yield Fault(parsed.complaint, "Nothing: it can be read all the same. Its publisher may want to know.")
    if account.tie and account.tie.status.state == "gone":
        yield Fault("it was gone, and answers again", f"Take it up again: {say('feeds add', url=account.address)}")
    if fetched.moved_to and not (account.tie and account.tie.has_moved):
        yield Fault(f"it has moved for good to {fetched.moved_to}", f"Use the new address: {_use(account, say)}")
    if not parsed.articles:
        yield Fault("there is no article in it", "If it stays so, look on the site for another feed.")
    elif account.dates and account.now - account.dates[-1] > SILENT:
        yield Fault(f"nothing new since {moment(account.dates[-1])}", "Look on the site for a newer feed.")
    if account.undated:
        yield Fault(f"{_count(account.undated)} no date", "Nothing: the time counts at which it is first seen.")
    if nameless := _nameless(parsed.articles):
        what = f"{_count(nameless)} neither an identifier nor a link"
        yield Fault(what, "Nothing: the text tells them apart, so that one whose text changes looks new.")
    if repeated := len(parsed.articles) - len({article.guid for article in parsed.articles}):
        yield Fault(f"{_count(repeated)} the identifier of another", "Nothing: links and headlines tell them apart.")
    if not (fetched.validators.etag or fetched.validators.last_modified):
        size = f"{max(len(fetched.body) // 1000, 1):,} KB"
        yield Fault(f"each poll brings the whole document ({size})", "Its publisher could send an ETag.")


def _use(account: Account, say: Say) -> str:
    if account.tie:
        return say("feeds move", old=account.tie.status.address, new=account.fetched.moved_to)
    return say("feeds add", url=account.fetched.moved_to)


def _count(number: int) -> str:
    return "one article has" if number == 1 else f"{number} articles have"


def _nameless(articles: tuple[Article, ...]) -> int:
    return sum(_is_nameless(article) for article in articles)


def _is_nameless(article: Article) -> bool:
    """A digest stands for the identifier where there is none."""
    return not article.link and article.guid.startswith(COMPOSED)


def _identity(articles: tuple[Article, ...]) -> str:
    by_link = sum(article.guid == article.link != "" for article in articles)
    nameless = _nameless(articles)
    counted = {"identifier": len(articles) - by_link - nameless, "link": by_link, "text": nameless}
    said = ", ".join(f"{name} ({count})" for name, count in counted.items() if count)
    return f"{said}; {len({article.guid for article in articles})} distinct" if said else "nothing: it is empty"


def _text(account: Account) -> str:
    about = f"about {counted(account.length, 'character')}"
    if account.tie and account.tie.status.full_text:
        return f"{about} in the feed; the articles' pages are read (full_text)"
    if not account.length:
        return "headlines alone; full_text = true reads the articles' pages"
    if account.length < TEASER:
        return f"teasers, {about}; full_text = true reads the articles' pages"
    return f"most of it stands in the feed, {about}"


def _conditional(fetched: Fetched) -> str:
    sent = [
        name
        for name, value in (("ETag", fetched.validators.etag), ("Last-Modified", fetched.validators.last_modified))
        if value
    ]
    return f"yes: {' and '.join(sent)}" if sent else "no: it sends no validators"


def _hints(hints: Hints, fresh_for: timedelta) -> str:
    said = (
        f"no poll within {span(hints.ttl)} (ttl)" if hints.ttl else "",
        f"none in the hours {', '.join(map(str, sorted(hints.skip_hours)))} UTC" if hints.skip_hours else "",
        f"none on {', '.join(DAYS[day] for day in sorted(hints.skip_days))}" if hints.skip_days else "",
        f"none while it is fresh, for {span(fresh_for)} (Cache-Control or Expires)" if fresh_for else "",
    )
    return "; ".join(filter(None, said)) or "nothing"


def _interval(account: Account) -> str:
    every = f"every {span(account.interval)}"
    if account.tie and account.tie.feed.poll_every:
        return f"{every} (poll_every)"
    if account.rate is None:
        return every
    often = f"about {account.rate:.1f} articles a day" if account.rate >= 0.1 else "fewer than one article in ten days"
    return f"{every}; {often}"


def state(tie: Tie, now: datetime) -> str:
    """As listings have it, with since when."""
    status, feed = tie.status, tie.feed
    since = f" since {moment(feed.failing_since)} ({span(now - feed.failing_since)})" if feed.failing_since else ""
    last = moment(status.last_success) if status.last_success else "never"
    error = f": {status.error.rstrip('.')}" if status.error else ""
    place = f", and read from {status.address} now" if tie.has_moved else ""
    end = ", asked no more" if status.state == "gone" else ""
    return f"{status.name} is followed here{place}; {status.state}{since}{error}{end}; last success {last}"


def as_data(account: Account, found: tuple[Fault, ...]) -> Mapping[str, Any]:
    parsed, fetched = account.parsed, account.fetched
    return {
        "address": account.address,
        "page": account.page,
        "leads_to": fetched.address,
        "moved_to": fetched.moved_to,
        "title": parsed.title,
        "format": parsed.format,
        "encoding": parsed.encoding,
        "encoding_known_by": account.encoding_known_by,
        "language": parsed.language,
        "bytes": len(fetched.body),
        "articles": len(parsed.articles),
        "newest": account.dates[-1] if account.dates else None,
        "oldest": account.dates[0] if account.dates else None,
        "undated": account.undated,
        "distinct_identities": len({article.guid for article in parsed.articles}),
        "nameless": _nameless(parsed.articles),
        "text_length": account.length,
        "etag": fetched.validators.etag,
        "last_modified": fetched.validators.last_modified,
        "ttl_s": parsed.hints.ttl.total_seconds(),
        "skip_hours": sorted(parsed.hints.skip_hours),
        "skip_days": sorted(parsed.hints.skip_days),
        "fresh_for_s": fetched.fresh_for.total_seconds(),
        "read_in_part": bool(parsed.marks),
        "articles_a_day": None if account.rate is None else round(account.rate, 3),
        "interval_s": account.interval.total_seconds(),
        "followed": _tie_as_data(account.tie),
        "faults": [{"what": fault.what, "to_do": fault.to_do} for fault in found],
    }


def _tie_as_data(tie: Tie | None) -> Mapping[str, Any] | None:
    if tie is None:
        return None
    return {
        "name": tie.status.name,
        "state": tie.status.state,
        "error": tie.status.error,
        "failing_since": tie.feed.failing_since,
        "last_success": tie.status.last_success,
        "full_text": tie.status.full_text,
    }
