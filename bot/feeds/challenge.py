"""Bot challenges: pages that want to see a browser instead of showing the feed. Recognised to be told, never evaded."""

from multidict import MultiMapping

STATUSES = frozenset({202, 403, 405, 406, 429, 503})
"""With what they are answered, beside 200."""
LONGEST_PAGE = 256 << 10
"""Challenge pages hold some kilobytes; what is longer is none."""

BY_HEADER = (
    ("cf-mitigated", ("challenge",), "Cloudflare"),
    ("x-amzn-waf-action", ("challenge", "captcha"), "AWS WAF"),
    ("x-vercel-mitigated", ("challenge",), "Vercel"),
    ("sg-captcha", ("challenge",), "SiteGround"),
)
"""What the vendors document for programs to read."""

BY_PAGE: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    ("Cloudflare", (b"<title>just a moment", b"_cf_chl_opt")),
    ("Cloudflare", (b"<title>just a moment...</title>", b"/cdn-cgi/challenge-platform/")),
    ("Cloudflare", (b"<script", b"window._cf_chl_opt", b"/cdn-cgi/challenge-platform/")),
    ("Akamai", (b'<div id="sec-if-cpt-container"',)),
    ("Akamai", (b'<meta http-equiv="refresh"', b"?bm-verify=")),
    ("Imperva", (b'<iframe id="main-iframe" src="/_incapsula_resource?',)),
    ("Imperva", (b"<title>pardon our interruption",)),
    ("DataDome", (b"captcha-delivery.com/c.js", b"<script", b"var dd={")),
    ("DataDome", (b'{"url":"https://geo.captcha-delivery.com/',)),
    ("AWS WAF", (b"<script", b"window.gokuprops")),
    ("HUMAN", (b"<title>access to this page has been denied", b"px-captcha")),
    ("Vercel", (b"<title>vercel security checkpoint",)),
    ("Sucuri", (b"<title>you are being redirected", b"sucuri_cloudproxy_js")),
    ("DDoS-Guard", (b"<title>ddos-guard</title>",)),
    ("Anubis", (b'<script id="anubis_challenge"',)),
    ("Fastly", (b"<title>client challenge", b"/_fs-ch-")),
    ("SiteGround", (b'<meta http-equiv="refresh"', b"/.well-known/sgcaptcha/")),
)
"""All of which stands on the page of a vendor, in lower case.

Each holds markup, which an article about challenges would have to escape; the scripts with which vendors watch
ordinary pages alone are none.
"""


def by_headers(headers: MultiMapping[str]) -> str:
    """Whose challenge the answer says that it is; empty where it says nothing."""
    for name, values, vendor in BY_HEADER:
        if headers.get(name, "").strip().lower() in values:
            return vendor
    return ""


def by_page(body: bytes) -> str:
    """Whose challenge a refusing answer shows; empty for what is none that is known."""
    if len(body) > LONGEST_PAGE:
        return ""
    page = body.lower()
    return next((vendor for vendor, signs in BY_PAGE if all(sign in page for sign in signs)), "")


def is_page(body: bytes) -> bool:
    """Whether an answer can only be a web page: no feed begins so."""
    start = body[:1_000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html"))


def reason(vendor: str) -> str:
    return (
        f"The server answers with a bot challenge ({vendor}) that only a browser passes. "
        "Ask the publisher to let this reader through to the feed."
    )
