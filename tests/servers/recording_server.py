# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An SMTP server that writes down what each client says: how it names itself, encrypts, logs in, and what it sends."""

from __future__ import annotations

import base64
import hashlib
import hmac
import queue
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import cast

import trustme

PATIENCE = 30.0  # seconds; only a broken client needs as long


@dataclass
class Visit:
    """What one client said. What it did not say is None."""

    helo: str | None = None
    tls: str | None = None  # such as TLSv1.3
    server_name: str | None = None  # what the client asked for (SNI)
    client: str | None = None  # the names in its certificate
    mechanism: str | None = None
    username: str | None = None
    password: str | None = None
    sender: str | None = None
    recipients: list[str] = field(default_factory=list)
    message: bytes | None = None


@dataclass(frozen=True)
class Identity:
    """The server's certificate, the authority that client certificates are from, and the newest TLS that it speaks."""

    certificate: trustme.LeafCert
    clients: trustme.CA
    newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = self.newest
        context.verify_mode = ssl.CERT_OPTIONAL
        self.certificate.configure_cert(context)
        self.clients.configure_trust(context)
        return context


@dataclass(frozen=True)
class Manners:
    """How the server behaves. No `identity`: it knows no TLS. No `mechanisms`: it takes mail without a login."""

    identity: Identity | None = None
    implicit: bool = False
    users: Mapping[str, str] = field(default_factory=dict)
    mechanisms: tuple[str, ...] = ()


class RecordingServer:
    """The server, on a free port unless one is named. Every visit is in `visits` when its connection has ended."""

    def __init__(self, manners: Manners, address: str = "127.0.0.1", port: int = 0) -> None:
        self.visits: queue.Queue[Visit] = queue.Queue()
        self._begun: list[object] = []
        self._taken = 0
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        manner = {"address_family": family, "daemon_threads": True, "allow_reuse_address": True}
        kind = type("Server", (socketserver.ThreadingTCPServer,), manner)
        handler = type("Handler", (_Session,), {"manners": manners, "visits": self.visits, "begun": self._begun})
        self._server = kind((address, port), handler)
        self.address = address
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> RecordingServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def visit(self) -> Visit:
        """The next visit that has ended."""
        visit = self.visits.get(timeout=PATIENCE)
        self._taken += 1
        return visit

    def all_visits(self) -> list[Visit]:
        """Every visit that has begun by now, when its connection has ended; none of them is asked for twice."""
        return [self.visit() for _session in range(len(self._begun) - self._taken)]

    def message(self) -> Visit:
        """The next visit in which a message was handed over."""
        while True:
            visit = self.visit()
            if visit.message is not None:
                return visit


