"""The pages of articles: fetched as feeds are, and read in a process of their own."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from bot.feeds.fetch import HttpFetcher
from bot.feeds.frames import Question
from bot.feeds.workers import Unanswered, Workers
from bot.model.article import Article
from bot.model.reading import Fetched, Page, PageState, TroubleKind, Unreachable

CPU_SECONDS = 1.6
"""An honest page takes a tenth of a second; what takes longer must end within two."""
MUCH_SHORTER = 0.5
"""A page that says so small a part of what the feed itself says is a notice, a log-in or a teaser."""
BY_TROUBLE: dict[TroubleKind, PageState] = {
    "passing": "troubled",
    "throttled": "troubled",
    "subscription": "subscription",
    "challenge": "challenge",
    "refused": "refused",
}
"""All other trouble: it is not to be had."""
SAMPLE = f"<!doctype html><title>A page</title><article><h1>A page</h1><p>{'It tells of itself. ' * 20}</p>".encode()
READ: dict[str, PageState] = {"read": "read", "subscription": "subscription", "no article": "no article"}
"""What the process that reads pages may answer."""


class PageReader:
    """Implements ``bot.ports.Pages``. ``cpu_seconds`` is what reading one page may take."""

    def __init__(self, fetcher: HttpFetcher, workers: Workers, cpu_seconds: float = CPU_SECONDS) -> None:
        self._fetcher = fetcher
        self._workers = workers
        self._cpu_seconds = cpu_seconds

    async def read(self, article: Article) -> Page:
        match await self._fetcher.fetch_page(article.link):
            case Fetched() as fetched if _is_front_page(fetched.address) and not _is_front_page(article.link):
                return Page("no article", reason="It leads to a front page.")
            case Fetched() as fetched:
                page = await self._ask(fetched.body, fetched.content_type, article.link)
                return _fitting(page, article)
            case Unreachable(reason, retry_after, kind):
                return Page(BY_TROUBLE.get(kind, "unreachable"), "", reason, retry_after)
            case _:
                return Page("troubled", reason="The server says that nothing changed, although it was not asked.")

    async def try_out(self) -> str:
        """Read a page of our own; answers what is wrong with what reads pages, empty where nothing is."""
        page = await self._ask(SAMPLE, "text/html; charset=utf-8", "")
        return "" if page.state == "read" else page.reason

    async def _ask(self, body: bytes, content_type: str, link: str) -> Page:
        about = {"content_type": content_type, "link": link}
        try:
            return _page(await self._workers.ask(Question("page", about, body, self._cpu_seconds)))
        except Unanswered as unanswered:
            return Page("unreachable", reason=f"Reading its page {unanswered}.")
        except ValueError:
            return Page("unreachable", reason="Reading its page brought an answer that makes no sense.")


def _page(pieces: Sequence[dict[str, Any]]) -> Page:
    """Raises ValueError for anything that ``bot.feeds.fulltext`` did not answer."""
    match pieces:
        case [{"state": str(state), "text": str(text), "reason": str(reason)}] if state in READ:
            return Page(READ[state], text, reason)
        case _:
            raise ValueError("This is no page.")


def _fitting(page: Page, article: Article) -> Page:
    own = len(article.summary) + len(article.body)
    if page.state == "read" and len(page.text) < own * MUCH_SHORTER:
        return Page("shorter", reason="Its page says much less than the feed does.")
    return page


def _is_front_page(address: str) -> bool:
    parts = urlsplit(address)
    return parts.path in ("", "/") and not parts.query
