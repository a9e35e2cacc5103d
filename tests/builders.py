"""Builders with defaults, everything in them invented, and a clock that stands still until a test moves it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.feeds.identity import keys_of
from bot.matching.language import parse
from bot.model.article import Article
from bot.model.delivery import Alert, Claimed, Delivery, Notice, Reason, Snippet
from bot.model.destination import Workspace, parse_destination
from bot.model.ids import DeliveryId, DestinationId, SubscriptionId, WorkspaceId
from bot.model.reading import Item
from bot.model.subscription import COMMANDED, NewSubscription, Subscription
from bot.stories.fingerprint import headline_key

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
HEADLINE = "5G auction opens in Mainz"
ACME = Workspace("slack", "T1")
GLOBEX = Workspace("slack", "T2")
CHANNEL = "slack:T1/C1"
WINDOW = timedelta(hours=6)


class SettableClock:
    """The time of every unit of work."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> None:
        self.now += timedelta(**parts)


def an_article(title: str = HEADLINE, **changes: Any) -> Article:
    """Its guid and link come from its title."""
    slug = "-".join(title.lower().split())
    article = Article(
        title=title,
        link=f"https://news.example.org/{slug}",
        guid=f"tag:news.example.org:{slug}",
        summary=f"{title}, as an invented outlet tells it.",
        published=NOON,
    )
    return replace(article, **changes)


def an_item(article: Article | None = None) -> Item:
    article = article or an_article()
    return Item(article, keys_of(article), headline_key(article.title))


def a_new_subscription(query: str = "auction", to: str = CHANNEL, **changes: Any) -> NewSubscription:
    """Its normal form is the query's; one that cannot be read has to bring its own."""
    normal_form = changes.pop("normal_form", None) or parse(query).normal_form
    new = NewSubscription(parse_destination(to), query, normal_form, owner="U1", origin=COMMANDED)
    return replace(new, **changes)


def a_subscription(number: int = 1, query: str = "auction", **changes: Any) -> Subscription:
    standing = Subscription(
        id=SubscriptionId(100 + number),
        workspace=WorkspaceId(1),
        number=number,
        destination_id=DestinationId(1),
        destination=parse_destination(CHANNEL),
        query=query,
        normal_form=query,
        owner="U1",
        origin=COMMANDED,
    )
    return replace(standing, **changes)


def an_alert(**changes: Any) -> Alert:
    alert = Alert(an_article(), "Example Wire", NOON, Snippet(), (Reason(1, "auction"),))
    return replace(alert, **changes)


def a_claim(**changes: Any) -> Claimed:
    """The first attempt of a delivery."""
    repeated = changes.pop("repeated", False)
    delivery = Delivery("key", parse_destination(CHANNEL), Notice("A line."), repeated=repeated)
    claimed = Claimed(
        id=DeliveryId(1),
        lane=DestinationId(1),
        delivery=delivery,
        kind="notice",
        owner="first",
        epoch=1,
        attempt=1,
        in_doubt=False,
        is_resend=repeated,
        queued_at=NOON,
        claimed_at=NOON,
        lease_until=NOON + timedelta(seconds=60),
    )
    return replace(claimed, **changes)
