"""What the Slack adapter is told, one workspace at a time."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class SlackSettings:
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
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
