"""What went wrong on the way to a feed, in sentences for the admin: never a credential, never a query string."""

import ssl
from datetime import timedelta

import aiohttp
from yarl import URL

from bot.model.reading import TroubleKind

KINDS: dict[int, TroubleKind] = {
    401: "forbidden",
    403: "forbidden",
    404: "missing",
    410: "gone",
    429: "throttled",
}
BREAKS_OFF = "The answer breaks off before its end."
STATUSES = {
    401: "The server wants a login (401).",
    403: "The server refuses to show it (403).",
    404: "Nothing stands at this address (404).",
    410: "The feed is gone for good (410).",
    429: "The server asks for fewer requests (429).",
}


class Refused(Exception):
    """A fetch that ends without a document. Its message is the reason."""

    def __init__(self, reason: str, retry_after: timedelta | None = None, kind: TroubleKind = "passing") -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.kind = kind


def by_status(status: int, retry_after: timedelta | None = None) -> Refused:
    """What an answer without a document means. A 503 throttles only where it says for how long; else it may pass."""
    kind = KINDS.get(status, "passing")
    if status == 503 and retry_after is not None:
        kind = "throttled"
    return Refused(status_reason(status), retry_after if kind == "throttled" else None, kind)


def status_reason(status: int) -> str:
    if status >= 500:
        return f"The server is in trouble ({status})."
    return STATUSES.get(status, f"The server answers with status {status}, which brings no feed.")


def network_reason(error: Exception, url: URL) -> str:
    """For what aiohttp and the operating system raise."""
    host = url.host
    match error:
        case aiohttp.ClientConnectorDNSError():
            return f"The name {host} cannot be resolved."
        case aiohttp.ClientConnectorCertificateError():
            return f"The certificate of {host} is not valid: {_certificate_fault(error.certificate_error)}."
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return f"No secure connection to {host} could be made (TLS)."
        case aiohttp.ClientConnectorError(os_error=ConnectionRefusedError()):
            return f"{host} refuses connections on port {url.port}."
        case aiohttp.ClientConnectorError():
            return f"{host} cannot be reached: {error.os_error.strerror or 'no connection'}."
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | OSError():
            return f"{host} closed the connection without an answer."
        case aiohttp.ClientPayloadError():
            return BREAKS_OFF
        case aiohttp.InvalidURL() | UnicodeError():
            return f"{host} is not an address that can be fetched."
        case aiohttp.ClientResponseError():
            return f"{host} does not answer in proper HTTP."
        case _:
            return f"The connection to {host} failed ({type(error).__name__})."


def _certificate_fault(error: Exception) -> str:
    return getattr(error, "verify_message", "") or "it is not for this host"
