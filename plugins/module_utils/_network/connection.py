# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Names to addresses to a connected socket, each step under the deadline and each failure kept."""

from __future__ import annotations

import errno
import os
import select
import selectors
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from typing import NamedTuple, Protocol

from ansible_collections.appmail.settings.plugins.module_utils._check.facts import AddressFailure, CheckFailure
from ansible_collections.appmail.settings.plugins.module_utils._check.host_names import (
    InvalidName,
    address_family,
    ascii_host,
)

from .deadline import Deadline, DeadlineExpired, run_within

# RFC 8305 5: how long one address has a head start before the next one is tried beside it, in seconds.
HEAD_START = 0.25
CHUNK = 65536
# How long, and for how much, the other side is listened to when everything is said.
GOODBYE_TIME = 0.2
GOODBYE_OCTETS = 1_048_576
FAMILIES = {"any": socket.AF_UNSPEC, "ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}


class Disconnected(Exception):
    """The other side closed or reset the connection, or the network did."""


class Address(NamedTuple):
    """One address of a host, as sockets take it."""

    family: int
    sockaddr: tuple[object, ...]

    @property
    def text(self) -> str:
        return str(self.sockaddr[0])


class Transport(Protocol):
    """Bytes to and from one server. Raises DeadlineExpired or Disconnected."""

    address: str
    local_address: str

    def send(self, data: bytes, deadline: Deadline) -> None:
        """All of it."""

    def receive(self, deadline: Deadline) -> bytes:
        """At least one byte; none when the other side has closed."""

    def close(self, goodbye: bytes = b"") -> None:
        """Say this, let the other side end what it is saying, and hang up; nothing that goes wrong here matters."""


class Network(Protocol):
    """What a dialogue needs of the world; tests give one that lives in memory."""

    def resolve(
        self, host: str, port: int, family: str, source_address: str | None, deadline: Deadline
    ) -> list[Address]:
        """The addresses of a host, in the order in which they are tried."""

    def connect(
        self,
        addresses: list[Address],
        source_address: str | None,
        deadline: Deadline,
        failures: list[AddressFailure],
    ) -> Transport:
        """The first address that answers; those that did not are added to `failures`."""


class SocketTransport:
    """A connected TCP socket. It never blocks: each wait is one poll for what is left of the deadline, where a timeout
    of Python's own would cost two more system calls each time."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._readable = _poll(connected, select.POLLIN)
        self.address = str(connected.getpeername()[0])
        self.local_address = str(connected.getsockname()[0])

    def send(self, data: bytes, deadline: Deadline) -> None:
        left = memoryview(data)
        while left:
            deadline.remaining()
            try:
                count = self._socket.send(left)
                left = left[count:]
            except BlockingIOError:
                _await(_poll(self._socket, select.POLLOUT), deadline)
            except OSError as fault:
                raise Disconnected(_words(fault)) from fault

    def receive(self, deadline: Deadline) -> bytes:
        while True:
            _await(self._readable, deadline)
            try:
                return self._socket.recv(CHUNK)
            except BlockingIOError:
                continue
            except OSError as fault:
                raise Disconnected(_words(fault)) from fault

    def close(self, goodbye: bytes = b"") -> None:
        with suppress(DeadlineExpired, Disconnected, OSError):
            patience = Deadline(GOODBYE_TIME if goodbye else 0.0)
            if goodbye:
                self.send(goodbye, patience)
                self._socket.shutdown(socket.SHUT_WR)
            self._read_to_the_end(patience)
        self._socket.close()

    def _read_to_the_end(self, patience: Deadline) -> None:
        """What is under way: a socket that is closed with something unread in it resets the connection, which the
        server takes for a fault."""
        left = GOODBYE_OCTETS
        while left > 0:
            try:
                data = self._socket.recv(CHUNK)
            except BlockingIOError:
                _await(self._readable, patience)
                continue
            except OSError:
                return
            if not data:
                return
            left -= len(data)


def _poll(connected: socket.socket, event: int) -> select.poll:
    poll = select.poll()
    poll.register(connected, event)
    return poll


def _await(poll: select.poll, deadline: Deadline) -> None:
    """Until the socket is ready, or has failed, which the next call on it then says."""
    if not deadline.wait(lambda seconds: poll.poll(seconds * 1000)):
        raise DeadlineExpired


class SystemNetwork:
    """The host's own resolver and sockets. Names are looked up once for all endpoints that share one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, int, str], list[Address]] = {}

    def resolve(
        self, host: str, port: int, family: str, source_address: str | None, deadline: Deadline
    ) -> list[Address]:
        try:
            name = ascii_host(host)
        except InvalidName as fault:
            raise CheckFailure("dns_invalid_name", str(fault)) from fault
        key = (name, port, family)
        with self._lock:
            addresses = self._known.get(key)
        if addresses is None:
            addresses = _look_up(name, port, family, deadline)
            with self._lock:
                self._known[key] = addresses
        return _from_source(addresses, source_address, name)

    def connect(
        self,
        addresses: list[Address],
        source_address: str | None,
        deadline: Deadline,
        failures: list[AddressFailure],
    ) -> Transport:
        race = _Race(addresses, source_address, failures)
        try:
            connected = race.run(deadline)
        finally:
            race.close()
        try:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return SocketTransport(connected)
        except OSError as fault:  # reset between the handshake and here
            connected.close()
            raise CheckFailure("connection_reset", _words(fault)) from fault


def _look_up(name: str, port: int, family: str, deadline: Deadline) -> list[Address]:
    """All addresses of a name in the order of RFC 6724, the families interleaved (RFC 8305 4)."""
    literal = address_family(name)
    if literal is None and name.rstrip(".").rpartition(".")[2].lower() == "invalid":
        # RFC 6761 6.4: a resolver should know without asking; so the answer is the same on every network.
        raise CheckFailure("dns_not_found", f"{name} does not exist (RFC 6761 reserves .invalid for that)")

    def ask() -> list[Address]:
        flags = socket.AI_NUMERICHOST if literal is not None else 0
        entries = socket.getaddrinfo(name, port, FAMILIES[family], socket.SOCK_STREAM, 0, flags)
        return list(dict.fromkeys(Address(entry[0], entry[4]) for entry in entries))

    try:
        addresses = ask() if literal is not None else run_within(deadline, ask)
    except socket.gaierror as fault:
        raise _resolve_failure(name, family, fault) from fault
    except UnicodeError as fault:
        raise CheckFailure("dns_invalid_name", f"{name} is not a host name") from fault
    except DeadlineExpired:
        raise CheckFailure("dns_unavailable", f"no answer for {name} from the resolver in time") from None
    except OSError as fault:
        raise CheckFailure("dns_unavailable", f"the resolver failed for {name}: {_words(fault)}") from fault
    return interleaved(addresses)


# What getaddrinfo says when the name or the family is not there; anything else is the resolver's own trouble.
_NOT_FOUND = tuple(
    getattr(socket, name)
    for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY", "EAI_FAMILY")
    if hasattr(socket, name)
)


def _resolve_failure(name: str, family: str, fault: socket.gaierror) -> CheckFailure:
    if fault.errno in _NOT_FOUND:
        family_note = "" if family == "any" else f", or has no {family} address"
        return CheckFailure("dns_not_found", f"{name} does not exist{family_note} ({fault.strerror})")
    return CheckFailure("dns_unavailable", f"the resolver has no answer for {name} ({fault.strerror})")


def interleaved(addresses: list[Address]) -> list[Address]:
    """The families in turn, each in its own order, so that a broken one holds nobody up (RFC 8305 4)."""
    if not addresses:
        return []
    first = [address for address in addresses if address.family == addresses[0].family]
    other = [address for address in addresses if address.family != addresses[0].family]
    mixed: list[Address] = []
    for index in range(max(len(first), len(other))):
        mixed += first[index:][:1] + other[index:][:1]
    return mixed


def _from_source(addresses: list[Address], source_address: str | None, name: str) -> list[Address]:
    """Only the addresses that a connection from `source_address` can reach."""
    if source_address is None:
        return addresses
    family = address_family(source_address)
    reachable = [address for address in addresses if address.family == family]
    if not reachable:
        raise CheckFailure("dns_not_found", f"{name} has no address of the family of source_address {source_address}")
    return reachable


class _Race:
    """Addresses tried in turn, the next one as soon as one has failed or its head start is over; first answer wins."""

    def __init__(self, addresses: list[Address], source_address: str | None, failures: list[AddressFailure]) -> None:
        self._waiting = deque(addresses)
        self._source_address = source_address
        self._failures = failures
        self._selector = selectors.PollSelector()
        self._running: dict[socket.socket, Address] = {}
        self._next_start = 0.0

    def run(self, deadline: Deadline) -> socket.socket:
        while self._waiting or self._running:
            winner = self._start_next() if self._may_start() else self._wait(deadline)
            if winner is not None:
                return winner
        raise _connect_failure(self._failures)

    def close(self) -> None:
        for loser in self._running:
            loser.close()
        self._selector.close()

    def _may_start(self) -> bool:
        return bool(self._waiting) and (not self._running or time.monotonic() >= self._next_start)

    def _start_next(self) -> socket.socket | None:
        address = self._waiting.popleft()
        self._next_start = time.monotonic() + HEAD_START
        try:
            attempt = socket.socket(address.family, socket.SOCK_STREAM)
        except OSError as fault:
            self._failed(address, fault.errno or 0)
            return None
        attempt.settimeout(0)
        if self._source_address is not None:
            self._bind(attempt, self._source_address)
        code = attempt.connect_ex(address.sockaddr)
        if code in (errno.EINPROGRESS, errno.EWOULDBLOCK):
            self._running[attempt] = address
            self._selector.register(attempt, selectors.EVENT_WRITE, attempt)
            return None
        return self._ended(attempt, address, code)

    def _bind(self, attempt: socket.socket, source_address: str) -> None:
        try:
            attempt.bind((source_address, 0))
        except OSError as fault:
            attempt.close()
            raise CheckFailure(
                "source_address_unavailable", f"cannot connect from {source_address}: {_words(fault)}"
            ) from fault

    def _wait(self, deadline: Deadline) -> socket.socket | None:
        """Wait for an answer, for the end of a head start, or for the deadline."""
        head_start = max(0.0, self._next_start - time.monotonic()) if self._waiting else float("inf")
        try:
            ready = deadline.wait(lambda seconds: self._selector.select(min(seconds, head_start)))
        except DeadlineExpired:
            self._give_up()
            return None
        for key, _events in ready:
            attempt: socket.socket = key.data
            self._selector.unregister(attempt)
            address = self._running.pop(attempt)
            winner = self._ended(attempt, address, attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
            if winner is not None:
                return winner
        return None

    def _give_up(self) -> None:
        for attempt, address in self._running.items():
            attempt.close()
            self._failed(address, errno.ETIMEDOUT)
        for address in self._waiting:
            self._failures.append(AddressFailure(address.text, "connection_timeout", "not tried: the time was up"))
        self._running.clear()
        self._waiting.clear()

    def _ended(self, attempt: socket.socket, address: Address, code: int) -> socket.socket | None:
        code = code or _state_of(attempt)
        if code == 0:
            return attempt
        attempt.close()
        self._failed(address, code)
        return None

    def _failed(self, address: Address, code: int) -> None:
        reason = _CONNECT_REASONS.get(code, "network_unreachable" if code else "unknown")
        self._failures.append(AddressFailure(address.text, reason, _strerror(code)))


def _state_of(connected: socket.socket) -> int:
    """0, or the error number of a connection that is none any more."""
    try:
        if connected.getsockname() == connected.getpeername():
            return errno.ECONNREFUSED  # TCP connected the closed port to itself (simultaneous open)
    except OSError as fault:
        return errno.ECONNRESET if fault.errno == errno.ENOTCONN else fault.errno or errno.ECONNRESET
    return 0


_CONNECT_REASONS = {
    errno.ECONNREFUSED: "connection_refused",
    errno.ETIMEDOUT: "connection_timeout",
    errno.ECONNRESET: "connection_reset",
    errno.ECONNABORTED: "connection_reset",
}
# With several addresses the reason is the first of these that any of them gave: "refused" means that all refused.
_PRECEDENCE = ("connection_timeout", "connection_reset", "connection_refused", "network_unreachable")


def _connect_failure(failures: list[AddressFailure]) -> CheckFailure:
    reasons = {failure.reason for failure in failures}
    reason = next((name for name in _PRECEDENCE if name in reasons), "unknown")
    if len(failures) == 1:
        return CheckFailure(reason, f"{failures[0].address}: {failures[0].detail}")
    return CheckFailure(reason, "; ".join(f"{failure.address}: {failure.detail}" for failure in failures))


def _strerror(code: int) -> str:
    return "no answer" if code == errno.ETIMEDOUT else os.strerror(code)


def _words(fault: OSError) -> str:
    """The system's words for an error, without Python's frame around them."""
    return fault.strerror or type(fault).__name__
