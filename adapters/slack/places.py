"""The conversation behind a destination: a channel, a thread in one, or a person's direct messages.

What is looked up here has posted nothing yet, so whatever goes wrong is Deferred or Refused.
"""

from dataclasses import dataclass, replace

from adapters.slack import meaning
from adapters.slack.accounts import Account
from adapters.slack.wire import Answer, Failure, InDoubt, Said, ask
from bot.model.delivery import Deferred, Refused
from bot.model.destination import Destination

DIRECT = "D"
"""Begins the id of a conversation between two."""
PERSON = ("U", "W")
KEPT = 5000


@dataclass(frozen=True, slots=True)
class Place:
    channel: str
    thread: str = ""
    """The time of the message that the thread hangs on; empty outside of threads."""


def in_thread(channel: str, thread: str) -> str:
    """The channel of the destination that is a thread."""
    return f"{channel}/{thread}" if thread else channel


class Places:
    """Opens direct messages, and remembers them while the process lives."""

    def __init__(self) -> None:
        self._direct: dict[tuple[str, str], str] = {}

    async def find(self, account: Account, destination: Destination) -> Place | Deferred | Refused:
        channel, _, thread = destination.channel.partition("/")
        if not channel.startswith(PERSON):
            return Place(channel, thread)
        opened = await self.direct(account, channel)
        return Place(opened) if isinstance(opened, str) else _not_opened(opened, account)

    async def direct(self, account: Account, user: str) -> str | Failure:
        """The conversation between this person and Tocsin; opening it shows them nothing."""
        known = self._direct.get((account.team_id, user))
        if known is not None:
            return known
        answer = await ask(account.client, "conversations.open", users=user)
        if not isinstance(answer, Answer):
            return answer
        channel = str((answer.data.get("channel") or {}).get("id") or "")
        if not channel:
            return InDoubt("Slack did not say where the direct messages are")
        self._remember(account, user, channel)
        return channel

    def forget(self, account: Account, destination: Destination) -> None:
        """After a refusal: it may be another conversation by now."""
        self._direct.pop((account.team_id, destination.channel), None)

    def _remember(self, account: Account, user: str, channel: str) -> None:
        if len(self._direct) >= KEPT:
            del self._direct[next(iter(self._direct))]
        self._direct[account.team_id, user] = channel


def _not_opened(failed: Failure, account: Account) -> Deferred | Refused:
    decided = meaning.before_posting(failed, account.token_variable)
    # Without the scope to open direct messages, channels can be posted in all the same.
    is_scope = isinstance(failed, Said) and failed.code == "missing_scope"
    return replace(decided, scope="lane") if isinstance(decided, Refused) and is_scope else decided
