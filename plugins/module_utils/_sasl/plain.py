# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""PLAIN (RFC 4616): user and password in one message."""

from __future__ import annotations

from .mechanism import ClientOnly, Credentials, MechanismFault, encoded


class Plain(ClientOnly):
    """See Mechanism."""

    def __init__(self, credentials: Credentials) -> None:
        username, password = encoded(credentials)
        self._message = b"\0" + username + b"\0" + password
        self._asked_again = False

    def initial_response(self) -> bytes | None:
        return self._message

    def respond(self, challenge: bytes) -> bytes:
        """Servers that overlook an initial response ask for it with an empty challenge."""
        if challenge or self._asked_again:
            raise MechanismFault("the server put a question that PLAIN has no answer to")
        self._asked_again = True
        return self._message
