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
from typing import Tuple

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import TOKEN_MECHANISMS, Endpoint
from ansible_collections.appmail.settings.plugins.module_utils._check.facts import CheckFailure, Reply
from ansible_collections.appmail.settings.plugins.module_utils._check.host_names import InvalidName, ascii_host
from ansible_collections.appmail.settings.plugins.module_utils._network.deadline import Deadline, DeadlineExpired

LoginPath = Tuple[str, bool]  # the mechanism, and whether inside TLS

_UNTRIED, _BEING_TRIED, _ACCEPTED = "untried", "being tried", "accepted"


class AlreadyRefused(CheckFailure):
    """The login was refused at another endpoint, and is not tried at this one."""


# What a server says of the login itself: the same login can only do harm at another endpoint.
_OF_THE_LOGIN = (
    "auth_rejected",
    "auth_app_password_required",
    "auth_disabled_for_account",
    "auth_token_invalid",
    "auth_too_many_attempts",
)
# What it says of the path alone, which another mechanism, or TLS, may change.
_OF_THE_PATH = ("auth_mechanism_refused", "auth_requires_encryption")


class LoginGate:
    """What every dialogue passes just before it logs in.

    A try that ends without a verdict (the connection was lost, the server could not look at it) leaves the login
    untried, so that the next one tries it. A path is how it is tried: by which mechanism, and whether inside TLS.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = _UNTRIED
        self._tried = threading.Event()  # set where who tries it has ended
        self._refusals: dict[LoginPath | None, tuple[str, Reply | None]] = {}  # by the path, None for every path

    @contextmanager
    def passage(self, deadline: Deadline, path: LoginPath) -> Iterator[None]:
        """Inside of it the login may be tried. Raises AlreadyRefused, or CheckFailure where another one tries it for
        longer than the deadline allows."""
        self._enter(deadline, path)
        try:
            yield
        finally:
            self._leave(_UNTRIED)

    def accepted(self) -> None:
        """Said inside: everybody may log in from now on, all at a time."""
        self._leave(_ACCEPTED)

    def refused(self, reason: str, reply: Reply | None, path: LoginPath) -> None:
        """Said inside: nobody tries it any more, or nobody on this path, as far as the reason speaks of either. The
        others say this reason and show this reply, cleaned of secrets."""
        with self._lock:
            if self._state == _BEING_TRIED and reason in _OF_THE_LOGIN:
                self._refusals[None] = reason, reply
            elif reason in _OF_THE_PATH:
                self._refusals[path] = reason, reply

    def _enter(self, deadline: Deadline, path: LoginPath) -> None:
        try:
            while self._must_wait(path):
                deadline.wait(self._tried.wait)
                deadline.remaining()
        except DeadlineExpired:
            sentence = "the time was up while another endpoint with the same login waited for its answer"
            raise CheckFailure("timeout", sentence) from None

    def _must_wait(self, path: LoginPath) -> bool:
        """Whether another one tries it now; if nobody has, this one does. Raises AlreadyRefused."""
        with self._lock:
            for refused in (None, path):
                if refused in self._refusals:
                    reason, reply = self._refusals[refused]
                    sentence = "this login was refused a moment ago and is not tried again"
                    raise AlreadyRefused(reason, sentence, reply=reply)
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
        is_token = endpoint.mechanism in TOKEN_MECHANISMS
        server = (endpoint.protocol, _server_name(endpoint.host), endpoint.port)
        login = (*server, endpoint.username, endpoint.password, is_token)
        with self._lock:
            return self._made.setdefault(login, LoginGate())


def _server_name(host: str) -> str:
    """The host in one spelling: the same server is one however it is written."""
    try:
        return ascii_host(host).rstrip(".").lower()
    except InvalidName:
        return host
