# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host names and addresses as they go on the wire."""

from __future__ import annotations

import socket

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.host_names import (
    InvalidName,
    address_family,
    ascii_address,
    ascii_host,
    unbracketed,
)

HOSTS = {
    "a name": ("smtp.example.edu", "smtp.example.edu"),
    "a root dot": ("smtp.example.edu.", "smtp.example.edu"),
    "an underscore": ("_smtp.example.edu", "_smtp.example.edu"),
    "IPv4": ("192.0.2.1", "192.0.2.1"),
    "IPv6": ("2001:db8::1", "2001:db8::1"),
    "IPv6 in brackets": ("[2001:db8::1]", "2001:db8::1"),
    "IPv6 with a zone": ("fe80::1%eth0", "fe80::1%eth0"),
    "an umlaut": ("bücher.example", "xn--bcher-kva.example"),
    "upper case": ("BÜCHER.example", "xn--bcher-kva.example"),
    "sharp s, which IDNA 2003 turns into another domain": ("faß.de", "xn--fa-hia.de"),
    "final sigma": ("βόλος.com", "xn--nxasmm1c.com"),
    "Japanese": ("例え.jp", "xn--r8jz45g.jp"),
    "an A-label": ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    "63 octets": ("a" * 63 + ".example", "a" * 63 + ".example"),
}
NOT_HOSTS = {
    "nothing": "",
    "an empty label": "a..example",
    "64 octets": "a" * 64 + ".example",
    "254 octets": ".".join(["a" * 49] * 5) + ".abcd",
    "a blank": "smtp example.edu",
    "a line end": "smtp.example.edu\r\nEVIL",
    "a leading hyphen": "-smtp.example.edu",
    "a trailing hyphen": "smtp-.example.edu",
    "an address with a part too many": "192.0.2.1.5",
    "an address out of range": "300.0.2.1",
    "a symbol": "☃.example",
    "full-width letters": "ｓｍｔｐ.example",
    "not in NFC": "bu\u0308cher.example",
    "a leading mark": "\u0308bucher.example",
    "a port": "smtp.example.edu:587",
    "a scheme": "smtp://example.edu",
}


@pytest.mark.parametrize(("host", "expected"), HOSTS.values(), ids=HOSTS)
def test_hosts(host: str, expected: str) -> None:
    assert ascii_host(host) == expected


@pytest.mark.parametrize("host", NOT_HOSTS.values(), ids=NOT_HOSTS)
def test_not_hosts(host: str) -> None:
    with pytest.raises(InvalidName) as refused:
        ascii_host(host)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("host", "family"),
    [
        ("127.0.0.1", socket.AF_INET),
        ("::1", socket.AF_INET6),
        ("[::1]", socket.AF_INET6),
        ("fe80::1%lo", socket.AF_INET6),
        ("localhost", None),
        ("1.2.3", None),
        ("", None),
        ("\0", None),
    ],
)
def test_address_family(host: str, family: socket.AddressFamily | None) -> None:
    assert address_family(host) is family


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("app@example.edu", "app@example.edu"),
        ("app@bücher.example", "app@xn--bcher-kva.example"),
        ("jürgen@bücher.example", "jürgen@bücher.example"),
        ("app@☃.example", "app@☃.example"),
        ("postmaster", "postmaster"),
    ],
)
def test_addresses(address: str, expected: str) -> None:
    assert ascii_address(address) == expected


def test_brackets() -> None:
    assert unbracketed("[::1]") == "::1"
    assert unbracketed("host") == "host"
