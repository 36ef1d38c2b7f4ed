# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What SMTP and IMAP have in common: the path to an encrypted conversation. A protocol fills in its own commands."""

from __future__ import annotations

from ansible_collections.appmail.settings.plugins.module_utils._check.facts import CheckFailure, Reply
from ansible_collections.appmail.settings.plugins.module_utils._sasl.mechanism import Credentials

from .session import Session


class Dialogue:
    """One conversation with one server. Every step raises CheckFailure where it ends early."""

    #: What the server says to STARTTLS where TLS may begin.
    STARTTLS_ACCEPTED: int | str
    #: What is left to be said at the end.
    goodbye: bytes

    def __init__(self, session: Session) -> None:
        self._session = session
        self._endpoint = session.endpoint

    # -- the stages --

    def approach(self) -> None:
        """From the connected socket to the end of the handshake, as far as the settings ask for one."""
        session = self._session
        encryption = self._endpoint.encryption
        if encryption == "implicit_tls":
            session.start_tls(implicit=True)
            return
        self._open()
        if encryption in ("starttls", "starttls_opportunistic") and self._starttls():
            session.start_tls(implicit=False)
            self._forget_capabilities()

    def meet(self) -> None:
        """What is still to be said before a login: inside TLS, all that was said outside of it does not count."""
        session = self._session
        encryption = self._endpoint.encryption
        if encryption == "implicit_tls":
            self._open()
        elif session.secure:
            self._ask_capabilities()
        elif encryption == "starttls_opportunistic":
            session.facts.warn("tls_not_used")

    def log_in(self, credentials: Credentials) -> None:
        """One login with these credentials."""
        raise NotImplementedError

    def after_login(self) -> None:
        """What the login is for."""
        raise NotImplementedError

    # -- what each protocol does in its own words --

    def _open(self) -> None:
        """The greeting, and the capabilities."""
        raise NotImplementedError

    def _ask_capabilities(self) -> None:
        raise NotImplementedError

    def _forget_capabilities(self) -> None:
        raise NotImplementedError

    def _offers_starttls(self) -> bool:
        raise NotImplementedError

    def _say_starttls(self) -> Reply:
        raise NotImplementedError

    # -- what they have in common --

    def _starttls(self) -> bool:
        """Whether TLS may begin now; False where it is not to be had and the settings do not insist."""
        session = self._session
        required = self._endpoint.encryption == "starttls"
        with session.stage("starttls"):
            if not self._offers_starttls():
                if required:
                    raise CheckFailure("starttls_not_offered", "STARTTLS is not among the server's capabilities")
                return False
            reply = self._say_starttls()
            if reply.code == self.STARTTLS_ACCEPTED:
                if session.unread:
                    raise CheckFailure(
                        "starttls_injected", "clear text came after the go-ahead for TLS", reply=session.excerpt()
                    )
                return True
            if required or reply.code == "BYE":
                raise CheckFailure("starttls_refused", "the server offers STARTTLS and refuses it", reply=reply)
            return False
