"""What went wrong on the way to a feed, and what to do, for the admin: never a credential, never a query string."""

import ssl
from datetime import timedelta

import aiohttp
from yarl import URL

from bot.model.reading import TroubleKind

KINDS: dict[int, TroubleKind] = {
    401: "forbidden",
    402: "subscription",
    403: "forbidden",
    404: "missing",
    410: "gone",
    429: "throttled",
}
BREAKS_OFF = "The answer breaks off before its end."
LATER = "Try again later; where it stays so, tell its publisher."
SPELLING = "Look whether the address is spelt right, and on the site for the one that the feed has now."
ANOTHER = "Look on the site for another feed, or tell its publisher."
SLOW = "Try again later, or allow more time: fetch.timeout in the configuration."
SERVER = "Look whether host and port are right; else the server may be down: try again later."
STATUSES = {
    401: "The server wants a login (401).",
    402: "The server wants a subscription (402).",
    403: "The server refuses to show it (403).",
    404: "Nothing stands at this address (404).",
    410: "The feed is gone for good (410).",
    429: "The server asks for fewer requests (429).",
}
STEPS = {
    401: "Name your key in the configuration file (headers_env of the feed), or look on the site for an open feed.",
    402: "Name your key in the configuration file (headers_env of the feed), or look on the site for an open feed.",
    403: "Ask its publisher to let this reader through, or look on the site for another feed.",
    410: "Look on the site for another feed.",
    429: "Try again in some hours.",
}


class Refused(Exception):
    """A fetch that ends without a document. Its message is the reason; ``step`` is what to do, where it can be said."""

    def __init__(
        self, reason: str, retry_after: timedelta | None = None, kind: TroubleKind = "passing", step: str = ""
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.kind = kind
        self.step = step


def by_status(status: int, retry_after: timedelta | None = None) -> Refused:
    """What an answer without a document means. A 503 throttles only where it says for how long; else it may pass."""
    kind = KINDS.get(status, "passing")
    if status == 503 and retry_after is not None:
        kind = "throttled"
    step = LATER if status >= 500 else STEPS.get(status, SPELLING)
    return Refused(_status_reason(status), retry_after if kind == "throttled" else None, kind, step)


def _status_reason(status: int) -> str:
    if status >= 500:
        return f"The server is in trouble ({status})."
    return STATUSES.get(status, f"The server answers with status {status}, which brings no feed.")


def by_network(error: Exception, url: URL) -> Refused:
    """For what aiohttp and the operating system raise."""
    reason, step = _network_trouble(error, url)
    return Refused(reason, step=step)


def _network_trouble(error: Exception, url: URL) -> tuple[str, str]:
    """What it is, and what to do."""
    host = url.host
    match error:
        case aiohttp.ClientConnectorDNSError():
            step = "Look whether it is spelt right, and whether this machine can look up names."
            return f"The name {host} cannot be resolved.", step
        case aiohttp.ClientConnectorCertificateError():
            step = "Look whether the address and this machine's clock are right; else its publisher has to mend it."
            return f"The certificate of {host} is not valid: {_certificate_fault(error.certificate_error)}.", step
        case aiohttp.ClientSSLError() | ssl.SSLError():
            step = "Look whether the port is right; what answers there may want http instead of https."
            return f"No secure connection to {host} could be made (TLS).", step
        case aiohttp.ClientConnectorError(os_error=ConnectionRefusedError()):
            return f"{host} refuses connections on port {url.port}.", SERVER
        case aiohttp.ClientConnectorError():
            return f"{host} cannot be reached: {error.os_error.strerror or 'no connection'}.", SERVER
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | OSError():
            return f"{host} closed the connection without an answer.", LATER
        case aiohttp.ClientPayloadError():
            return BREAKS_OFF, LATER
        case aiohttp.InvalidURL() | UnicodeError():
            return f"{host} is not an address that can be fetched.", SPELLING
        case aiohttp.ClientResponseError():
            return f"{host} does not answer in proper HTTP.", "Look whether the port is that of a web server."
        case _:
            return f"The connection to {host} failed ({type(error).__name__}).", LATER


def _certificate_fault(error: Exception) -> str:
    return getattr(error, "verify_message", "") or "it is not for this host"
