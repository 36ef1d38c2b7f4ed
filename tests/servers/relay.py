# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A relay that costs little: it offers what a Postfix offers to those who log in, and does no more than answer.

Benchmarks use it in place of the aiosmtpd of mail_server.py, which has no PIPELINING and takes more time for a dialogue
than the clients that are to be compared. It takes IMAP logins too.

As a program it writes one JSON line when it listens (`ports` by encryption, `ca_file`), answers each line on its
standard input with its counts as a JSON line, and ends when its standard input is closed.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import ssl
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Callable

import trustme

HOST = "127.0.0.1"
NAMES = ("localhost", HOST)
SIZE_LIMIT = 10 * 1024 * 1024


@dataclass
class Counts:
    """What all ports together have seen."""

    connections: int = 0
    logins: int = 0
    refused: int = 0
    commands: int = 0


@dataclass(frozen=True)
class Port:
    """One listener: its protocol, and whether and how it is encrypted (none, starttls, implicit_tls)."""

    protocol: str
    encryption: str

    @property
    def name(self) -> str:
        return f"{self.protocol}_{self.encryption}"


PORTS = tuple(Port(protocol, kind) for protocol in ("smtp", "imap") for kind in ("none", "starttls", "implicit_tls"))


class Visit(asyncio.Protocol):
    """One client's conversation, line by line."""

    def __init__(self, port: Port, context: ssl.SSLContext, password: str, counts: Counts) -> None:
        self._context = context
        self._password = password
        self._counts = counts
        self._secure = port.encryption == "implicit_tls"
        self._starttls = port.encryption == "starttls"
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._upgrade: asyncio.Future[None] | None = None
        # What the next line answers, where it answers something.
        self._awaited: Callable[[str], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        first = self._transport is None
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
        if first:
            self._counts.connections += 1
            self.greet()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._upgrade is None or self._upgrade.done():
            self._take_lines()

    def _take_lines(self) -> None:
        while b"\n" in self._buffer:
            line, _end, self._buffer = self._buffer.partition(b"\n")
            self._counts.commands += 1
            text = line.rstrip(b"\r").decode("utf-8", "replace")
            awaited, self._awaited = self._awaited, None
            (awaited or self.take)(text)

    def greet(self) -> None:
        raise NotImplementedError

    def take(self, line: str) -> None:
        raise NotImplementedError

    def say(self, text: str) -> None:
        if self._transport is not None:
            self._transport.write(text.encode("utf-8") + b"\r\n")

    def hang_up(self, *, at_once: bool = False) -> None:
        if self._transport is not None and at_once:
            self._transport.abort()
        elif self._transport is not None:
            self._transport.close()

    def accepts(self, password: str) -> bool:
        self._counts.logins += 1
        accepted = password == self._password
        self._counts.refused += not accepted
        return accepted

    def wrap(self) -> None:
        self._secure = True
        self._buffer = b""
        self._upgrade = asyncio.ensure_future(self._wrapped())

    async def _wrapped(self) -> None:
        if self._transport is None:
            return
        try:
            transport = await asyncio.get_running_loop().start_tls(
                self._transport, self, self._context, server_side=True
            )
        except (OSError, ssl.SSLError):
            return
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._take_lines()


def plain_password(response: str) -> str:
    """The password in a response of PLAIN (RFC 4616)."""
    return base64.b64decode(response).decode("utf-8", "replace").rpartition("\0")[2]


class SmtpVisit(Visit):
    """RFC 5321 with STARTTLS, AUTH PLAIN and LOGIN, PIPELINING, SIZE and enhanced status codes."""

    def greet(self) -> None:
        self.say("220 relay.example.edu ESMTP")

    def take(self, line: str) -> None:
        verb, _blank, rest = line.partition(" ")
        verb = verb.upper()
        if verb == "EHLO":
            self._hello()
        elif verb == "AUTH":
            self._authenticate(rest)
        elif verb == "STARTTLS" and self._starttls and not self._secure:
            self.say("220 2.0.0 Ready to start TLS")
            self.wrap()
        elif verb == "QUIT":
            self.say("221 2.0.0 Bye")
            self.hang_up()
        else:
            known = verb in ("HELO", "MAIL", "RCPT", "RSET", "NOOP")
            self.say("250 2.1.0 Ok" if known else "502 5.5.2 Error: command not recognized")

    def _hello(self) -> None:
        words = ["relay.example.edu", "PIPELINING", f"SIZE {SIZE_LIMIT}", "8BITMIME", "ENHANCEDSTATUSCODES"]
        words.append("STARTTLS" if self._starttls and not self._secure else "AUTH PLAIN LOGIN")
        self.say("\r\n".join([*(f"250-{word}" for word in words[:-1]), f"250 {words[-1]}"]))

    def _authenticate(self, arguments: str) -> None:
        mechanism, _blank, initial = arguments.partition(" ")
        if mechanism.upper() == "LOGIN":
            self._awaited = self._ask_password
            if initial:
                self._ask_password(initial)
            else:
                self.say("334 VXNlcm5hbWU6")
        elif initial:
            self._judge(plain_password(initial))
        else:
            self._awaited = lambda line: self._judge(plain_password(line))
            self.say("334 ")

    def _ask_password(self, _user: str) -> None:
        self._awaited = lambda line: self._judge(base64.b64decode(line).decode("utf-8", "replace"))
        self.say("334 UGFzc3dvcmQ6")

    def _judge(self, password: str) -> None:
        accepted = self.accepts(password)
        self.say("235 2.7.0 Authentication successful" if accepted else "535 5.7.8 Error: authentication failed")


class ImapVisit(Visit):
    """As much of IMAP4rev1 (RFC 3501) as a login and an EXAMINE need."""

    def greet(self) -> None:
        self.say(f"* OK [CAPABILITY {self._capabilities()}] ready")

    def _capabilities(self) -> str:
        return "IMAP4rev1 SASL-IR " + (
            "STARTTLS LOGINDISABLED" if self._starttls and not self._secure else "AUTH=PLAIN"
        )

    def take(self, line: str) -> None:
        tag, _blank, rest = line.partition(" ")
        verb, _blank, arguments = rest.partition(" ")
        verb = verb.upper()
        if verb == "STARTTLS":
            self.say(f"{tag} OK begin")
            self.wrap()
        elif verb in ("AUTHENTICATE", "LOGIN"):
            self._log_in(tag, verb, arguments.split(" "))
        else:
            untagged = {"CAPABILITY": f"CAPABILITY {self._capabilities()}", "EXAMINE": "0 EXISTS", "LOGOUT": "BYE"}
            if verb in untagged:
                self.say(f"* {untagged[verb]}")
            self.say(f"{tag} OK done")
            if verb == "LOGOUT":
                self.hang_up()

    def _log_in(self, tag: str, verb: str, words: list[str]) -> None:
        password = words[-1].strip('"') if verb == "LOGIN" else plain_password(words[-1])
        accepted = self.accepts(password)
        self.say(f"{tag} OK logged in" if accepted else f"{tag} NO [AUTHENTICATIONFAILED] no")


VISITS: dict[str, type[Visit]] = {"smtp": SmtpVisit, "imap": ImapVisit}


class Relay:
    """All listeners on one loop. Whoever knows the password may log in, whatever the name."""

    def __init__(self, password: str) -> None:
        self.counts = Counts()
        self.ports: dict[str, int] = {}
        self.authority = trustme.CA()
        self._servers: list[asyncio.AbstractServer] = []
        self._visits: list[Visit] = []
        self._password = password
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*NAMES).configure_cert(self._context)

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        for port in PORTS:
            context = self._context if port.encryption == "implicit_tls" else None
            server = await loop.create_server(self._factory(port), HOST, 0, ssl=context, backlog=1024)
            self._servers.append(server)
            self.ports[port.name] = server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no more, and end what conversations there are."""
        for server in self._servers:
            server.close()
        for visit in self._visits:
            visit.hang_up(at_once=True)
        await _cancel_all()

    def _factory(self, port: Port) -> Callable[[], Visit]:
        def visit() -> Visit:
            # One process serves a benchmark's few thousand visits, so none is taken out of the list.
            self._visits.append(VISITS[port.protocol](port, self._context, self._password, self.counts))
            return self._visits[-1]

        return visit


async def _cancel_all() -> None:
    pending = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)


def main() -> None:
    """Run until standard input is closed."""
    parser = argparse.ArgumentParser(description="A relay on 127.0.0.1 that costs little.")
    parser.add_argument("--ca-file", type=Path, required=True)
    arguments = parser.parse_args()
    relay = Relay(os.environ["RELAY_PASSWORD"])
    relay.authority.cert_pem.write_to_path(str(arguments.ca_file))
    loop = asyncio.new_event_loop()
    loop.run_until_complete(relay.listen())
    threading.Thread(target=loop.run_forever, daemon=True).start()
    sys.stdout.write(json.dumps({"ports": relay.ports, "ca_file": str(arguments.ca_file)}) + "\n")
    sys.stdout.flush()
    for _line in sys.stdin:
        sys.stdout.write(json.dumps(asdict(relay.counts)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
