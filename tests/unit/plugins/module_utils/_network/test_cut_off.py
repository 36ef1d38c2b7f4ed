# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A conversation over real sockets that ends at each octet of what the server says: by a close, a half-close, a reset.

Whatever happens it is a result of the table; the check itself never fails. Octets are those on the wire, so inside TLS
a record ends in its middle. There a conversation is more than a thousand octets long, and a handshake takes its time:
every APPMAIL_CUTS-th of them is tried, each time by another ending. `make fuzz` tries them all.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Tuple

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import endpoint_from_mapping
from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import REASONS
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import check_endpoints
from tests.servers.certificates import Certificates

TLS_STEP = int(os.environ.get("APPMAIL_CUTS", "13"))
RESET = struct.pack("ii", 1, 0)

# What the server says ($ is IMAP's tag), and what it waits for before it says more. None is TLS from here on.
Turn = Tuple[bytes, bytes]  # evaluated on Python 3.8
SMTP_HELLO: Turn = (b"250-mail.example.edu\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n", b"AUTH")
SMTP_ENDS: tuple[Turn, ...] = (
    (b"235 2.7.0 ok\r\n", b"QUIT"),
    (b"250 a\r\n250 b\r\n250 c\r\n221 d\r\n", b""),
)
IMAP_ENDS: tuple[Turn, ...] = (
    (b"* CAPABILITY IMAP4rev1\r\n$ OK done\r\n", b"EXAMINE"),
    (b"* 1 EXISTS\r\n$ OK [READ-ONLY] done\r\n", b"LOGOUT"),
    (b"* BYE\r\n$ OK done\r\n", b""),
)
IMAP_CAPABILITIES = b"[CAPABILITY IMAP4rev1 STARTTLS SASL-IR AUTH=PLAIN]"


@dataclass(frozen=True)
class Conversation:
    protocol: str
    encryption: str
    turns: tuple[Turn | None, ...]


CONVERSATIONS = {
    "smtp in clear": Conversation(
        "smtp", "none", ((b"220 mail.example.edu ESMTP\r\n", b"EHLO"), SMTP_HELLO, *SMTP_ENDS)
    ),
    "imap in clear": Conversation(
        "imap", "none", ((b"* OK " + IMAP_CAPABILITIES + b" ready\r\n", b"AUTHENTICATE"), *IMAP_ENDS)
    ),
    "smtp with STARTTLS": Conversation(
        "smtp",
        "starttls",
        (
            (b"220 mail.example.edu ESMTP\r\n", b"EHLO"),
            (SMTP_HELLO[0], b"STARTTLS"),
            (b"220 2.0.0 go ahead\r\n", b""),
            None,
            (b"", b"EHLO"),
            SMTP_HELLO,
            *SMTP_ENDS,
        ),
    ),
    "imap with STARTTLS": Conversation(
        "imap",
        "starttls",
        (
            (b"* OK " + IMAP_CAPABILITIES + b" ready\r\n", b"STARTTLS"),
            (b"$ OK go ahead\r\n", b""),
            None,
            (b"", b"CAPABILITY"),
            (b"* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n$ OK done\r\n", b"AUTHENTICATE"),
            *IMAP_ENDS,
        ),
    ),
    "smtp inside TLS": Conversation(
        "smtp", "implicit_tls", (None, (b"220 mail.example.edu ESMTP\r\n", b"EHLO"), SMTP_HELLO, *SMTP_ENDS)
    ),
    "imap inside TLS": Conversation(
        "imap", "implicit_tls", (None, (b"* OK " + IMAP_CAPABILITIES + b" ready\r\n", b"AUTHENTICATE"), *IMAP_ENDS)
    ),
}
IN_CLEAR = [name for name, conversation in CONVERSATIONS.items() if conversation.encryption == "none"]
INSIDE_TLS = [name for name in CONVERSATIONS if name not in IN_CLEAR]
ENDED = {"ok", "disconnected", "connection_reset"}


def reset(connected: socket.socket) -> None:
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connected.close()


def half_close(connected: socket.socket) -> None:
    """Say no more, and go on listening."""
    connected.shutdown(socket.SHUT_WR)
    with suppress(OSError):
        while connected.recv(4096):
            pass
    connected.close()


ENDINGS: dict[str, Callable[[socket.socket], None]] = {
    "closed": socket.socket.close,
    "half-closed": half_close,
    "reset": reset,
}


class CutOff(Exception):
    """So many octets were said, or the client has gone."""


