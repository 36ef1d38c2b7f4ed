# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""SCRAM (RFC 5802, RFC 7677) without channel binding: both sides prove that they know the password."""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from typing import ClassVar

from .mechanism import Credentials, MechanismFault, NotEncodable, encoded
from .saslprep import Prohibited, saslprep

# RFC 7677 4 asks for at least 4096; above the other bound a hostile server would keep this host busy for minutes.
MINIMUM_ITERATIONS = 4096
MAXIMUM_ITERATIONS = 2_000_000
_GS2_HEADER = b"n,,"


class Scram:
    """See Mechanism. The digest is chosen by the subclass."""

    DIGEST: ClassVar[str]
    COSTLY: ClassVar[bool] = True
    token_fault = ""

    def __init__(self, credentials: Credentials) -> None:
        encoded(credentials)
        try:
            username = saslprep(credentials.username).encode("utf-8")
            self._password = saslprep(credentials.password).encode("utf-8")
        except Prohibited as fault:
            raise NotEncodable(f"username or password cannot be prepared: {fault}") from fault
        if not username or not self._password:
            raise NotEncodable("nothing is left of username or password after SASLprep (RFC 4013)")
        self._nonce = b64encode(os.urandom(18))
        name = username.replace(b"=", b"=3D").replace(b",", b"=2C")
        self._client_first = b"n=" + name + b",r=" + self._nonce
        self._signature: bytes | None = None
        self._server_trusted = False

    def initial_response(self) -> bytes | None:
        return _GS2_HEADER + self._client_first

    def respond(self, challenge: bytes) -> bytes:
        if self._signature is None:
            return self._client_final(challenge)
        if challenge.startswith(b"e="):
            return b""
        self._check_server(challenge)
        return b""

    def accepted(self) -> bool:
        if not self._server_trusted:
            raise MechanismFault("the server accepted the login without proving that it knows the password")
        return True

    def _client_final(self, server_first: bytes) -> bytes:
        nonce, salt, iterations = self._server_first(server_first)
        salted = hashlib.pbkdf2_hmac(self.DIGEST, self._password, salt, iterations)
        without_proof = b"c=" + b64encode(_GS2_HEADER) + b",r=" + nonce
        message = b",".join((self._client_first, server_first, without_proof))
        client_key = self._keyed(salted, b"Client Key")
        stored_key = hashlib.new(self.DIGEST, client_key).digest()
        proof = bytes(a ^ b for a, b in zip(client_key, self._keyed(stored_key, message)))
        self._signature = self._keyed(self._keyed(salted, b"Server Key"), message)
        return without_proof + b",p=" + b64encode(proof)

    def _server_first(self, message: bytes) -> tuple[bytes, bytes, int]:
        attributes = _attributes(message)
        try:
            nonce, iterations = attributes[b"r"], int(attributes[b"i"])
            salt = b64decode(attributes[b"s"], validate=True)
        except (KeyError, ValueError) as fault:
            raise MechanismFault("the server's first message has no nonce, salt or iteration count") from fault
        if not nonce.startswith(self._nonce) or nonce == self._nonce or not salt:
            raise MechanismFault("the server's nonce does not continue ours, or its salt is empty")
        if not MINIMUM_ITERATIONS <= iterations <= MAXIMUM_ITERATIONS:
            raise MechanismFault(f"the server asks for {iterations} iterations, not {MINIMUM_ITERATIONS} or more")
        return nonce, salt, iterations

    def _check_server(self, server_final: bytes) -> None:
        try:
            signature = b64decode(_attributes(server_final).get(b"v", b""), validate=True)
        except ValueError as fault:
            raise MechanismFault("the server's proof is not base64") from fault
        if self._signature is None or not hmac.compare_digest(signature, self._signature):
            raise MechanismFault("the server could not prove that it knows the password")
        self._server_trusted = True

    def _keyed(self, key: bytes, message: bytes) -> bytes:
        return hmac.new(key, message, self.DIGEST).digest()


def _attributes(message: bytes) -> dict[bytes, bytes]:
    return {part[:1]: part[2:] for part in message.split(b",") if part[1:2] == b"="}


class ScramSha1(Scram):
    """See Mechanism."""

    DIGEST: ClassVar[str] = "sha1"


class ScramSha256(Scram):
    """See Mechanism."""

    DIGEST: ClassVar[str] = "sha256"
