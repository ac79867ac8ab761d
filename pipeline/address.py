"""The address guard: judges the address every connection is about to be made to, after DNS and on every hop."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Network = IPv4Network | IPv6Network
AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]

NOT_PUBLIC: tuple[Network, ...] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure answers its machines here, metadata included
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries an IPv4 address to a relay of anyone's choosing
        "3ffe::/16",
        "3fff::/20",
    )
)
"""What is not the public internet, by the IANA special-purpose registries (RFC 6890 and successors)."""

GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All that IANA has ever given out of IPv6; loopback, private, mapped and multicast addresses lie outside."""

NAT64 = IPv6Network("64:ff9b::/96")
"""Well-known prefix of RFC 6052: the last 32 bits are the IPv4 address that is really reached."""

_ENDS_IN_A_NUMBER = re.compile(r"(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?$")


class AddressRefused(OSError):
    """The address, or the form it is written in, is not one that may be connected to."""

    def __init__(self, address: str) -> None:
        # Happy Eyeballs folds several errors into one and keeps only their number.
        super().__init__(errno.EACCES, f"{address} is not a public address")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether the address lies in the public internet."""
    if isinstance(address, IPv6Address):
        if address in NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
        if address not in GLOBAL_UNICAST:
            return False
    return not any(address in network for network in NOT_PUBLIC)


def is_allowed(address: str, allow_networks: Sequence[Network]) -> bool:
    """Return whether the textual address is public or lies in one of the networks that are allowed besides."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in allow_networks) or is_public(parsed)


def check_host(host: str) -> None:
    """Raise AddressRefused for a host that reads as a number but is no plain IPv4 address, such as 0x7f.1."""
    if not _ENDS_IN_A_NUMBER.search(host):
        return
    try:
        IPv4Address(host)
    except ValueError:
        raise AddressRefused(host) from None


def guarded_socket_factory(allow_networks: Sequence[Network]) -> Callable[[AddressInfo], socket.socket]:
    """Return a maker of sockets that raises AddressRefused unless the final address is allowed."""
    allowed = tuple(allow_networks)

    def make(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        host = str(address[0])
        if family not in (socket.AF_INET, socket.AF_INET6) or not is_allowed(host, allowed):
            raise AddressRefused(host)
        return socket.socket(family, kind, protocol)

    return make
