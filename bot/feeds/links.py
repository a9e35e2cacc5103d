"""Canonical links: two addresses that lead to one article become one text.

Folded: scheme, ``www.``/``m.``/``amp.``, default ports, AMP and trailing slashes, tracking parameters, the order of the
others; the redirect links of news aggregators are unwrapped. Whether a fragment tells articles apart only the feed
can say, so it is kept beside (bot.feeds.identity decides).
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlencode, urlsplit

TRACKING = re.compile(
    r"utm_\w+|amp|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid|mc_[ce]id|mkt_tok|_hs(enc|mi)|vero_id|oly_\w+_id"
    r"|at_(medium|campaign|custom\d|link_\w+|ptr_name|bbc_team|format)|ns_(campaign|mchannel|source|linkname|fee)|cmpid|ocid|cmp"
    r"|wt_mc|wt_zmc|xtor|s_cid|smid|smtyp|ito|ftag|guccounter|guce_referr\w*|ref_src|ref_url|taid|spm|_ga|_gl|pk_\w+|mtm_\w+",
    re.IGNORECASE,
)
ALIAS_HOSTS = re.compile(r"^(?:(?:www\d?|m|mobile|amp)\.)+(?=[^.]+\.[^.])")
AMP_PATH = re.compile(r"/amp(?:\.html)?/?$|\.amp$", re.IGNORECASE)
UNWRAP = {
    # where aggregators put the real address: (host ends with, path begins with, parameter)
    ("google.com", "/url"): ("url", "q"),
    ("bing.com", "/news/apiclick.aspx"): ("url",),
    ("l.facebook.com", "/l.php"): ("u",),
    ("out.reddit.com", "/"): ("url",),
}
MAX_UNWRAPS = 3


@dataclass(frozen=True, slots=True)
class CanonicalLink:
    folded: str
    """Without scheme and fragment: ``example.org/news/1?id=7``."""
    fragment: str
    """Without ``#``; empty where there is none. A ``#!`` or ``#/`` path counts as part of ``folded``."""


def canonical_link(link: str) -> CanonicalLink | None:
    """None where the text is no http(s) address, or leads to a site's front page and so to no article."""
    link = _unwrapped(link.strip())
    try:
        parts = urlsplit(link)
        host, port = parts.hostname, parts.port
        path = AMP_PATH.sub("", _path(parts.path)).rstrip("/")
        query = _query_that_matters(parts.query)
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return None
    route, fragment = (f"#{parts.fragment}", "") if parts.fragment.startswith(("!", "/")) else ("", parts.fragment)
    if not (path or query or route):
        return None
    place = ALIAS_HOSTS.sub("", _ascii(host)) + (f":{port}" if port not in {None, 80, 443} else "")
    return CanonicalLink(place + path + (f"?{query}" if query else "") + route, fragment)


def _ascii(host: str) -> str:
    try:
        return host.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return host.lower()


# Percent signs may stand for bytes of an old encoding: taken for UTF-8, "replaced", they would all read the same.
BYTES_AS_THEY_ARE = "surrogateescape"


def _path(path: str) -> str:
    return quote(unquote(path, errors=BYTES_AS_THEY_ARE), safe="/:@!$&'()*+,;=~-._", errors=BYTES_AS_THEY_ARE)


def _query_that_matters(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True, errors=BYTES_AS_THEY_ARE)
    telling = sorted((name, value) for name, value in pairs if not TRACKING.fullmatch(name))
    return urlencode(telling, errors=BYTES_AS_THEY_ARE)


def _unwrapped(link: str) -> str:
    for _ in range(MAX_UNWRAPS):
        inner = _inside(link)
        if inner is None:
            break
        link = inner
    return link


def _inside(link: str) -> str | None:
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return None
    for (site, path), names in UNWRAP.items():
        if (host == site or host.endswith("." + site)) and parts.path.startswith(path):
            arguments = parse_qs(parts.query)
            for name in names:
                if arguments.get(name, [""])[0].startswith(("http://", "https://")):
                    return arguments[name][0]
    return None
