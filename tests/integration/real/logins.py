# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A login as a server writes it down, and as the check reports it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Login:
    """One session with a login: its mechanism, and how often it was refused."""

    mechanism: str
    failures: int = 0


def reported(result: Mapping[str, object], failures: int) -> list[Login]:
    """The logins that a server should have written down, by what the check says; so many of them refused."""
    attempts, auth = result["attempts"], result["auth"]
    assert isinstance(attempts, list)
    assert auth is None or isinstance(auth, dict)
    return [Login(auth["mechanism"], failures) for attempt in attempts for _login in range(attempt["logins"]) if auth]
