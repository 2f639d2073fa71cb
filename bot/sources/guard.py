"""Which addresses may be connected to, checked at the moment of connecting.

Names are no protection: a name may lead to any address and to another one a second later, a number may be written in
ten ways, and a redirect may name anything. So the check sits where the socket is made. aiohttp calls the socket
factory for every address that it is about to connect to, literal ones included, which never pass a resolver.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network
SocketFactory: TypeAlias = Callable[[tuple[Any, ...]], socket.socket]

# Spelled out, because ``is_global`` changes with Python's version and lets NAT64, 6to4 and multicast through.
_SPECIAL4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network; 0.0.0.0 is this machine
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# Only global unicast is public: that leaves out loopback, mapped and compatible forms, NAT64 (both prefixes), unique
# local, link-local, site-local and multicast.
_GLOBAL6 = IPv6Network("2000::/3")
_SPECIAL6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address of anybody's choice
        "3fff::/20",  # documentation
    )
)


class BlockedAddressError(OSError):
    """The address is not for us to connect to."""

    def __init__(self) -> None:
        """Say the same for every address: the inner network is nobody's business."""
        super().__init__(errno.EACCES, "the address is not on the public internet")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address belongs to the public internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL4)
    return address in _GLOBAL6 and not any(address in network for network in _SPECIAL6)


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read an allow-list such as ``127.0.0.0/8``; raises ValueError for what is no network."""
    return tuple(ip_network(text, strict=False) for text in texts)


def may_connect(host: str, allowed: Iterable[Network] = ()) -> bool:
    """Tell whether a numeric address as sockets write it may be connected to."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return is_public(address) or any(address in network for network in allowed)


def socket_factory(allowed: tuple[Network, ...] = ()) -> SocketFactory:
    """Make the socket factory for an aiohttp connector. It raises BlockedAddressError for what may not be reached."""

    def open_socket(info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, target = info
        if family not in (socket.AF_INET, socket.AF_INET6) or not may_connect(target[0], allowed):
            raise BlockedAddressError
        return socket.socket(family, kind, protocol)

    return open_socket
