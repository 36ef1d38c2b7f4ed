# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Judge settings by the spec's own schema and by policies, whoever they are for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import nearest

from .faults import Fault
from .paths import JSON, Steps, Tree
from .schema import Schema, compile_schema, settings_schema
from .secrets import Secrets


def spec_faults(written: Tree, secrets: Secrets) -> list[Fault]:
    """The schema's faults. A missing key that was merely misspelt keeps its path and loses its message.

    So one typing error is one line, and still nothing else is concluded from what is missing.
    """
    faults = settings_schema().faults(written, secrets)
    misspelt = {
        (*fault.path[:-1], near)
        for fault in faults
        if fault.at == "key" and (near := nearest(fault.path[-1], _missing_beside(faults, fault.path)))
    }
    return [
        Fault(fault.path, fault.rule, "", fault.at) if fault.at == "missing" and fault.path in misspelt else fault
        for fault in faults
    ]


def spec_warnings(written: Tree) -> list[Fault]:
    """What a valid spec says that does nothing, or that is less safe than it may look."""
    return [warning for section in ("smtp", "imap") for warning in _server_warnings(section, written.get(section))]


def _server_warnings(section: str, server: JSON) -> Iterator[Fault]:
    if not isinstance(server, Mapping):
        return
    encryption, tls = server.get("encryption"), server.get("tls")
    if encryption == "none" and isinstance(tls, Mapping):
        for name in tls:
            yield Fault((section, "tls", str(name)), "no_effect", "has no effect, for encryption is none")
    if encryption in ("none", "starttls_opportunistic") and server.get("auth"):
        when = "is" if encryption == "none" else "can be"
        yield Fault(
            (section, "encryption"), "password_in_clear", f"with {encryption} the login {when} sent in clear text"
        )


def _missing_beside(faults: Sequence[Fault], path: Steps) -> list[str]:
    return [str(fault.path[-1]) for fault in faults if fault.at == "missing" and fault.path[:-1] == path[:-1]]


@cache
def compiled(schema: str, name: str, *, trusted: bool = False) -> Schema:
    """Each distinct schema is compiled once. One that was read with its target is `trusted` by that."""
    return compile_schema(json.loads(schema), name, trusted=trusted)