class Wire:
    """A connection that carries so many octets from the server, in clear and then in TLS."""

    def __init__(self, connected: socket.socket, octets: int) -> None:
        self._socket = connected
        self._left = octets
        self._tls: ssl.SSLObject | None = None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()

    def start_tls(self, context: ssl.SSLContext) -> None:
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._pump(self._tls.do_handshake)

    def send(self, data: bytes) -> None:
        if self._tls is None:
            self._send(data)
        elif data:
            self._tls.write(data)
            self._send(self._outgoing.read())

    def receive(self) -> bytes:
        if self._tls is None:
            return self._receive()
        tls = self._tls
        return self._pump(lambda: tls.read(4096))

    def _pump(self, call: Callable[[], bytes | None]) -> bytes:
        while True:
            try:
                result = call()
            except ssl.SSLWantReadError:  # noqa: PERF203  # each call may want more
                self._send(self._outgoing.read())
                self._incoming.write(self._receive())
            else:
                self._send(self._outgoing.read())
                return result or b""

    def _send(self, data: bytes) -> None:
        self._socket.sendall(data[: self._left])
        self._left -= len(data)
        if self._left < 0:
            raise CutOff

    def _receive(self) -> bytes:
        data = self._socket.recv(4096)
        if not data:
            raise CutOff
        return data


def converse(wire: Wire, turns: tuple[Turn | None, ...], context: ssl.SSLContext) -> None:
    heard = tag = b""
    for turn in turns:
        if turn is None:
            wire.start_tls(context)
            continue
        said, awaited = turn
        wire.send(said.replace(b"$", tag))
        heard = b""
        while awaited not in heard:
            heard += wire.receive()
        tagged = re.search(rb"(\S+) " + awaited, heard) if awaited else None
        tag = tagged.group(1) if tagged else tag


@dataclass
class Cut:
    """Where the next connections end, and how."""

    port: int = 0
    octets: int = 0
    end: Callable[[socket.socket], None] = socket.socket.close


@contextmanager
def server(turns: tuple[Turn | None, ...], context: ssl.SSLContext) -> Iterator[Cut]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        cut = Cut(int(listener.getsockname()[1]))

        def serve() -> None:
            while True:
                try:
                    connected, _address = listener.accept()
                except OSError:
                    return
                end = cut.end
                with suppress(CutOff, OSError):
                    converse(Wire(connected, cut.octets), turns, context)
                with suppress(OSError):
                    end(connected)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield cut
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def reason_after(cut: Cut, conversation: Conversation, certificates: Certificates) -> str:
    """How a check of the server ends; a fault of the check itself is none of the ways."""
    options: dict[str, object] = {
        "host": "127.0.0.1",
        "port": cut.port,
        "encryption": conversation.encryption,
        "tls": {"ca_file": str(certificates.ca_file)},
        "timeout": 5,
        "username": "svc-mail@example.edu",
        "password": "S3cret/Wort+42",
    }
    if conversation.protocol == "smtp":
        options.update(sender="svc-mail@example.edu", recipients=["desk@example.edu"])
    (result,) = check_endpoints([endpoint_from_mapping(conversation.protocol, options)], 1)
    shown = f"{cut.end.__name__} after {cut.octets} octets: {result['msg']}"
    assert "the check itself failed" not in shown
    assert result["reason"] in REASONS, shown
    return str(result["reason"])


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
@pytest.mark.parametrize("name", IN_CLEAR)
def test_cut_off_at_each_octet(name: str, end: Callable[[socket.socket], None], certificates: Certificates) -> None:
    conversation = CONVERSATIONS[name]
    seen: Counter[str] = Counter()
    with server(conversation.turns, certificates.context("good")) as cut:
        cut.end = end
        while not seen["ok"]:
            seen[reason_after(cut, conversation, certificates)] += 1
            cut.octets += 1
    assert set(seen) == ENDED
    assert sum(seen.values()) > 100


@pytest.mark.parametrize("name", INSIDE_TLS)
def test_cut_off_inside_tls(name: str, certificates: Certificates) -> None:
    conversation = CONVERSATIONS[name]
    endings = list(ENDINGS.values())
    seen: Counter[str] = Counter()
    with server(conversation.turns, certificates.context("good")) as cut:
        while not seen["ok"]:
            cut.end = endings[sum(seen.values()) % len(endings)]
            seen[reason_after(cut, conversation, certificates)] += 1
            cut.octets += TLS_STEP
    assert set(seen) == {*ENDED, "tls_handshake_failed"}
    assert cut.octets > 1000


CLEAR = CONVERSATIONS["smtp in clear"]


def test_reset_right_after_it_was_accepted(certificates: Certificates) -> None:
    """Where the reset comes before the first call on the new socket, that call fails."""
    with server(CLEAR.turns, certificates.context("good")) as cut:
        cut.end = reset
        assert reason_after(cut, CLEAR, certificates) == "connection_reset"


def test_every_call_on_a_new_socket_is_inside_the_mapping(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_socket: socket.socket, *_options: object) -> None:
        raise OSError(107, "Transport endpoint is not connected")

    with server(CLEAR.turns, certificates.context("good")) as cut:
        monkeypatch.setattr(socket.socket, "setsockopt", gone)
        assert reason_after(cut, CLEAR, certificates) == "connection_reset"
