# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's half of challenge mechanisms, as steps of a script."""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from typing import Callable

from tests.servers.scripted import Peer

ITERATIONS = 4096


def scram(protocol: str, digest: str, username: str, password: str, *, lies: bool = False) -> Callable[[Peer], None]:
    """SCRAM (RFC 5802) for one account; a server that `lies` says yes without knowing the password."""

    def step(peer: Peer) -> None:
        framing = _FRAMINGS[protocol]
        begun = peer.expect(f"{framing.command} SCRAM-SHA-{digest[3:]} ")
        client_first = b64decode(begun.rpartition(" ")[2]).partition(b"n,,")[2]
        nonce, salt = client_first.rpartition(b"r=")[2] + b64encode(os.urandom(9)), os.urandom(12)
        server_first = b"r=%s,s=%s,i=%d" % (nonce, b64encode(salt), ITERATIONS)
        framing.ask(peer, server_first)
        client_final = b64decode(peer.read_line())
        without_proof, _comma, proof = client_final.rpartition(b",p=")
        salted = hashlib.pbkdf2_hmac(digest, password.encode("utf-8"), salt, ITERATIONS)
        message = b",".join((client_first, server_first, without_proof))
        key = hmac.new(salted, b"Client Key", digest).digest()
        signature = hmac.new(hashlib.new(digest, key).digest(), message, digest).digest()
        known = b"n=" + username.encode("utf-8") in client_first
        if not lies and not (known and b64decode(proof) == bytes(a ^ b for a, b in zip(key, signature))):
            framing.refuse(peer)
            return
        server_key = hmac.new(salted, b"Server Key" if not lies else b"no idea", digest).digest()
        framing.ask(peer, b"v=" + b64encode(hmac.new(server_key, message, digest).digest()))
        peer.read_line()
        framing.accept(peer)

    return step


def endless_scram(peer: Peer) -> None:
    """SCRAM over SMTP that asks the client for an hour's work."""
    client_first = b64decode(peer.expect("AUTH SCRAM-SHA-256 ").rpartition(" ")[2])
    nonce = client_first.rpartition(b"r=")[2] + b"x"
    _FRAMINGS["smtp"].ask(peer, b"r=" + nonce + b",s=c2FsdA==,i=2000000000")


def cram_md5(protocol: str, username: str, password: str) -> Callable[[Peer], None]:
    """CRAM-MD5 (RFC 2195) for one account."""

    def step(peer: Peer) -> None:
        framing = _FRAMINGS[protocol]
        peer.expect(f"{framing.command} CRAM-MD5")
        challenge = b"<1896.697170952@mail.example.edu>"
        framing.ask(peer, challenge)
        digest = hmac.new(password.encode("utf-8"), challenge, "md5").hexdigest()
        if b64decode(peer.read_line()) == f"{username} {digest}".encode():
            framing.accept(peer)
        else:
            framing.refuse(peer)

    return step


class _Framing:
    """How a protocol puts a challenge and a verdict."""

    def __init__(self, command: str, challenge: str, yes: str, no: str) -> None:
        self.command = command
        self._challenge, self._yes, self._no = challenge, yes, no

    def ask(self, peer: Peer, challenge: bytes) -> None:
        peer.say(f"{self._challenge} {b64encode(challenge).decode('ascii')}")

    def accept(self, peer: Peer) -> None:
        peer.say(self._yes)

    def refuse(self, peer: Peer) -> None:
        peer.say(self._no)


_FRAMINGS = {
    "smtp": _Framing("AUTH", "334", "235 2.7.0 welcome", "535 5.7.8 no"),
    "imap": _Framing("AUTHENTICATE", "+", "$ OK welcome", "$ NO [AUTHENTICATIONFAILED] no"),
}
