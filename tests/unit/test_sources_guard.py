from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.guard import BlockedAddressError, is_public, may_connect, networks, socket_factory

INNER = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::169.254.169.254",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
OUTER = ["8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.32.0.1", "223.255.255.255", "2606:4700::1111"]


@pytest.mark.parametrize("address", INNER)
def test_inner_and_special_addresses_are_closed(address: str) -> None:
    """Private, loopback, link-local, shared, multicast, translated, tunnelled and embedded forms are not public."""
    assert not is_public(ip_address(address))
    assert not may_connect(address)


@pytest.mark.parametrize("address", OUTER)
def test_public_addresses_are_open(address: str) -> None:
    """The public internet is reachable, also just beside the closed networks."""
    assert may_connect(address)


def test_a_scope_does_not_open_an_address() -> None:
    """A link-local address with a scope is as closed as without."""
    assert not may_connect("fe80::1%1")


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f000001", "2130706433", "8.8.8.8 ", "example.org"])
def test_what_is_no_numeric_address_is_closed(text: str) -> None:
    """Only what a socket gives as an address is one."""
    assert not may_connect(text)


def test_the_allow_list_opens_its_networks_only() -> None:
    """An operator's network is open, its neighbours stay closed, and an IPv4 list says nothing of embedded forms."""
    allowed = networks(["127.0.0.1/8", "fd00::/8"])
    assert may_connect("127.3.4.5", allowed)
    assert may_connect("fd00::7", allowed)
    assert not may_connect("10.0.0.1", allowed)
    assert not may_connect("::ffff:127.0.0.1", allowed)


def test_a_bad_allow_list_is_refused() -> None:
    """What is no network is a ValueError for the configuration to report."""
    with pytest.raises(ValueError, match="localhost"):
        networks(["localhost"])


@pytest.mark.parametrize(
    "info",
    [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80)),
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 80, 0, 0)),
        (socket.AF_UNIX, socket.SOCK_STREAM, 0, "", "/run/x.sock"),
    ],
)
def test_no_socket_is_made_for_a_closed_address(info: tuple[object, ...]) -> None:
    """The check sits where the socket is made, so nothing comes between it and the connection."""
    with pytest.raises(BlockedAddressError):
        socket_factory()(info)


def test_a_socket_is_made_for_an_open_address() -> None:
    """A public address gets a plain socket, not yet connected."""
    with socket_factory()((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80))) as made:
        assert made.family == socket.AF_INET


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_is_public(address: object) -> None:
    """The table is at least as strict as Python's own idea of private, reserved and multicast addresses."""
    found = ip_address(str(address))
    if found.is_private or found.is_loopback or found.is_link_local or found.is_multicast or found.is_reserved:
        assert not is_public(found)
