# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""LOGIN (draft-murchison-sasl-login): user and password, each asked for. Some servers want the bare command first."""

from __future__ import annotations

from .mechanism import ClientOnly, Credentials, MechanismFault, encoded


class Login(ClientOnly):
    """See Mechanism."""

    def __init__(self, credentials: Credentials) -> None:
        self._answers = list(encoded(credentials))

    def initial_response(self) -> bytes | None:
        return None

    def respond(self, challenge: bytes) -> bytes:  # noqa: ARG002  # the order of the questions is fixed, their words vary
        if not self._answers:
            raise MechanismFault("the server asks for more than user and password")
        return self._answers.pop(0)

    def accepted(self) -> bool:
        return not self._answers
