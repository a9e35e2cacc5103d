import os
from pathlib import Path

import pytest
from multidict import CIMultiDict

from bot.feeds import challenge

CORPUS = Path(os.environ.get("TOCSIN_CORPUS", Path(__file__).parents[3] / "shared" / "feeds"))

CLOUDFLARE = (
    b'<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body>'
    b"<script>(function(){window._cf_chl_opt = {cType: 'managed'};"
    b"a.src = '/cdn-cgi/challenge-platform/h/g/orchestrate/chl_page/v1';}());</script></body></html>"
)
CLOUDFLARE_IN_GERMAN = CLOUDFLARE.replace(b"Just a moment...", b"Nur einen Moment\xe2\x80\xa6")
CLOUDFLARE_WITHOUT_OPTIONS = (
    b'<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body>'
    b'<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script></body></html>'
)
AKAMAI = b'<html><body><div id="sec-if-cpt-container" style="display: block;"></div></body></html>'
AKAMAI_REFRESH = b'<html><head><meta http-equiv="refresh" content="5; URL=\'/feed?bm-verify=AAQAAAAJ\'"/></head></html>'
IMPERVA = (
    b'<html style="height:100%"><head><META NAME="ROBOTS" CONTENT="NOINDEX, NOFOLLOW"></head><body>'
    b'<iframe id="main-iframe" src="/_Incapsula_Resource?CWUDNSAI=9&incident_id=1">Request unsuccessful.</iframe>'
)
DISTIL = b"<!DOCTYPE html><html><head><title>Pardon Our Interruption</title></head></html>"
DATADOME = (
    b"<html><head><title>news.example</title></head><body><script data-cfasync=\"false\">var dd={'rt':'c'}</script>"
    b'<script data-cfasync="false" src="https://ct.captcha-delivery.com/c.js"></script></body></html>'
)
DATADOME_JSON = b'{"url":"https://geo.captcha-delivery.com/captcha/?initialCid=1"}'
AWS = (
    b'<!DOCTYPE html><html><head><script type="text/javascript">window.gokuProps = {"key":"x"};</script></head></html>'
)
HUMAN = (
    b"<!DOCTYPE html><html><head><title>Access to this page has been denied</title></head>"
    b'<body><div id="px-captcha"></div></body></html>'
)
VERCEL = b'<!DOCTYPE html><html lang="en"><head><title>Vercel Security Checkpoint</title></head></html>'
SUCURI = (
    b"<html><title>You are being redirected...</title><noscript>Javascript is required.</noscript>"
    b"<script>var sucuri_cloudproxy_js='',S='';</script></html>"
)
DDOS_GUARD = b"<!DOCTYPE html><html><head><title>DDoS-Guard</title></head></html>"
ANUBIS = (
    b"<!doctype html><html><head><title>Making sure you&#39;re not a bot!</title>"
    b'<script id="anubis_challenge" type="application/json">{}</script></head></html>'
)
FASTLY = b'<!DOCTYPE html><html><head><title>Client Challenge</title><link href="/_fs-ch-1T1/assets/styles.css"></head>'
SITEGROUND = (
    b'<html><head><meta http-equiv="refresh" content="0;/.well-known/sgcaptcha/?r=%2Ffeed&y=pow"></meta></head></html>'
)
PAGES = {
    "Cloudflare": CLOUDFLARE,
    "Cloudflare in German": CLOUDFLARE_IN_GERMAN,
    "Cloudflare without options": CLOUDFLARE_WITHOUT_OPTIONS,
    "Akamai": AKAMAI,
    "Akamai with a refresh": AKAMAI_REFRESH,
    "Imperva": IMPERVA,
    "Imperva once Distil": DISTIL,
    "DataDome": DATADOME,
    "DataDome as JSON": DATADOME_JSON,
    "AWS WAF": AWS,
    "HUMAN": HUMAN,
    "Vercel": VERCEL,
    "Sucuri": SUCURI,
    "DDoS-Guard": DDOS_GUARD,
    "Anubis": ANUBIS,
    "Fastly": FASTLY,
    "SiteGround": SITEGROUND,
}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_of_a_challenge_is_known_by_its_vendor(name: str) -> None:
    vendor = challenge.by_page(PAGES[name])

    assert vendor
    assert name.startswith(vendor)


@pytest.mark.parametrize("name", [name for name in PAGES if name != "DataDome as JSON"])
def test_the_page_of_a_challenge_is_no_feed(name: str) -> None:
    assert challenge.is_page(PAGES[name])
    assert challenge.is_page(b"\xef\xbb\xbf\r\n " + PAGES[name])


@pytest.mark.parametrize(
    ("header", "value", "vendor"),
    [
        ("CF-Mitigated", "challenge", "Cloudflare"),
        ("x-amzn-waf-action", "challenge", "AWS WAF"),
        ("x-amzn-waf-action", "captcha", "AWS WAF"),
        ("x-vercel-mitigated", "Challenge ", "Vercel"),
        ("sg-captcha", "challenge", "SiteGround"),
        ("cf-mitigated", "block", ""),
        ("Server", "cloudflare", ""),
        ("x-datadome", "protected", ""),
    ],
)
def test_a_challenge_is_known_by_the_header_that_says_so_and_not_by_its_vendor_alone(
    header: str, value: str, vendor: str
) -> None:
    assert challenge.by_headers(CIMultiDict({header: value})) == vendor


@pytest.mark.parametrize(
    "page",
    [
        b"<html><body>" + CLOUDFLARE.replace(b"<", b"&lt;").replace(b">", b"&gt;") + b"</body></html>",
        b'<html><head><script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script></head><p>News</p></html>',
        b'<html><head><script src="https://challenges.cloudflare.com/turnstile/v0/api.js"></script></head></html>',
        b'<html><head><script src="/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e6fffd425f7e032f3"></script></html>',
        b'<html><head><script src="https://js.datadome.co/tags.js"></script></head><p>News</p></html>',
        b'<html><head><script src="https://1.token.awswaf.com/1/challenge.js" defer></script></head><p>News</p></html>',
        b"<html><script>window._pxAppId = 'PX1';</script><p>News</p></html>",
        b"<html><title>Vercel adds a security checkpoint</title></html>",
        b"<html><h1>Access Denied</h1>Reference #18.1</html>",
        b"<html><title>Just a moment with the mayor</title></html>",
        b"<html><title>Just a moment... | The Wire</title>"
        b'<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script><p>News</p></html>',
        b"<html><title>Just a moment...</title><p>A poem</p></html>",
    ],
    ids=[
        "an article that shows the page of a challenge",
        "Cloudflare's watching script",
        "Cloudflare's log-in widget",
        "Imperva's watching script",
        "DataDome's watching script",
        "AWS WAF's watching script",
        "HUMAN's watching script",
        "a headline",
        "a block that no browser passes",
        "a headline like the title of a challenge",
        "such a headline on a site that Cloudflare watches",
        "the title of a challenge alone",
    ],
)
def test_an_ordinary_page_is_no_challenge(page: bytes) -> None:
    assert challenge.by_page(page) == ""


def test_a_long_page_is_no_challenge() -> None:
    assert challenge.by_page(CLOUDFLARE + b" " * challenge.LONGEST_PAGE) == ""


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of feeds is not here")
def test_no_feed_of_the_corpus_is_taken_for_a_challenge() -> None:
    feeds = [path.read_bytes() for path in CORPUS.rglob("*") if path.is_file() and path.suffix != ".txt"]

    assert feeds
    assert not any(challenge.is_page(feed) and challenge.by_page(feed) for feed in feeds)
