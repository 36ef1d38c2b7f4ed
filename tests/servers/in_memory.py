# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network in memory, with a clock of its own: thousands of conversations a second, and no wait is a real one."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Callable, Protocol

from ansible_collections.appmail.settings.plugins.module_utils._check.facts import AddressFailure, CheckFailure
from ansible_collections.appmail.settings.plugins.module_utils._network.connection import Address, Disconnected
from ansible_collections.appmail.settings.plugins.module_utils._network.deadline import Deadline, DeadlineExpired


@dataclass
class Clock:
    """Time that passes only when somebody waits; it stands in for the module `time`."""

    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return 1_800_000_000.0 + self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Server(Protocol):
    """One connection's other side: what it says, when it is connected to and after what it hears.

    Each piece of what it says is received alone. None hangs up, an empty piece resets the connection.
    """

    def connected(self) -> list[bytes | None]: ...

    def heard(self, data: bytes) -> list[bytes | None]: ...


class MemoryTransport:
    """See Transport. Each receive costs `seconds` on the clock."""

    address = "192.0.2.25"
    local_address = "192.0.2.1"

    def __init__(self, server: Server, clock: Clock, seconds: float) -> None:
        self._server = server
        self._clock = clock
        self._seconds = seconds
        self._pieces = server.connected()
        self.flights = 0

    def send(self, data: bytes, deadline: Deadline) -> None:
        deadline.remaining()
        if None in self._pieces:
            return  # as TCP does: what is sent to who has closed gets lost
        self.flights += 1
        self._pieces.extend(self._server.heard(data))

    def receive(self, deadline: Deadline) -> bytes:
        deadline.remaining()
        self._clock.now += self._seconds
        if not self._pieces:
            self._clock.now = max(self._clock.now, deadline.end)
            raise DeadlineExpired
        piece = self._pieces[0]
        if piece is None:
            return b""
        del self._pieces[0]
        if not piece:
            self._pieces.insert(0, b"")
            raise Disconnected("Connection reset by peer")
        return piece

    def close(self, goodbye: bytes = b"") -> None:
        self.flights += bool(goodbye)


@dataclass
class MemoryNetwork:
    """See Network. Every connection gets a new server."""

    clock: Clock
    servers: Callable[[], Server]
    seconds: float = 0.001
    transports: list[MemoryTransport] = field(default_factory=list)

    def resolve(
        self,
        host: str,  # noqa: ARG002
        port: int,
        family: str,  # noqa: ARG002
        source_address: str | None,  # noqa: ARG002
        deadline: Deadline,
    ) -> list[Address]:
        deadline.remaining()
        return [Address(2, (MemoryTransport.address, port))]

    def connect(
        self,
        addresses: list[Address],  # noqa: ARG002
        source_address: str | None,  # noqa: ARG002
        deadline: Deadline,
        failures: list[AddressFailure],  # noqa: ARG002
    ) -> MemoryTransport:
        if not deadline.allows(0):
            raise CheckFailure("connection_timeout", "no answer")
        self.transports.append(MemoryTransport(self.servers(), self.clock, self.seconds))
        return self.transports[-1]


class TlsServer:
    """A server inside TLS: from the first byte, or from where the inner server says so.

    The inner server's `heard` is given clear text. Where it says STARTTLS the handshake begins with what is heard next.
    """

    STARTTLS = b"<TLS>"

    def __init__(self, inner: Server, context: ssl.SSLContext, *, implicit: bool) -> None:
        self._inner = inner
        self._context = context
        self._tls: ssl.SSLObject | None = None
        self._ready = False
        if implicit:
            self._begin()

    def connected(self) -> list[bytes | None]:
        return [] if self._tls is not None else self._sent(self._inner.connected())

    def heard(self, data: bytes) -> list[bytes | None]:
        if self._tls is None:
            return self._sent(self._inner.heard(data))
        self._incoming.write(data)
        said: list[bytes | None] = []
        try:
            said = self._heard_inside(self._tls)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            return [*self._flushed(), None]
        return [*self._flushed(), *said]

    def _heard_inside(self, tls: ssl.SSLObject) -> list[bytes | None]:
        if not self._ready:
            tls.do_handshake()
            self._ready = True
            if self._implicit:
                self._write(tls, self._inner.connected())
        while True:
            data = tls.read(65536)
            if not data:
                return [None]
            if not self._write(tls, self._inner.heard(data)):
                return [*self._flushed(), None]

    def _write(self, tls: ssl.SSLObject, pieces: list[bytes | None]) -> bool:
        for piece in pieces:
            if not piece:
                return False
            tls.write(piece)
        return True

    def _flushed(self) -> list[bytes | None]:
        data = self._outgoing.read()
        return [data] if data else []

    def _sent(self, pieces: list[bytes | None]) -> list[bytes | None]:
        if self.STARTTLS in pieces:
            pieces = [piece for piece in pieces if piece != self.STARTTLS]
            self._begin(implicit=False)
        return pieces

    def _begin(self, *, implicit: bool = True) -> None:
        self._implicit = implicit
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = self._context.wrap_bio(self._incoming, self._outgoing, server_side=True)
