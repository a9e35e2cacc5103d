"""Carries out what people say to one app. Who asks and from where is what Slack's own payload says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from adapters.slack.accounts import SLACK, Account
from adapters.slack.line import Spoken
from adapters.slack.meaning import INVITE, WITHOUT_DIRECT_MESSAGES, before_posting
from adapters.slack.places import DIRECT, Places, in_thread
from adapters.slack.wire import Answer, Failure, Said, ask
from bot.commands.answering import answer
from bot.commands.command import AdminUnknown, Asker, Command, Problem, Reply, Request, Say
from bot.model.delivery import Refused
from bot.model.destination import Destination, Workspace

ME = "me"
"""The asker's direct messages, as subscribe takes them."""
NOT_SIGNED_IN = Problem("Tocsin is not signed in to this workspace yet.", "Try again in a minute.", mistake=False)


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks, and where."""

    user: str
    channel: str
    channel_name: str = ""
    thread: str = ""
    """The time of the message that the thread hangs on; empty outside of threads."""

    @property
    def is_among_people(self) -> bool:
        """Whether it was said in a conversation of people, into which nobody can invite Tocsin."""
        return self.channel.startswith(DIRECT) or self.channel_name.startswith("mpdm-")


class Asking:
    """``account`` answers None until the app is signed in."""

    def __init__(self, catalogue: Sequence[Command], account: Callable[[], Account | None], places: Places) -> None:
        self.catalogue = catalogue
        self.account = account
        self._places = places

    async def carry_out(self, spoken: Spoken, voice: Voice, say: Say) -> Reply:
        account = self.account()
        if account is None:
            return NOT_SIGNED_IN
        here = await self._here(voice, account)
        if isinstance(here, Problem):
            return here
        reply = await answer(spoken.command, Request(_asker(voice, account), here, say, spoken.arguments))
        return _with_a_step_that_can_be_done(reply, spoken, voice, say)

    async def _here(self, voice: Voice, account: Account) -> Destination | Problem:
        """What is said in somebody's conversation with Tocsin is said in their direct messages."""
        workspace = Workspace(SLACK, account.team_id)
        if voice.channel.startswith(DIRECT):
            own = await self._places.direct(account, voice.user)
            if own == voice.channel:
                return Destination(workspace, voice.user)
            has_none = isinstance(own, Said) and own.code in WITHOUT_DIRECT_MESSAGES
            if not (isinstance(own, str) or has_none):
                return _untold(own, account)
        return Destination(workspace, in_thread(voice.channel, voice.thread))


def _untold(failed: Failure, account: Account) -> Problem:
    """Rather than take somebody's direct messages for another place."""
    why = before_posting(failed, account.token_variable)
    hint = why.hint if isinstance(why, Refused) else "Try again in a minute."
    return Problem(f"Slack did not say whose conversation this is: {why.reason}.", hint, mistake=False)


def _asker(voice: Voice, account: Account) -> Asker:
    workspace, user = Workspace(SLACK, account.team_id), voice.user
    return Asker(workspace, user, f"<@{user}>", lambda: _is_admin(account, user), Destination(workspace, user))


async def _is_admin(account: Account, user: str) -> bool:
    """Whether Slack calls them an admin or owner of this very workspace. Raises AdminUnknown."""
    told = await ask(account.client, "users.info", user=user)
    if not isinstance(told, Answer):
        raise AdminUnknown("Slack could not be asked whether you are an admin.")
    person = told.data.get("user") or {}
    # A guest from another workspace may be an admin there.
    at_home = person.get("team_id", account.team_id) == account.team_id
    return at_home and any(person.get(right) is True for right in ("is_admin", "is_owner", "is_primary_owner"))


def _with_a_step_that_can_be_done(reply: Reply, spoken: Spoken, voice: Voice, say: Say) -> Reply:
    """Where Tocsin cannot be invited, the way that is left is one's own direct messages."""
    takes_me = any(ME in parameter.choices for parameter in spoken.command.parameters)
    if not (isinstance(reply, Problem) and reply.hint == INVITE and voice.is_among_people and takes_me):
        return reply
    step = say(spoken.command.name, **{**spoken.arguments, "to": ME})
    return replace(reply, hint=f"Tocsin cannot be invited here. In your own direct messages: {step}")
