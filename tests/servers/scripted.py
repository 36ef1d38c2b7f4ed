# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that does what a script says, for the replies that no real server gives on demand.

A script is a sequence of steps, each a string or bytes:

- `> 250-one|250 two`  send these lines; in IMAP `$` is the tag of the last command
- `b"..."`             send these very bytes
- `< EHLO`             read a line that begins so, IMAP's tag left out; anything else is noted in `faults`
- `tls NAME`           do TLS with the certificate of that name (see certificates.py)
- `silence`            say nothing until the client hangs up
- `drip TEXT`          send TEXT again and again, an octet every 20 ms, until the client hangs up
- `flood TEXT`         send TEXT again and again as fast as it goes, 20 MB at most
- `pause SECONDS`      wait before what follows
- `close`, `reset`   hang up

A step can also be a function that takes the `Peer`. After the last step the server waits until the client hangs up.
"""

from __future__ import annotations

import re
import socket
import ssl
import struct
import threading
from contextlib import suppress
from types import TracebackType
from typing import Callable, Sequence, Union

from tests.servers.certificates import Certificates

HOST = "127.0.0.1"
DRIP_SECONDS = 0.02
FLOOD_OCTETS = 20_000_000
_LOGIN = re.compile(r"(AUTH|\S+ AUTHENTICATE|\S+ LOGIN)\b", re.IGNORECASE)


class HungUp(Exception):
    """The client closed the connection."""


class Peer:
    """One connection with a client."""

    def __init__(self, connected: socket.socket, certificates: Certificates, ended: threading.Event) -> None:
        self.socket = connected
        self.address = str(connected.getpeername()[0])
        self.commands: list[str] = []
        self.faults: list[str] = []
        self.tag = ""
        self._certificates = certificates
        self._ended = ended
        self._buffer = b""

    def play(self, script: Sequence[Step]) -> None:
        """Do what the script says, then wait for the client to hang up."""
        with suppress(HungUp, OSError):
            for step in script:
                self._do(step)
            self._read_to_the_end()

    def say(self, text: str) -> None:
        """Send lines, parted by |."""
        self.socket.sendall("".join(f"{line}\r\n" for line in text.replace("$", self.tag).split("|")).encode("utf-8"))

    def read_line(self) -> str:
        """The client's next line."""
        while b"\n" not in self._buffer:
            data = self.socket.recv(65536)
            if not data:
                raise HungUp
            self._buffer += data
        line, _end, self._buffer = self._buffer.partition(b"\n")
        self.commands.append(line.rstrip(b"\r").decode("utf-8", "replace"))
        return self.commands[-1]

    def expect(self, beginning: str) -> str:
        """The client's next line, which must begin so."""
        line = self.read_line()
        tagged = re.match(r"([0-9A-F]+) (.*)", line)
        if tagged and not line.upper().startswith(beginning.upper()):
            self.tag, line = tagged.groups()
        if not line.upper().startswith(beginning.upper()):
            self.faults.append(f"expected {beginning!r}, got {line!r}")
            raise HungUp
        return line

    def start_tls(self, name: str) -> None:
        """Go on inside TLS, with the certificate of that name."""
        self.socket = self._certificates.context(name).wrap_socket(self.socket, server_side=True)

    def leave_tls(self) -> None:
        """Go on in clear where TLS was, without a word."""
        self.socket = socket.socket(fileno=self.socket.detach())

    def _do(self, step: Step) -> None:
        if isinstance(step, bytes):
            self.socket.sendall(step)
        elif not isinstance(step, str):
            step(self)
        elif step.startswith("> "):
            self.say(step[2:])
        elif step.startswith("< "):
            self.expect(step[2:])
        else:
            verb, _blank, argument = step.partition(" ")
            getattr(self, f"_{verb}")(argument)

    def _tls(self, name: str) -> None:
        self.start_tls(name)

    def _silence(self, _argument: str) -> None:
        self._read_to_the_end()
        raise HungUp

    def _drip(self, text: str) -> None:
        while not self._ended.is_set():
            for octet in text.replace("|", "\r\n").encode("utf-8"):
                self.socket.sendall(bytes([octet]))
                self._ended.wait(DRIP_SECONDS)

    def _flood(self, text: str) -> None:
        piece = text.replace("|", "\r\n").encode("utf-8")
        block = piece * (65536 // len(piece) + 1)
        for _count in range(FLOOD_OCTETS // len(block)):
            self.socket.sendall(block)

    def _pause(self, seconds: str) -> None:
        self._ended.wait(float(seconds))

    def _close(self, _argument: str) -> None:
        raise HungUp

    def _reset(self, _argument: str) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise HungUp

    def _read_to_the_end(self) -> None:
        with suppress(HungUp):
            while True:
                self.read_line()

    @property
    def logins(self) -> int:
        """How many logins the client began."""
        return sum(_LOGIN.match(command) is not None for command in self.commands)


Step = Union[str, bytes, Callable[[Peer], None]]
Script = Sequence[Step]


class ScriptedServer:
    """Listens on a free port of 127.0.0.1. The first connection gets the first script, and so on; the last one is for
    all that follow."""

    peer_type = Peer

    def __init__(
        self, scripts: Sequence[Script], certificates: Certificates, address: tuple[str, int] = (HOST, 0)
    ) -> None:
        self._scripts = scripts
        self._certificates = certificates
        self._ended = threading.Event()
        self._listener = socket.create_server(address, family=socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._threads: list[threading.Thread] = []
        self.peers: list[Peer] = []

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def faults(self) -> list[str]:
        """What the clients did that their scripts did not expect."""
        return [fault for peer in self.peers for fault in peer.faults]

    @property
    def logins(self) -> int:
        return sum(peer.logins for peer in self.peers)

    def wait(self) -> None:
        """Until every client has hung up and its script is over, so that what was seen can be counted."""
        for thread in self._threads:
            thread.join(timeout=10)

    def __enter__(self) -> ScriptedServer:
        self._acceptor.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        for peer in self.peers:
            with suppress(OSError):
                peer.socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                connected, _address = self._listener.accept()
            except OSError:
                return
            peer = self.peer_type(connected, self._certificates, self._ended)
            script = self._scripts[min(len(self.peers), len(self._scripts) - 1)]
            self.peers.append(peer)
            thread = threading.Thread(target=self._serve, args=(peer, script), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _serve(self, peer: Peer, script: Script) -> None:
        try:
            peer.play(script)
        finally:
            with suppress(OSError, ssl.SSLError):
                peer.socket.close()
