# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong before a server says anything: names, addresses, routes."""

from __future__ import annotations

import errno
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Callable, Iterator, Mapping

Answer = Callable[[threading.Event], "list[str]"]


@dataclass(frozen=True)
class NetworkScenario:
    """A host that nobody can talk to. `resolver` answers for the name mail.example.edu with addresses, or raises;
    `port` is "closed" or "black_hole"; `addresses` are those that a check must say it failed at."""

    name: str
    outcome: str
    host: str = "mail.example.edu"
    resolver: Answer | None = None
    port: str = "closed"
    options: Mapping[str, object] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    temporary: bool = False


def answers(*addresses: str) -> Answer:
    """A resolver that knows the name."""
    return lambda _ended: list(addresses)


def fails(code: int) -> Answer:
    """A resolver that says no."""

    def answer(_ended: threading.Event) -> list[str]:
        raise socket.gaierror(code, "the resolver's words")

    return answer


def hangs(ended: threading.Event) -> list[str]:
    """A resolver that gives no answer until the test is over."""
    ended.wait()
    raise socket.gaierror(socket.EAI_AGAIN, "too late")


def broken(_ended: threading.Event) -> list[str]:
    """A resolver that cannot read its own configuration."""
    raise OSError(errno.EMFILE, "Too many open files")


NOT_FOUND = "connection_failed dns_not_found resolve"
INVALID = "connection_failed dns_invalid_name resolve"
UNAVAILABLE = "connection_failed dns_unavailable resolve"
REFUSED = "connection_failed connection_refused connect"
NETWORK_SCENARIOS = [
    NetworkScenario("a name that is reserved for not existing", NOT_FOUND, "smtp.invalid", says=("spelling",)),
    NetworkScenario("no such name", NOT_FOUND, resolver=fails(socket.EAI_NONAME), says=("mail.example.edu",)),
    NetworkScenario(
        "no IPv4 for an IPv6 address", NOT_FOUND, "::1", options={"address_family": "ipv4"}, says=("ipv4",)
    ),
    NetworkScenario("no IPv6 for an IPv4 address", NOT_FOUND, "127.0.0.1", options={"address_family": "ipv6"}),
    NetworkScenario("no address that the source can reach", NOT_FOUND, "127.0.0.1", options={"source_address": "::1"}),
    NetworkScenario("not a name", INVALID, "smtp..example.edu", says=("A-label",)),
    NetworkScenario("not an address", INVALID, "300.1.2.3"),
    NetworkScenario("a second line", INVALID, "smtp.example.edu\r\nEVIL"),
    NetworkScenario("a resolver that asks to come back", UNAVAILABLE, resolver=fails(socket.EAI_AGAIN), temporary=True),
    NetworkScenario("a resolver that failed", UNAVAILABLE, resolver=fails(socket.EAI_FAIL), temporary=True),
    NetworkScenario("a resolver that is broken", UNAVAILABLE, resolver=broken, temporary=True),
    NetworkScenario(
        "a resolver that hangs", UNAVAILABLE, resolver=hangs, options={"timeout": 0.3}, says=("DNS",), temporary=True
    ),
    NetworkScenario("a closed port", REFUSED, "127.0.0.1", says=("Nothing listens",), addresses=("127.0.0.1",)),
    NetworkScenario(
        "a closed port on every address",
        REFUSED,
        resolver=answers("127.0.0.1", "127.0.0.2", "127.0.0.3"),
        addresses=("127.0.0.1", "127.0.0.2", "127.0.0.3"),
    ),
    NetworkScenario(
        "no answer",
        "connection_failed connection_timeout connect",
        "127.0.0.1",
        port="black_hole",
        options={"timeout": 0.4},
        says=("firewall",),
        addresses=("127.0.0.1",),
        temporary=True,
    ),
    NetworkScenario(
        "no route",
        "connection_failed network_unreachable connect",
        "224.0.0.1",
        says=("route",),
        addresses=("224.0.0.1",),
    ),
    NetworkScenario(
        "a source that is another host's",
        "failed source_address_unavailable connect",
        "127.0.0.1",
        options={"source_address": "192.0.2.1"},
        says=("source_address",),
    ),
]


@contextmanager
def closed_port() -> Iterator[int]:
    """A port of 127.0.0.1 that is held and refuses every connection."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@contextmanager
def black_hole() -> Iterator[int]:
    """A port of 127.0.0.1 that answers no connection: its queue is full, and nobody takes from it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = int(listener.getsockname()[1])
        waiting = [socket.socket() for _each in range(8)]
        try:
            for client in waiting:
                client.setblocking(False)
                client.connect_ex(("127.0.0.1", port))
            yield port
        finally:
            for client in waiting:
                client.close()
