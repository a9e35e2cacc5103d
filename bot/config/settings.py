"""Every setting there is, with its default. config.example.toml and docs/configuration.md are checked against it."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.config.headers import WhereHeadersStand
from bot.config.places import Admin, Guild, InWorkspace, MaybeTo, SlackCommand, To
from bot.config.values import (
    AliasText,
    ApiAddress,
    BareAddress,
    Contact,
    DatabaseAddress,
    Duration,
    Interval,
    Listen,
    ListenAddress,
    Named,
    OneLine,
    PrivateHost,
    PublicAddress,
    QueryText,
    SocketAddress,
    Switch,
    Tag,
    Variable,
    WebAddress,
)

AtLeastOne = Annotated[int, Field(strict=True, ge=1)]
OneOrMore = Annotated[tuple[AliasText, ...], Field(min_length=1)]
NotNegative = Annotated[int, Field(strict=True, ge=0)]


class Section(BaseModel):
    # hide_input_in_errors: what was typed may be a secret in the wrong place.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Database(Section):
    url: DatabaseAddress = Field("sqlite:///tocsin.db", repr=False)
    """May carry a password."""


class Fetch(Section):
    contact: Contact = ""
    """Empty: only hosts in ``allow_private`` may be polled."""
    full_text: Switch = False
    """The default for feeds that do not say."""
    allow_private: tuple[PrivateHost, ...] = ()
    timeout: Duration = timedelta(seconds=30)
    """For the whole answer, from the first byte sent to the last one read."""
    max_bytes: AtLeastOne = 8 * 1024 * 1024
    """Of a decompressed answer."""
    concurrency: AtLeastOne = 64
    per_host: AtLeastOne = 1
    min_interval: Interval = timedelta(minutes=2)
    max_interval: Interval = timedelta(minutes=15)


class Delivery(Section):
    request_timeout: Duration = timedelta(seconds=10)
    grace: Duration = timedelta(seconds=30)
    lease: Duration = timedelta(seconds=60)
    nonce_window: Duration = timedelta(seconds=120)
    """How long Discord is relied on to know a second attempt again."""
    second_look: Duration = timedelta(seconds=60)
    """After what was in doubt was sent again, before it is looked whether it stands there twice."""
    expire_after: Duration = timedelta(days=7)
    catch_up_after: Duration = timedelta(hours=6)
    """Several alerts that have waited longer come as one summary."""
    noise_alerts: AtLeastOne = 5
    """After so many alerts within ``noise_window`` a subscription is noisy, and further ones gather in one message."""
    noise_window: Duration = timedelta(minutes=15)
    backoff_max: Duration = timedelta(minutes=15)
    unknowable: Literal["resend", "drop"] = "resend"


class Stories(Section):
    window: Duration = timedelta(hours=6)


class Keep(Section):
    """For how long what is over is kept."""

    text: Duration = timedelta(days=30)
    keys: Duration = timedelta(days=365)
    """Never shorter than ``stories.window``."""
    outbox: Duration = timedelta(days=90)
    audit: Duration = timedelta(days=90)


class Web(Section):
    listen: Listen = ListenAddress("127.0.0.1", 8080)
    """None: off."""
    public_url: PublicAddress = ""
    """Where the outside reaches ``listen``; empty: nowhere."""


class Health(Section):
    ping_url: PublicAddress = Field("", repr=False)
    """Called every minute while all is well, and may hold a secret; empty: nobody is called."""
    notify: MaybeTo = None
    """Who hears of feeds that die or recover; None: the log and status alone."""


class SlackWorkspace(Section):
    """One of several: an internal app of its own, from the same manifest."""

    name: Named
    bot_token_env: Variable
    app_token_env: Variable = ""
    """Needed in socket mode."""
    signing_secret_env: Variable = ""
    """Needed in HTTP mode."""
    api_url: ApiAddress | None = None
    """None: ``slack.api_url``."""


class Slack(Section):
    mode: Literal["socket", "http"] = "socket"
    api_url: ApiAddress = "https://slack.com/api/"
    """Ends with a slash."""
    command: SlackCommand = "/news"
    workspaces: tuple[SlackWorkspace, ...] = ()
    """Empty: the one workspace whose tokens stand in the variables of the plain names."""


class Discord(Section):
    api_url: BareAddress = "https://discord.com/api/v10"
    gateway_url: SocketAddress = ""
    """Empty: where Discord says."""
    guilds: tuple[Guild, ...] = ()
    """Where commands are registered at once, beside everywhere."""


class Access(Section):
    admins: tuple[Admin, ...] = ()
    """``slack:T0123/U0456``, as ``f"{asker.workspace}/{asker.user}"`` writes it."""
    subscribe: Literal["anyone", "admins"] = "anyone"


class DeclaredFeed(Section):
    url: WebAddress
    name: OneLine = ""
    tags: tuple[Tag, ...] = ()
    full_text: Switch | None = None
    """None: as ``fetch.full_text``."""
    poll_every: Interval | None = None
    """None: adaptive."""
    backfill: NotNegative = 0
    workspaces: tuple[InWorkspace, ...] = ()
    """Empty: all, but for those that another table of the same address names."""
    headers_env: WhereHeadersStand = ""
    """The names of variables, never what they hold. Empty: the feed is public."""


class DeclaredSubscription(Section):
    query: QueryText
    to: To
    feeds: tuple[WebAddress, ...] = ()
    """Spelled as in ``feeds`` where they are declared there. Empty: all that the workspace follows."""
    tags: tuple[Tag, ...] = ()
    name: OneLine = ""


class Settings(Section):
    database: Database = Database()
    fetch: Fetch = Fetch()
    delivery: Delivery = Delivery()
    stories: Stories = Stories()
    keep: Keep = Keep()
    web: Web = Web()
    health: Health = Health()
    slack: Slack | None = None
    """None: the platform is off."""
    discord: Discord | None = None
    """None: the platform is off."""
    access: Access = Access()
    aliases: dict[AliasText, OneOrMore] = Field(default_factory=dict)
    """A word or phrase, and what else it is called, as the file writes them."""
    feeds: tuple[DeclaredFeed, ...] = ()
    subscriptions: tuple[DeclaredSubscription, ...] = ()
