"""What the application needs from the world, and what is promised there.

All datetimes are UTC-aware. Nothing here is implemented by ``bot``; ``bot.wiring`` says what stands behind each port.
"""

from bot.ports.engine import Engine
from bot.ports.news import Articles, Feeds, Patient, Sighted, StoredArticle, Stories, Told, WantedPage, WantedPages
from bot.ports.outbox import Outbox, SecondLooks, SettledReport, Telling
from bot.ports.people import Askings, Subscriptions, Workspaces
from bot.ports.platforms import (
    Connection,
    Examined,
    Heard,
    HttpAnswer,
    HttpHandler,
    HttpRequest,
    Messenger,
    Pace,
    Routes,
    Welcome,
)
from bot.ports.reading import NEVER_FETCHED, PAGE_PAUSE, Fetcher, Pages, Parser, Report
from bot.ports.storage import Storage, Unit
from bot.ports.upkeep import Keep, Overview, Tidying, Vitals

__all__ = (
    "NEVER_FETCHED",
    "PAGE_PAUSE",
    "Articles",
    "Askings",
    "Connection",
    "Engine",
    "Examined",
    "Feeds",
    "Fetcher",
    "Heard",
    "HttpAnswer",
    "HttpHandler",
    "HttpRequest",
    "Keep",
    "Messenger",
    "Outbox",
    "Overview",
    "Pace",
    "Pages",
    "Parser",
    "Patient",
    "Report",
    "Routes",
    "SecondLooks",
    "SettledReport",
    "Sighted",
    "Storage",
    "StoredArticle",
    "Stories",
    "Subscriptions",
    "Telling",
    "Tidying",
    "Told",
    "Unit",
    "Vitals",
    "WantedPage",
    "WantedPages",
    "Welcome",
    "Workspaces",
)
