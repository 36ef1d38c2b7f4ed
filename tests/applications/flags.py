# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the two flags of Python's applications stand for, of which one is STARTTLS and the other TLS at once."""

from __future__ import annotations

from collections.abc import Mapping
from email.header import decode_header, make_header
from email.utils import parseaddr

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

_MODES = {(False, False): "none", (True, False): "starttls", (False, True): "implicit_tls"}


def encryption(values: Mapping[str, JSON], starttls: str, at_once: str) -> JSON:
    """The mode; texts such as "False", which Python takes for true, are none."""
    flags = (values[starttls], values[at_once])
    return _MODES.get((bool(flags[0]), bool(flags[1]))) if all(isinstance(flag, bool) for flag in flags) else None


def login(values: Mapping[str, JSON], username: str, password: str) -> dict[str, JSON]:
    """User and password; an empty text stands for none."""
    return {"smtp.auth.username": values[username] or None, "smtp.auth.password": values[password] or None}


def sender(mailbox: JSON) -> dict[str, JSON]:
    """Address and name, as Python's own library takes a mailbox apart."""
    name, address = parseaddr(str(mailbox))
    return {"sender.address": address, "sender.display_name": str(make_header(decode_header(name))) or None}
