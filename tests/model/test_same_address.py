"""Which spellings lead to the same place."""

import pytest

from bot.model.address import same_address, same_origin


@pytest.mark.parametrize(
    ("spelled", "plain"),
    [
        ("https://wire.example/rss.xml", "https://wire.example/rss.xml"),
        ("HTTPS://Wire.Example/rss.xml", "https://wire.example/rss.xml"),
        ("https://wire.example:443/rss.xml", "https://wire.example/rss.xml"),
        ("https://wire.example:80/rss.xml", "https://wire.example:80/rss.xml"),
        ("http://wire.example:8080", "http://wire.example:8080/"),
        ("http://wire.example./rss.xml#top", "http://wire.example/rss.xml"),
        ("http://wire.example.:80", "http://wire.example/"),
        ("http://wire.example/RSS.xml?B=1&a=2", "http://wire.example/RSS.xml?B=1&a=2"),
        ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("http://[2001:db8::1]:80", "http://[2001:db8::1]/"),
        ("http://Me:Secret@Wire.example/", "http://Me:Secret@wire.example/"),
    ],
)
def test_two_spellings_that_lead_to_the_same_place_become_one(spelled: str, plain: str) -> None:
    assert same_address(spelled) == plain
    assert same_address(plain) == plain


@pytest.mark.parametrize(
    "text", ["", "wire.example", "ftp://wire.example/", "http://", "http://[::1", "http://a:b/", "http:///a"]
)
def test_what_is_no_address_of_the_web_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no http or https address"):
        same_address(text)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("https://Wire.example:443/other?x=1", True),
        ("http://wire.example/rss", False),
        ("https://wire.example:8443/rss", False),
        ("https://www.wire.example/rss", False),
        ("nonsense", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(other: str, same: bool) -> None:
    assert same_origin("https://wire.example/rss", other) is same
