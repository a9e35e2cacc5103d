"""What every platform says of an alert in the same words."""

from bot.model.delivery import Alert, CatchUp, Gathered
from bot.model.reading import PageState

WHY_NOT_ITS_PAGE: dict[PageState, str] = {
    "wanted": "its page did not come in time",
    "troubled": "its server did not give its page",
    "subscription": "subscription required",
    "challenge": "its page wants to see a browser",
    "refused": "its page is at an address that is not fetched",
    "unreachable": "its page could not be read",
    "no article": "no article was found on its page",
    "shorter": "its page says less",
}


def caveat(alert: Alert) -> str:
    """That only the feed's own text was looked at, and why; empty where that is of no interest."""
    if not alert.on_feed_text:
        return ""
    why = WHY_NOT_ITS_PAGE.get(alert.page, "")
    return f"judged on the feed's own text{f' ({why})' if why else ''}"


def what_came_later(alert: Alert) -> str:
    """Why an article is told that stood in its feed before; empty for news."""
    if alert.found_late:
        return "found on its page, which came later"
    return "updated since it first appeared" if alert.updated else ""


def together(told: CatchUp | Gathered) -> str:
    """The first line of a message that tells alerts together."""
    if isinstance(told, Gathered):
        several = "s" if told.count > 1 else ""
        return f"{told.count} more alert{several} of subscription {told.reason.subscription}, which is noisy at present"
    return f"{told.count} alerts have waited since {told.since:%Y-%m-%d %H:%M} UTC, here together"


def not_named(told: CatchUp | Gathered, named: int) -> str:
    """How many came before those that are named, and how to see them; empty where there are none."""
    more = told.count - named
    return f"and {more} more before these: the command preview lists what a query has found" if more else ""


def how_to_narrow(told: CatchUp | Gathered) -> str:
    """What to do about a noisy subscription; empty where it is none."""
    if isinstance(told, CatchUp):
        return ""
    number = told.reason.subscription
    return f"to hear less, end it (unsubscribe {number}) and subscribe with more words, or leave some out with NOT"