class _Session(socketserver.BaseRequestHandler):
    manners: Manners
    visits: queue.Queue[Visit]
    begun: list[object]

    def setup(self) -> None:
        self.begun.append(self)
        self.visit = Visit()
        self._socket: socket.socket = self.request
        self._socket.settimeout(PATIENCE)
        self._buffer = b""

    def handle(self) -> None:
        try:
            if self.manners.implicit:
                self._secure()
            self._say("220 here")
            while line := self._line():
                if not self._answer(line):
                    return
        except OSError:
            return  # the client did not like something, which is what some tests want

    def finish(self) -> None:
        self._socket.close()
        self.visits.put(self.visit)

    def _answer(self, line: str) -> bool:
        command, _blank, rest = line.partition(" ")
        answers: dict[str, Callable[[str], None]] = {
            "HELO": self._helo,
            "EHLO": self._ehlo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
        }
        if command.upper() == "QUIT":
            self._say("221 bye")
            return False
        answers.get(command.upper(), self._anything_else)(rest)
        return True

    def _anything_else(self, _rest: str) -> None:
        self._say("250 as you like")

    def _helo(self, name: str) -> None:
        self.visit.helo = name
        self._say("250 here")

    def _ehlo(self, name: str) -> None:
        self.visit.helo = name
        offers = ["here"]
        if self.manners.identity is not None and self.visit.tls is None:
            offers.append("STARTTLS")
        if self.manners.mechanisms:
            offers.append(f"AUTH {' '.join(self.manners.mechanisms)}")
        self._say(*(f"250{'-' if offer is not offers[-1] else ' '}{offer}" for offer in offers))

    def _starttls(self, _rest: str) -> None:
        if self.manners.identity is None:
            self._say("502 5.5.1 no TLS here")
            return
        self._say("220 go ahead")
        self._secure()

    def _secure(self) -> None:
        assert self.manners.identity is not None
        context = self.manners.identity.context()
        context.sni_callback = self._note_name
        secure = context.wrap_socket(self._socket, server_side=True)
        self._socket = secure
        self.visit.tls = secure.version()
        self.visit.client = _names(secure)

    def _note_name(self, _socket: ssl.SSLObject, name: str, _context: ssl.SSLContext) -> None:
        self.visit.server_name = name

    def _auth(self, rest: str) -> None:
        mechanism, _blank, initial = rest.partition(" ")
        self.visit.mechanism = mechanism.upper()
        logins: dict[str, Callable[[str], bool]] = {
            "PLAIN": self._plain,
            "LOGIN": self._login,
            "CRAM-MD5": self._cram_md5,
        }
        accepted = mechanism.upper() in logins and logins[mechanism.upper()](initial)
        self._say("235 welcome" if accepted else "535 5.7.8 not you")

    def _plain(self, initial: str) -> bool:
        _identity, self.visit.username, self.visit.password = _decoded(initial or self._ask("")).split("\0")
        return self.manners.users.get(self.visit.username) == self.visit.password

    def _login(self, initial: str) -> bool:
        self.visit.username = _decoded(initial or self._ask("Username:"))
        self.visit.password = _decoded(self._ask("Password:"))
        return self.manners.users.get(self.visit.username) == self.visit.password

    def _cram_md5(self, _initial: str) -> bool:
        challenge = "<1.2@here>"
        self.visit.username, _blank, digest = _decoded(self._ask(challenge)).rpartition(" ")
        password = self.manners.users.get(self.visit.username, "")
        return digest == hmac.new(password.encode(), challenge.encode(), hashlib.md5).hexdigest()

    def _mail(self, rest: str) -> None:
        if self.manners.mechanisms and self.visit.username is None:
            self._say("530 5.7.0 log in first")
            return
        self.visit.sender = rest[rest.index("<") + 1 : rest.index(">")]
        self._say("250 ok")

    def _rcpt(self, rest: str) -> None:
        self.visit.recipients.append(rest[rest.index("<") + 1 : rest.index(">")])
        self._say("250 ok")

    def _data(self, _rest: str) -> None:
        self._say("354 go ahead")
        lines = iter(self._raw_line, b".\r\n")
        self.visit.message = b"".join(line.removeprefix(b".") if line.startswith(b"..") else line for line in lines)
        self._say("250 ok")

    def _ask(self, challenge: str) -> str:
        self._say(f"334 {base64.b64encode(challenge.encode()).decode()}")
        return self._line()

    def _line(self) -> str:
        return self._raw_line().decode("utf-8", "replace").rstrip("\r\n")

    def _raw_line(self) -> bytes:
        while b"\n" not in self._buffer:
            more = self._socket.recv(65536)
            if not more:
                raise ConnectionResetError("the client has gone")
            self._buffer += more
        line, end, self._buffer = self._buffer.partition(b"\n")
        return line + end

    def _say(self, *lines: str) -> None:
        self._socket.sendall("".join(f"{line}\r\n" for line in lines).encode())


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode("utf-8", "replace")


def _names(secure: ssl.SSLSocket) -> str | None:
    names = (secure.getpeercert() or {}).get("subjectAltName", ())
    return ", ".join(str(pair[1]) for pair in cast("tuple[tuple[str, str], ...]", names)) or None
