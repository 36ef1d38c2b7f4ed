# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""One login an account and run, where a fleet shares accounts.

A hundred hosts that log in with one account at once look like an attack, and with a wrong password they lock it. So the
first host that comes to an account claims its login for the whole run; the others connect and negotiate TLS only.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

# Made when this file is first imported: in the parent process, before it forks a worker for each host, so that all
# workers of a run share it. It never leaves memory, so that nothing can be learnt from the names of the claims.
_RUN_KEY = secrets.token_bytes(32)

# What makes two logins the same: the password too, for a host that has another one is another login.
_ACCOUNT = ("host", "port", "username", "password")


def account(protocol: str, endpoint: Mapping[str, JSON], key: bytes = _RUN_KEY) -> str:
    """A name for the endpoint's login that says nothing about it."""
    login = json.dumps([protocol, *(endpoint.get(part) for part in _ACCOUNT)])
    return hmac.new(key, login.encode(), hashlib.sha256).hexdigest()


def claim(folder: Path, protocol: str, endpoint: Mapping[str, JSON], host: str = "") -> bool:
    """Whether no other host of the run came to the endpoint's login before this one.

    A host that comes to it again has claimed it: what is the same login at two of its endpoints is the check's to know.
    `folder` is shared by all workers of the run and by nobody else; Ansible removes it when the run ends.
    """
    place = folder / "appmail-logins"
    place.mkdir(mode=0o700, exist_ok=True)
    name = place / account(protocol, endpoint)
    own = place / f"{name.name}.{hashlib.sha256(host.encode()).hexdigest()}"
    try:
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return bool(host) and own.exists()
    own.touch(mode=0o600)
    return True
