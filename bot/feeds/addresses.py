"""Which network addresses may be fetched: the public ones, and what ``fetch.allow_private`` opens."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from yarl import URL

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

HOST_NAME = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*(?=[0-9-]*[a-z_])[a-z0-9_-]{1,63}")

# The IANA IPv4 and IPv6 Special-Purpose Address Registries, but for the one address that Azure gave to its machines'
# host. Written out, since what Python's is_global says has changed between releases and lets multicast through.
NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT, and Alibaba's metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host
        "169.254.0.0/16",  # link-local, and metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, and Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: holds an IPv4 address
        "3fff::/20",  # documentation
    )
)
PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
"""All that has been given out for the public Internet; loopback, private, link-local and multicast lie outside."""
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: how hosts that speak only IPv6 reach IPv4 addresses, public ones among them."""

ISATAP = frozenset({0x00005EFE, 0x02005EFE})
"""RFC 5214, 6.1: what stands before an IPv4 address that an IPv6 address of any network tunnels to."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be fetched although it is not public."""

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()
    """Lower case, as they stand in the DNS."""

    def names(self, host: str) -> bool:
        return host.lower().rstrip(".") in self.hosts

    def permits(self, address: str) -> bool:
        """Whether a socket may be opened to this address, written as a resolver writes it."""
        meant = _read(address)
        return meant is not None and (is_public(meant) or self.holds(address))

    def opens(self, host: str) -> bool:
        """Whether a host is the admin's own: opened by its name, or by the network that its literal address lies in."""
        return self.names(host) or self.holds(host)

    def holds(self, address: str) -> bool:
        """Whether it lies in one of the networks, public or not."""
        if not self.networks:
            return False
        meant = _read(address)
        return meant is not None and any(meant in network for network in self.networks)


def parse_allowed(entries: Iterable[str]) -> Allowed:
    """Networks, addresses and host names. Raises ValueError that names the entry which is none of them."""
    networks: list[Network] = []
    hosts: set[str] = set()
    for entry in entries:
        if network := _network(entry.strip()):
            networks.append(network)
        else:
            hosts.add(_host(entry.strip()))
    return Allowed(tuple(networks), frozenset(hosts))


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public Internet. An IPv4 address inside IPv6 is judged by itself."""
    meant = _meant(address)
    if isinstance(meant, ipaddress.IPv6Address) and meant not in PUBLIC_IPV6:
        return False
    return not any(meant in network for network in NOT_PUBLIC)


def _read(address: str) -> Address | None:
    try:
        return _meant(ipaddress.ip_address(address))
    except ValueError:
        return None


def _meant(address: Address) -> Address:
    """The IPv4 address that packets to a mapped, translated or tunnelled address end at; else the address."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in NAT64 or (int(address) >> 32) & 0xFFFFFFFF in ISATAP:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _network(entry: str) -> Network | None:
    try:
        return ipaddress.ip_network(entry)
    except ValueError:
        pass
    try:
        meant = ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None
    raise ValueError(f"{entry!r} names a host inside a network; the network is {meant}")


def _host(entry: str) -> str:
    try:
        name = URL.build(scheme="http", host=entry).raw_host or ""
    except ValueError:
        name = ""
    name = name.lower().rstrip(".")
    if not HOST_NAME.fullmatch(name):
        raise ValueError(f"{entry!r} is neither a network, an address nor a host name")
    return name
