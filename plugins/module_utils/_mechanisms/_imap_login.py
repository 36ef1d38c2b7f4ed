# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""IMAP's own LOGIN command (RFC 9051 6.2.3), for servers that offer no SASL mechanism."""

from __future__ import annotations

from typing import ClassVar

from ansible_collections.appmail.settings.plugins.module_utils._mechanisms._protocol import (
    ClientOnly,
    Credentials,
    MechanismFault,
    encoded,
)


class LoginCommand(ClientOnly):
    """See Mechanism. Its one message is user and password with a NUL between, which the dialogue quotes."""

    NAME: ClassVar[str] = "LOGIN"

    def __init__(self, credentials: Credentials) -> None:
        self._message = b"\0".join(encoded(credentials))

    def initial_response(self) -> bytes | None:
        return self._message

    def respond(self, challenge: bytes) -> bytes:  # noqa: ARG002  # there is no challenge to answer
        raise MechanismFault("the server put a question that LOGIN has no answer to")
