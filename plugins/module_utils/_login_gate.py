# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""One login that endpoints share: until a server has judged it, one of them tries it and the others wait.

A few wrong logins lock an account, so a login that was refused is not tried again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ansible_collections.appmail.settings.plugins.module_utils._deadline import Deadline, DeadlineExpired
from ansible_collections.appmail.settings.plugins.module_utils._endpoint import Endpoint
from ansible_collections.appmail.settings.plugins.module_utils._outcome import CheckFailure, Reply

_UNTRIED, _BEING_TRIED, _ACCEPTED, _REFUSED = "untried", "being tried", "accepted", "refused"


class AlreadyRefused(CheckFailure):
    """The login was refused at another endpoint, and is not tried at this one."""


class LoginGate:
    """What every dialogue passes just before it logs in.

    A try that ends without a verdict (the connection was lost, the server could not look at it) leaves the login
    untried, so that the next one tries it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = _UNTRIED
        self._tried = threading.Event()  # set where who tries it has ended
        self._reason = ""
        self._reply: Reply | None = None

    @contextmanager
    def passage(self, deadline: Deadline) -> Iterator[None]:
        """Inside of it the login may be tried. Raises AlreadyRefused, or CheckFailure where another one tries it for
        longer than the deadline allows."""
        self._enter(deadline)
        try:
            yield
        finally:
            self._leave(_UNTRIED)

    def accepted(self) -> None:
        """Said inside: everybody may log in from now on, all at a time."""
        self._leave(_ACCEPTED)

    def refused(self, reason: str, reply: Reply | None) -> None:
        """Said inside: nobody tries it any more. The others say this reason and show this reply, cleaned of secrets."""
        self._reason, self._reply = reason, reply
        self._leave(_REFUSED)

    def _enter(self, deadline: Deadline) -> None:
        try:
            while self._must_wait():
                deadline.wait(self._tried.wait)
        except DeadlineExpired:
            said = "the time was up while another endpoint with the same login waited for its answer"
            raise CheckFailure("timeout", said) from None

    def _must_wait(self) -> bool:
        """Whether another one tries it now; if nobody has, this one does. Raises AlreadyRefused."""
        with self._lock:
            if self._state == _REFUSED:
                said = "this login was refused a moment ago and is not tried again"
                raise AlreadyRefused(self._reason, said, reply=self._reply)
            if self._state == _UNTRIED:
                self._state = _BEING_TRIED
                self._tried.clear()
                return False
            return self._state == _BEING_TRIED

    def _leave(self, state: str) -> None:
        """Only the one who tries has a say: once there is a verdict, it stands."""
        with self._lock:
            if self._state == _BEING_TRIED:
                self._state = state
                self._tried.set()


class LoginGates:
    """The gates of one run, one a login."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[tuple[object, ...], LoginGate] = {}

    def of(self, endpoint: Endpoint) -> LoginGate:
        """The gate of the endpoint's login: the same for all that show one server one name and password."""
        login = (endpoint.protocol, endpoint.host, endpoint.port, endpoint.username, endpoint.password)
        with self._lock:
            return self._made.setdefault(login, LoginGate())
