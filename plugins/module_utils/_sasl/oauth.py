# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""An access token in place of a password: XOAUTH2 (Google's and Microsoft's own) and OAUTHBEARER (RFC 7628)."""

from __future__ import annotations

from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import clean

from .mechanism import ClientOnly, Credentials, MechanismFault, encoded_token


class Xoauth2(ClientOnly):
    """See Mechanism."""

    def __init__(self, credentials: Credentials) -> None:
        username, token = encoded_token(credentials)
        self._message = b"user=" + username + b"\1auth=Bearer " + token + b"\1\1"
        self.token_fault = ""

    def initial_response(self) -> bytes | None:
        return self._message

    def respond(self, challenge: bytes) -> bytes:
        """A challenge with JSON says what is wrong with the token; it wants an empty answer, then comes the verdict."""
        if not challenge.lstrip().startswith(b"{") or self.token_fault:
            raise MechanismFault("the server's challenge is no XOAUTH2 error")
        self.token_fault = clean(challenge)
        return b""


class OauthBearer(ClientOnly):
    """See Mechanism."""

    def __init__(self, credentials: Credentials) -> None:
        username, token = encoded_token(credentials)
        name = username.replace(b"=", b"=3D").replace(b",", b"=2C")
        host, port = credentials.host.encode("utf-8"), str(credentials.port).encode("ascii")
        fields = (b"n,a=" + name + b",", b"host=" + host, b"port=" + port, b"auth=Bearer " + token, b"", b"")
        self._message = b"\1".join(fields)
        self.token_fault = ""

    def initial_response(self) -> bytes | None:
        return self._message

    def respond(self, challenge: bytes) -> bytes:
        """A challenge with JSON says what is wrong with the token; RFC 7628 3.2.3: the answer is one 0x01."""
        if not challenge.lstrip().startswith(b"{") or self.token_fault:
            raise MechanismFault("the server's challenge is no OAUTHBEARER error")
        self.token_fault = clean(challenge)
        return b"\1"
