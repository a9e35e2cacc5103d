"""What the Slack adapter is told, one workspace at a time."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """One workspace and its own app. A signing secret means HTTP, an app token Socket Mode."""

    bot_token: str = field(repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    name: str = ""
    """As the configuration calls the workspace; empty for the only one."""
    api_url: str = "https://slack.com/api/"
    """Everything goes there, save to the addresses that Slack itself hands out (the socket, response_url)."""
    command: str = "/news"
    bot_token_variable: str = "SLACK_BOT_TOKEN"  # noqa: S105 - the name of the variable, not its value
    app_token_variable: str = "SLACK_APP_TOKEN"  # noqa: S105 - the name of the variable, not its value
    request_timeout: timedelta = timedelta(seconds=10)
    """For one whole request, connecting included."""
    doing_after: timedelta = timedelta(seconds=2)
    """When a person is told that their command still works."""
    reconnect_after: timedelta = timedelta(seconds=1)
    """The first pause after a lost connection; it doubles up to a minute."""
    settle_after: timedelta = timedelta(milliseconds=500)
    """What Slack is given to show an acknowledged window before the answer is put into it."""

    @property
    def is_http(self) -> bool:
        return bool(self.signing_secret)
