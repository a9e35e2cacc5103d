"""What is on its way to a destination, and what a platform may answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from bot.model.article import Article
from bot.model.destination import Destination
from bot.model.ids import DeliveryId, DestinationId
from bot.model.reading import PageState


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a destination hears of an article."""

    subscription: int
    """Its number in the workspace."""
    query: str
    """As people read it: the bare words of a single term or phrase, else the normal form."""
    on_feed_text: bool = field(default=False, compare=False)
    """Whether it leaves something out and only the feed's own text was looked at, so that the page may hold it."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A few lines of the article around what matched."""

    text: str = ""
    marks: tuple[tuple[int, int], ...] = ()
    """Where matched words stand: [start, end) in characters of ``text``, ascending, never overlapping."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What one destination is told about one story."""

    article: Article
    source: str
    """The feed, as the destination's workspace calls it."""
    seen: datetime
    snippet: Snippet
    reasons: tuple[Reason, ...]
    updated: bool = False
    """True where the article stood in the feed before and matches only since its text changed."""
    found_late: bool = False
    """True where it was judged on the feed's own text before, and matches only since its page was read."""
    page: PageState = ""
    """What became of its page, where this destination's workspace asked for full text."""

    @property
    def on_feed_text(self) -> bool:
        """Whether its page was not read although it was asked for, or may hold what a reason leaves out."""
        return self.page not in ("", "read") or any(reason.on_feed_text for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Notice:
    """A plain line from Tocsin itself. ``code`` parts (queries, addresses) are set apart by the renderer."""

    text: str
    code: str = ""
    mention: str = ""
    """Whom ``text`` names, as it stands there (``Asker.mention``): the only mention that a renderer makes live."""


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the alerts that a message tells together."""

    title: str
    link: str
    source: str
    """The feed, as the destination's workspace calls it."""


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Alerts that have waited too long to be told one by one: one message in their place."""

    count: int
    since: datetime
    """When the first of them was queued."""
    headlines: tuple[Headline, ...]
    """In their order, the newest last; where they are too many, the first ones are only counted."""
    reasons: tuple[Reason, ...]
    """Of those that are named, each once."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a noisy subscription brings, in one message that is edited as more comes."""

    reason: Reason
    count: int
    headlines: tuple[Headline, ...]
    """In their order, the newest last; where they are too many, the first ones are only counted."""


@dataclass(frozen=True, slots=True)
class Noise:
    """From when on a subscription is noisy in its channel: so many alerts within this time."""

    alerts: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Ages:
    """What the age of a waiting alert means."""

    catch_up_after: timedelta
    """Several older ones are told in one message."""
    expire_after: timedelta
    """Older ones are not told any more."""


Content = Alert | Notice | CatchUp | Gathered
Kind = Literal["alert", "notice", "catch-up", "gathered"]
DeliveryState = Literal["pending", "sending", "checking", "unknown", "sent", "dead"]
"""``checking`` and ``unknown``: it left, and whether it arrived is being found out, or will be."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way: what a messenger needs to send it or to look for it."""

    key: str
    """Unique, at most 25 characters; travels with the message, so that it can be found again."""
    destination: Destination
    content: Content
    repeated: bool = False
    """True where it is sent again and nobody can know whether the first attempt arrived: marked "(may be a repeat)"."""
    first_sent_at: datetime | None = None
    last_sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """On which deliveries are claimed."""

    lease: timedelta
    grace: timedelta
    """After an attempt whose process was lost, before another one goes on."""
    platforms: Mapping[str, timedelta]
    """Those that are claimed for, and for how long after the first attempt each knows a message again."""
    ages: Ages | None = None
    """None: nothing is summed up."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery leased to this process. The outcome counts only while ``owner`` and ``epoch`` are still the row's."""

    id: DeliveryId
    lane: DestinationId
    delivery: Delivery
    kind: Kind
    owner: str
    epoch: int
    attempt: int
    """Counted from 1, this attempt included."""
    in_doubt: bool
    """True where it is to be looked for, not sent."""
    is_resend: bool
    """True where an earlier attempt may have arrived: one that fails proves nothing about that."""
    queued_at: datetime
    claimed_at: datetime
    lease_until: datetime
    receipt: str = ""
    """Of what stands there already and is to be edited; empty: it is to be posted."""


# What a messenger answers. It never raises for anything the platform did.


@dataclass(frozen=True, slots=True)
class Sent:
    receipt: str
    """The platform's own id of the message."""
    pause: timedelta = timedelta()
    """After which the platform is believed to take the next one in this place."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Nothing was posted; try again, not before ``retry_after``."""

    reason: str
    retry_after: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was posted, and trying again changes nothing until somebody acts."""

    scope: Literal["delivery", "lane", "workspace"]
    reason: str
    hint: str = ""
    """The one step that helps, where there is one (``/invite @Tocsin``)."""


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """Bytes left, and whether the platform took them is not known: no answer, a reset, a 5xx."""

    reason: str


Outcome = Sent | Deferred | Refused | Unconfirmed


@dataclass(frozen=True, slots=True)
class Found:
    """It stands there, as often as there are receipts: the oldest first."""

    receipts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """The platform was asked and has no such message."""


@dataclass(frozen=True, slots=True)
class Unknowable:
    """The platform cannot be asked (a missing scope, say)."""

    reason: str


Finding = Found | Absent | Unknowable | Deferred


# What is decided after an answer (bot.alerts.retry), and recorded.


@dataclass(frozen=True, slots=True)
class Finished:
    """It stands in its channel."""

    receipt: str
    look_again: datetime | None = None
    """When to look whether it stands there twice; None: it cannot."""
    lane_rests_until: datetime | None = None
    """Before which the platform would not take the next one of this lane; None: it would now."""


@dataclass(frozen=True, slots=True)
class Pending:
    """It waits for its next attempt."""

    reason: str
    due: datetime
    repeated: bool = False
    """True where the first attempt may have arrived all the same."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Whether it arrived is to be found out, not before ``due``."""

    reason: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Suspended:
    """It waits at the head of a lane that is shut; ``due`` is when the door is tried again."""

    scope: Literal["lane", "workspace"]
    reason: str
    due: datetime
    in_doubt: bool = False
    """True where an earlier attempt may have arrived: it is looked for before anything is sent."""


@dataclass(frozen=True, slots=True)
class Dead:
    """It will not be posted, for this reason."""

    reason: str


Step = Finished | Pending | Unknown | Suspended | Dead


@dataclass(frozen=True, slots=True)
class Posted:
    """A delivery that was sent again while nobody knew whether it stood there: leased to see whether it does twice."""

    id: DeliveryId
    delivery: Delivery
    owner: str
    epoch: int
    receipt: str
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class Looked:
    """What a second look found: the copy that stays, and when to look once more; None: that was all."""

    receipt: str
    look_again: datetime | None = None
