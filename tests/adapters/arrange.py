"""Builders with defaults for what an adapter is given, all of it invented."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from bot.model.article import Article
from bot.model.delivery import Alert, Content, Delivery, Notice, Reason, Snippet
from bot.model.destination import Destination

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
HOSTILE = "<!channel> <@U1> <#C1> @here @everyone &lt;!here&gt; \x1b[2J \x00 \u202e *bold* `code` </b> [red]rich[/] "
_keys = count(1)


def an_alert(**changes: Any) -> Alert:
    article = {
        "title": "5G auction opens in Mainz",
        "link": "https://news.example.org/5g-auction",
        "published": NOON,
        **changes.pop("article", {}),
    }
    about = {
        "source": "Example Wire",
        "seen": NOON,
        "snippet": Snippet("Bidding in the 5G auction began today.", ((15, 25),)),
        "reasons": (Reason(2, "5G auction"),),
        **changes,
    }
    return Alert(Article(**article), **about)


def a_delivery(destination: Destination, content: Content | None = None, **changes: Any) -> Delivery:
    return Delivery(f"key{next(_keys)}", destination, content or an_alert(), **changes)


def a_hostile_alert() -> Alert:
    text = HOSTILE * 300
    return an_alert(
        article={"title": text, "link": "javascript:alert(1)"},
        source=text,
        snippet=Snippet(text, ((0, 10), (11, 16))),
        reasons=tuple(Reason(number, text, on_feed_text=True) for number in range(40)),
    )


def a_notice(**changes: Any) -> Notice:
    return Notice(**{"text": "<@U1> subscribed this channel to", "code": "huawei", "mention": "<@U1>", **changes})
