"""Where it happens: a publisher, a Slack workspace and a Discord server on loopback, and two seats for Tocsin."""

import signal
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.nursery import Birth, Nursery, signalled
from tests.chaos.verdict import Asked
from tests.standins.discord_standin import DiscordStandIn
from tests.standins.postgres import plain_environment
from tests.standins.publisher import Publisher
from tests.standins.slack import SlackStandIn
from tests.standins.slack_state import Call
from tests.standins.trouble import Scripted, Trouble

FEEDS, CHANNELS_EACH = 4, 6
SLACKS = tuple(f"C{number}" for number in range(1, CHANNELS_EACH + 1))
DISCORDS = tuple(f"1{number}0" for number in range(1, CHANNELS_EACH + 1))
DESTINATIONS = (*(f"slack:T1/{one}" for one in SLACKS), *(f"discord:100/{one}" for one in DISCORDS))
TOO_MANY = Scripted(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"})
TOO_MANY_ON_DISCORD = Scripted(429, {"message": "slow", "retry_after": 1.0, "global": False}, {"Via": "1.1"})


@dataclass(frozen=True, slots=True)
class Constants:
    """Of the delivery, in seconds."""

    request_timeout: float = 1
    grace: float = 3
    lease: float = 6
    nonce_window: float = 12
    second_look: float = 4


SHORT = Constants()
DEFAULT = Constants(10, 30, 60, 120, 60)


class Wall(list[dict[str, Any]]):
    """The messages of a channel, and what ever stood there."""

    def __init__(self) -> None:
        super().__init__()
        self.appeared: list[str] = []

    def append(self, message: dict[str, Any]) -> None:
        super().append(message)
        self.appeared.append(headline(message))

    @property
    def standing(self) -> list[str]:
        return [headline(message) for message in self]


def headline(message: Mapping[str, Any]) -> str:
    """Of an alert, as both platforms show it."""
    return str(message.get("text") or message.get("content")).split(" — ")[0]


@dataclass
class Seat:
    """A process of Tocsin, and the one that comes after it."""

    name: str
    nursery: Nursery
    birth: Birth
    pid: int = 0
    is_stopped: bool = False

    def start(self) -> None:
        self.pid = self.nursery.bear(self.birth)

    def kill(self) -> bool:
        """False where it had ended by itself, which it never should."""
        was_alive = signalled(self.pid, signal.SIGKILL)
        self.is_stopped = False
        self.start()
        return was_alive

    def stop(self) -> None:
        self.is_stopped = signalled(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        if self.is_stopped:
            signalled(self.pid, signal.SIGCONT)
            self.is_stopped = False

    def ends(self) -> None:
        signalled(self.pid, signal.SIGCONT)
        signalled(self.pid, signal.SIGTERM)

    @property
    def is_alive(self) -> bool:
        return signalled(self.pid, 0)

    @property
    def log(self) -> str:
        return self.birth.log.read_text() if self.birth.log.exists() else ""


@dataclass
class Scene:
    publisher: Publisher
    slack: SlackStandIn
    discord: DiscordStandIn
    seats: Sequence[Seat] = ()
    walls: dict[str, Wall] = field(default_factory=dict)
    """By destination."""
    published: list[str] = field(default_factory=list)
    _items: dict[int, list[str]] = field(default_factory=dict)

    def publishes(self, title: str) -> None:
        feed = len(self.published) % FEEDS
        self.published.append(title)
        self.shows(feed, title)

    def shows(self, feed: int, *titles: str) -> None:
        """Above what stands in the feed."""
        items = self._items.setdefault(feed, [])
        items[:0] = [f"<item><title>{title}</title><guid>{title}</guid></item>" for title in titles]
        head = '<rss version="2.0"><channel><title>Example Wire</title>'
        self.publisher.publishes(f"/{feed}.xml", f"{head}{''.join(items)}</channel></rss>")

    def keep(self, platforms: Collection[str], channels_each: int = CHANNELS_EACH) -> None:
        """Only so many of their channels are subscribed and looked at."""
        kept = [*SLACKS[:channels_each], *DISCORDS[:channels_each]]
        self.walls = {
            to: wall
            for to, wall in self.walls.items()
            if to.partition(":")[0] in platforms and to.rpartition("/")[2] in kept
        }

    @property
    def missing(self) -> int:
        """How many alerts do not stand yet where they are to stand."""
        return sum(len(set(self.published) - set(wall.standing)) for wall in self.walls.values())

    @property
    def asked_of_slack(self) -> list[Asked]:
        return [asked for call in self.slack.calls if (asked := _asked(call)) is not None]

    def every_request(self, mischief: Callable[[], Trouble | Scripted | None]) -> None:
        """What happens to every request about messages, from now on."""
        about = {"chat.postMessage", "conversations.history", "chat.delete"}
        self.slack.mischief = lambda method: mischief() if method in about else None
        self.discord.mischief = lambda method, path: (
            _as_discord_says(mischief()) if path.startswith("/channels/") and "/messages" in path else None
        )

    def every_post(self, mischief: Callable[[], Trouble | Scripted | None]) -> None:
        """What happens to every request that posts a message, from now on."""
        self.slack.mischief = lambda method: mischief() if method == "chat.postMessage" else None
        self.discord.mischief = lambda method, path: (
            mischief() if method == "POST" and path.startswith("/channels/") and path.endswith("/messages") else None
        )


def _as_discord_says(trouble: Trouble | Scripted | None) -> Trouble | Scripted | None:
    return TOO_MANY_ON_DISCORD if trouble is TOO_MANY else trouble


def _asked(call: Call) -> Asked | None:
    channel = str(call.arguments.get("channel"))
    match call.method:
        case "chat.postMessage":
            key = (call.arguments.get("metadata") or {}).get("event_payload", {}).get("key", "")
            return Asked("post", channel, key, certain=call.trouble is TOO_MANY)
        case "conversations.history":
            # The first page is the look, and what is unanswered is none.
            return Asked("look", channel, certain=call.trouble is None)
        case _:
            return None


@asynccontextmanager
async def opened() -> AsyncIterator[Scene]:
    async with Publisher() as publisher, SlackStandIn("T1") as slack, DiscordStandIn() as discord:
        scene = Scene(publisher, slack, discord)
        guild = discord.guild("100", "Invented Guild")
        for id_, to in zip((*SLACKS, *DISCORDS), DESTINATIONS, strict=True):
            channel = slack.channel(id_) if id_ in SLACKS else guild.channel(id_)
            channel.messages = scene.walls[to] = Wall()
        for feed in range(FEEDS):
            scene.shows(feed, f"What stood in feed {feed} before")
        yield scene


def seats(
    scene: Scene, nursery: Nursery, folder: Path, database: str, constants: Constants, *, naive: bool
) -> Sequence[Seat]:
    """Two processes with the same configuration, of which only the first serves the web."""
    environment = {
        **plain_environment(),
        "PYTHONUTF8": "1",
        "DISCORD_TOKEN": scene.discord.token,
        "SLACK_BOT_TOKEN": scene.slack.bot_token,
        "SLACK_APP_TOKEN": scene.slack.app_token,
    }
    found = []
    for name, listen in (("first", "127.0.0.1:0"), ("second", "")):
        configuration = folder / f"{name}.toml"
        configuration.write_text("\n".join(_configuration(scene, database, constants, listen)), encoding="utf-8")
        arguments = ("run", "--config", str(configuration))
        found.append(Seat(name, nursery, Birth(arguments, environment, folder, folder / f"{name}.log", naive)))
    return found


def _configuration(scene: Scene, database: str, constants: Constants, listen: str) -> list[str]:
    lines = ["[database]", f'url = "{database}"', "[web]", f'listen = "{listen}"']
    lines += ["[fetch]", 'allow_private = ["127.0.0.1"]', f"per_host = {FEEDS}", 'timeout = "5s"', "[delivery]"]
    lines += [f'{name} = "{getattr(constants, name):g}s"' for name in constants.__slots__]
    # All alerts are to stand one by one.
    lines += ["noise_alerts = 1000000"]
    lines += ["[slack]", f'api_url = "{scene.slack.api_url}"']
    lines += ["[discord]", f'api_url = "{scene.discord.api_url}"', f'gateway_url = "{scene.discord.gateway_url}"']
    for feed in range(FEEDS):
        lines += ["[[feeds]]", f'url = "{scene.publisher.address(f"/{feed}.xml")}"', 'poll_every = "1s"']
    for to in scene.walls:
        lines += ["[[subscriptions]]", "query = 'auction'", f'to = "{to}"']
    return lines
