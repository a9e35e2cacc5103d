import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.addresses import is_public, parse_allowed


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",  # loopback
        "127.255.255.254",
        "0.0.0.0",  # unspecified
        "10.1.2.3",  # private
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",  # link-local: metadata
        "168.63.129.16",  # Azure
        "100.64.0.1",  # carrier-grade NAT
        "100.100.100.200",  # Alibaba
        "192.0.0.192",  # Oracle
        "198.18.0.1",
        "203.0.113.7",
        "224.0.0.1",  # multicast
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",  # IPv4-mapped
        "::ffff:169.254.169.254",
        "::127.0.0.1",  # IPv4-compatible
        "::8.8.8.8",
        "64:ff9b::10.0.0.1",  # NAT64
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::1.1.1.1",  # NAT64 of a network's own
        "2002:7f00:1::",  # 6to4
        "2002:808:808::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo
        "2606:4700::5efe:10.0.0.1",  # ISATAP: a tunnel to an IPv4 address
        "2606:4700::200:5efe:192.168.1.1",
        "::ffff:0:127.0.0.1",  # IPv4-translated
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",  # metadata over IPv6
        "fe80::1",
        "fe80::1%1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_that_is_not_public_is_not_taken_for_one(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    assert not parse_allowed([]).permits(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "100.63.255.255",
        "172.32.0.1",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2606:4700::5efe:8.8.8.8",
    ],
)
def test_a_public_address_is_permitted(address: str) -> None:
    assert parse_allowed([]).permits(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_ipv6_is_judged_like_itself(address: ipaddress.IPv4Address) -> None:
    mapped = ipaddress.IPv6Address(f"::ffff:{address}")
    translated = ipaddress.IPv6Address(f"64:ff9b::{address}")

    assert is_public(mapped) == is_public(translated) == is_public(address)


@given(st.ip_addresses(v=6))
def test_an_ipv6_address_that_python_knows_to_be_special_is_never_public(address: ipaddress.IPv6Address) -> None:
    special = address.is_private or address.is_multicast or address.is_loopback or address.is_link_local

    assert not (is_public(address) and special and address.ipv4_mapped is None)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_that_python_knows_to_be_special_is_never_public(address: ipaddress.IPv4Address) -> None:
    special = not address.is_global or address.is_multicast

    assert not (is_public(address) and special)


def test_a_network_opens_its_addresses_and_no_others() -> None:
    allowed = parse_allowed(["10.0.0.0/8", " 192.168.1.7 ", "fd00::/8"])

    assert allowed.permits("10.200.0.1")
    assert allowed.permits("::ffff:10.200.0.1")
    assert allowed.permits("192.168.1.7")
    assert allowed.permits("fd12::1")
    assert not allowed.permits("192.168.1.8")
    assert not allowed.permits("127.0.0.1")


def test_a_host_is_named_however_it_is_written() -> None:
    allowed = parse_allowed(["Intranet.Example.org.", "localhost", "münchen.example"])

    assert allowed.names("intranet.example.ORG")
    assert allowed.names("localhost")
    assert allowed.names("xn--mnchen-3ya.example")
    assert not allowed.names("example.org")
    assert not allowed.permits("127.0.0.1")


@pytest.mark.parametrize(
    "nonsense",
    ["", " ", "http://intranet/", "10.0.0", "300.1.1.1", "10.0.0.0/99", "a b", "-", "host:80", "*.example.org", "a..b"],
)
def test_nonsense_is_refused_by_its_name(nonsense: str) -> None:
    with pytest.raises(ValueError, match="neither a network, an address nor a host name"):
        parse_allowed(["localhost", nonsense])


def test_a_host_inside_a_network_is_refused_with_the_network_that_was_meant() -> None:
    with pytest.raises(ValueError, match=r"the network is 10\.0\.0\.0/8"):
        parse_allowed(["10.0.0.5/8"])
