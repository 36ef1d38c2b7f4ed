# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""CRAM-MD5 (RFC 2195): the password keys a digest of the server's challenge."""

from __future__ import annotations

import hmac

from .mechanism import ClientOnly, Credentials, MechanismFault, NotEncodable, encoded


class CramMd5(ClientOnly):
    """See Mechanism."""

    def __init__(self, credentials: Credentials) -> None:
        self._username, self._password = encoded(credentials)
        self._answered = False
        try:
            self._digest(b"")
        except ValueError as fault:
            raise NotEncodable("this host's OpenSSL does not allow MD5") from fault

    def initial_response(self) -> bytes | None:
        return None

    def respond(self, challenge: bytes) -> bytes:
        if self._answered or not challenge:
            raise MechanismFault("CRAM-MD5 has one challenge, and it is not empty")
        self._answered = True
        return self._username + b" " + self._digest(challenge).encode("ascii")

    def accepted(self) -> bool:
        return self._answered

    def _digest(self, challenge: bytes) -> str:
        return hmac.new(self._password, challenge, "md5").hexdigest()
