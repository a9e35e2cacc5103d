"""The private answer to whoever asked, through the address that Slack gave for it."""

import logging
from datetime import timedelta

import aiohttp

from adapters.slack.blocks import Rendered
from adapters.slack.wire import reply_client

log = logging.getLogger(__name__)


async def respond(url: str, rendered: Rendered, within: timedelta) -> None:
    """One attempt; what is lost is logged without the address, which is a secret."""
    text, blocks = rendered
    client = reply_client(url, within)
    try:
        answered = await client.send(text=text, blocks=blocks, response_type="ephemeral", replace_original=False)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        log.warning("An answer to a command was lost", extra={"error": type(error).__name__})
        return
    if answered.status_code != 200:
        log.warning("Slack refused an answer to a command", extra={"status": answered.status_code})
