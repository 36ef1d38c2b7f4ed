# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A DNS server of our own, over UDP and TCP, on 127.0.0.1: it answers from a table, fails or is silent by name."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from types import TracebackType

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

# (name, kind) -> records as a zone file writes them
Zone = Mapping[tuple[str, str], Sequence[str]]

# Names that begin so are refused an answer, or get none at all.
BROKEN, SILENT = "broken", "silent"


class DnsServer:
    """Serves a zone until it is left; `asked` counts the questions, `port` is that of both transports."""

    def __init__(self, zone: Zone) -> None:
        self.zone = {(name.lower(), kind): list(records) for (name, kind), records in zone.items()}
        self.asked: Counter[tuple[str, str, str]] = Counter()
        self._tcp = _Tcp(self)
        self.port: int = self._tcp.server_address[1]
        self._udp = _Udp(self, self.port)

    def __enter__(self) -> DnsServer:
        for server in (self._udp, self._tcp):
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def answer(self, wire: bytes, transport: str) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = question.rdtype.name
        self.asked[name, kind, transport] += 1
        if name.startswith(SILENT):
            return None
        response = dns.message.make_response(query)
        if name.startswith(BROKEN):
            response.set_rcode(dns.rcode.SERVFAIL)
            return response.to_wire()
        if records := self.zone.get((name, kind)):
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
        elif not any(known == name or known.endswith(f".{name}") for known, _kind in self.zone):
            response.set_rcode(dns.rcode.NXDOMAIN)
        if transport == "udp" and len(response.to_wire()) > 512:
            response.answer.clear()
            response.flags |= dns.flags.TC
        return response.to_wire()


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True

    def __init__(self, owner: DnsServer, port: int) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", port), _Datagram)


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, owner: DnsServer) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Stream)


class _Datagram(socketserver.BaseRequestHandler):
    server: _Udp

    def handle(self) -> None:
        wire, socket = self.request
        if (answer := self.server.owner.answer(wire, "udp")) is not None:
            socket.sendto(answer, self.client_address)


class _Stream(socketserver.StreamRequestHandler):
    server: _Tcp

    def handle(self) -> None:
        head = self.rfile.read(2)
        if len(head) < 2:
            return
        answer = self.server.owner.answer(self.rfile.read(struct.unpack("!H", head)[0]), "tcp")
        if answer is not None:
            self.wfile.write(struct.pack("!H", len(answer)) + answer)
