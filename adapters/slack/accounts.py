"""Which workspaces are signed in to, and what all others are answered."""

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.meaning import ASK_AGAIN
from bot.model.delivery import Deferred, Refused

SLACK = "slack"


@dataclass(frozen=True, slots=True)
class Account:
    """Tocsin's access to one workspace."""

    team_id: str
    name: str
    client: AsyncWebClient
    token_variable: str


class Accounts:
    """One account a workspace."""

    def __init__(self) -> None:
        self._open: dict[str, Account] = {}
        self._doubted: set[str] = set()
        self._shut: Deferred | Refused = Deferred("Slack is not signed in yet", ASK_AGAIN)

    def open(self, account: Account) -> None:
        self._open[account.team_id] = account
        self._doubted.discard(account.team_id)

    def shut(self, answer: Deferred | Refused) -> None:
        """What deliveries to a workspace that is not signed in are answered."""
        self._shut = answer

    def find(self, team_id: str) -> Account | None:
        return self._open.get(team_id)

    def at(self, team_id: str) -> Account | Deferred | Refused:
        return self._open.get(team_id, self._shut)

    def doubt(self, account: Account) -> None:
        """Its token was refused after all: ask again before it counts as signed in."""
        self._doubted.add(account.team_id)

    def doubts(self, account: Account) -> bool:
        return account.team_id in self._doubted
